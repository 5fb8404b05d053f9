"""The schema that the shop serves, with the answer to every name in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final

from counterfoil.twins.kit.graphql.schema import Resolver, Schema
from counterfoil.twins.kit.sale.order import postage
from counterfoil.twins.shopify.shapes import FIELDS, KINDS

TWOFOLD: Final = frozenset(
    {"Product", "ProductVariant", "Customer", "CustomerEmailAddress", "CustomerPhoneNumber"}
    | {"MailingAddress"}
)
"""Types that have two kinds of sources: plain mappings that know every field, and a part of a sale,
which knows what it was sold as, or to whom, and nothing else."""

ACCOUNT: Final = "ShopifyPaymentsAccount"
"""The type whose connections list what their own arguments find."""

_LISTS: Final = frozenset({"addressesV2", "selectedOptions", "tags", "taxExemptions", "variants"})
_UNKNOWN: Final[tuple[Resolver, Resolver]] = (lambda line: None, lambda line: ())


def _resolver(owner: str, name: str, arguments: Mapping[str, Any]) -> Resolver | None:
    if arguments.get("includeRemovals"):
        return postage
    if owner == ACCOUNT:
        return lambda payments: payments.items(name, arguments)
    if owner in TWOFOLD:
        return _either(itemgetter(name), FIELDS[owner].get(name, _UNKNOWN[name in _LISTS]))
    if "locationId" in arguments:
        return lambda item: item["levels"](arguments)
    if "names" in arguments:
        return lambda level: [row for row in level["amounts"] if row["name"] in arguments["names"]]
    return FIELDS[owner][name] if owner in FIELDS else itemgetter(name)


def _either(held: Resolver, sold: Resolver) -> Resolver:
    return lambda source: (held if isinstance(source, dict) else sold)(source)


SCHEMA: Final = Schema(
    (files("counterfoil.twins.shopify") / "schema.graphql").read_text("utf-8"),
    _resolver,
    KINDS,
    at_once=frozenset({"Order"}),
    again=frozenset({"MoneyBag"}),
)

"""The schema that the shop serves, with the answer to every name in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from operator import itemgetter
from typing import Any, Final

from counterfoil.twins.kit.graphql.schema import Resolver, Schema
from counterfoil.twins.kit.sale.order import postage
from counterfoil.twins.shopify.shapes import FIELDS, KINDS


def _resolver(owner: str, name: str, arguments: Mapping[str, Any]) -> Resolver | None:
    if arguments.get("includeRemovals"):
        return postage
    return FIELDS[owner][name] if owner in FIELDS else itemgetter(name)


SCHEMA: Final = Schema(
    (files("counterfoil.twins.shopify") / "schema.graphql").read_text("utf-8"),
    _resolver,
    KINDS,
    at_once=frozenset({"Order"}),
    again=frozenset({"MoneyBag"}),
)

"""One change of a product or variant, and what Shopify answers to several in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS
from counterfoil.kit.api.graphql import UserError
from counterfoil.kit.connector import Answer, Written
from counterfoil.kit.formats import graphql
from counterfoil.values.errors import Hold, Retry

Way = Literal["set", "create", "update"]


class Change(msgspec.Struct, frozen=True):
    """A payload: the key, the fields, and of a variant the product that it is one of, and its own
    id where there is one."""

    way: Way
    key: str
    fields: dict[str, Any]
    of: str = ""
    id: str = ""

    @property
    def sent(self) -> dict[str, Any]:
        """The mutation's input."""
        return {"id": self.id, **self.fields} if self.id else self.fields


class _Node(msgspec.Struct, frozen=True):
    id: str


class Payload(msgspec.Struct, frozen=True):
    """What a mutation answers: what it made, and why not."""

    userErrors: list[UserError]
    product: _Node | None = None
    productVariants: list[_Node] | None = None

    def answers(self, changes: list[Change]) -> list[Answer | None]:
        """For each change what came of it; None where nothing is said.

        Of an update the others land beside a refused one; of anything else none does.
        """
        refused = {complaint.place: complaint for complaint in reversed(self.userErrors)}
        nodes = [self.product] if changes[0].way == "set" else self.productVariants or []
        answers: list[Answer | None] = []
        for place, change in enumerate(changes):
            complaint = refused.get(place) or refused.get(-1)
            if complaint is not None:
                answers.append(_hold(complaint))
            elif change.id:
                answers.append(Written(change.id))
            elif refused:
                answers.append(_BESIDE)
            else:
                node = nodes[place] if place < len(nodes) else None
                answers.append(Written(node.id) if node else None)
        return answers


_BESIDE = Retry(
    "Another variant of the same call was refused, so that none of them landed.",
    after_s=0.0,
    code="refused-beside",
)


def _hold(complaint: UserError) -> Hold:
    """What it is for who must correct it."""
    sentence = f"Shopify refused it: {complaint.quoted}"
    if complaint.code == "VARIANT_ALREADY_EXISTS":
        return Hold(
            sentence,
            do="The product has a variant with this option that does not bear our key: give it the"
            " key, or take it away; then send the held record again.",
            code="variant-exists",
        )
    return Hold(
        sentence,
        do="Correct it at the shop or at the source, then send the held record again.",
        code="product-refused",
    )


# --- what is asked ---


_BY_KEY: Final = (
    "$k{n}: UniqueMetafieldValueInput!",
    "  p{n}: productByIdentifier(identifier: {{ customId: $k{n} }}) {{ ...Product }}\n"
    "  v{n}: productVariantByIdentifier(identifier: {{ customId: $k{n} }}) {{ ...Variant }}",
)
_ERRORS: Final = " userErrors {{ field message code }} }}"
_VARIANTS: Final = "$k{n}: ID! $i{n}: [ProductVariantsBulkInput!]!"
_WRITES: Final[Mapping[Way, tuple[str, str]]] = {
    "set": (
        "$k{n}: ProductSetIdentifiers! $i{n}: ProductSetInput!",
        "  w{n}: productSet(identifier: $k{n}, input: $i{n}) {{ product {{ id }}" + _ERRORS,
    ),
    "create": (
        _VARIANTS,
        "  w{n}: productVariantsBulkCreate(productId: $k{n}, variants: $i{n})"
        " {{ productVariants {{ id }}" + _ERRORS,
    ),
    "update": (
        _VARIANTS,
        "  w{n}: productVariantsBulkUpdate(productId: $k{n}, variants: $i{n},"
        " allowPartialUpdates: true) {{ productVariants {{ id }}" + _ERRORS,
    ),
}


def by_key(count: int) -> str:
    """The query for `count` products or variants by our keys, as variables k0, k1, ...: p0 is the
    product that has the first of them, v0 the variant."""
    return DOCUMENTS.whole(graphql.together("query", "ByKey", [_BY_KEY] * count))


def product_writes(ways: Sequence[Way]) -> str:
    """The mutation that makes one change after the other, each in a way, "set", "create" or
    "update": the first as w0, with k0 for what it changes and i0 for what of it."""
    return graphql.together("mutation", "Write", [_WRITES[way] for way in ways])

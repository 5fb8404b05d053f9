"""Products into Shopify: a product and its variants, each one document under our own key.

What is written names no list: `productSet` deletes what a list leaves out, so a product is set by
its plain fields alone, and variants are created or updated by themselves: which, a look before
tells. A route writes the fields that are its own and no other (`Inputs.mask`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.product_calls import (
    Change,
    Payload,
    Way,
    by_key,
    product_writes,
)
from counterfoil.connectors.shopify.product_fields import (
    KINDS,
    PRODUCT,
    UNTOLD,
    VARIANT,
    Settings,
    option_values,
    reckoned,
    seen,
)
from counterfoil.kit.connector import ALONE, Answer, Inputs, Intent, Seen
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.shown_product import Shown
from counterfoil.model.document import Ref
from counterfoil.model.product import Product
from counterfoil.values.errors import Hold, Settle

_POINTS: Final = 12.0  # of one change, or of one key that is looked for; rather too many
_ENCODE: Final = msgspec.json.Encoder().encode


class _Held(msgspec.Struct, frozen=True):
    """A variant as a look finds it: its own id and its product's; empty where there is none."""

    id: str = ""
    product: str = ""


class ProductTarget:
    """Products of one connection, as `kit.connector.LooksFirst` and `Cancels`."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def there(
        self, documents: Sequence[Product], inputs: Sequence[Inputs]
    ) -> Sequence[bytes]:
        """Which variant the shop has under each key; a product itself is set by its key."""
        keys = [document.key for document in documents if not document.parent]
        variants = {
            key: _Held(str(node["id"]), str(node["product"]["id"]))
            for key, nodes in (await self._found(keys)).items()
            for node in nodes
            if "product" in node
        }
        return [_ENCODE(variants.get(document.key, _Held())) for document in documents]

    def compose(self, document: Product, inputs: Inputs = ALONE) -> Intent:
        """The change of one product or variant (pure). Raises `Hold` where it has no place."""
        parts = Shown(document, self._settings.price_of(document), inputs.mask)
        form = (PRODUCT if document.parent else VARIANT).of(parts)
        sent = form.payload.run(parts, self._settings.price_currency)
        stated = form.expected(sent, parts, self._settings.price_currency)
        expect = {**dict.fromkeys(form.blanks, ""), **stated, **reckoned(parts)}
        way, of = ("set", "") if document.parent else self._way(document, inputs)
        if way == "create":
            custom = {**self._custom(document.key), "type": "id"}
            sent = {"optionValues": option_values(parts.option), **sent, "metafields": [custom]}
        variant = inputs.held(_Held) if way == "update" else _Held()
        change = Change(way, document.key, sent, of, variant.id)
        return Intent(document.key, _ENCODE(change), expect, tuple(parts.losses(UNTOLD)), KINDS)

    def cancellation(self, document: Product, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of what is sold no more: a product is archived; a variant is not deleted, since
        orders name it, and sells no more than what is in stock."""
        if document.parent:
            change, expect = Change("set", document.key, {"status": "ARCHIVED"}), "status"
            return Intent(document.key, _ENCODE(change), {expect: "ARCHIVED"}, kinds=KINDS)
        of = inputs.held(_Held).product
        change = Change("update", document.key, {"inventoryPolicy": "DENY"}, of, identity)
        return Intent(document.key, _ENCODE(change), {"policy": "DENY"}, kinds=KINDS)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make the changes with one call: those of one product's variants together."""
        changes = [msgspec.json.decode(intent.payload, type=Change) for intent in intents]
        groups: dict[tuple[Way, str], list[int]] = {}
        for place, change in enumerate(changes):
            groups.setdefault((change.way, change.of or change.key), []).append(place)
        values: dict[str, object] = {}
        for number, ((way, of), places) in enumerate(groups.items()):
            values[f"k{number}"] = {"customId": self._custom(of)} if way == "set" else of
            inputs = [changes[place].sent for place in places]
            values[f"i{number}"] = inputs[0] if way == "set" else inputs
        ways: list[Way] = [way for way, _ in groups]
        body = await self._client.ask(
            product_writes(ways), values, kind=f"write {'+'.join(ways)}",
            estimate=_POINTS * len(ways), writes=True,
        )  # fmt: skip
        answers: dict[int, Answer | None] = {}
        for number, places in enumerate(groups.values()):
            if (result := body.get(f"w{number}")) is not None:
                payload = strict_json.convert(result, Payload, what="The answer")
                told_by_place = zip(
                    places, payload.answers([changes[place] for place in places]), strict=True
                )
                answers.update(told_by_place)
        return [answers.get(place) or self._unanswered() for place in range(len(changes))]

    cancel = write

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """What the shop holds under each key, asked by identity: no index that lags is asked."""
        currency = self._settings.price_currency
        return {
            key: [
                Seen(str(node["id"]), str(node.get("sku") or ""), seen(node, currency))
                for node in nodes
            ]
            for key, nodes in (await self._found(references)).items()
        }

    # --- inside ---

    def _way(self, document: Product, inputs: Inputs) -> tuple[Way, str]:
        """How a variant is written, and the product that it is one of."""
        if not document.group:
            raise Hold(
                f"{document.sku} is no variant of a product, and the shop has variants only.",
                do="Let the source say which product it is a variant of.",
                code="no-group",
            )
        of, variant = inputs.name(Ref("product", document.group)), inputs.held(_Held)
        if variant.product not in ("", of):
            raise Hold(
                f"The shop has {document.sku} under another product than the source.",
                do="A variant cannot be moved: delete it at the shop, then send this one again.",
                code="other-product",
            )
        return ("update" if variant.id else "create"), of

    def _custom(self, key: str) -> dict[str, str]:
        settings = self._settings
        return {"namespace": settings.custom_namespace, "key": settings.custom_key, "value": key}

    async def _found(self, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        if not keys:
            return {}
        values = {f"k{place}": self._custom(key) for place, key in enumerate(keys)}
        body = await self._client.ask(
            by_key(len(keys)), values, kind=f"keys {len(keys)}", estimate=_POINTS * len(keys)
        )
        nodes_by_key = {
            key: [node for kind in "pv" if (node := body.get(f"{kind}{place}")) is not None]
            for place, key in enumerate(keys)
        }
        shape = dict[str, list[dict[str, Any]]]
        nodes = strict_json.convert(nodes_by_key, shape, what="The products")
        return {key: rows for key, rows in nodes.items() if rows}

    def _unanswered(self) -> Settle:
        return Settle(
            "Shopify took the call and did not say what it made.",
            do="It is looked up before anything is sent again.",
            where=self._client.where,
        )

"""Products into Shopify: a product and its variants, each one document under our own key.

What is written names no list: `productSet` deletes what a list leaves out, so a product is set by
its plain fields alone, and variants are created or updated by themselves. A route writes the fields
that are its own and no other (`Inputs.mask`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.product_calls import (
    Change,
    Payload,
    elsewhere,
    said,
    unanswered,
)
from counterfoil.connectors.shopify.product_fields import (
    KINDS,
    PRODUCT,
    VARIANT,
    Parts,
    losses,
    option_values,
    reckoned,
    seen,
)
from counterfoil.connectors.shopify.queries import by_key, product_writes
from counterfoil.kit.connector import ALONE, Answer, Inputs, Intent, Seen, Written
from counterfoil.kit.formats import strict_json
from counterfoil.model.document import Ref
from counterfoil.model.product import Price, Product
from counterfoil.values.errors import Hold

_POINTS: Final = 12.0  # of one change, or of one key that is looked for; rather too many
_ENCODE: Final = msgspec.json.Encoder().encode


class Settings(msgspec.Struct, frozen=True):
    """The settings of a connection that bear on products."""

    custom_namespace: str
    custom_key: str
    price_list: str
    price_currency: str
    prices_include_tax: bool


class _Held(msgspec.Struct, frozen=True):
    """A variant as a look finds it: its own id and its product's."""

    id: str
    product: str


class ProductTarget:
    """Products of one connection, as `kit.connector.Informed` and `Cancels`."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def compose(self, document: Product, inputs: Inputs = ALONE) -> Intent:
        """The change of one product or variant (pure). Raises `Hold` where it has no place."""
        parts = Parts(document, self._price(document), inputs.mask)
        form = (PRODUCT if document.parent else VARIANT).of(parts)
        currency = self._settings.price_currency
        sent = form.payload.run(parts, currency)
        change = Change(
            "product" if document.parent else "variant",
            document.key,
            sent,
            *(() if document.parent else (inputs.name(self._parent(document)), parts.option)),
        )
        return Intent(
            reference=document.key,
            payload=_ENCODE(change),
            expect={**form.expected(sent, parts, currency), **reckoned(parts)},
            losses=tuple(losses(parts)),
            kinds=KINDS,
        )

    def cancellation(self, document: Product, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of what is sold no more: a product is archived; a variant is not deleted, since
        orders name it, and sells no more than what is in stock."""
        kind, ended, expect = (
            ("product", {"status": "ARCHIVED"}, {"status": "ARCHIVED"})
            if document.parent
            else ("variant", {"inventoryPolicy": "DENY"}, {"policy": "DENY"})
        )
        change = Change(kind, document.key, ended)  # pyright: ignore[reportArgumentType]
        return Intent(document.key, _ENCODE(change), expect, kinds=KINDS)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Set products, and create or update variants, with one call after a look for these."""
        changes = [msgspec.json.decode(intent.payload, type=Change) for intent in intents]
        held = await self._variants([change.key for change in changes if change.kind == "variant"])
        answers: list[Answer | None] = [None] * len(changes)
        groups: dict[tuple[str, str], list[int]] = {}
        for place, change in enumerate(changes):
            kind, of = self._way(change, held.get(change.key))
            if kind == "":
                answers[place] = elsewhere(change, self._client.where)
            else:
                groups.setdefault((kind, of), []).append(place)
        if groups:
            await self._change(changes, groups, held, answers)
        return [answer or unanswered(self._client.where) for answer in answers]

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

    def _price(self, product: Product) -> Price | None:
        settings = self._settings
        prices = [price for price in product.prices if price.list == settings.price_list]
        if not prices or product.parent:
            return None
        price = prices[0]
        if price.currency != settings.price_currency:
            raise Hold(
                f"{product.sku} is priced in {price.currency}, and the shop in"
                f" {settings.price_currency}.",
                do="Correct price_list or price_currency of the connection, or the price.",
                code="other-currency",
            )
        if price.tax_included != settings.prices_include_tax:
            raise Hold(
                f"The price of {product.sku} is {'with' if price.tax_included else 'without'} tax,"
                " and the shop's prices are not.",
                do="Correct prices_include_tax of the connection, or name another price_list.",
                code="price-basis",
            )
        return price

    def _parent(self, product: Product) -> Ref:
        if not product.group:
            raise Hold(
                f"{product.sku} is no variant of a product, and the shop has variants only.",
                do="Let the source say which product it is a variant of.",
                code="no-group",
            )
        return Ref("product", product.group)

    def _custom(self, key: str) -> dict[str, str]:
        settings = self._settings
        return {"namespace": settings.custom_namespace, "key": settings.custom_key, "value": key}

    def _way(self, change: Change, held: _Held | None) -> tuple[str, str]:
        """How a change is made, and what it is grouped by; "" where it cannot be."""
        if change.kind == "product":
            return "set", change.key
        if held is None:
            return ("create", change.of) if change.of else ("", "")
        return ("", "") if change.of not in ("", held.product) else ("update", held.product)

    async def _found(self, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        if not keys:
            return {}
        values = {f"k{place}": self._custom(key) for place, key in enumerate(keys)}
        body = await self._client.ask(
            by_key(len(keys)), values, kind=f"keys {len(keys)}", estimate=_POINTS * len(keys)
        )
        found = {
            key: [node for kind in "pv" if (node := body.get(f"{kind}{place}")) is not None]
            for place, key in enumerate(keys)
        }
        nodes = {
            key: strict_json.convert(rows, list[dict[str, Any]]) for key, rows in found.items()
        }
        return {key: rows for key, rows in nodes.items() if rows}

    async def _variants(self, keys: Sequence[str]) -> dict[str, _Held]:
        found = await self._found(keys)
        return {
            key: _Held(str(node["id"]), str(node["product"]["id"]))
            for key, nodes in found.items()
            for node in nodes
            if "product" in node
        }

    async def _change(
        self,
        changes: Sequence[Change],
        groups: Mapping[tuple[str, str], Sequence[int]],
        held: Mapping[str, _Held],
        answers: list[Answer | None],
    ) -> None:
        """Make the changes with one call, and lay down what is answered of each."""
        values: dict[str, object] = {}
        for at, ((kind, of), places) in enumerate(groups.items()):
            values[f"k{at}"] = {"customId": self._custom(of)} if kind == "set" else of
            inputs = [self._input(kind, changes[place], held) for place in places]
            values[f"i{at}"] = inputs[0] if kind == "set" else inputs
        kinds = [kind for kind, _ in groups]
        body = await self._client.ask(
            product_writes(kinds), values, kind=f"write {'+'.join(kinds)}",
            estimate=_POINTS * len(kinds), writes=True,
        )  # fmt: skip
        for at, ((kind, _), places) in enumerate(groups.items()):
            shown = body.get(f"w{at}")
            if shown is None:
                continue
            payload = strict_json.convert(shown, Payload, what="The answer")
            for place, answer in zip(places, payload.answers(kind, len(places)), strict=True):
                own = held.get(changes[place].key)
                answers[place] = Written(own.id) if own and answer == "" else said(answer)

    def _input(self, kind: str, change: Change, held: Mapping[str, _Held]) -> dict[str, Any]:
        if kind == "update":
            return {"id": held[change.key].id, **change.input}
        if kind == "create":
            custom = {**self._custom(change.key), "type": "id"}
            options = option_values(change.option)
            return {"optionValues": options, **change.input, "metafields": [custom]}
        return change.input

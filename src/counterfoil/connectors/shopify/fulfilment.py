"""Fulfilments into Shopify: told once, followed by another tracking number, and taken back.

A fulfilment carries no reference of ours. One is known by its order, its goods and its tracking
numbers, among those that were not there before it was told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS, Client
from counterfoil.connectors.shopify.fulfilment_there import there
from counterfoil.kit.api.graphql import UserError, Wanted, rows_of
from counterfoil.kit.api.unreferenced import changed, intent, made, owner_of, sighted
from counterfoil.kit.connector import (
    ALONE,
    Answer,
    Field,
    Inputs,
    Intent,
    Kind,
    Seen,
    Step,
    Written,
)
from counterfoil.kit.formats import graphql, strict_json
from counterfoil.mapping.despatched import goods_of, losses, one_carrier, tracked
from counterfoil.mapping.lots import Lot, by_place, picked, pieces_of
from counterfoil.mapping.sendings import (
    MOVED,
    Follow,
    Sending,
    There,
    check_untold,
    mark,
    numbers_of,
    pieces_in,
    same_goods,
)
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import Fulfilment
from counterfoil.values.errors import Hold, Refuse

KINDS: Final[Mapping[str, Kind]] = {
    "pieces": "pieces", "goods": "pieces", "status": "code", "tracking": "code",
    "carrier": "text",
}  # fmt: skip
_SEND: Final = "fulfillmentCreate"
_ENDED: Final = "CANCELLED"
_ORDER: Final = 150.0  # points
_STEPS: Final = ("place-1", "place-2", "place-3", "place-4", "place-5")
_STALE: Final = (
    "does not exist", "unfulfillable status", "quantity requested", "single location", "same order",
)  # fmt: skip
"""What Shopify says of fulfilment orders that moved, split or closed since they were read (live):
nothing was made, and what is there now is another."""


class _Made(msgspec.Struct, frozen=True):
    legacyResourceId: str
    name: str


class _Answer(msgspec.Struct, frozen=True):
    userErrors: list[UserError] = []
    fulfillment: _Made | None = None


class FulfilmentTarget:
    """Fulfilments of one shop, as `kit.connector.LooksFirst`, `Amends` and `Cancels`."""

    def __init__(self, client: Client, carriers: ValueMap | None, *, notify: bool) -> None:
        self._client = client
        self._carriers = carriers
        self._notify = notify

    async def there(
        self, documents: Sequence[Fulfilment], inputs: Sequence[Inputs]
    ) -> Sequence[bytes]:
        """What is left of each fulfilment's order, and what was told of it."""
        orders = [
            input_.name(document.refs[0])
            for document, input_ in zip(documents, inputs, strict=True)
        ]
        orders_by_key = await self._orders(orders, "Sending")
        return [msgspec.json.encode(orders_by_key.get(order, There(""))) for order in orders]

    def compose(self, document: Fulfilment, inputs: Inputs = ALONE) -> Intent:
        """What is told of a despatch, by what is left to be sent (pure): one call for the goods of
        each location (live)."""
        order, present = inputs.name(document.refs[0]), inputs.held(There)
        goods, tracking = goods_of(document), self._tracking(document)
        numbers = numbers_of(tracking)
        check_untold(document, numbers, present, _ENDED)
        sale = present.name or document.order_number
        lots = by_place(document, picked(document, goods, present.lots, sale), len(_STEPS))
        marks = [mark(pieces_of(lot), numbers, place * (len(lots) > 1)) for place, lot in lots]
        references = made(order, (sending.id for sending in present.told), marks)
        steps = [
            _step(number, reference, "Send", {"fulfillment": self._told(lot, tracking)})
            for number, (reference, (_, lot)) in enumerate(zip(references, lots, strict=True))
        ]
        expect = _fields("SUCCESS", goods, tracking)
        return intent(steps, expect, [*losses(document)], KINDS)

    def amendment(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """Another way to follow what was told (pure)."""
        tracking = self._tracking(document)
        parts = same_goods(document, identity, inputs.held(There), len(_STEPS))
        if parts[0].numbers and not tracking:
            raise Hold(
                f"Despatch {document.number} has no tracking number any more, and the shop has.",
                do=MOVED,
                code="changed-after-sent",
            )
        told = {"tracking": _tracked(tracking), "notify": self._notify}
        steps = _each(inputs.name(document.refs[0]), parts, "Follow", told)
        expect = _fields("SUCCESS", goods_of(document), tracking)
        return intent(steps, expect, [*losses(document)], KINDS)

    def cancellation(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of what was told (pure)."""
        parts = same_goods(document, identity, inputs.held(There), len(_STEPS))
        steps = _each(inputs.name(document.refs[0]), parts, "TakeBack", {})
        return intent(steps, {"status": _ENDED}, (), KINDS)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Tell one despatch. Raises `Settle` where it may have landed without saying so."""
        return await self._tell(intents, _SEND)

    async def amend(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Have one despatch followed otherwise."""
        return await self._tell(intents, "fulfillmentTrackingInfoUpdate")

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Take one despatch back; a second time changes nothing (live)."""
        return await self._tell(intents, "fulfillmentCancel")

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every fulfilment under each reference, read by its order's id, which no index lags."""
        orders = await self._orders([owner_of(reference) for reference in references], "Sent")
        sightings = {
            reference: [
                Seen(parts[0].id, parts[0].name, _shown(parts))
                for parts in sighted(reference, orders[owner_of(reference)].told)
            ]
            for reference in references
            if owner_of(reference) in orders
        }
        return {reference: rows for reference, rows in sightings.items() if rows}

    # --- inside ---

    async def _orders(self, keys: Sequence[str], fragment: str) -> dict[str, There]:
        named = [key for key in dict.fromkeys(keys) if key.isascii() and key.isdecimal()]
        if not named:
            return {}
        identities = [f"gid://shopify/Order/{key}" for key in named]
        wanted = Wanted("order", fragment, _ORDER)
        nodes = await rows_of(self._client.ask, DOCUMENTS, wanted, identities)
        return {key: there(node) for key, node in zip(named, nodes, strict=True) if node}

    async def _tell(self, intents: Sequence[Intent], name: str) -> Sequence[Answer]:
        (intent_,) = intents
        try:
            body = await self._client.tell(intent_.payload, kind=name)
        except Hold as error:
            return [error]
        unsure = self._client.unsure(f"{self._client.where} answered {name} and not what it made")
        try:
            answer = strict_json.convert(body.get(name) or {}, _Answer)
        except Refuse:
            raise unsure from None
        if answer.userErrors:
            sentence = answer.userErrors[0].quoted
            stale = name == _SEND and any(words in sentence for words in _STALE)
            return [self._client.error("stale" if stale else "refused", quoted=sentence)]
        if answer.fulfillment is None:
            raise unsure
        return [Written(answer.fulfillment.legacyResourceId, answer.fulfillment.name)]

    def _tracking(self, document: Fulfilment) -> tuple[Follow, ...]:
        """How each parcel is followed, the carrier in the words that this shop takes."""
        parcels = tracked(document)
        company = one_carrier(document, parcels, self._carriers, "Shopify")
        return tuple(Follow(parcel.tracking, parcel.url, company) for parcel in parcels)

    def _told(self, lots: Sequence[Lot], tracking: Sequence[Follow]) -> dict[str, Any]:
        parcels: dict[str, list[dict[str, Any]]] = {}
        for lot in lots:
            parcels.setdefault(lot.parcel, []).append({"id": lot.line, "quantity": lot.left})
        return {
            "lineItemsByFulfillmentOrder": [
                {"fulfillmentOrderId": parcel, "fulfillmentOrderLineItems": rows}
                for parcel, rows in parcels.items()
            ],
            "notifyCustomer": self._notify,
            **({"trackingInfo": _tracked(tracking)} if tracking else {}),
        }


def _each(
    order: str, parts: Sequence[Sending], operation: str, variables: Mapping[str, object]
) -> list[Step]:
    """One call for each of what was told together."""
    ids = [sending.id for sending in parts]
    return [
        _step(number, reference, operation, {"id": f"gid://shopify/Fulfillment/{key}", **variables})
        for number, (reference, key) in enumerate(zip(changed(order, ids), ids, strict=True))
    ]


def _step(number: int, reference: str, operation: str, variables: Mapping[str, object]) -> Step:
    return Step(_STEPS[number], reference, graphql.encode(DOCUMENTS[operation], variables))


def _tracked(tracking: Sequence[Follow]) -> dict[str, Any]:
    """One number, or several, which all go with one carrier."""
    company = {"company": tracking[0].company} if tracking[0].company else {}
    numbers = [parcel.number for parcel in tracking]
    urls = [parcel.url for parcel in tracking if parcel.url]
    urls = urls if len(urls) == len(numbers) else []
    if len(numbers) == 1:
        return {"number": numbers[0], **({"url": urls[0]} if urls else {}), **company}
    return {"numbers": numbers, **({"urls": urls} if urls else {}), **company}


def _fields(status: str, goods: Mapping[str, int], tracking: Sequence[Follow]) -> dict[str, Field]:
    """A fulfilment as it is compared: what it holds, and how it is followed."""
    numbers = numbers_of(tracking)
    return {
        "status": status,
        "pieces": sum(goods.values()),
        **{f"goods[{sku}]": count for sku, count in goods.items()},
        "tracking": ", ".join(numbers),
        "carrier": (tracking[0].company or "") if numbers else "",
    }


def _shown(parts: Sequence[Sending]) -> dict[str, Field]:
    return _fields(parts[0].status, pieces_in(parts), parts[0].tracking)

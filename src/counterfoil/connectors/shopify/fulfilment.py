"""Fulfilments into Shopify: told once, followed by another tracking number, and taken back.

A fulfilment carries no reference of ours. One is known by its order, its goods and its tracking
numbers, among those that were not there before it was told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS, Client
from counterfoil.connectors.shopify.fulfilment_there import Follow, Lot, There, Told, mark, there
from counterfoil.kit.api.graphql import Wanted, rows_of
from counterfoil.kit.connector import ALONE, Field, Inputs, Intent, Kind, Seen, Step, Written
from counterfoil.kit.formats import graphql, strict_json
from counterfoil.mapping.despatched import losses, one_carrier, tracked
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import Fulfilment, pieces_by_sku
from counterfoil.values.errors import CounterfoilError, Hold, Refuse

KINDS: Final[Mapping[str, Kind]] = {
    "pieces": "pieces", "goods": "pieces", "status": "code", "tracking": "code",
    "carrier": "text",
}  # fmt: skip
_SEND: Final = "fulfillmentCreate"
_ORDER: Final = 150.0  # points
_STEPS: Final = ("place-1", "place-2", "place-3", "place-4", "place-5")
_STALE: Final = (
    "does not exist", "unfulfillable status", "quantity requested", "single location", "same order",
)  # fmt: skip
"""What Shopify says of fulfilment orders that moved, split or closed since they were read (live):
nothing was made, and what is there now is another."""
_MOVED: Final = "Change it at the shop by hand, then set this record aside."


class _Trouble(msgspec.Struct, frozen=True):
    message: str


class _Made(msgspec.Struct, frozen=True):
    legacyResourceId: str
    name: str


class _Answer(msgspec.Struct, frozen=True):
    userErrors: list[_Trouble] = []
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
        """What is told of a despatch, by what is left to be sent (pure)."""
        order, present = inputs.name(document.refs[0]), inputs.held(There)
        goods, tracking = _goods(document), self._tracking(document)
        numbers = [parcel.number for parcel in tracking if parcel.number]
        _check_untold(document, goods, numbers, present)
        lots = _by_place(document, _picked(document, goods, present))
        before = ",".join(sorted(sending.id for sending in present.told))
        parts = [mark(_pieces(lot), numbers, place * (len(lots) > 1)) for place, lot in lots]
        steps = [
            Step(
                name,
                f"{order}/{before}/{';'.join(parts[number:] + parts[:number])}",
                graphql.encode(DOCUMENTS["Send"], {"fulfillment": self._lines(lot, tracking)}),
            )
            for number, (name, (_, lot)) in enumerate(zip(_STEPS, lots, strict=False))
        ]
        expect = _fields("SUCCESS", goods, tracking)
        return _intent(steps, expect, tuple(losses(document)))

    def amendment(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """Another way to follow what was told (pure)."""
        tracking = self._tracking(document)
        parts = _same_goods(document, identity, inputs.held(There))
        if parts[0].numbers and not tracking:
            raise Hold(
                f"Despatch {document.number} has no tracking number any more, and the shop has.",
                do=_MOVED,
                code="changed-after-sent",
            )
        sending = {"tracking": _tracked(tracking), "notify": self._notify}
        expect = _fields("SUCCESS", _goods(document), tracking)
        order = inputs.name(document.refs[0])
        steps = _each(order, parts, "Follow", sending)
        return _intent(steps, expect, tuple(losses(document)))

    def cancellation(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of what was told (pure)."""
        parts = _same_goods(document, identity, inputs.held(There))
        order = inputs.name(document.refs[0])
        return _intent(_each(order, parts, "TakeBack", {}), {"status": "CANCELLED"})

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Tell one despatch. Raises `Settle` where it may have landed without saying so."""
        return await self._tell(intents, _SEND)

    async def amend(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Have one despatch followed otherwise."""
        return await self._tell(intents, "fulfillmentTrackingInfoUpdate")

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Take one despatch back; a second time changes nothing (live)."""
        return await self._tell(intents, "fulfillmentCancel")

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every fulfilment under each reference, read by its order's id, which no index lags."""
        keys = {reference: reference.partition("/")[0] for reference in references}
        orders_by_key = await self._orders(list(dict.fromkeys(keys.values())), "Sent")
        sightings = {
            reference: _seen(reference, orders_by_key[order])
            for reference, order in keys.items()
            if order in orders_by_key
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

    async def _tell(
        self, intents: Sequence[Intent], name: str
    ) -> Sequence[Written | CounterfoilError]:
        (intent,) = intents
        try:
            body = await self._client.tell(intent.payload, kind=name)
        except Hold as error:
            return [error]
        unsure = self._client.unsure(f"{self._client.where} answered {name} and not what it made")
        try:
            answer = strict_json.convert(body.get(name) or {}, _Answer)
        except Refuse:
            raise unsure from None
        if answer.userErrors:
            sentence = answer.userErrors[0].message[:200]
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

    def _lines(self, lots: Sequence[Lot], tracking: Sequence[Follow]) -> dict[str, Any]:
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


def _goods(document: Fulfilment) -> Mapping[str, int]:
    return {sku.strip(): count for sku, count in pieces_by_sku(document.holds).items()}


def _pieces(lots: Sequence[Lot]) -> Mapping[str, int]:
    pieces: Counter[str] = Counter()
    for lot in lots:
        pieces[lot.sku] += lot.left
    return pieces


def _check_untold(
    document: Fulfilment, goods: Mapping[str, int], numbers: list[str], present: There
) -> None:
    """Raise `Hold` where the same parcels were told already, by whomever."""
    signs = mark(goods, numbers)
    for sending in present.told:
        if numbers and sending.status != "CANCELLED" and sending.mark() == signs:
            raise Hold(
                f"Despatch {document.number} is at the shop already, as {sending.name}.",
                do="Look at it there; where it is this one, set this record aside with a reason.",
                code="already-told",
            )


def _picked(document: Fulfilment, goods: Mapping[str, int], present: There) -> list[Lot]:
    """What of the order's open lots is told: by SKU and pieces, never by a line's place; from one
    location where one has all of it. Raises `Hold` where less is left than was despatched."""
    places = list(dict.fromkeys(lot.place for lot in present.lots if not lot.on_hold))
    whole = [place for place in places if _covers(present.lots, goods, place)]
    ranked = {place: rank for rank, place in enumerate([*whole, *places][::-1])}
    lots = sorted(
        (lot for lot in present.lots if not lot.on_hold), key=lambda lot: -ranked[lot.place]
    )
    picked: list[Lot] = []
    for sku, count in goods.items():
        missing = count
        for lot in lots:
            pieces = min(missing, lot.left) if lot.sku == sku else 0
            if pieces:
                picked.append(msgspec.structs.replace(lot, left=pieces))
                missing -= pieces
        if missing:
            raise _too_few(document, sku, count, present)
    return picked


def _covers(lots: Sequence[Lot], goods: Mapping[str, int], place: str) -> bool:
    remainder = _pieces([lot for lot in lots if lot.place == place and not lot.on_hold])
    return all(remainder.get(sku, 0) >= count for sku, count in goods.items())


def _too_few(document: Fulfilment, sku: str, count: int, present: There) -> Hold:
    remainder = sum(lot.left for lot in present.lots if lot.sku == sku)
    if remainder >= count:
        return Hold(
            f"Despatch {document.number} has {count} of {sku}, and the shop has it on hold.",
            do="Release it there, then send this record again.",
            code="on-hold-there",
        )
    return Hold(
        f"Despatch {document.number} has {count} of {sku}, and {remainder} are left to be sent of"
        f" order {present.name or document.order_number}.",
        do="Compare the order at both systems; correct the despatch at the warehouse, or set this"
        " record aside with a reason.",
        code="more-than-left",
    )


def _by_place(document: Fulfilment, lots: Sequence[Lot]) -> list[tuple[str, list[Lot]]]:
    """The lots of each location: one call tells of one location's goods only (live)."""
    places: dict[str, list[Lot]] = {}
    for lot in lots:
        places.setdefault(lot.place, []).append(lot)
    if len(places) > len(_STEPS):
        raise Hold(
            f"Despatch {document.number} is of goods at {len(places)} locations of the shop.",
            do="Enter it at the shop by hand, and set this record aside.",
            code="too-many-places",
        )
    return list(places.items())


def _same_goods(document: Fulfilment, identity: str, present: There) -> list[Told]:
    """What was told of the document: what has this id first, then what was told with it of goods at
    other locations. Raises `Hold` where that is not there, or is of other goods."""
    first = present.of(identity)
    beside = [
        sending
        for sending in present.told
        if first
        and sending.numbers == first.numbers
        and sending.status == first.status
        and sending.place != first.place
    ]
    for parts in ([first], [first, *beside]) if first else ():
        goods: Counter[str] = Counter()
        for sending in parts:
            goods.update(sending.pieces)
        if dict(goods) == dict(_goods(document)) and len(parts) <= len(_STEPS):
            return parts
    what = "is of other goods than" if first else "is not"
    raise Hold(
        f"What the shop has as {identity} {what} despatch {document.number}, so it is not changed.",
        do=_MOVED,
        code="changed-after-sent",
    )


def _each(
    order: str, parts: Sequence[Told], operation: str, variables: Mapping[str, object]
) -> list[Step]:
    """One call for each of what was told together."""
    ids = [sending.id for sending in parts]
    return [
        Step(
            name,
            f"{order}/={'+'.join(ids[number:] + ids[:number])}",
            graphql.encode(
                DOCUMENTS[operation],
                {"id": f"gid://shopify/Fulfillment/{identity}", **variables},
            ),
        )
        for number, (name, identity) in enumerate(zip(_STEPS, ids, strict=False))
    ]


def _intent(steps: list[Step], expect: Mapping[str, Field], lost: tuple[Loss, ...] = ()) -> Intent:
    """One call, or the steps where there are several."""
    (first, *others) = steps
    if others:
        return Intent(first.reference, b"", expect, lost, KINDS, steps=tuple(steps))
    return Intent(first.reference, first.payload, expect, lost, KINDS)


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
    numbers = [parcel.number for parcel in tracking if parcel.number]
    return {
        "status": status,
        "pieces": sum(goods.values()),
        **{f"goods[{sku}]": count for sku, count in goods.items()},
        "tracking": ", ".join(numbers),
        "carrier": (tracking[0].company or "") if numbers else "",
    }


def _seen(reference: str, present: There) -> list[Seen]:
    """The fulfilments that a reference stands for: the one of an id; or those that were not there
    before with its goods, to which the goods from other locations are added."""
    _, _, signs = reference.partition("/")
    if signs.startswith("="):
        parts = [present.of(identity) for identity in signs[1:].split("+")]
        return [_shown(parts[0], [sending for sending in parts if sending])] if parts[0] else []
    before, _, parts = signs.partition("/")
    first, *others = parts.split(";")
    news = [sending for sending in present.told if sending.id not in before.split(",")]
    beside = [sending for sending in news if sending.mark(place=True) in others]
    return [
        _shown(sending, [sending, *beside])
        for sending in news
        if sending.mark(place=bool(others)) == first
    ]


def _shown(told: Told, whole: Sequence[Told]) -> Seen:
    goods: Counter[str] = Counter()
    for part in whole:
        goods.update(part.pieces)
    return Seen(told.id, told.name, _fields(told.status, goods, told.tracking))

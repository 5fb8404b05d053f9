"""What Shopify holds of an order's goods: what is left to be sent, from where, and what was told.

Fulfilment orders move, split and close, and their ids change with that (live); so what is told is
composed of what is read just before, and nothing of it is remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from counterfoil.kit.formats import graphql, strict_json
from counterfoil.mapping.lots import Lot
from counterfoil.mapping.sendings import Follow, Sending, There
from counterfoil.values.errors import Hold

_OPEN: Final = frozenset({"OPEN", "IN_PROGRESS"})


class _Place(msgspec.Struct, frozen=True):
    id: str
    isFulfillmentService: bool = False


class _Assigned(msgspec.Struct, frozen=True):
    location: _Place | None


class _Line(msgspec.Struct, frozen=True):
    id: str
    sku: str | None
    remainingQuantity: int


class _Parcel(msgspec.Struct, frozen=True):
    id: str
    status: str
    assignedLocation: _Assigned
    lineItems: list[_Line]


class _Sku(msgspec.Struct, frozen=True):
    sku: str | None


class _SentLine(msgspec.Struct, frozen=True):
    lineItem: _Sku
    quantity: int | None


class _Sent(msgspec.Struct, frozen=True):
    legacyResourceId: str
    name: str
    status: str
    location: _Place | None
    trackingInfo: tuple[Follow, ...]
    fulfillmentLineItems: list[_SentLine]


class _Order(msgspec.Struct, frozen=True):
    name: str
    fulfillments: list[_Sent]
    fulfillmentOrders: list[_Parcel] = []


_NOBODY: Final = _Place("")


def there(node: object) -> There:
    """What an order's node says. Raises `Hold` (code "too-long") where it says only a part."""
    if node is None:
        return There("")
    order = strict_json.convert(graphql.as_lists(node), _Order, what="The order")
    if graphql.is_cut(node):
        raise Hold(
            f"Order {order.name} has more to be sent, or sent, than is read of it at once.",
            do="Enter the fulfilment at the shop by hand, and set this record aside.",
            code="too-long",
        )
    told = tuple(_sending(sent) for sent in order.fulfillments)
    return There(order.name, tuple(_lots(order.fulfillmentOrders)), told)


def _lots(parcels: Sequence[_Parcel]) -> Iterator[Lot]:
    """What we may tell of: what is open, or on hold, and no other service's."""
    for parcel in parcels:
        place = parcel.assignedLocation.location or _NOBODY
        if place.isFulfillmentService or parcel.status not in _OPEN | {"ON_HOLD"}:
            continue
        for row in parcel.lineItems:
            if row.remainingQuantity:
                sku, held = (row.sku or "").strip(), parcel.status not in _OPEN
                yield Lot(parcel.id, row.id, place.id, sku, row.remainingQuantity, on_hold=held)


def _sending(sent: _Sent) -> Sending:
    pieces: Counter[str] = Counter()
    for row in sent.fulfillmentLineItems:
        pieces[(row.lineItem.sku or "").strip()] += row.quantity or 0
    place, goods = sent.location or _NOBODY, dict(pieces)
    key, name, status = sent.legacyResourceId, sent.name, sent.status
    return Sending(key, name, status, place.id, goods, sent.trackingInfo)

"""What Shopify holds of an order's goods: what is left to be sent, from where, and what was told.

Fulfilment orders move, split and close, and their ids change with that (live); so what is told is
composed of what is read just before, and nothing of it is remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from counterfoil.kit.formats import strict_json
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import Hold

_OPEN: Final = frozenset({"OPEN", "IN_PROGRESS"})


class Lot(msgspec.Struct, frozen=True):
    """What is left of one line of a fulfilment order: pieces of a SKU at a location."""

    parcel: str
    line: str
    place: str
    sku: str
    left: int
    on_hold: bool = False


class Follow(msgspec.Struct, frozen=True):
    """How one parcel is followed."""

    number: str | None = None
    url: str | None = None
    company: str | None = None


class Told(msgspec.Struct, frozen=True):
    """One fulfilment that the shop has: pieces by SKU, and from which location."""

    id: str
    name: str
    status: str
    place: str
    pieces: dict[str, int]
    tracking: tuple[Follow, ...] = ()

    @property
    def numbers(self) -> list[str]:
        """The tracking numbers, in the sequence of the parcels."""
        return [parcel.number for parcel in self.tracking if parcel.number]

    def mark(self, *, place: bool = False) -> str:
        """By what it is known, since it carries no reference of ours."""
        return mark(self.pieces, self.numbers, self.place if place else "")


class There(msgspec.Struct, frozen=True):
    """What the shop holds of one order; `name` is what people call it, "" where there is none."""

    name: str
    lots: tuple[Lot, ...] = ()
    told: tuple[Told, ...] = ()

    def of(self, identity: str) -> Told | None:
        """The fulfilment of this id."""
        return next((sending for sending in self.told if sending.id == identity), None)


def mark(pieces: Mapping[str, int], numbers: list[str], place: str = "") -> str:
    """By what goods and tracking numbers a fulfilment is known, and from where, if that is said."""
    goods = {sku: count for sku, count in pieces.items() if count}
    return digest(canonical([goods, numbers, place])).hex()[:16]


# --- how it is read ---


class _Info(msgspec.Struct, frozen=True):
    hasNextPage: bool


class _Id(msgspec.Struct, frozen=True):
    id: str
    isFulfillmentService: bool = False


class _LotRow(msgspec.Struct, frozen=True):
    id: str
    sku: str | None
    remainingQuantity: int


class _LotRows(msgspec.Struct, frozen=True):
    pageInfo: _Info
    nodes: list[_LotRow]


class _Assigned(msgspec.Struct, frozen=True):
    location: _Id | None


class _Parcel(msgspec.Struct, frozen=True):
    id: str
    status: str
    assignedLocation: _Assigned
    lineItems: _LotRows


class _Parcels(msgspec.Struct, frozen=True):
    pageInfo: _Info
    nodes: list[_Parcel]


class _Sku(msgspec.Struct, frozen=True):
    sku: str | None


class _SentRow(msgspec.Struct, frozen=True):
    lineItem: _Sku
    quantity: int | None


class _SentRows(msgspec.Struct, frozen=True):
    pageInfo: _Info
    nodes: list[_SentRow]


class _Sent(msgspec.Struct, frozen=True):
    legacyResourceId: str
    name: str
    status: str
    location: _Id | None
    trackingInfo: tuple[Follow, ...]
    fulfillmentLineItems: _SentRows


class _Order(msgspec.Struct, frozen=True):
    id: str
    name: str
    fulfillments: list[_Sent]
    fulfillmentOrders: _Parcels | None = None


_NOBODY: Final = _Id("")


def there(node: Any) -> There:
    """What an order's node says. Raises `Hold` (code "too-long") where it says only a part."""
    if node is None:
        return There("")
    order = strict_json.convert(node, _Order, what="The order")
    parcels = order.fulfillmentOrders or _Parcels(_Info(False), [])
    pages = [parcels.pageInfo, *(parcel.lineItems.pageInfo for parcel in parcels.nodes)]
    pages += [sent.fulfillmentLineItems.pageInfo for sent in order.fulfillments]
    if any(page.hasNextPage for page in pages):
        raise Hold(
            f"Order {order.name} has more to be sent, or sent, than is read of it at once.",
            do="Enter the fulfilment at the shop by hand, and set this record aside.",
            code="too-long",
        )
    return There(order.name, tuple(_lots(parcels)), tuple(map(_told, order.fulfillments)))


def _lots(parcels: _Parcels) -> Iterator[Lot]:
    """What we may tell of: what is open, or on hold, and no other service's."""
    for parcel in parcels.nodes:
        place = parcel.assignedLocation.location or _NOBODY
        if place.isFulfillmentService or parcel.status not in _OPEN | {"ON_HOLD"}:
            continue
        for row in parcel.lineItems.nodes:
            if row.remainingQuantity:
                yield Lot(
                    parcel.id, row.id, place.id, (row.sku or "").strip(), row.remainingQuantity,
                    on_hold=parcel.status not in _OPEN,
                )  # fmt: skip


def _told(sent: _Sent) -> Told:
    pieces: Counter[str] = Counter()
    for row in sent.fulfillmentLineItems.nodes:
        pieces[(row.lineItem.sku or "").strip()] += row.quantity or 0
    place = sent.location or _NOBODY
    return Told(
        sent.legacyResourceId, sent.name, sent.status, place.id, dict(pieces), sent.trackingInfo
    )

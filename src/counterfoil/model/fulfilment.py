"""Fulfilment: goods that moved for an order, out to the customer or back; it carries no money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import msgspec

from counterfoil.model.document import Measure, Ref
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold

Direction = Literal["out", "back"]
FulfilmentStatus = Literal["planned", "picking", "packed", "shipped", "delivered", "failed", "void"]

STEPS: Final[Mapping[FulfilmentStatus, frozenset[FulfilmentStatus]]] = {
    "planned": frozenset({"picking", "packed", "shipped", "void"}),
    "picking": frozenset({"planned", "packed", "shipped", "void"}),
    "packed": frozenset({"picking", "shipped", "void"}),
    "shipped": frozenset({"delivered", "failed", "void"}),
    "failed": frozenset({"shipped", "delivered", "void"}),
    "delivered": frozenset(),
    "void": frozenset(),
}
"""Where a fulfilment may go from each status; whatever is missing between two is passed over."""


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """`quantity` whole pieces of a SKU; `line` is the order's own line where the source says it."""

    sku: str
    quantity: int
    line: str = ""


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parcel: who carries it, in the source's own words, and how it is followed.

    `holds` says what is in it, where the source says that parcel by parcel.
    """

    carrier: str = ""
    service: str = ""
    tracking: str = ""
    url: str = ""
    holds: tuple[Sent, ...] = ()

    PERSONAL: ClassVar = ("tracking", "url")


class Short(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was ordered and could not be picked; `what_next` as the source says it."""

    sku: str
    quantity: int
    reason: str = ""
    what_next: Literal["", "back-order", "cancel"] = ""


class Fulfilment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One despatch or return as its source states it now.

    `order` is the order's key at this source, `order_number` what people read. Times are ISO 8601
    in UTC; `moved` is when the goods left or came back, empty where they have not yet. `place` is
    the source's own word for where they moved.
    """

    key: str
    number: str
    order: str
    order_number: str
    status: FulfilmentStatus
    created: str
    updated: str
    holds: tuple[Sent, ...]
    direction: Direction = "out"
    moved: str = ""
    place: str = ""
    parcels: tuple[Parcel, ...] = ()
    shorts: tuple[Short, ...] = ()

    @property
    def version(self) -> Instant:
        """The moment of the source's last change."""
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        """When it was created at its source."""
        return instant(self.created)

    @property
    def measure(self) -> Measure:
        """The pieces that moved."""
        return Measure(pieces=sum(sent.quantity for sent in self.holds))

    @property
    def gone(self) -> bool:
        """Whether it was made void: the goods did not move after all."""
        return self.status == "void"

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The order that the goods are of."""
        return (Ref("order", self.order),)

    @property
    def turn(self) -> Ref | None:
        """What is told of one order is told in its order."""
        return Ref("order", self.order)

    @property
    def tracked(self) -> bool:
        """Whether at least one parcel can be followed."""
        return any(parcel.tracking for parcel in self.parcels)


def check(fulfilment: Fulfilment) -> None:
    """Raise `Hold` where it moves nothing, a quantity is below one, or parcels hold more than it.

    Codes: "nothing-moved", "bad-quantity", "parcels-differ".
    """
    name = f"Despatch {fulfilment.number}" if fulfilment.direction == "out" else (
        f"Return {fulfilment.number}"
    )  # fmt: skip
    if not fulfilment.holds:
        raise Hold(f"{name} names no goods.", do=_DO, code="nothing-moved")
    parts = [*fulfilment.holds, *(sent for parcel in fulfilment.parcels for sent in parcel.holds)]
    wrong = next((sent for sent in parts if sent.quantity < 1), None)
    if wrong:
        raise Hold(f"{name} moves {wrong.quantity} of {wrong.sku}.", do=_DO, code="bad-quantity")
    whole = pieces_by_sku(fulfilment.holds)
    for parcel in fulfilment.parcels:
        whole.subtract(pieces_by_sku(parcel.holds))
    over = next((sku for sku, pieces in whole.items() if pieces < 0), None)
    if over is not None:
        raise Hold(f"{name} has more of {over} in its parcels than in all.", do=_DO,
                   code="parcels-differ")  # fmt: skip


def pieces_by_sku(holds: tuple[Sent, ...]) -> Counter[str]:
    """How many pieces of each SKU; one SKU may stand in several rows."""
    counted: Counter[str] = Counter()
    for sent in holds:
        counted[sent.sku] += sent.quantity
    return counted


def may_follow(before: FulfilmentStatus, now: FulfilmentStatus) -> bool:
    """Whether a fulfilment that was `before` may be `now`."""
    return now == before or now in STEPS[before]


_DO = "Compare it with the order at the warehouse and correct it there: it arrives again by itself."

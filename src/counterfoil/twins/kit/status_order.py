"""The order of a vendor that numbers its statuses: its state, its columns, and what befalls it.

No status is protected: any may be set by hand, and neither money nor goods move because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.prices import Levy, Reduction, Sold
from counterfoil.twins.kit.shelf import Shelf
from counterfoil.twins.world import Payment, Sale


class StatusOrder(msgspec.Struct, frozen=True, array_like=True):
    """One order. Moments are seconds since 1970 (0: never). `sent` and `returned` count units by
    the place of their line; `archived` orders are shown only to who asks for them."""

    id: int
    first_line: int
    sale: Sale
    created_s: int
    modified_s: int
    status: int
    payment_status: str = ""
    shipped_s: int = 0
    sent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    staff_notes: str | None = None
    external_order_id: str = ""
    archived: bool = False

    @property
    def by_shopper(self) -> bool:
        """Whether a shopper placed it at the storefront; an app or a person did otherwise."""
        return self.sale.channel == "web"


Change = Callable[[StatusOrder, int], StatusOrder]
"""From an order and the moment (seconds since 1970) to the order as it is then."""


def counted_at(counts: tuple[int, ...], at: int) -> int:
    """The count at a place; 0 where none was written down."""
    return counts[at] if at < len(counts) else 0


class Part(NamedTuple):
    """A line of an order, or a discount or tax of it."""

    kept: StatusOrder
    of: Sold | Reduction | Levy

    @property
    def returned(self) -> int:
        """How many units of a line came back."""
        return counted_at(self.kept.returned, self.of.place)

    @property
    def all_returned(self) -> bool:
        """Whether every unit of a line did."""
        return isinstance(self.of, Sold) and self.returned >= self.of.line.quantity

    @property
    def sent(self) -> int:
        """How many units of a line were sent."""
        return counted_at(self.kept.sent, self.of.place)


def columns(order: StatusOrder) -> Mapping[str, object]:
    """What an order is found by."""
    return {
        "reference": order.sale.number,
        "customer": order.sale.buyer.id if order.sale.buyer else 0,
        "email": order.sale.email.lower(),
        "external": order.external_order_id,
        "created_s": order.created_s,
        "modified_s": order.modified_s,
        "status": order.status,
        "archived": int(order.archived),
        "total_minor": order.sale.total_minor,
        "currency": order.sale.currency,
    }


def entry(order: StatusOrder) -> Entry:
    """An order as whoever checks reads it."""
    pieces = sum(line.quantity for line in order.sale.lines) - sum(order.returned)
    measure = Measure(order.sale.total_minor, order.sale.currency)
    facts = {"status": order.status, "archived": order.archived, "pieces": pieces}
    key, reference = str(order.id), order.sale.number
    return Entry(key, reference, order.created_s, order.modified_s, measure, facts)


class Statuses(NamedTuple):
    """A vendor's numbers: of a checkout that nobody has finished, and of what may become of an
    order. `paid` is the status and the payment's own word by how it was paid; `refund_word` the
    payment's word once all is paid back; `first_order` and `first_line` where it begins to count.
    """

    incomplete: int
    open: int
    shipped: int
    refunded: int
    cancelled: int
    declined: int
    paid: Mapping[Payment, tuple[int, str]]
    refund_word: str
    first_order: int = 100
    first_line: int = 1


def noted(order: StatusOrder, now_s: int) -> StatusOrder:
    """Somebody writes a note for the staff."""
    return replace(order, staff_notes=f"{order.staff_notes or ''} Please call.".strip())


def archived(order: StatusOrder, now_s: int) -> StatusOrder:
    """Deleted: it leaves every listing that does not ask for it."""
    return replace(order, archived=True)


class StatusLife:
    """How orders of a shelf begin, and what befalls them, in a vendor's numbers."""

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses

    @property
    def events(self) -> Mapping[str, Change]:
        """What each event makes of an order."""
        numbers = self._statuses
        return {
            "completed": self.completed,
            "edited": noted,
            "shipped_by_hand": self.set_status(numbers.shipped),
            "sent": self.sent,
            "refunded": self.refunded,
            "cancelled": self.set_status(numbers.cancelled),
            "declined": self.set_status(numbers.declined),
            "archived": archived,
        }

    def begun(self, shelf: Shelf[StatusOrder], sale: Sale, now_s: int) -> StatusOrder:
        """The order of a sale: one that a shopper begins is incomplete at first."""
        numbers = self._statuses
        return shelf.save(
            StatusOrder(
                id=shelf.next("order", numbers.first_order),
                first_line=shelf.next("line", numbers.first_line, len(sale.lines)),
                sale=sale,
                created_s=now_s,
                modified_s=now_s,
                status=numbers.incomplete if sale.channel == "web" else numbers.open,
            )
        )

    def completed(self, order: StatusOrder, now_s: int) -> StatusOrder:
        """The shopper has finished the checkout."""
        status, payment = self._statuses.paid[order.sale.payment]
        if order.status != self._statuses.incomplete:
            return order
        return replace(order, status=status, payment_status=payment)

    def set_status(self, status: int) -> Change:
        """Somebody sets the status by hand; that of what was shipped says when, and counts no
        piece."""

        def change(order: StatusOrder, now_s: int) -> StatusOrder:
            shipped_s = now_s if status == self._statuses.shipped else order.shipped_s
            return replace(order, status=status, shipped_s=shipped_s)

        return change

    def sent(self, order: StatusOrder, now_s: int) -> StatusOrder:
        """A shipment with every piece is written."""
        pieces = tuple(line.quantity for line in order.sale.lines)
        return replace(order, status=self._statuses.shipped, shipped_s=now_s, sent=pieces)

    def refunded(self, order: StatusOrder, now_s: int) -> StatusOrder:
        """Everything is paid back."""
        pieces = tuple(line.quantity for line in order.sale.lines)
        numbers = self._statuses
        return replace(
            order,
            status=numbers.refunded,
            payment_status=numbers.refund_word,
            returned=pieces,
        )

"""What may befall orders by itself: each event by name, how often, and its changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from counterfoil.model.address import Address
from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.kit.sale.life import (
    Change,
    Repayment,
    attributed,
    cancelled,
    captured,
    deposited,
    discounted,
    exchanged,
    line_added,
    noted,
    readdressed,
    refunded,
    repaid,
    sent,
    settled,
    shipping_removed,
    units_removed,
    voided,
)
from counterfoil.twins.kit.sale.order import Item, Order, items
from counterfoil.twins.world import SaleLine

LIFE: Final[dict[str, Fault]] = {
    "units_removed": Fault("The shop took units out of an order.", 0.0, 0.02),
    "line_added": Fault("The shop added a line to an order.", 0.0, 0.01),
    "discounted": Fault("The shop made a line of an order cheaper.", 0.0, 0.01),
    "shipping_removed": Fault("The shop took the postage out of an order.", 0.0, 0.005),
    "readdressed": Fault("The shop changed where an order goes.", 0.0, 0.01),
    "noted": Fault("The shop changed the note of an order.", 0.0, 0.01),
    "attributed": Fault("The shop changed an order's attributes.", 0.0, 0.01),
    "refunded_in_part": Fault("Units were paid back before they were sent.", 0.0, 0.02),
    "refunded_whole": Fault("An order was paid back as a whole before it was sent.", 0.0, 0.01),
    "postage_refunded": Fault("The postage of an order was paid back.", 0.0, 0.01),
    "goodwill": Fault("A sum was paid back for no unit of an order.", 0.0, 0.01),
    "refund_pending": Fault("A refund was promised and paid later.", 0.0, 0.01),
    "returned": Fault("Units were sent, came back and were paid back.", 0.0, 0.01),
    "exchanged": Fault("A unit was sent, came back, and another thing went out.", 0.0, 0.01),
    "cancelled_whole": Fault("An order was cancelled with its stock and its money.", 0.0, 0.01),
    "sent_elsewhere": Fault("Another service sent its lines of an order.", 0.0, 0.5),
    "captured": Fault("What an order had authorised was taken.", 0.0, 0.7),
    "voided": Fault("What an order had authorised was let go.", 0.0, 0.2),
    "deposited": Fault("Money that an order had waited for came.", 0.0, 0.7),
}
"""What may befall an order by itself, and how often on a hostile day."""

PAID_BACK: Final[dict[str, Fault]] = {
    "came_back": Fault("Units were sent, came back and were paid back.", 0.07, 0.10),
    "all_came_back": Fault("All of an order was sent, came back and was paid back.", 0.03, 0.04),
    "kept_there": Fault("A unit was paid back that the customer keeps.", 0.03, 0.05),
    "postage_refunded": Fault("The postage of an order was paid back.", 0.04, 0.06),
    "goodwill": Fault("A sum was paid back for no unit of an order.", 0.04, 0.06),
    "promised": Fault("A sum was promised back, and paid later.", 0.03, 0.04),
    "promised_in_vain": Fault("A sum was promised back, and the card refused it.", 0.01, 0.02),
    "to_gift_card": Fault("A sum was paid back to a gift card.", 0.02, 0.03),
}
"""What the shop's people pay back of an order on any day, and how often; goods that come back have
been sent before."""


def befalls(name: str, order: Order, at: int, units: int) -> tuple[Change, ...]:
    """The changes that one event of `LIFE` or `PAID_BACK` is made of, one after another; `at` and
    `units` say what it is about, where it is about units of a line."""
    if order.cancelled_s or order.sale.handed_over:
        return ()
    return _EVENTS[name](order, items(order)[at], units)


_Event = Callable[[Order, Item, int], tuple[Change, ...]]


def _another(item: Item) -> SaleLine:
    """Another of the same sort, bare of everything that was special about the first."""
    line = item.line
    tax_minor = 0 if line.taxes else line.tax_minor // line.quantity
    return SaleLine(line.sku or "OTHER", f"{line.title} in blue", 1, line.unit_minor, tax_minor)


def _everything(order: Order) -> dict[int, int]:
    return {item.position: item.unfulfilled for item in items(order) if item.unfulfilled}


def _gone(order: Order) -> dict[int, int]:
    """The units that were sent and have not come back."""
    counts = {item.position: min(item.sent, item.current) for item in items(order)}
    return {place: count for place, count in counts.items() if count}


def _tenth(order: Order) -> int:
    return order.received_minor // 10


def _promised(failure: str = "") -> _Event:
    return lambda order, item, units: (
        refunded(amount_minor=_tenth(order), pending=True, note="Sorry"),
        settled(failure),
    )


def _moved(address: Address) -> Address:
    return replace(address, line1=f"Flat 2, {address.line1}")


def _just(change: Callable[[Order, Item, int], Change]) -> _Event:
    return lambda order, item, units: (change(order, item, units),)


_EVENTS: Final[Mapping[str, _Event]] = {
    "units_removed": _just(lambda order, item, units: units_removed(item.position, units)),
    "line_added": lambda order, item, units: (line_added(_another(item)), deposited()),
    "discounted": _just(
        lambda order, item, units: discounted(item.position, max(1, item.current_minor // 10))
    ),
    "shipping_removed": _just(lambda order, item, units: shipping_removed()),
    "readdressed": _just(lambda order, item, units: readdressed(_moved(order.sale.deliver_to))),
    "noted": _just(lambda order, item, units: noted(f"{order.sale.note} Please call.".strip())),
    "attributed": _just(lambda order, item, units: attributed((("Gift message", "With love"),))),
    "refunded_in_part": _just(lambda order, item, units: refunded({item.position: units})),
    "refunded_whole": _just(
        lambda order, item, units: refunded(
            _everything(order), shipping_minor=order.current_shipping_minor
        )
    ),
    "postage_refunded": _just(
        lambda order, item, units: refunded(shipping_minor=order.current_shipping_minor)
    ),
    "goodwill": _just(
        lambda order, item, units: refunded(amount_minor=_tenth(order), note="Sorry")
    ),
    "came_back": _just(
        lambda order, item, units: refunded(
            {item.position: min(units, item.sent)}, restock="RETURN", note="Not as described"
        )
    ),
    "all_came_back": _just(
        lambda order, item, units: refunded(
            _gone(order), restock="RETURN", shipping_minor=order.current_shipping_minor
        )
    ),
    "kept_there": _just(
        lambda order, item, units: refunded(
            {item.position: 1},
            restock="NO_RESTOCK",
            amount_minor=item.current_minor // max(1, item.current),
            note="Arrived broken",
        )
    ),
    "promised": _promised(),
    "promised_in_vain": _promised("The card was closed"),
    "to_gift_card": _just(
        lambda order, item, units: repaid(
            Repayment(amount_minor=_tenth(order), to="gift_card", note="A gift card instead")
        )
    ),
    "refund_pending": lambda order, item, units: (
        refunded({item.position: units}, pending=True),
        settled(),
    ),
    "returned": lambda order, item, units: (sent(), refunded({item.position: 1}, restock="RETURN")),
    "exchanged": lambda order, item, units: (sent(), exchanged(item.position, _another(item))),
    "cancelled_whole": _just(lambda order, item, units: cancelled()),
    "sent_elsewhere": lambda order, item, units: tuple(
        sent(service)
        for service in dict.fromkeys(line.service for line in order.sale.lines)
        if service != "manual"
    ),
    "captured": _just(lambda order, item, units: captured()),
    "voided": _just(lambda order, item, units: voided()),
    "deposited": _just(lambda order, item, units: deposited()),
}

"""What befalls an order after it was placed: edits, payments, refunds, returns, goods that leave.

Each change is a function from the order as it was to the order as it is then; where it cannot be
made it gives the order back as it was. What becomes of which member is taken from recorded edits,
refunds and captures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from counterfoil.model.address import Address
from counterfoil.twins.kit.sale.order import Item, Order, items, placed, postage
from counterfoil.twins.kit.sale.payment import Payment, Refund, RefundLine, Restock
from counterfoil.twins.world import Pairs, Sale, SaleDiscount, SaleLine, SaleTax
from counterfoil.values.money import allocate, rounded

Change = Callable[[Order, int], Order]
"""From an order and the moment (seconds since 1970) to the order as it is then."""


# --- edits ---


def units_removed(at: int, units: int) -> Change:
    """Units are taken out by an edit: what was ordered stays, what is current falls, and a paid
    order is owed money (live)."""

    def change(order: Order, now_s: int) -> Order:
        item = items(order)[at]
        if not 0 < units <= item.unfulfilled:
            return order
        return replace(order, removed=_counted(order.removed, at, units), edited=True)

    return change


def line_added(line: SaleLine) -> Change:
    """A line is added by an edit: both totals rise, and the rest is still owed (live)."""

    def change(order: Order, now_s: int) -> Order:
        sale = replace(order.sale, lines=(*order.sale.lines, line))
        return replace(order, sale=sale, edited=True)

    return change


def discounted(at: int, amount_minor: int, title: str = "Edit") -> Change:
    """A line is made cheaper by an edit: both totals fall (live: 100 to 80)."""

    def change(order: Order, now_s: int) -> Order:
        line = order.sale.lines[at]
        before = line.quantity * line.unit_minor - line.discount_minor
        if not 0 < amount_minor <= before:
            return order
        discounts = (*order.sale.discounts, SaleDiscount("manual", title))
        shares = line.shares or (((0, line.discount_minor),) if line.discount_minor else ())
        tax_minor = rounded(line.tax_minor * (before - amount_minor), before)
        changed = replace(
            line,
            discount_minor=line.discount_minor + amount_minor,
            shares=(*shares, (len(discounts) - 1, amount_minor)),
            tax_minor=tax_minor,
            taxes=_taxed(line.taxes, tax_minor),
        )
        lines = (*order.sale.lines[:at], changed, *order.sale.lines[at + 1 :])
        sale = replace(order.sale, lines=lines, discounts=discounts)
        return replace(order, sale=sale, edited=True)

    return change


def _taxed(rows: tuple[SaleTax, ...], tax_minor: int) -> tuple[SaleTax, ...]:
    """The same taxes, together of another amount."""
    weights = [row.amount_minor for row in rows]
    if not any(weights):
        return rows
    parts = allocate(tax_minor, weights)
    return tuple(replace(row, amount_minor=part) for row, part in zip(rows, parts, strict=True))


def shipping_removed(at: int = 0) -> Change:
    """A shipping line is taken out: REST says `is_removed`, a GraphQL listing leaves it out."""

    def change(order: Order, now_s: int) -> Order:
        if at >= len(order.sale.shipping) or at in order.unshipped or any(order.waived):
            return order
        return replace(order, unshipped=(*order.unshipped, at), edited=True)

    return change


def readdressed(address: Address) -> Change:
    """The parcel goes somewhere else."""
    return _sold(lambda sale: replace(sale, deliver_to=address))


def noted(note: str) -> Change:
    """The order's note is another one."""
    return _sold(lambda sale: replace(sale, note=note))


def attributed(attributes: Pairs) -> Change:
    """The order's own attributes are others."""
    return _sold(lambda sale: replace(sale, attributes=attributes))


def tagged(*tags: str) -> Change:
    """The order's tags are others: sorted, each once (recorded)."""

    def change(order: Order, now_s: int) -> Order:
        return replace(order, tags=tuple(sorted(set(tags))))

    return change


def _sold(change: Callable[[Sale], Sale]) -> Change:
    return lambda order, now_s: replace(order, sale=change(order.sale))


# --- payments ---


def captured() -> Change:
    """What was authorised is taken, as far as it is still wanted."""

    def change(order: Order, now_s: int) -> Order:
        open_minor, payments = order.current_total_minor, order.payments
        for place in order.held:
            promise = order.payments[place - 1]
            amount = min(open_minor, promise.amount_minor)
            if amount > 0:
                capture = Payment("CAPTURE", promise.gateway, amount, now_s, parent=place)
                payments = (*payments, capture)
                open_minor -= amount
        return replace(order, payments=payments)

    return change


def voided() -> Change:
    """What was authorised is let go: a movement of 0.0 for each (live)."""

    def change(order: Order, now_s: int) -> Order:
        return replace(order, payments=(*order.payments, *_let_go(order, order.held, now_s)))

    return change


def deposited() -> Change:
    """Money that was awaited has come: what was pending is a success now, or an order that nobody
    had tried to pay is marked as paid."""

    def change(order: Order, now_s: int) -> Order:
        if order.financial == "PENDING":
            payments = tuple(replace(payment, status="SUCCESS") for payment in order.payments)
            return replace(order, payments=payments)
        if order.outstanding_minor <= 0 or order.cancelled_s:
            return order
        payment = Payment("SALE", "manual", order.outstanding_minor, now_s)
        return replace(order, payments=(*order.payments, payment))

    return change


# --- goods ---


def sent(service: str | None = None) -> Change:
    """What is still to be sent leaves, all of it or what one service sends."""

    def change(order: Order, now_s: int) -> Order:
        leaves = [
            item.unfulfilled if service in (None, item.line.service) else 0 for item in items(order)
        ]
        if not any(leaves):
            return order
        counts = tuple(placed(order.sent, place) + units for place, units in enumerate(leaves))
        return closed(replace(order, sent=counts), now_s)

    return change


def closed(order: Order, now_s: int) -> Order:
    """An order closes by itself when it is paid and everything has left (live)."""
    done = order.fulfilment == "FULFILLED" and order.financial == "PAID"
    return replace(order, closed_s=now_s) if done and not order.closed_s else order


# --- refunds ---


class Repayment(msgspec.Struct, frozen=True):
    """What a refund is asked to do: for units by the place of their line, for postage, or just so.

    "CANCEL" units are never sent, "RETURN" ones have come back; "NO_RESTOCK" names units and takes
    none away. `amount_minor` is what is paid back where it is not what the refund is worth, of
    which another thing took `exchanged_minor`. What is pending is paid by `settled`. `to` is the
    gateway where it goes, if that is not where it came from.
    """

    units: Mapping[int, int] = {}
    restock: Restock = "CANCEL"
    shipping_minor: int = 0
    amount_minor: int | None = None
    exchanged_minor: int = 0
    pending: bool = False
    note: str = ""
    to: str = ""


def refunded(
    units: Mapping[int, int] | None = None,
    *,
    restock: Restock = "CANCEL",
    shipping_minor: int = 0,
    amount_minor: int | None = None,
    pending: bool = False,
    note: str = "",
) -> Change:
    """Money goes back, where it came from."""
    return repaid(Repayment(units or {}, restock, shipping_minor, amount_minor, 0, pending, note))


def repaid(back: Repayment) -> Change:
    """Money goes back, as a `Repayment` says."""
    return lambda order, now_s: _repaid(order, back, now_s)


def _repaid(order: Order, back: Repayment, now_s: int) -> Order:
    after = _without(order, back.units, back.restock)
    after = after and _waived(after, back.shipping_minor)
    if after is None:
        return order
    lines = _refund_lines(order, after, back.units, back.restock)
    refund = Refund(
        now_s,
        back.note,
        lines,
        back.shipping_minor,
        _shipping_tax(order) - _shipping_tax(after),
        back.exchanged_minor,
        tax_beside=not order.sale.tax_included,
    )
    paid = refund.due_minor if back.amount_minor is None else back.amount_minor
    paid = max(0, min(paid, after.received_minor - after.moved_minor("REFUND")))
    if not lines and not back.shipping_minor and not paid:
        return order
    return _paid_back(after, refund, paid, now_s, back)


def settled(failure: str = "") -> Change:
    """Refunds that were pending have been paid; or have failed, with the gateway's word for it."""

    def change(order: Order, now_s: int) -> Order:
        payments = tuple(
            replace(payment, status=status, ended_s=now_s, failure=failure)
            if (payment.kind, payment.status) == ("REFUND", "PENDING")
            else payment
            for payment in order.payments
        )
        return order if payments == order.payments else replace(order, payments=payments)

    status: Literal["FAILURE", "SUCCESS"] = "FAILURE" if failure else "SUCCESS"
    return change


def cancelled(reason: str = "CUSTOMER") -> Change:
    """Cancelled with its stock back and its money: nothing of it is current any more, it is closed,
    and nothing is owed (live); what was only promised is let go by a movement of 0.00."""

    def change(order: Order, now_s: int) -> Order:
        if order.cancelled_s or any(order.sent):
            return order
        units = {item.position: item.current for item in items(order) if item.current}
        postage_minor = sum(charge.current_minor for charge in postage(order))
        whole = refunded(units, shipping_minor=postage_minor, note="Order canceled")
        after = whole(order, now_s)
        moment_s = max(now_s, order.created_s)
        return replace(after, cancelled_s=moment_s, cancel_reason=reason, closed_s=moment_s)

    return change


def exchanged(at: int, instead: SaleLine) -> Change:
    """A unit has come back, and another thing goes out on the same order: a line of its own; the
    difference alone is paid back (live)."""

    def change(order: Order, now_s: int) -> Order:
        item = items(order)[at]
        if not item.sent or item.current < 1:
            return order
        price = instead.unit_minor * instead.quantity - instead.discount_minor
        worth = item.current_minor - _after(item, 1, "RETURN").current_minor
        back = Repayment({at: 1}, "RETURN", exchanged_minor=min(price, worth))
        return _repaid(line_added(instead)(order, now_s), back, now_s)

    return change


def _without(order: Order, units: Mapping[int, int], restock: Restock) -> Order | None:
    """The order without units; None where it has not so many to give."""
    for place, count in units.items():
        item = items(order)[place]
        available = item.unfulfilled if restock == "CANCEL" else item.current
        if not 0 < count <= available:
            return None
        order = _after(item, count, restock).order
    return order


def _after(item: Item, units: int, restock: Restock) -> Item:
    order = item.order
    if restock == "CANCEL":
        order = replace(order, removed=_counted(order.removed, item.position, units))
    elif restock == "RETURN":
        order = replace(order, returned=_counted(order.returned, item.position, units))
    return Item(order, item.line, item.position)


def _waived(order: Order, amount_minor: int) -> Order | None:
    """The order with so much less postage, from the first shipping line on."""
    for charge in postage(order):
        part = min(amount_minor, charge.current_minor)
        if part:
            order = replace(order, waived=_counted(order.waived, charge.position, part))
            amount_minor -= part
    return None if amount_minor else order


def _refund_lines(
    before: Order, after: Order, units: Mapping[int, int], restock: Restock
) -> tuple[RefundLine, ...]:
    was, now = items(before), items(after)
    return tuple(
        RefundLine(
            place,
            count,
            restock,
            was[place].current_minor - now[place].current_minor,
            was[place].left(was[place].line.tax_minor) - now[place].left(now[place].line.tax_minor),
        )
        for place, count in units.items()
    )


def _shipping_tax(order: Order) -> int:
    """What is left of the tax on the postage."""
    return sum(charge.left(charge.charge.tax_minor) for charge in postage(order))


def _paid_back(after: Order, refund: Refund, paid: int, now_s: int, back: Repayment) -> Order:
    """The refund with the movement of money that it needs: none where nothing was ever paid."""
    payments = after.payments
    places = (place for place, payment in enumerate(payments, 1) if _received(payment))
    parent = next(places, 0)
    if parent and paid:
        status: Literal["PENDING", "SUCCESS"] = "PENDING" if back.pending else "SUCCESS"
        gateway = back.to or payments[parent - 1].gateway
        payments = (*payments, Payment("REFUND", gateway, paid, now_s, status, parent))
        refund = replace(refund, payment=len(payments))
    elif payments and not parent and not after.current_total_minor:
        payments = (*payments, *_let_go(after, after.held or [1], now_s))
        refund = replace(refund, payment=len(payments))
    return replace(after, payments=payments, refunds=(*after.refunds, refund))


def _let_go(order: Order, places: Sequence[int], now_s: int) -> list[Payment]:
    """What ends the promises at these places: a movement of 0.00 for each."""
    return [
        Payment("VOID", order.payments[place - 1].gateway, 0, now_s, parent=place)
        for place in places
    ]


def _received(payment: Payment) -> bool:
    return payment.kind in ("SALE", "CAPTURE") and payment.status == "SUCCESS"


def _counted(counts: tuple[int, ...], at: int, more: int) -> tuple[int, ...]:
    longer = [*counts, *[0] * (at + 1 - len(counts))]
    longer[at] += more
    return tuple(longer)

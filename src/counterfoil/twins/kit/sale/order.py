"""The order as a shop remembers it: the sale that made it, and what has happened since.

What was ordered never shrinks: units that leave are counted beside the line, and the line's price,
discounts and taxes go on counting all of them. What is left of each is worked out here, once for
every shape that shows it. What says "live" or "recorded" was seen at a real shop.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.sale.despatch import Assignment, Despatch
from counterfoil.twins.kit.sale.payment import Moved, Payment, Refund
from counterfoil.twins.world import Sale, SaleDuty, SaleLine, SaleShipping, SaleTax
from counterfoil.values.money import allocate, rounded

TAX_TITLE = "VAT"
MANUAL = frozenset({"manual", "bank_deposit", "cash_on_delivery", "money_order"})
"""Gateways where a person says that the money has come."""

Money = tuple[int, str]
"""Minor units and their currency (ISO 4217)."""
Amount = tuple[int, str, int, str]
"""The shop's money, and the customer's for the same."""


class Order(msgspec.Struct, frozen=True, array_like=True):
    """One order. Moments are seconds since 1970 (0: never); `first_line` numbers its first line.

    By the place of a line: the units `removed` before they were sent, `sent`, and `returned`
    after; by the place of a shipping line what was `waived` of it. Shipping lines in `unshipped`
    were taken out. Who is to send what stands in `assignments` once it is other than as it began.
    """

    id: int
    first_line: int
    sale: Sale
    created_s: int
    updated_s: int
    processed_s: int
    tags: tuple[str, ...] = ()
    cancelled_s: int = 0
    cancel_reason: str = ""
    removed: tuple[int, ...] = ()
    sent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    waived: tuple[int, ...] = ()
    unshipped: tuple[int, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    edited: bool = False
    closed_s: int = 0
    assignments: tuple[Assignment, ...] = ()
    despatches: tuple[Despatch, ...] = ()

    @property
    def name(self) -> str:
        """The number that people read: `#1001`."""
        return "#" + self.sale.number.removeprefix("#")

    @property
    def number(self) -> int:
        """The digits of that, as a number."""
        digits = "".join(letter for letter in self.sale.number if letter.isdecimal())
        return int(digits[-9:] or 0)

    def money(self, amount_minor: int) -> Amount:
        """An amount of the shop's money, and the customer's for it."""
        currency, exchange = self.sale.currency, self.sale.exchange
        if exchange is None:
            return amount_minor, currency, amount_minor, currency
        foreign = rounded(amount_minor * exchange.times, exchange.per)
        return amount_minor, currency, foreign, exchange.currency

    def paid_money(self, amount_minor: int) -> Amount:
        """The same of what was paid: the shop books it at the rate of the day (live: an order of
        13.50 CAD and 9.00 USD was paid with 12.77 CAD and 9.00 USD)."""
        _, currency, foreign, other = self.money(amount_minor)
        exchange = self.sale.exchange
        if exchange is None or not exchange.paid_times:
            return amount_minor, currency, foreign, other
        return rounded(foreign * exchange.per, exchange.paid_times), currency, foreign, other

    # --- as ordered ---

    @property
    def discount_minor(self) -> int:
        """Every discount, lines together."""
        return sum(line.discount_minor for line in self.sale.lines)

    @property
    def goods_minor(self) -> int:
        """The lines before discounts, tips left out (recorded: they stand beside the subtotal)."""
        lines = self.sale.lines
        return sum(line.quantity * line.unit_minor for line in lines if line.kind != "tip")

    @property
    def tip_minor(self) -> int:
        """What the customer gave on top."""
        lines = self.sale.lines
        return sum(line.quantity * line.unit_minor for line in lines if line.kind == "tip")

    @property
    def duty_minor(self) -> int:
        """The duties of all lines, without the tax on them."""
        return sum(duty.amount_minor for line in self.sale.lines for duty in line.duties)

    @property
    def shipping_minor(self) -> int:
        """All postage, tax included."""
        return sum(charge.amount_minor for charge in self.sale.shipping)

    @property
    def pieces(self) -> int:
        """How many pieces were sold."""
        return sum(line.quantity for line in self.sale.lines)

    @property
    def gateways(self) -> list[str]:
        """The gateways that were asked for money, each once; a free order has none."""
        return list(dict.fromkeys(payment.gateway for payment in self.payments))

    # --- as it is now ---

    @property
    def whole(self) -> bool:
        """Whether everything is still as it was ordered: then what is left need not be reckoned."""
        return not (self.removed or self.returned or self.waived or self.unshipped or self.refunds)

    @property
    def current_goods_minor(self) -> int:
        """What is left of the lines after discounts: the current subtotal."""
        if self.whole:
            return self.goods_minor - self.discount_minor
        return sum(item.current_minor for item in items(self) if item.line.kind != "tip")

    @property
    def current_discount_minor(self) -> int:
        """What is left of the discounts."""
        if self.whole:
            return self.discount_minor
        return sum(item.left(item.line.discount_minor) for item in items(self))

    @property
    def current_shipping_minor(self) -> int:
        """What is left of the postage."""
        if self.whole:
            return self.shipping_minor
        return sum(charge.current_minor for charge in postage(self))

    @property
    def current_duty_minor(self) -> int:
        """What is left of the duties, without the tax on them."""
        return sum(item.left(duty.amount_minor) for item in items(self) for duty in item.duties)

    @property
    def current_tax_minor(self) -> int:
        """What is left of the tax."""
        if self.whole:
            return self.sale.tax_minor
        return sum(amount_minor for _, amount_minor in remaining_taxes(self))

    @property
    def discrepancy_minor(self) -> int:
        """By how much all refunds paid back less than they named; negative for more. A refund that
        is pending has paid nothing yet, so its body nets to nothing (live, 2024 and 2025)."""
        return sum(refund.due_minor - settled_minor(self, refund) for refund in self.refunds)

    @property
    def current_total_minor(self) -> int:
        """What the order comes to after edits, returns and refunds."""
        if self.whole:
            return self.sale.total_minor
        beside = self.current_tax_minor
        if self.sale.tax_included:  # the tax on duties stands beside in any case
            beside = sum(item.left(duty.tax_minor) for item in items(self) for duty in item.duties)
        worth = self.current_goods_minor + self.current_shipping_minor + self.tip_minor
        return worth + self.current_duty_minor + beside + self.discrepancy_minor

    # --- money that moved ---

    def moved_minor(self, *kinds: Moved, status: str = "SUCCESS") -> int:
        """The sum of the movements of these kinds."""
        return sum(
            payment.amount_minor
            for payment in self.payments
            if payment.kind in kinds and payment.status == status
        )

    @property
    def received_minor(self) -> int:
        """What was taken from the customer, whatever went back."""
        return self.moved_minor("SALE", "CAPTURE")

    @property
    def refunded_minor(self) -> int:
        """What went back to the customer."""
        return self.moved_minor("REFUND")

    @property
    def capturable_minor(self) -> int:
        """What is authorised and neither captured nor let go."""
        return sum(self.payments[place - 1].amount_minor for place in self.held)

    @property
    def held(self) -> list[int]:
        """The places of the authorisations that are neither captured nor let go."""
        ended = {row.parent for row in self.payments if row.kind in ("CAPTURE", "VOID")}
        return [
            place
            for place, payment in enumerate(self.payments, 1)
            if payment.kind == "AUTHORIZATION" and place not in ended
        ]

    @property
    def outstanding_minor(self) -> int:
        """What is still owed; below nothing where too much was paid. What is authorised is not
        owed (live: outstanding 0.0, received 0.0, capturable 25.0)."""
        net = self.received_minor - self.refunded_minor
        return self.current_total_minor - net - self.capturable_minor

    @property
    def financial(self) -> str | None:
        """The financial status; None of an order that nobody has tried to pay (live)."""
        if not self.payments:
            return None if self.sale.total_minor else "PAID"
        if self.refunded_minor:
            whole = self.refunded_minor >= self.received_minor
            return "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        if self.received_minor:
            return "PARTIALLY_PAID" if self.outstanding_minor > 0 else "PAID"
        if self.capturable_minor:
            return "AUTHORIZED"
        return "VOIDED" if any(row.kind == "VOID" for row in self.payments) else "PENDING"

    @property
    def fulfilment(self) -> str:
        """How much of the goods has left: FULFILLED, PARTIALLY_FULFILLED or UNFULFILLED."""
        if not any(self.sent):
            return "UNFULFILLED"
        waits = any(item.unfulfilled for item in items(self))
        return "PARTIALLY_FULFILLED" if waits else "FULFILLED"


class Item(NamedTuple):
    """One line of an order, `position` its place in it."""

    order: Order
    line: SaleLine
    position: int

    @property
    def id(self) -> int:
        """The line's own number, unique in the shop."""
        return self.order.first_line + self.position

    @property
    def goods_minor(self) -> int:
        """The line before discounts, tax included."""
        return self.line.quantity * self.line.unit_minor

    @property
    def removed(self) -> int:
        """Units that were taken out before they were sent."""
        return placed(self.order.removed, self.position)

    @property
    def sent(self) -> int:
        """Units that have left."""
        return placed(self.order.sent, self.position)

    @property
    def current(self) -> int:
        """Units that are still on the order."""
        return self.line.quantity - self.removed - placed(self.order.returned, self.position)

    @property
    def unfulfilled(self) -> int:
        """Units that are still to be sent; nobody sends a tip."""
        return 0 if self.line.kind == "tip" else self.line.quantity - self.removed - self.sent

    @property
    def unfulfillable(self) -> int:
        """Units that will never be sent."""
        return self.line.quantity if self.line.kind == "tip" else self.removed

    @property
    def fulfilled(self) -> str | None:
        """REST: "fulfilled", "partial", or None."""
        if not self.sent:
            return None
        return "partial" if self.unfulfilled else "fulfilled"

    def left(self, amount_minor: int) -> int:
        """What is left of an amount that counts every unit that was ordered."""
        gone = self.line.quantity - self.current
        return allocate(amount_minor, (self.current, gone))[0] if gone else amount_minor

    @property
    def current_minor(self) -> int:
        """What is left of the line after discounts."""
        return self.current * self.line.unit_minor - self.left(self.line.discount_minor)

    @property
    def duties(self) -> tuple[SaleDuty, ...]:
        """The duties on the line."""
        return self.line.duties

    @property
    def ships(self) -> bool:
        """Whether the line needs a parcel."""
        ships = self.line.ships
        return self.line.kind not in ("gift-card", "tip") if ships is None else ships

    @property
    def taxable(self) -> bool:
        """Whether the line is taxed at all."""
        taxable = self.line.taxable
        return bool(self.line.tax_minor) if taxable is None else taxable

    @property
    def service_kind(self) -> str:
        """Who sends the line: GIFT_CARD, MANUAL or THIRD_PARTY."""
        if self.line.kind == "gift-card":
            return "GIFT_CARD"
        return "MANUAL" if self.line.service == "manual" else "THIRD_PARTY"

    @property
    def name(self) -> str:
        """The title, with the variant's where there is one."""
        variant = self.line.variant
        return f"{self.line.title} - {variant}" if variant else self.line.title

    @property
    def product_id(self) -> int | None:
        """The number of the product behind the line; a custom line has none."""
        if self.line.kind in ("custom", "tip"):
            return None
        return self.line.product_id or self.line.variant_id or self.id * 2 + 1

    @property
    def variant_id(self) -> int | None:
        """The number of the variant behind the line; a custom line has none."""
        if self.line.kind in ("custom", "tip"):
            return None
        return self.line.variant_id or self.id * 2 + 1


class Postage(NamedTuple):
    """One shipping line of an order, `position` its place in it."""

    order: Order
    charge: SaleShipping
    position: int

    @property
    def id(self) -> int:
        """The shipping line's own number, unique in the shop."""
        return self.order.id * 100 + self.position

    @property
    def is_removed(self) -> bool:
        """Whether it was taken out by an edit."""
        return self.position in self.order.unshipped

    @property
    def current_minor(self) -> int:
        """What is left of it."""
        if self.is_removed:
            return 0
        return self.charge.amount_minor - placed(self.order.waived, self.position)

    def left(self, amount_minor: int) -> int:
        """What is left of an amount that belongs to the whole charge."""
        whole, now = self.charge.amount_minor, self.current_minor
        return amount_minor if now == whole else allocate(amount_minor, (now, whole - now))[0]


class Tax(NamedTuple):
    """The tax of one rate; `rate` is plain decimal text."""

    amount: Amount
    rate: str
    title: str = TAX_TITLE
    channel_liable: bool = False


def placed(counts: tuple[int, ...], at: int) -> int:
    """The count at a place; 0 where none was written down."""
    return counts[at] if at < len(counts) else 0


def items(order: Order) -> list[Item]:
    """The order's lines."""
    return [Item(order, line, place) for place, line in enumerate(order.sale.lines)]


def postage(order: Order) -> list[Postage]:
    """The order's shipping lines, those that were taken out among them."""
    return [Postage(order, charge, place) for place, charge in enumerate(order.sale.shipping)]


def settled_minor(order: Order, refund: Refund) -> int:
    """What a refund has settled by now; one without money of its own settles what it names."""
    payment = order.payments[refund.payment - 1] if refund.payment else None
    if payment is None or payment.kind == "VOID":
        return refund.due_minor
    return payment.amount_minor if payment.status == "SUCCESS" else 0


def taxes(order: Order, tax_minor: int) -> list[Tax]:
    """The tax lines for an amount of tax at the sale's rate: none where there is none."""
    return [Tax(order.money(tax_minor), order.sale.tax_rate)] if tax_minor else []


def line_taxes(item: Item) -> list[Tax]:
    """The tax lines of a line, over every unit that was ordered."""
    if not item.line.taxes:
        return taxes(item.order, item.line.tax_minor)
    return listed(item.order, item.line.taxes)


def listed(order: Order, rows: tuple[SaleTax, ...]) -> list[Tax]:
    """Taxes as the sale lists them."""
    return [
        Tax(order.money(tax.amount_minor), tax.rate, tax.title, tax.channel_liable) for tax in rows
    ]


def remaining_taxes(order: Order) -> list[tuple[Tax, int]]:
    """Every tax of the order, with what is left of it."""
    lines = [(tax, item.left(tax.amount[0])) for item in items(order) for tax in line_taxes(item)]
    duties = [
        (tax, item.left(tax.amount[0]))
        for item in items(order)
        for duty in item.duties
        for tax in listed(order, duty.taxes)
    ]
    charges = [
        (tax, charge.left(tax.amount[0]))
        for charge in postage(order)
        for tax in taxes(order, charge.charge.tax_minor)
    ]
    return [*lines, *duties, *charges]

"""Order: what a customer is still to receive, and what they agreed to pay for it."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from counterfoil.model.address import Address
from counterfoil.model.document import Measure, Ref
from counterfoil.model.line import Charge, Line, Pairs, Payment
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

Paid = Literal[
    "", "pending", "authorised", "part", "paid", "part-refunded", "refunded", "voided", "expired"
]
Release = Literal["", "wait", "never"]


class Company(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The business that buys: the source's own numbers of it and of its branch."""

    key: str = ""
    location: str = ""


class Terms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was agreed about paying later; `due_days` 0 where no number of days was."""

    name: str = ""
    kind: str = ""
    due_days: int = 0


class Presentment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the customer saw, where it is another currency than the shop books in."""

    currency: str = ""
    total_minor: int = 0


class Order(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One order as its source states it now: what was edited away or came back is not in it.

    `key` is the source's own identity, `number` what people read. Times are ISO 8601 in UTC.
    Amounts are minor units of `currency` (ISO 4217), the currency that the shop books in.
    `tax_included` says whether line and shipping prices contain the tax. `total_minor` and
    `tax_minor` are what the source says of what is left; `check` asks whether the parts come to
    them, before anything is sent. `channel` is where it was sold ("web", "pos", an app's
    number), `location` the place of a sale in person. `paid` is empty where the source is silent.
    `release` says of a source that lets orders go to be picked that it does not do so yet ("wait"),
    or never; empty: it does, or has no such word.
    """

    key: str
    number: str
    placed: str
    created: str
    updated: str
    currency: str
    tax_included: bool
    lines: tuple[Line, ...]
    total_minor: int
    tax_minor: int
    shipping: tuple[Charge, ...] = ()
    extras: tuple[Charge, ...] = ()
    payments: tuple[Payment, ...] = ()
    email: str = ""
    deliver_to: Address = Address()
    invoice_to: Address = Address()
    note: str = ""
    cancelled: bool = False
    test: bool = False
    paid: Paid = ""
    channel: str = ""
    location: str = ""
    phone: str = ""
    customer: str = ""
    locale: str = ""
    company: Company = Company()
    po_number: str = ""
    terms: Terms = Terms()
    tags: tuple[str, ...] = ()
    attributes: Pairs = ()
    discount_codes: tuple[str, ...] = ()
    presentment: Presentment = Presentment()
    release: Release = ""

    PERSONAL: ClassVar = (
        "email", "phone", "customer", "note", "attributes", "tags", "po_number",
    )  # fmt: skip
    KNOWN_BY: ClassVar = {"email": "mail", "phone": "phone", "customer": "account"}

    @property
    def total(self) -> Money:
        """What the customer agreed to pay."""
        return Money(self.total_minor, self.currency)

    @property
    def version(self) -> Instant:
        """The moment of the source's last change: of two versions the later one holds."""
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        """When it was created at its source."""
        return instant(self.created)

    @property
    def measure(self) -> Measure:
        """The money at stake: what the customer agreed to pay."""
        return Measure(self.total_minor, self.currency)

    @property
    def gone(self) -> bool:
        """Whether it was cancelled."""
        return self.cancelled

    @property
    def refs(self) -> tuple[Ref, ...]:
        """It names no other document."""
        return ()

    @property
    def turn(self) -> Ref | None:
        """It follows nothing but its own earlier versions."""
        return None


_DO = (
    "Open the order at the shop and compare its lines, postage, discounts and tax with its total."
    " Correct it there, and it arrives again by itself; or enter it by hand and set this one aside."
)


def check(order: Order) -> None:
    """Raise `Hold` unless lines + shipping + extras (+ tax not included) are the total.

    Asked after the rules that leave an order out (`flows/order.py`): what is never sent need not
    add up. Tax is checked against its own parts in the same way. All in minor units, no tolerance.
    """
    parts = tax = 0
    for line in order.lines:
        parts += line.quantity * line.unit_minor - line.discount_minor
        tax += line.tax_minor
        if line.quantity < 0 or line.discount_minor < 0:
            raise Hold(
                f"Line {line.key} of order {order.number} has a negative quantity or discount.",
                do="Correct the order at its source, or set it aside with a reason.",
                code="bad-line",
            )
    for charge in (*order.shipping, *order.extras):
        parts += charge.amount_minor
        tax += charge.tax_minor
    expected = parts if order.tax_included else parts + tax
    if expected != order.total_minor:
        sentence = _differs(order, "", order.total_minor, expected)
        raise Hold(sentence, do=_DO, code="total-differs")
    if tax != order.tax_minor:
        raise Hold(_differs(order, " of tax", order.tax_minor, tax), do=_DO, code="tax-differs")


def adds_up(order: Order) -> bool:
    """Whether its parts are its total."""
    try:
        check(order)
    except Hold:
        return False
    return True


def _differs(order: Order, of: str, stated: int, expected: int) -> str:
    stated_total, total = Money(stated, order.currency), Money(expected, order.currency)
    return f"Order {order.number} says {stated_total}{of}, but its parts come to {total}."

"""Refund: money that goes back for an order, and apart from it the goods that came back with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, Literal

import msgspec

from counterfoil.model.document import Measure, Ref
from counterfoil.model.line import Charge, LineKind, PaymentKind, Tax
from counterfoil.model.order import Company, Presentment
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

RefundKind = Literal["refund", "return", "exchange", "goodwill", "cancel", "chargeback"]
Progress = Literal["pending", "succeeded", "part", "failed", "none"]
RepaymentState = Literal["pending", "succeeded", "failed"]
Restock = Literal["none", "return", "cancel"]
AdjustmentKind = Literal["goodwill", "fee", "duty", "exchange", "rate", "difference"]


class Credit(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is credited of one line of the order: `line` is that line's key at the source.

    `quantity` whole pieces are credited; 0: money only, the customer keeps what they have.
    `amount_minor` is for all of them, after their discount and with tax or without as the refund
    says; an amount of nothing but `tax_minor` is tax that was given back alone. `tax_rate` as in
    `model/line.py`; so are `kind` and `variant`.
    """

    line: str
    sku: str
    quantity: int
    amount_minor: int
    tax_minor: int = 0
    title: str = ""
    tax_rate: str = ""
    taxes: tuple[Tax, ...] = ()
    kind: LineKind = "product"
    variant: str = ""

    @property
    def total_minor(self) -> int:
        """What is credited of the line, before tax that is not included; as of an order's line."""
        return self.amount_minor


class Adjustment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Money that belongs to no line and no postage, negative where it is kept back.

    `kind`: "goodwill" is given beside what was bought; "fee" is kept (restocking, return postage);
    "duty" was paid at a border; "exchange" went into other goods; "rate" is what an exchange rate
    of another day makes; "difference" is what the source itself gives no reason for.
    """

    kind: AdjustmentKind
    amount_minor: int
    tax_minor: int = 0
    title: str = ""


class Repayment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Money on its way back by one means, in minor units of the refund's currency.

    `reference` is the gateway's own number of it, `parent` the source's key of the payment that it
    gives back. `at` is ISO 8601 in UTC, `failure` why it did not come about, in the source's words.
    `presentment` is what the customer gets, where that is another currency.
    """

    key: str
    gateway: str
    amount_minor: int
    state: RepaymentState
    kind: PaymentKind = ""
    reference: str = ""
    parent: str = ""
    at: str = ""
    failure: str = ""
    presentment: Presentment = Presentment()


class Back(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Goods that the refund says of: `quantity` pieces of the order's `line`, and their stock.

    `restock`: "return" came back and may be sold, "cancel" never left, "none" stays away from it.
    `place` is the source's own word for where.
    """

    line: str
    sku: str
    quantity: int
    restock: Restock = "none"
    place: str = ""


class Refund(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One refund as its source states it now.

    `order` is the order's key at this source, `order_number` what people read. Times are ISO 8601
    in UTC. Amounts are minor units of `currency` (ISO 4217), the currency that the shop books in;
    all but adjustments are positive: they go back. `tax_included` says whether the amounts of
    lines, postage and adjustments contain their tax. `total_minor` is the money that goes back,
    or was meant to where it failed; `check` asks whether the parts come to it. `repayments` say
    how far it is: a failed one that was tried again is counted once. Money moves without goods
    (`goods`) and goods without money (`total_minor` 0): neither follows from the other. `company`
    is the business that bought.
    """

    key: str
    number: str
    order: str
    order_number: str
    created: str
    updated: str
    currency: str
    tax_included: bool
    total_minor: int
    tax_minor: int
    lines: tuple[Credit, ...] = ()
    shipping: tuple[Charge, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    repayments: tuple[Repayment, ...] = ()
    goods: tuple[Back, ...] = ()
    kind: RefundKind = "refund"
    company: Company = Company()
    reason: str = ""
    gone: bool = False
    test: bool = False

    PERSONAL: ClassVar = ("reason",)

    @property
    def total(self) -> Money:
        """What goes back to the customer."""
        return Money(self.total_minor, self.currency)

    @property
    def version(self) -> Instant:
        """The moment of the source's last change, of the refund or of its money."""
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        """When it was created at its source."""
        return instant(self.created)

    @property
    def measure(self) -> Measure:
        """The money at stake; the goods are counted where they move."""
        return Measure(self.total_minor, self.currency)

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The order that the money was paid for."""
        return (Ref("order", self.order),)

    @property
    def turn(self) -> Ref | None:
        """The refunds of one order are told one after another, and none before it."""
        return Ref("order", self.order)

    @property
    def moved_minor(self) -> int:
        """How much of it has really gone back."""
        return sum(paid.amount_minor for paid in self.repayments if paid.state == "succeeded")

    @property
    def progress(self) -> Progress:
        """How far its money is: "none" where it moves none, "part" where some of it failed."""
        if not self.total_minor and not self.moved_minor:
            return "none"
        if any(paid.state == "pending" for paid in self.repayments):
            return "pending"
        if self.moved_minor == self.total_minor:
            return "succeeded"
        return "part" if self.moved_minor else "failed"


_DO: Final = (
    "Open the order at the shop and compare the refund's lines, postage and adjustments with the"
    " money that went back. Enter the credit by hand, and set this one aside with a reason."
)


def check(refund: Refund) -> None:
    """Raise `Hold` unless lines + postage + adjustments (+ tax not included) are the total.

    Tax is checked against its own parts in the same way, neither a line, postage nor the whole is
    negative, and no more has gone back than the total says. All in minor units, no tolerance.
    Codes: "bad-line", "total-differs", "tax-differs", "money-differs".
    """
    amounts = [*_amounts(refund)]
    charged = amounts[: len(refund.lines) + len(refund.shipping)]
    positive = [minor for pair in charged for minor in pair]
    positive += [part.quantity for part in (*refund.lines, *refund.goods)]
    if min([*positive, refund.total_minor]) < 0:
        raise Hold(
            f"Refund {refund.number}, a line or its postage is negative.",
            do="Correct it at its source, or set it aside with a reason.",
            code="bad-line",
        )
    tax = sum(tax for _, tax in amounts)
    parts = sum(amount for amount, _ in amounts) + (0 if refund.tax_included else tax)
    if parts != refund.total_minor:
        raise _differs(refund, f"{refund.total}, but its parts come to", parts, "total-differs")
    if tax != refund.tax_minor:
        stated = Money(refund.tax_minor, refund.currency)
        raise _differs(refund, f"{stated} of tax, but its parts come to", tax, "tax-differs")
    moved = refund.moved_minor
    if moved > refund.total_minor:
        raise _differs(refund, f"{refund.total}, but there went back", moved, "money-differs")


def adds_up(refund: Refund) -> bool:
    """Whether its parts are its total."""
    try:
        check(refund)
    except Hold:
        return False
    return True


def net_minor(refund: Refund) -> int:
    """What goes back before tax: what a credit takes off what was sold."""
    return refund.total_minor - refund.tax_minor


def _amounts(refund: Refund) -> Iterator[tuple[int, int]]:
    for part in (*refund.lines, *refund.shipping, *refund.adjustments):
        yield part.amount_minor, part.tax_minor


def _differs(refund: Refund, said: str, found_minor: int, code: str) -> Hold:
    found = Money(found_minor, refund.currency)
    return Hold(f"Refund {refund.number} says {said} {found}.", do=_DO, code=code)

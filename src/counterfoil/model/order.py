"""Order: what a customer is still to receive, and what they agreed to pay for it."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.model.address import Address
from counterfoil.model.document import Measure, Ref
from counterfoil.model.line import Charge, Line, Pairs, Payment
from counterfoil.values.clock import Instant, instant
from counterfoil.values.money import Money

Paid = Literal[
    "", "pending", "authorised", "part", "paid", "part-refunded", "refunded", "voided", "expired"
]


class Company(msgspec.Struct, frozen=True, omit_defaults=True):
    """The business that buys: the source's own numbers of it and of its branch."""

    key: str = ""
    location: str = ""


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was agreed about paying later; `due_days` 0 where no number of days was."""

    name: str = ""
    kind: str = ""
    due_days: int = 0


class Presentment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the customer saw, where it is another currency than the shop books in."""

    currency: str = ""
    total_minor: int = 0


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """One order as its source states it now: what was edited away or came back is not in it.

    `key` is the source's own identity, `number` what people read. Times are ISO 8601 in UTC.
    Amounts are minor units of `currency` (ISO 4217), the currency that the shop books in.
    `tax_included` says whether line and shipping prices contain the tax. `total_minor` and
    `tax_minor` are what the source says of what is left; `model/check.py` asks whether the parts
    come to them, before anything is sent. `channel` is where it was sold ("web", "pos", an app's
    number), `location` the place of a sale in person. `paid` is empty where the source is silent.
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

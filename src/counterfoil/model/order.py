"""Order: what a customer bought, and what they agreed to pay for it."""

from __future__ import annotations

import msgspec

from counterfoil.model.address import Address
from counterfoil.model.check import check
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.values.clock import Instant, instant
from counterfoil.values.money import Money


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """One order as its source states it; it cannot exist unless its parts are its total.

    `key` is the source's own identity, `number` what people read. Times are ISO 8601 in UTC.
    Amounts are minor units of `currency` (ISO 4217), the currency that the shop books in.
    `tax_included` says whether line and shipping prices contain the tax.
    Raises `Hold` on construction where the parts and the total differ (`model/check.py`).
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

    def __post_init__(self) -> None:
        check(self)

    @property
    def total(self) -> Money:
        """What the customer agreed to pay."""
        return Money(self.total_minor, self.currency)

    @property
    def version(self) -> Instant:
        """The moment of the source's last change: of two versions the later one holds."""
        return instant(self.updated)

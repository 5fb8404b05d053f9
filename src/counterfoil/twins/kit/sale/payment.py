"""Money that moved for an order, and what was paid back of it."""

from __future__ import annotations

from typing import Literal

import msgspec

Moved = Literal["AUTHORIZATION", "CAPTURE", "SALE", "REFUND", "VOID"]
Restock = Literal["CANCEL", "RETURN", "NO_RESTOCK"]


class Payment(msgspec.Struct, frozen=True, array_like=True):
    """One movement of money, in the shop's money at the order's rate. `parent` is the place of the
    movement that it follows, from 1 on; 0 for none. What was promised came about, or failed with
    the gateway's word for it, at `ended_s`."""

    kind: Moved
    gateway: str
    amount_minor: int
    at_s: int
    status: Literal["SUCCESS", "PENDING", "FAILURE"] = "SUCCESS"
    parent: int = 0
    ended_s: int = 0
    failure: str = ""

    @property
    def moved_s(self) -> int:
        """When it last said something new."""
        return self.ended_s or self.at_s


class RefundLine(msgspec.Struct, frozen=True, array_like=True):
    """Units of the line at a place that a refund names. Without restock their value is nothing,
    whatever was paid back (live: 15.00 of 15.00, subtotal 0.0)."""

    line: int
    quantity: int
    restock: Restock
    value_minor: int
    tax_minor: int


class Refund(msgspec.Struct, frozen=True, array_like=True):
    """One refund: what it names, what of its worth another thing took in exchange, and what was
    paid back by `payment` (its place, 0 for none)."""

    at_s: int
    note: str
    lines: tuple[RefundLine, ...] = ()
    shipping_minor: int = 0
    shipping_tax_minor: int = 0
    exchanged_minor: int = 0
    payment: int = 0
    tax_beside: bool = False

    @property
    def suggested_minor(self) -> int:
        """The worth of what the refund names."""
        tax = sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor
        worth = sum(line.value_minor for line in self.lines) + self.shipping_minor
        return worth + (tax if self.tax_beside else 0)

    @property
    def due_minor(self) -> int:
        """What should be paid back for it. In an exchange nothing else says why it is less than
        its lines (live: 33,518.25 named, 885.95 exchanged, 32,632.30 paid back)."""
        return self.suggested_minor - self.exchanged_minor

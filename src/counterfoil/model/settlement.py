"""Settlement: one payout of a payment provider, the sum of its entries to the last minor unit."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, get_args

import msgspec

from counterfoil.model.document import Measure, Ref
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

PayoutStatus = Literal["expected", "in-transit", "paid", "failed", "cancelled"]
Kind = Literal[
    "charge", "refund", "adjustment", "dispute", "dispute-reversal", "fee", "fee-tax", "reserve",
    "transfer", "advance", "other",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_COSTS: Final = frozenset({"fee", "fee-tax", "reserve"})
"""Kinds whose amount is no takings: it is a cost of its own, or kept back and given back."""


class Presented(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the card was charged, where that was in another currency; `rate` as plain decimal text,
    empty where the provider does not tell it."""

    currency: str = ""
    amount_minor: int = 0
    rate: str = ""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a payout, complete in itself: amount - fee - tax on the fee = net.

    Minor units of the payout's currency. `amount_minor` and `net_minor` are what the balance
    gains, below zero what it loses; `fee_minor` and `fee_tax_minor` are what is taken off, below
    zero what is given back. `word` is the provider's own for its kind, `happened` when it did
    (ISO 8601 in UTC). `order` and `refund` are keys at the shop, `reference` the transaction's.
    """

    key: str
    kind: Kind
    amount_minor: int
    net_minor: int
    fee_minor: int = 0
    fee_tax_minor: int = 0
    happened: str = ""
    word: str = ""
    order: str = ""
    order_number: str = ""
    refund: str = ""
    reference: str = ""
    presented: Presented = Presented()


class Settlement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One payout as its provider states it now.

    `net_minor` is what goes to the bank (below zero: what is taken from it), in minor units of
    `currency`. `gross_minor`, `fees_minor` (with their tax) and `reserve_minor` are what the
    provider itself says of all entries together; None: it does not. `issued` is when it was made,
    `as_of` when it was so, ISO 8601 in UTC; `arrived` the date on which it reached the bank.
    `opening_minor` and `closing_minor` are the provider's balance before and after it.
    """

    key: str
    number: str
    status: PayoutStatus
    issued: str
    as_of: str
    currency: str
    net_minor: int
    rows: tuple[Row, ...]
    gross_minor: int | None = None
    fees_minor: int | None = None
    reserve_minor: int | None = None
    opening_minor: int | None = None
    closing_minor: int | None = None
    provider: str = ""
    account: str = ""
    arrived: str = ""
    bank_reference: str = ""

    @property
    def version(self) -> Instant:
        """When it was so: a payout has no moment of change."""
        return instant(self.as_of)

    @property
    def born(self) -> Instant:
        """When it was made."""
        return instant(self.issued)

    @property
    def measure(self) -> Measure:
        """What goes to the bank."""
        return Measure(self.net_minor, self.currency)

    @property
    def gone(self) -> bool:
        """Whether it was cancelled: its entries go into another payout."""
        return self.status == "cancelled"

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The orders and refunds that its entries are of, each once."""
        orders = (Ref("order", row.order) for row in self.rows if row.order)
        refunds = (Ref("refund", row.refund) for row in self.rows if row.refund)
        return tuple(dict.fromkeys((*orders, *refunds)))

    @property
    def turn(self) -> Ref | None:
        """It follows nothing but its own earlier versions."""
        return None

    @property
    def entries(self) -> tuple[Measure, ...]:
        """What each entry brings to what goes to the bank."""
        return tuple(Measure(row.net_minor, self.currency) for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether nothing comes to it any more: until it is paid, entries may."""
        return self.status in ("paid", "failed")


class Sums(msgspec.Struct, frozen=True):
    """What the entries of a payout come to, in minor units: gross - fees - reserve = net."""

    gross_minor: int
    fees_minor: int
    reserve_minor: int
    net_minor: int


def sums(rows: tuple[Row, ...]) -> Sums:
    """What these entries come to. Fees are those of entries and entries that are fees, both with
    their tax; a reserve that was given back is below zero."""
    by_kind: Counter[str] = Counter()
    fees = 0
    for row in rows:
        by_kind[row.kind if row.kind in _COSTS else "gross"] += row.amount_minor
        fees += row.fee_minor + row.fee_tax_minor
    fees -= by_kind["fee"] + by_kind["fee-tax"]
    net = sum(row.net_minor for row in rows)
    return Sums(by_kind["gross"], fees, -by_kind["reserve"], net)


def check(settlement: Settlement) -> None:
    """Raise `Hold` unless each entry is complete in itself and all of them are the payout.

    To the minor unit, no tolerance. Codes: "entry-twice", "entry-differs", "payout-differs".
    """
    name, rows = f"Payout {settlement.number}", settlement.rows
    times = Counter(row.key for row in rows)
    twice = next((key for key, count in times.items() if count > 1), None)
    if twice is not None:
        raise Hold(f"{name} has the entry {twice} twice.", do=_DO, code="entry-twice")

    def said(minor: int) -> str:
        return str(Money(minor, settlement.currency))

    for row in rows:
        net = row.amount_minor - row.fee_minor - row.fee_tax_minor
        if net != row.net_minor:
            sentence = (
                f"The entry {row.key} of payout {settlement.number} says {said(row.net_minor)} net,"
                f" but its amount less its fee comes to {said(net)}."
            )
            raise Hold(sentence, do=_DO, code="entry-differs")
    whole = sums(rows)
    stated = {
        "": (settlement.net_minor, whole.net_minor),
        " gross": (settlement.gross_minor, whole.gross_minor),
        " of fees": (settlement.fees_minor, whole.fees_minor),
        " kept back": (settlement.reserve_minor, whole.reserve_minor),
    }
    for part, (claim, counted) in stated.items():
        if claim is not None and claim != counted:
            sentence = f"{name} says {said(claim)}{part}, but its entries come to {said(counted)}."
            raise Hold(sentence, do=_DO, code="payout-differs")


_DO: Final = (
    "Compare it with the provider's own statement. When it is whole there, it arrives again by"
    " itself; or post it by hand and set this one aside."
)

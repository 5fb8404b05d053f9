"""What an invoice and a credit note share: a head, and lines that come to the total to the penny.

Xero multiplies, rounds and adds by itself, line by line (an exact half up). What it will come to is
reckoned here in the same way; a document of which it would make another total is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from counterfoil.connectors.xero.profile import TITLE, Profile
from counterfoil.kit.api.width import Width
from counterfoil.mapping.tax import rate, together
from counterfoil.mapping.unit_price import per_unit
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import instant, wall_date
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money, allocate, exponent

DECIMALS: Final = 2
"""What every amount of Xero has at most, whatever its currency."""
_DESCRIPTION: Final = Width("The description of a line", 4000)


class Charged(msgspec.Struct, frozen=True):
    """One thing as it was sold: what it is called, of which kind it is (a word of account_map), how
    many pieces came to how much, with how much tax at which rate. Minor units."""

    name: str
    kind: str
    pieces: int
    amount_minor: int
    tax_minor: int
    tax_rate: str


class Priced(msgspec.Struct, frozen=True):
    """A line as it is sent: pieces at one price, what they come to, and the tax of it."""

    description: str
    quantity: int
    price_minor: int
    amount_minor: int
    tax_minor: int
    account: str
    tax_type: str


class Head(msgspec.Struct, frozen=True):
    """What the head of a document says. Dates are local; amounts minor units of `currency`, of
    which `open_minor` stays to be paid out."""

    key: str
    number: str
    date: str
    due: str
    currency: str
    inclusive: bool
    total_minor: int
    tax_minor: int
    lines: tuple[Priced, ...]
    open_minor: int = 0

    @property
    def line_amounts(self) -> str:
        """How Xero calls prices with the tax in them, and without."""
        return "Inclusive" if self.inclusive else "Exclusive"


class Bookkeeping:
    """How one organisation books what was sold: `accounts` by kind, `tax_types` by rate."""

    def __init__(
        self, profile: Profile, accounts: ValueMap, tax_types: ValueMap, where: str
    ) -> None:
        self._profile = profile
        self._accounts = accounts
        self._tax_types = tax_types
        self._where = where

    def date(self, moment: str, days: int = 0) -> str:
        """The date of a moment by the organisation's clock, `days` later."""
        return wall_date(instant(moment), self._profile.clock, days)

    def check_currency(self, number: str, currency: str) -> None:
        """Raise `Hold` for a currency that the organisation does not book in."""
        if currency in self._profile.currencies and exponent(currency) <= DECIMALS:
            return
        raise Hold(
            f"{number} is in {currency}, which this organisation does not book in.",
            do=f"Add {currency} in Xero and to the setting currencies, then send the held records"
            " again."
            if exponent(currency) <= DECIMALS
            else f"Its amounts have more than {DECIMALS} decimals: enter it by hand.",
            where=self._where,
            code="currency",
        )

    def priced(self, charged: Iterable[Charged], *, inclusive: bool) -> tuple[Priced, ...]:
        """The lines, a part of one apart where no price comes to its amount.

        Raises `Hold` for a kind or a rate that is not mapped.
        """
        return tuple(line for thing in charged for line in self._lines(thing, inclusive))

    def foretold(self, head: Head, number: str) -> int:
        """The tax that Xero will show. Raises `Hold` where it would come to another total."""
        tax = sum(line.tax_minor for line in head.lines)
        total = sum(line.amount_minor for line in head.lines) + (0 if head.inclusive else tax)
        if total == head.total_minor:
            return tax
        own, theirs = Money(head.total_minor, head.currency), Money(total, head.currency)
        raise Hold(
            f"{number} comes to {own}, and {TITLE} would make {theirs} of it: it reckons the tax"
            " line by line.",
            do="Set tax_amounts to 'shop', so that the shop's own tax is sent with each line, and"
            " send the held records again; or enter it by hand and set this one aside.",
            where=self._where,
            code="foretold-differs",
        )

    def _lines(self, thing: Charged, inclusive: bool) -> Iterator[Priced]:
        stated = self._rate(thing)
        account = self._accounts.look_up(thing.kind)
        tax_type = self._tax_types.look_up(stated)
        name, parts = _DESCRIPTION.fits(thing.name), per_unit(thing.amount_minor, thing.pieces)
        amounts = [pieces * price for pieces, price in parts]
        taxes = allocate(thing.tax_minor, [pieces for pieces, _ in parts])
        if self._profile.tax_amounts == "xero":
            reckon = rate(stated).inside if inclusive else rate(stated).upon
            taxes = [reckon(amount) for amount in amounts]
        for (pieces, price), amount, tax in zip(parts, amounts, taxes, strict=True):
            yield Priced(name, pieces, price, amount, tax, account, tax_type)

    def _rate(self, thing: Charged) -> str:
        """The rate as tax_map has it: "0.20" is "0.2", and none without tax is "0"."""
        with suppress(ArithmeticError, ValueError):
            stated = together([thing.tax_rate])
            rate(stated)
            if thing.tax_rate or not thing.tax_minor:
                return stated
        raise Hold(
            f"{thing.name} is taxed at a rate that the shop does not tell.",
            do="Enter the document by hand, and set this one aside.",
            where=self._where,
            code="unmapped-tax",
        )

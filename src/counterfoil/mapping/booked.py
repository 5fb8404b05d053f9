"""What was sold as books take it: lines with their account, their tax type and their tax.

For a target that multiplies, rounds and adds by itself, line by line (an exact half up). What it
will come to is reckoned here in the same way; what it would make another total of is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from counterfoil.mapping.tax import rate, together
from counterfoil.mapping.unit_price import per_unit
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money, allocate


class Charged(msgspec.Struct, frozen=True):
    """One thing as it was sold: what it is called, of which kind it is (a word of account_map), how
    many pieces came to how much, with how much tax at which rate. Minor units."""

    name: str
    kind: str
    pieces: int
    amount_minor: int
    tax_minor: int
    tax_rate: str


class Booked(msgspec.Struct, frozen=True):
    """A line as it is sent: pieces at one price, what they come to, and the tax of it."""

    description: str
    quantity: int
    price_minor: int
    amount_minor: int
    tax_minor: int
    account: str
    tax_type: str


class Booking(msgspec.Struct, frozen=True):
    """How the books of one connection (`where`) to the system `target` take things: `accounts` by
    kind, `tax_types` by rate; `reckons`: the tax is the target's own."""

    accounts: ValueMap
    tax_types: ValueMap
    reckons: bool
    target: str
    where: str

    def lines(self, charged: Iterable[Charged], *, inclusive: bool) -> tuple[Booked, ...]:
        """The lines, a part of one apart where no price comes to its amount; `inclusive`: amounts
        have their tax in them. Raises `Hold` for a kind or a rate that is not mapped."""
        return tuple(line for thing in charged for line in self._parts(thing, inclusive))

    def tax(self, lines: Sequence[Booked], total: Money, name: str, *, inclusive: bool) -> int:
        """The tax that the target will show of what is called `name`. Raises `Hold` (code
        "foretold-differs") where it would come to another total."""
        tax = sum(line.tax_minor for line in lines)
        amount = sum(line.amount_minor for line in lines) + (0 if inclusive else tax)
        if amount == total.minor:
            return tax
        raise Hold(
            f"{name} comes to {total}, and {self.target} would make"
            f" {Money(amount, total.currency)} of it: it reckons the tax line by line.",
            do="Set tax_amounts to 'shop', so that the shop's own tax is sent with each line, and"
            " send the held records again; or enter it by hand and set this one aside.",
            where=self.where,
            code="foretold-differs",
        )

    def _parts(self, thing: Charged, inclusive: bool) -> Iterator[Booked]:
        stated = self._rate(thing)
        account, tax_type = self.accounts.look_up(thing.kind), self.tax_types.look_up(stated)
        parts = per_unit(thing.amount_minor, thing.pieces)
        amounts = [pieces * price for pieces, price in parts]
        taxes = allocate(thing.tax_minor, [pieces for pieces, _ in parts])
        if self.reckons:
            reckon = rate(stated).inside if inclusive else rate(stated).upon
            taxes = [reckon(amount) for amount in amounts]
        for (pieces, price), amount, tax in zip(parts, amounts, taxes, strict=True):
            yield Booked(thing.name, pieces, price, amount, tax, account, tax_type)

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
            where=self.where,
            code="unmapped-tax",
        )

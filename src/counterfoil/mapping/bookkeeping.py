"""How an organisation keeps its books: the head of a document, with its lines and its tax."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from counterfoil.mapping.booked import Booked, Booking, Charged
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.untold import tax_rounded
from counterfoil.values.clock import instant, wall_date
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money, exponent


class Head(msgspec.Struct, frozen=True):
    """What the head of a document says. Dates are local; amounts minor units of `currency`, of
    which `open_minor` stays to be paid out; they have their tax in them where that is `inclusive`.
    `tax_minor` is what the target will show."""

    key: str
    number: str
    date: str
    due: str
    currency: str
    total_minor: int
    open_minor: int = 0
    inclusive: bool = True
    tax_minor: int = 0
    lines: tuple[Booked, ...] = ()


class Bookkeeping(msgspec.Struct, frozen=True):
    """The books of one organisation: dates by the clock of its `zone`, in these `currencies`, with
    so many `decimals` at most; `fits` raises `Hold` for a description that has no room."""

    booking: Booking
    zone: str
    currencies: Collection[str]
    decimals: int
    fits: Callable[[str], str]

    def date(self, moment: str, days: int = 0) -> str:
        """The date of a moment by the organisation's clock, `days` later."""
        return wall_date(instant(moment), self.zone, days)

    def check_currency(self, name: str, currency: str) -> None:
        """Raise `Hold` for a currency that the organisation does not book in."""
        fine = exponent(currency) <= self.decimals
        if fine and currency in self.currencies:
            return
        raise Hold(
            f"{name} is in {currency}, which this organisation does not book in.",
            do=f"Add {currency} in {self.booking.target} and to the setting currencies, then send"
            " the held records again."
            if fine
            else f"Its amounts have more than {self.decimals} decimals: enter it by hand.",
            where=self.booking.where,
            code="currency",
        )

    def head(self, name: str, told: Head, charged: Iterable[Charged]) -> Head:
        """What is `told` of a document, with its lines and the tax that the target will make of
        them.

        Raises `Hold` where a line has no place, or they would come to another total there.
        """
        self.check_currency(name, told.currency)
        inclusive, total = told.inclusive, Money(told.total_minor, told.currency)
        lines = self.booking.lines(charged, inclusive=inclusive)
        for line in lines:
            self.fits(line.description)
        tax = self.booking.tax(lines, total, name, inclusive=inclusive)
        return msgspec.structs.replace(told, lines=lines, tax_minor=tax)

    def rounded(self, own_minor: int, head: Head) -> Iterator[Loss]:
        """The shop's own tax, where the target will show another."""
        if head.tax_minor != own_minor:
            yield tax_rounded(own_minor, head.tax_minor, head.currency, self.booking.target)

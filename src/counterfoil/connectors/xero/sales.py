"""How an organisation books what was sold, and the head that an invoice and a note share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from counterfoil.connectors.xero.profile import TITLE, Profile
from counterfoil.kit.api.width import Width
from counterfoil.mapping.booked import Booked, Booking, Charged
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.untold import tax_rounded
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import instant, wall_date
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money, exponent

DECIMALS: Final = 2
"""What every amount of Xero has at most, whatever its currency."""
_DESCRIPTION: Final = Width("The description of a line", 4000)


class Head(msgspec.Struct, frozen=True):
    """What the head of a document says. Dates are local; amounts minor units of `currency`, of
    which `open_minor` stays to be paid out. `tax_minor` is what Xero will show."""

    key: str
    number: str
    date: str
    due: str
    currency: str
    total_minor: int
    open_minor: int = 0
    line_amounts: str = ""
    tax_minor: int = 0
    lines: tuple[Booked, ...] = ()


class Bookkeeping:
    """The books of one organisation: `accounts` by kind, `tax_types` by rate."""

    def __init__(
        self, profile: Profile, accounts: ValueMap, tax_types: ValueMap, where: str
    ) -> None:
        self._profile = profile
        self._where = where
        reckons = profile.tax_amounts == "xero"
        self._booking = Booking(accounts, tax_types, reckons, TITLE, where)

    def date(self, moment: str, days: int = 0) -> str:
        """The date of a moment by the organisation's clock, `days` later."""
        return wall_date(instant(moment), self._profile.clock, days)

    def check_currency(self, name: str, currency: str) -> None:
        """Raise `Hold` for a currency that the organisation does not book in."""
        fine = exponent(currency) <= DECIMALS
        if fine and currency in self._profile.currencies:
            return
        raise Hold(
            f"{name} is in {currency}, which this organisation does not book in.",
            do=f"Add {currency} in Xero and to the setting currencies, then send the held records"
            " again."
            if fine
            else f"Its amounts have more than {DECIMALS} decimals: enter it by hand.",
            where=self._where,
            code="currency",
        )

    def head(self, name: str, told: Head, charged: Iterable[Charged], *, inclusive: bool) -> Head:
        """What is `told` of a document, with its lines and the tax that Xero will make of them.

        Raises `Hold` where a line has no place, or they would come to another total there.
        """
        self.check_currency(name, told.currency)
        lines, total = self._booking.lines(charged, inclusive=inclusive), told.total_minor
        for line in lines:
            _DESCRIPTION.fits(line.description)
        tax = self._booking.tax(lines, Money(total, told.currency), name, inclusive=inclusive)
        amounts = "Inclusive" if inclusive else "Exclusive"
        return msgspec.structs.replace(told, lines=lines, tax_minor=tax, line_amounts=amounts)

    def rounded(self, own_minor: int, head: Head) -> Iterator[Loss]:
        """The shop's own tax, where Xero will show another."""
        if head.tax_minor != own_minor:
            yield tax_rounded(own_minor, head.tax_minor, head.currency, TITLE)

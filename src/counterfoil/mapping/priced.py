"""Lines and charges whose fine amounts and taxes settle together: to the total, to the penny."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from counterfoil.mapping.fine import first_settled, unit_price
from counterfoil.mapping.tax import charged_rate
from counterfoil.mapping.tax_rows import Place, TaxRow, placed
from counterfoil.model.line import Charge, Line, Tax, summed


class Priced(NamedTuple):
    """A line or a charge, as far as it carries money: what it comes to, told in one way or several
    (each part has as many), and its own tax. Amounts are fine."""

    place: Place
    ways: tuple[int, ...]
    tax: int


class Settled(NamedTuple):
    """What it comes to, in minor units."""

    amount_minor: int
    taxes: tuple[Tax, ...]

    @property
    def rate(self) -> str:
        """The rate that was charged; none where the source taxes it by no row."""
        return charged_rate(self.taxes, self.amount_minor) if self.taxes else "0"

    def line(self, line: Line, price: int, currency: str) -> Line:
        """The line with its money; `price` is the fine price of a unit."""
        unit, discount = unit_price(price, line.quantity, self.amount_minor, currency)
        return replace(
            line,
            unit_minor=unit,
            discount_minor=discount,
            tax_minor=summed(self.taxes),
            tax_rate=self.rate,
            taxes=self.taxes,
        )

    def charge(self, title: str) -> Charge:
        """A charge of that title."""
        tax_minor = summed(self.taxes)
        return Charge(title, self.amount_minor, tax_minor, self.rate, taxes=self.taxes)


def settle(
    parts: Sequence[Priced], rows: Sequence[TaxRow], total_minor: int, tax_minor: int, currency: str
) -> list[Settled]:
    """What each part comes to: in the first way in which all come to the total (of the parts alone,
    where tax stands beside them), with the taxes that `placed` finds for it."""
    ways = zip(*(part.ways for part in parts), strict=True)
    amounts, _ = first_settled(ways, total_minor, currency)
    taxes = placed(rows, [(part.place, part.tax) for part in parts], tax_minor, currency)
    return [Settled(*row) for row in zip(amounts, taxes, strict=True)]

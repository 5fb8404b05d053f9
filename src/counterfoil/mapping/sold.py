"""What was sold, at prices per unit that come to every line's total: what was agreed to be paid.

For a target that is told the price of a unit and the id of a rate, and works out the rest itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from counterfoil.mapping.convert import Plain, both
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.items import below_nothing
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.unit_price import per_unit
from counterfoil.model.order import Order


class Priced(msgspec.Struct, frozen=True, gc=False):
    """Pieces of one code at one price per unit, in minor units, with the id of their tax rate; its
    number counts from 1."""

    number: int
    code: str
    quantity: int
    price_minor: int
    rate_id: int


Code = tuple[int, int, Plain]
"""Of one code its pieces, gross in minor units and the rate's id."""
CodeAtPlace = tuple[int, int, Plain, Plain]
"""The same with the id of its place."""


class Sold(msgspec.Struct):
    """The rows of one order, and what the target must show of them afterwards.

    `codes` has what each code comes to, since a target may split a row. `tax_minor` is what the
    target's own rounding, row by row, will come to.
    """

    rows: tuple[Priced, ...]
    codes: Mapping[str, Code] | Mapping[str, CodeAtPlace]
    tax_minor: int


_Charged = tuple[str, int, int, int, str]
"""A code, its pieces, what was charged for them (gross), the tax in it, and the rate's text."""


class Pricer:
    """Makes rows of the lines and extras of an order; `net`: their prices are without tax.

    `parts`: its taxes are shares of other orders' taxes, so that what the target makes of each row
    is reckoned here as well.
    """

    def __init__(
        self, rates: Rates, codes: ItemCodes, *, net: bool, where: str, parts: bool = False
    ) -> None:
        self._parts = parts
        self._rates = rates
        self._codes = codes
        self._net = net
        self._where = where

    def sold(self, order: Order) -> Sold:
        """What was sold. Raises `Hold` where a line, an extra or a rate has no place."""
        rows: list[Priced] = []
        codes: dict[str, Code] = {}
        taxed, net, rate_of = 0, self._net, self._rates.of
        for code, quantity, gross, tax, rate_text in self._charged(order):
            rate = rate_of(rate_text, tax)
            amount = gross - tax if net else gross
            if amount % quantity or self._parts:  # rounded twice there, once here
                reckon = rate.upon if net else rate.inside
                for pieces, price in per_unit(amount, quantity):
                    rows.append(Priced(len(rows) + 1, code, pieces, price, rate.id))
                    taxed += reckon(pieces * price)
            else:
                rows.append(Priced(len(rows) + 1, code, quantity, amount // quantity, rate.id))
                taxed += tax
            if code in codes:
                pieces, before, rates = codes[code]
                codes[code] = (pieces + quantity, before + gross, both(rates, rate.id))
            else:
                codes[code] = (quantity, gross, rate.id)
        return Sold(tuple(rows), codes, taxed)

    def _charged(self, order: Order) -> Iterator[_Charged]:
        """Each line and extra for which something was charged."""
        included = order.tax_included
        for line in order.lines:
            quantity, tax = line.quantity, line.tax_minor
            total = quantity * line.unit_minor - line.discount_minor
            if quantity or total:
                if total < 0 or not quantity:
                    raise below_nothing(order, line, self._where)
                code = line.sku.strip() if line.kind == "product" else ""
                code = code or self._codes.of_line(order, line)
                yield code, quantity, total if included else total + tax, tax, line.tax_rate
        for extra in order.extras:
            if extra.amount_minor or extra.tax_minor:
                tax = extra.tax_minor
                gross = extra.amount_minor + (0 if included else tax)
                yield self._codes.of_extra(order, extra), 1, gross, tax, extra.tax_rate

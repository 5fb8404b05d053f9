"""An order's lines as OrderWise takes them: a variant, pieces, a final price each, a tax rate's id.

`calculateLineSystemPrice` is false on every line and is no setting: true lets OrderWise price the
line anew from its own price lists.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.connectors.orderwise.variant import Variants
from counterfoil.kit.api.readback import both
from counterfoil.kit.connector import Field
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.unit_price import NUMBERS, per_unit
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class OrderLine(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the payload, but for its price, which is per unit: gross or net, never both."""

    item_number: int
    variant_code: str
    quantity: int
    tax_rate_id: int
    stock_location_id: int | UnsetType
    calculate_line_system_price: bool


class GrossLine(OrderLine, frozen=True):
    """A line with its price with tax."""

    item_gross: msgspec.Raw


class NetLine(OrderLine, frozen=True):
    """A line with its price without tax."""

    item_net: msgspec.Raw


class Sold(msgspec.Struct):
    """The lines of one order, and what OrderWise must show of them afterwards.

    `codes` has pieces, gross in minor units and tax rate by variant code, since OrderWise may
    split a line in two where a stock location lacks stock. `tax_minor` is what its own rounding
    will come to.
    """

    lines: list[OrderLine]
    codes: dict[str, tuple[int, int, Field]]
    tax_minor: int = 0


class Pricer:
    """Turns lines and extras into `Sold` lines at the prices that the customer agreed to pay."""

    def __init__(self, profile: Profile, rates: Rates, variants: Variants, *, where: str) -> None:
        self._rates = rates
        self._variants = variants
        self._where = where
        self._gross = profile.price_basis == "gross"
        self._line = GrossLine if self._gross else NetLine
        self._stock = profile.stock_location_id or UNSET

    def sold(self, order: Order) -> Sold:
        """What was sold. Raises `Hold` where a line, an extra or a rate has no place."""
        sold = Sold([], {})
        included = order.tax_included
        numbers = NUMBERS[order.currency]
        for line in order.lines:
            quantity, tax = line.quantity, line.tax_minor
            total = quantity * line.unit_minor - line.discount_minor
            if quantity or total:
                if total < 0 or not quantity:
                    raise self._below(order, line)
                code = line.sku.strip() if line.kind == "product" else ""
                code = code or self._variants.of_line(order, line)
                gross = total if included else total + tax
                self._add(sold, numbers, code, quantity, gross, tax, line.tax_rate)
        for extra in order.extras:
            if extra.amount_minor or extra.tax_minor:
                code = self._variants.of_extra(order, extra)
                gross = extra.amount_minor + (0 if included else extra.tax_minor)
                self._add(sold, numbers, code, 1, gross, extra.tax_minor, extra.tax_rate)
        return sold

    def _add(
        self,
        sold: Sold,
        numbers: Mapping[int, msgspec.Raw],
        code: str,
        quantity: int,
        gross: int,
        tax: int,
        rate_text: str,
    ) -> None:
        rate = self._rates.of(rate_text, tax)
        lines, line, stock = sold.lines, self._line, self._stock
        amount = gross if self._gross else gross - tax
        if amount % quantity:  # rounded twice there, once here
            reckon = rate.inside if self._gross else rate.upon
            tax = 0
            for pieces, price in per_unit(amount, quantity):
                at = len(lines) + 1
                lines.append(line(at, code, pieces, rate.id, stock, False, numbers[price]))
                tax += reckon(pieces * price)
        else:
            price = numbers[amount // quantity]
            lines.append(line(len(lines) + 1, code, quantity, rate.id, stock, False, price))
        sold.tax_minor += tax
        held = sold.codes.get(code)
        if held is None:
            sold.codes[code] = (quantity, gross, rate.id)
        else:
            sold.codes[code] = (held[0] + quantity, held[1] + gross, both(held[2], rate.id))

    def _below(self, order: Order, line: Line) -> Hold:
        return Hold(
            f"Line {line.key} of order {order.number} is discounted below nothing.",
            do="Correct it at the shop; or enter the order by hand and set this one aside.",
            where=self._where,
            code="negative-line",
        )

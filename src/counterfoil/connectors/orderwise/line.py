"""An order's lines as OrderWise takes them: a variant, pieces, a final price each, a tax rate's id.

`calculateLineSystemPrice` is false on every line and is no setting: true lets OrderWise price the
line anew from its own price lists.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from counterfoil.connectors.orderwise.price import number, per_unit
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.connectors.orderwise.tax import Rates
from counterfoil.model.line import Charge, Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class OrderLine(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the payload; the price is per unit, gross or net, never both."""

    item_number: int
    variant_code: str
    quantity: int
    item_gross: msgspec.Raw | UnsetType
    item_net: msgspec.Raw | UnsetType
    tax_rate_id: int
    stock_location_id: int | UnsetType
    calculate_line_system_price: bool = False


class Sold(msgspec.Struct):
    """The lines of one order, and what OrderWise must show of them afterwards.

    `quantity` and `gross_minor` are by variant code, since OrderWise may split a line in two
    where a stock location lacks stock. `tax_minor` is what its own rounding will come to.
    """

    lines: list[OrderLine]
    quantity: dict[str, int]
    gross_minor: dict[str, int]
    tax_minor: int = 0


class Pricer:
    """Turns lines and extras into `Sold` lines at the prices that the customer agreed to pay."""

    def __init__(self, profile: Profile, rates: Rates, *, where: str) -> None:
        self._profile = profile
        self._rates = rates
        self._where = where
        self._gross = profile.price_basis == "gross"
        self._stock = profile.stock_location_id or UNSET

    def sold(self, order: Order) -> Sold:
        """What was sold. Raises `Hold` where a line, an extra or a rate has no place."""
        sold = Sold([], {}, {})
        included = order.tax_included
        for line in order.lines:
            total = line.total_minor
            if line.quantity or total:
                code = self._code(order, line, total)
                gross = total if included else total + line.tax_minor
                self._add(sold, code, line.quantity, gross, line.tax_minor, line.tax_rate)
        for extra in order.extras:
            if extra.amount_minor or extra.tax_minor:
                code = self._place(order, extra)
                gross = extra.amount_minor + (0 if included else extra.tax_minor)
                self._add(sold, code, 1, gross, extra.tax_minor, extra.tax_rate)
        return sold

    def _add(
        self, sold: Sold, code: str, quantity: int, gross: int, tax: int, rate_text: str
    ) -> None:
        rate = self._rates.of(rate_text, tax)
        prices = per_unit(gross if self._gross else gross - tax, quantity)
        for pieces, price in prices:
            shown = number(price)
            sold.lines.append(
                OrderLine(
                    len(sold.lines) + 1,
                    code,
                    pieces,
                    shown if self._gross else UNSET,
                    UNSET if self._gross else shown,
                    rate.id,
                    self._stock,
                )
            )
        if len(prices) > 1:  # rounded twice there, once here
            reckon = rate.inside if self._gross else rate.upon
            tax = sum(reckon(pieces * price) for pieces, price in prices)
        sold.tax_minor += tax
        sold.quantity[code] = sold.quantity.get(code, 0) + quantity
        sold.gross_minor[code] = sold.gross_minor.get(code, 0) + gross

    def _code(self, order: Order, line: Line, total: int) -> str:
        code = line.sku.strip()
        if line.kind == "gift-card":
            raise self._hold(
                f"Line {line.key} of order {order.number} is a gift card.",
                "Decide with finance how gift cards are booked; OrderWise has no word for one.",
                "gift-card",
            )
        if not code or line.kind != "product":
            raise self._hold(
                f"Line {line.key} of order {order.number} has no product behind it.",
                "Give the line a stock code at the shop, or enter the order by hand.",
                "no-product",
            )
        if total < 0 or not line.quantity:
            raise self._hold(
                f"Line {line.key} of order {order.number} is discounted below nothing.",
                "Correct the discount at the shop.",
                "negative-line",
            )
        return code

    def _place(self, order: Order, extra: Charge) -> str:
        rounding = extra.code == "rounding"
        found = self._profile.rounding_line_variant if rounding else self._profile.extras_variant
        if not found:
            setting = "rounding_line_variant" if rounding else "extras_variant"
            raise self._hold(
                f"Order {order.number} has {extra.title or 'an extra'!r}, which has no place.",
                f"Agree a variant with finance and set {setting}.",
                "no-place-for-extra",
            )
        return found

    def _hold(self, said: str, do: str, code: str) -> Hold:
        return Hold(said, do=do, where=self._where, code=code)

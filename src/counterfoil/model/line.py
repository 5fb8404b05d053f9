"""The parts of an order that carry money. Amounts are minor units of the order's currency."""

from __future__ import annotations

import msgspec


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing sold: `quantity` whole pieces at `unit_minor` each, as the shop shows prices.

    `discount_minor` is every discount that falls on the line, whole line, never negative.
    `tax_minor` is the whole line's tax; `tax_rate` its rate as plain decimal text ("0.2").
    `kind` is "product", "gift-card" or "custom" (sold without a product behind it).
    """

    key: str
    sku: str
    title: str
    quantity: int
    unit_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    tax_rate: str = ""
    kind: str = "product"

    @property
    def total_minor(self) -> int:
        """What the customer pays for the line, before tax that is not included."""
        return self.quantity * self.unit_minor - self.discount_minor


class Charge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that is no product: postage (`Order.shipping`) or an extra such as a tip or duty.

    `amount_minor` is what the customer pays, after discounts.
    """

    title: str
    amount_minor: int
    tax_minor: int = 0
    tax_rate: str = ""
    code: str = ""


class Payment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that the customer paid through one gateway."""

    gateway: str
    amount_minor: int

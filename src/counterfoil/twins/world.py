"""What a twin is told about the world: the time, and what customers buy."""

from __future__ import annotations

import msgspec

from counterfoil.model.address import Address


class SaleLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a sale, amounts in minor units, tax included in `unit_minor`.

    `kind` as in the model: "product", "gift-card" or "custom".
    """

    sku: str
    title: str
    quantity: int
    unit_minor: int
    tax_minor: int
    discount_minor: int = 0
    kind: str = "product"


class SaleShipping(msgspec.Struct, frozen=True, omit_defaults=True):
    """Postage on a sale, tax included."""

    title: str
    amount_minor: int
    tax_minor: int


class Sale(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sale that happens at the shop, `at_s` seconds after the trade begins.

    `number` is the shop's order number, `placed` when the customer really bought (ISO 8601).
    `tax_rate` is plain decimal text ("0.2"); a line or postage without tax has `tax_minor` 0.
    """

    at_s: float
    number: str
    placed: str
    currency: str
    lines: tuple[SaleLine, ...]
    shipping: tuple[SaleShipping, ...] = ()
    email: str = ""
    deliver_to: Address = Address()
    tax_rate: str = "0.2"
    gateway: str = "shopify_payments"
    note: str = ""

    @property
    def total_minor(self) -> int:
        """What the customer pays."""
        lines = sum(line.quantity * line.unit_minor - line.discount_minor for line in self.lines)
        return lines + sum(charge.amount_minor for charge in self.shipping)

    @property
    def tax_minor(self) -> int:
        """The tax inside the total."""
        lines = sum(line.tax_minor for line in self.lines)
        return lines + sum(charge.tax_minor for charge in self.shipping)

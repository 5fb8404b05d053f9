"""The parts of an order that carry money. Amounts are minor units of the order's currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec

from counterfoil.values.money import allocate

Pairs = tuple[tuple[str, str], ...]
"""What a customer or an app wrote beside an order or a line: names with their values, in order."""

LineKind = Literal["product", "gift-card", "custom", "tip"]
PaymentKind = Literal["", "gift-card", "store-credit", "manual"]
PaymentState = Literal["", "authorised", "received"]


class Tax(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One tax on a line or charge: its rate as plain decimal text ("0.2"; empty: not told).

    `collected_by` is "channel" where a marketplace collects and pays it, else empty.
    """

    title: str
    amount_minor: int
    rate: str = ""
    collected_by: Literal["", "channel"] = ""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that the order holds now: `quantity` whole pieces at `unit_minor` each.

    What was taken off the order or came back is no part of it: quantity, discount and tax are
    those of what is left. `discount_minor` is every discount that falls on it, never negative.
    `tax_minor` is the whole line's tax, `tax_rate` the rate at which tax was really charged: the
    rates of `taxes` that came to something ("0.2"; "0" where none did), never a mere statement.
    `kind`: "gift-card" is sold, not redeemed; "custom" has no product behind it; "tip" is one.
    `variant` is the source's own number of what was sold. `service` names who else sends it
    (empty: we do); `sent` how many of its pieces have been sent already; `ships` whether it is
    sent at all; `exempt` that the source calls it not taxable.
    """

    key: str
    sku: str
    title: str
    quantity: int
    unit_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    tax_rate: str = ""
    kind: LineKind = "product"
    variant: str = ""
    taxes: tuple[Tax, ...] = ()
    properties: Pairs = ()
    service: str = ""
    sent: int = 0
    ships: bool = True
    exempt: bool = False

    PERSONAL: ClassVar = ("properties",)

    @property
    def total_minor(self) -> int:
        """What the customer pays for the line, before tax that is not included."""
        return self.quantity * self.unit_minor - self.discount_minor

    @property
    def fulfilled(self) -> bool:
        """Whether all of it has been sent already."""
        return 0 < self.quantity <= self.sent

    def part(self, quantity: int) -> Line:
        """The line with `quantity` of its pieces, and their share of its discount and taxes."""
        parts = (quantity, self.quantity - quantity)
        taxes = shares(self.taxes, parts)
        return msgspec.structs.replace(
            self,
            quantity=quantity,
            discount_minor=allocate(self.discount_minor, parts)[0],
            taxes=taxes,
            tax_minor=summed(taxes) if taxes else allocate(self.tax_minor, parts)[0],
            sent=min(self.sent, quantity),
        )


def shares(taxes: tuple[Tax, ...], parts: tuple[int, int]) -> tuple[Tax, ...]:
    """Each tax as far as it falls on the first of two parts."""
    return tuple(
        msgspec.structs.replace(
            tax, amount_minor=allocate(tax.amount_minor, parts)[0] if any(parts) else 0
        )
        for tax in taxes
    )


def summed(taxes: Sequence[Tax]) -> int:
    """What the taxes come to, in minor units."""
    return taxes[0].amount_minor if len(taxes) == 1 else sum(tax.amount_minor for tax in taxes)


class Charge(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Money that is no product: postage (`Order.shipping`) or an extra such as a tip or duty.

    `amount_minor` is what the customer pays, after discounts and refunds.
    """

    title: str
    amount_minor: int
    tax_minor: int = 0
    tax_rate: str = ""
    code: str = ""
    taxes: tuple[Tax, ...] = ()


class Payment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Money that the customer paid, or promised, by one means.

    `gateway` may name several, joined by ", ", where the source tells their sum only. `reference`
    is the gateway's own number of it.
    """

    gateway: str
    amount_minor: int
    kind: PaymentKind = ""
    state: PaymentState = ""
    reference: str = ""

"""The parts of an order that carry money. Amounts are minor units of the order's currency."""

from __future__ import annotations

from typing import Literal

import msgspec

Pairs = tuple[tuple[str, str], ...]
"""What a customer or an app wrote beside an order or a line: names with their values, in order."""

LineKind = Literal["product", "gift-card", "custom", "tip"]
PaymentKind = Literal["", "gift-card", "store-credit", "manual"]
PaymentState = Literal["", "authorised", "received"]


class Tax(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tax on a line or charge: its rate as plain decimal text ("0.2"; empty: not told).

    `collected_by` is "channel" where a marketplace collects and pays it, else empty.
    """

    title: str
    amount_minor: int
    rate: str = ""
    collected_by: Literal["", "channel"] = ""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that the order holds now: `quantity` whole pieces at `unit_minor` each.

    What was taken off the order or came back is no part of it: quantity, discount and tax are
    those of what is left. `discount_minor` is every discount that falls on it, never negative.
    `tax_minor` is the whole line's tax, `tax_rate` the rate at which tax was really charged: the
    rates of `taxes` that came to something ("0.2"; "0" where none did), never a mere statement.
    `kind`: "gift-card" is sold, not redeemed; "custom" has no product behind it; "tip" is one.
    `variant` is the source's own number of what was sold. `service` names who else sends it
    (empty: we do); `fulfilled` says that all of it has been sent already; `ships` whether it is
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
    fulfilled: bool = False
    ships: bool = True
    exempt: bool = False

    @property
    def total_minor(self) -> int:
        """What the customer pays for the line, before tax that is not included."""
        return self.quantity * self.unit_minor - self.discount_minor


class Charge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that is no product: postage (`Order.shipping`) or an extra such as a tip or duty.

    `amount_minor` is what the customer pays, after discounts and refunds.
    """

    title: str
    amount_minor: int
    tax_minor: int = 0
    tax_rate: str = ""
    code: str = ""
    taxes: tuple[Tax, ...] = ()


class Payment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that the customer paid, or promised, by one means.

    `gateway` may name several, joined by ", ", where the source tells their sum only. `reference`
    is the gateway's own number of it.
    """

    gateway: str
    amount_minor: int
    kind: PaymentKind = ""
    state: PaymentState = ""
    reference: str = ""

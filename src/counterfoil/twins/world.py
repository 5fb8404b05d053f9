"""What a twin is told about the world: the time, and what customers buy."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.model.address import Address

Pairs = tuple[tuple[str, str], ...]
"""Names and values, as a form gives them."""

DiscountKind = Literal["discount_code", "automatic", "manual", "script"]
Payment = Literal["paid", "authorised", "pending", "unpaid"]


class SaleTax(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tax in minor units; `rate` is plain decimal text. `channel_liable`: the marketplace
    where the sale was made pays it."""

    title: str
    rate: str
    amount_minor: int
    channel_liable: bool = False


class SaleDuty(msgspec.Struct, frozen=True, omit_defaults=True):
    """What customs ask for a line; `harmonised` is the goods' code of the Harmonized System, and
    `origin` their country (ISO 3166 alpha-2)."""

    amount_minor: int
    harmonised: str = ""
    origin: str = ""
    taxes: tuple[SaleTax, ...] = ()

    @property
    def tax_minor(self) -> int:
        """The tax on the duty, which stands beside it."""
        return sum(tax.amount_minor for tax in self.taxes)


class SaleDiscount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something cost less: a code that was typed in, a rule of the shop's, or a person.

    `title` is the code itself where it was typed in; `percent` is empty for a fixed amount.
    """

    kind: DiscountKind = "manual"
    title: str = "Discount"
    percent: str = ""


class SaleLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a sale, amounts in minor units, tax included in `unit_minor`.

    `kind` as in the model ("product", "gift-card" or "custom"), or "tip". `taxes` say what
    `tax_minor` is made of, where it is not all at the sale's rate; rows of nothing are kept.
    `taxable` and `ships` are None where the tax and the kind tell. `shares` split `discount_minor`
    by the place of each discount in the sale's, where it is not all the first one's. `service`
    sends the goods: "manual" is the shop itself. A product and variant of 0 get numbers of their
    own.
    """

    sku: str
    title: str
    quantity: int
    unit_minor: int
    tax_minor: int
    discount_minor: int = 0
    kind: str = "product"
    variant: str = ""
    vendor: str = ""
    grams: int = 0
    product_id: int = 0
    variant_id: int = 0
    taxable: bool | None = None
    ships: bool | None = None
    taxes: tuple[SaleTax, ...] = ()
    shares: tuple[tuple[int, int], ...] = ()
    properties: Pairs = ()
    duties: tuple[SaleDuty, ...] = ()
    service: str = "manual"

    def __post_init__(self) -> None:
        if self.taxes and sum(tax.amount_minor for tax in self.taxes) != self.tax_minor:
            raise ValueError(f"the taxes of {self.title!r} are not its tax")
        if self.shares and sum(share for _, share in self.shares) != self.discount_minor:
            raise ValueError(f"the discounts of {self.title!r} are not its discount")

    @property
    def duty_minor(self) -> int:
        """The duties on the line, with the tax on them."""
        return sum(duty.amount_minor + duty.tax_minor for duty in self.duties)


class SaleShipping(msgspec.Struct, frozen=True, omit_defaults=True):
    """Postage on a sale, tax included."""

    title: str
    amount_minor: int
    tax_minor: int
    carrier: str = ""


class Buyer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's account at the shop."""

    id: int
    first: str = ""
    last: str = ""
    email: str = ""
    phone: str = ""
    tags: tuple[str, ...] = ()
    locale: str = "en"


class Company(msgspec.Struct, frozen=True, omit_defaults=True):
    """The company that buys, and for which of its locations."""

    id: int
    location_id: int
    name: str
    location: str = ""


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a company pays: "Net 30" is of kind "net" and due in 30 days."""

    name: str
    kind: str = "net"
    due_in_days: int = 0


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """A location of the shop's own."""

    id: int
    name: str


class Tender(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one gateway took of the total."""

    gateway: str
    amount_minor: int


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The currency that the customer saw: an amount there is the shop's times `times` by `per`,
    in minor units. Payments are booked at the day's own `paid_times` (0: the same)."""

    currency: str
    times: int
    per: int
    paid_times: int = 0


class Sale(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sale that happens at the shop, `at_s` seconds after the trade begins.

    `number` is the shop's order number, `placed` when the customer really bought (ISO 8601, and ""
    where an old order does not say). `tax_rate` is plain decimal text ("0.2"); a line or postage
    without tax has `tax_minor` 0. `channel` is "web", "pos", "shopify_draft_order" or the number of
    an app; `handed_over` is true of a sale at a till. `tenders` say what each gateway took, where
    it is not all the one `gateway`. `invoice_to` is None where the invoice goes where the goods go.
    Without `tax_included` the taxes stand beside the prices.
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
    channel: str = "web"
    app: str = "Online Store"
    retail_location: Place | None = None
    handed_over: bool = False
    buyer: Buyer | None = None
    company: Company | None = None
    po_number: str = ""
    terms: Terms | None = None
    tags: tuple[str, ...] = ("web",)
    attributes: Pairs = ()
    discounts: tuple[SaleDiscount, ...] = (SaleDiscount(),)
    phone: str = ""
    region_code: str = ""
    invoice_to: Address | None = None
    locale: str = ""
    payment: Payment = "paid"
    tenders: tuple[Tender, ...] = ()
    exchange: Exchange | None = None
    tax_included: bool = True
    test: bool = False

    @property
    def total_minor(self) -> int:
        """What the customer pays."""
        lines = sum(
            line.quantity * line.unit_minor - line.discount_minor + line.duty_minor
            for line in self.lines
        )
        beside = 0 if self.tax_included else self._goods_tax_minor
        return lines + sum(charge.amount_minor for charge in self.shipping) + beside

    @property
    def tax_minor(self) -> int:
        """The tax inside the total."""
        duties = sum(duty.tax_minor for line in self.lines for duty in line.duties)
        return self._goods_tax_minor + duties

    @property
    def _goods_tax_minor(self) -> int:
        lines = sum(line.tax_minor for line in self.lines)
        return lines + sum(charge.tax_minor for charge in self.shipping)

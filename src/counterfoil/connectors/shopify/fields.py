"""Two field tables for one order: as GraphQL states it, and as a webhook's body states it.

Both must make the identical `Order` of the same order: the listing that sweeps up what a lost
webhook missed would otherwise see a change where there is none. So an order carries only what
both shapes carry, in one spelling: identities as numbers, times in UTC, shop money in minor units.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from counterfoil.mapping.convert import (
    country,
    currency_code,
    flag,
    identity,
    money,
    present,
    rate,
    when,
    whole,
    wrong,
)
from counterfoil.mapping.field import Computed, Each, Entry, Field, Part, Sum
from counterfoil.mapping.table import Table
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.values.money import allocate

_LONGEST_NUMBER = 20  # digits of an unsigned number of 64 bits

_BETWEEN = re.compile(r"[^a-z0-9]+")

Row = dict[str, Any]


def legacy(value: Any, currency: str) -> str:
    """The number at the end of a global id: gid://shopify/LineItem/9001 is "9001"."""
    if isinstance(value, str) and value.startswith("gid://shopify/"):
        number = value.rpartition("/")[2]
        if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
            return number
    raise wrong(value, "an identity of Shopify's")


def rates(value: Any, currency: str) -> str:
    """The rate of a list of tax lines: the sum of theirs, as taxes stand side by side."""
    if len(value) == 1:
        found = value[0].get("rate")
        return "" if found is None else rate(found, currency)
    found = [line["rate"] for line in value if line.get("rate") is not None]
    given = [Decimal(rate(each, currency)) for each in found]
    return rate(format(sum(given), "f"), currency) if given else ""


class Words:
    """What one shape calls the things that both carry; an order's rules are stated once, below."""

    def __init__(
        self, shape: str, *, key: Field, line_key: Field, ignores: dict[str, str], **words: str
    ) -> None:
        self.shape = shape
        self.key = key
        self.line_key = line_key
        self.ignores = ignores
        self._words = words
        self._steps = {name: path.split(".") for name, path in words.items()}

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def first(self, source: Any, name: str) -> Any:
        """The value at the path that `name` stands for, None where there is none."""
        for step in self._steps[name]:
            if source is None:
                return None
            source = source.get(step)
        return source

    def without(self, source: Row, name: str) -> Row:
        """`source` with nothing at that path."""
        return {**source, self._words[name].split(".")[0]: None}

    def money(self, source: Any, name: str, currency: str) -> int:
        """The amount at that path in minor units, 0 where there is none."""
        found = self.first(source, name)
        return 0 if found is None else money(found, currency)


NODE: Final = Words(
    "GraphQL order",
    key=Field("key", "legacyResourceId", identity),
    line_key=Field("key", "id", legacy),
    ignores={
        "id": "its number is the key",
        "lineItems.pageInfo": "belongs to the paging",
        "shippingLines.pageInfo": "belongs to the paging",
    },
    placed="processedAt",
    created="createdAt",
    updated="updatedAt",
    cancelled="cancelledAt",
    currency="currencyCode",
    tax_included="taxesIncluded",
    duties_included="dutiesIncluded",
    lines="lineItems.nodes",
    quantity="quantity",
    current_quantity="currentQuantity",
    price="originalUnitPriceSet.shopMoney.amount",
    discounts="discountAllocations",
    discount="allocatedAmountSet.shopMoney.amount",
    taxes="taxLines",
    tax="priceSet.shopMoney.amount",
    gift_card="isGiftCard",
    variant="variant",
    shipping="shippingLines.nodes",
    shipping_price="originalPriceSet.shopMoney.amount",
    total="totalPriceSet.shopMoney.amount",
    current_total="currentTotalPriceSet.shopMoney.amount",
    total_tax="totalTaxSet.shopMoney.amount",
    outstanding="totalOutstandingSet.shopMoney.amount",
    tip="totalTipReceivedSet.shopMoney.amount",
    duties="originalTotalDutiesSet.shopMoney.amount",
    current_duties="currentTotalDutiesSet.shopMoney.amount",
    fees="originalTotalAdditionalFeesSet.shopMoney.amount",
    current_fees="currentTotalAdditionalFeesSet.shopMoney.amount",
    gateways="paymentGatewayNames",
    deliver_to="shippingAddress",
    invoice_to="billingAddress",
    first_name="firstName",
    last_name="lastName",
    region="provinceCode",
    country="countryCodeV2",
)
HOOK: Final = Words(
    "webhook order",
    key=Field("key", "id", identity),
    line_key=Field("key", "id", identity),
    ignores={"admin_graphql_api_id": "its number is the key", "id": "it names the charge"},
    placed="processed_at",
    created="created_at",
    updated="updated_at",
    cancelled="cancelled_at",
    currency="currency",
    tax_included="taxes_included",
    duties_included="duties_included",
    lines="line_items",
    quantity="quantity",
    current_quantity="current_quantity",
    price="price",
    discounts="discount_allocations",
    discount="amount",
    taxes="tax_lines",
    tax="price",
    gift_card="gift_card",
    variant="variant_id",
    shipping="shipping_lines",
    shipping_price="price",
    total="total_price",
    current_total="current_total_price",
    total_tax="total_tax",
    outstanding="total_outstanding",
    tip="total_tip_received",
    duties="original_total_duties_set.shop_money.amount",
    current_duties="current_total_duties_set.shop_money.amount",
    fees="original_total_additional_fees_set.shop_money.amount",
    current_fees="current_total_additional_fees_set.shop_money.amount",
    gateways="payment_gateway_names",
    deliver_to="shipping_address",
    invoice_to="billing_address",
    first_name="first_name",
    last_name="last_name",
    region="province_code",
    country="country_code",
)


def order_table(words: Words, *, edited: bool = False) -> Table[Order]:
    """The table of one shape; `edited` for an order that lost units to an edit."""
    line = _line_table(words, edited=edited)
    address = _address_table(words)
    return Table(
        words.shape,
        [
            words.key,
            Field("number", "name"),
            Field("placed", words["placed"], when),
            Field("created", words["created"], when),
            Field("updated", words["updated"], when),
            Field("currency", words["currency"], currency_code),
            Field("tax_included", words["tax_included"], flag),
            Each("lines", words["lines"], line),
            Field("total_minor", words["total"], money, note="before returns"),
            Field("tax_minor", words["total_tax"], money, default=0, note="before returns"),
            Each("shipping", words["shipping"], _shipping_table(words), default=()),
            _extras(words, edited=edited),
            _payments(words),
            Field("email", "email", default=""),
            Part("deliver_to", words["deliver_to"], address, default=Address()),
            Part("invoice_to", words["invoice_to"], address, default=Address()),
            Field("note", "note", default=""),
            Field("cancelled", words["cancelled"], present, default=False),
            Field("test", "test", flag, default=False),
        ],
        edited_order if edited else Order,
        ignores=words.ignores,
    )


def _line_table(words: Words, *, edited: bool) -> Table[Line]:
    entries: list[Entry] = [
        words.line_key,
        Field("sku", "sku", default=""),
        Field("title", "name", default="", note="with the title of the variant"),
        Field("quantity", words["quantity"], whole, note="as ordered, with removed units"),
        Field("unit_minor", words["price"], money),
        Sum("discount_minor", words["discounts"], words["discount"], default=0),
        Sum("tax_minor", words["taxes"], words["tax"], default=0),
        Field("tax_rate", words["taxes"], rates, default=""),
        _kind(words),
    ]
    if not edited:
        return Table("line", entries, Line)
    current = Field("current", words["current_quantity"], whole)
    return Table("line", [*entries, current], edited_line)


def edited_line(*, current: int, **ordered: Any) -> Line:
    """The line with `current` of its ordered units; what Shopify allocated counts all of them."""
    line = Line(**ordered)
    if current == line.quantity:
        return line
    units = (current, line.quantity - current)
    return msgspec.structs.replace(
        line,
        quantity=current,
        discount_minor=allocate(line.discount_minor, units)[0],
        tax_minor=allocate(line.tax_minor, units)[0],
    )


def edited_order(*, lines: tuple[Line, ...], **rest: Any) -> Order:
    """The order without the lines of which nothing is left."""
    return Order(lines=tuple(line for line in lines if line.quantity), **rest)


def _shipping_table(words: Words) -> Table[Charge]:
    return Table(
        "shipping line",
        [
            Field("title", "title"),
            Sum("discount_minor", words["discounts"], words["discount"], default=0),
            Field("price_minor", words["shipping_price"], money),
            Sum("tax_minor", words["taxes"], words["tax"], default=0),
            Field("tax_rate", words["taxes"], rates, default=""),
            Field("code", "code", default=""),
        ],
        _shipped,
        ignores=words.ignores,
    )


def _shipped(*, price_minor: int, discount_minor: int, **rest: Any) -> Charge:
    return Charge(amount_minor=price_minor - discount_minor, **rest)


def _address_table(words: Words) -> Table[Address]:
    def name(source: Row, currency: str) -> str:
        parts = (source.get(words["first_name"]), source.get(words["last_name"]))
        return " ".join(part for part in parts if part) or source.get("name") or ""

    return Table(
        "address",
        [
            Computed("name", name, "both names", (words["first_name"], words["last_name"], "name")),
            Field("company", "company", default=""),
            Field("line1", "address1", default=""),
            Field("line2", "address2", default=""),
            Field("town", "city", default=""),
            Field("region", words["region"], default=""),
            Field("postcode", "zip", default=""),
            Field("country", words["country"], country, default=""),
            Field("phone", "phone", default=""),
        ],
        Address,
    )


def _kind(words: Words) -> Computed:
    gift_card, variant = words["gift_card"], words["variant"]

    def kind(source: Row, currency: str) -> str:
        if (card := source.get(gift_card)) is not None and flag(card, ""):
            return "gift-card"
        return "product" if source.get("sku") or source.get(variant) is not None else "custom"

    return Computed("kind", kind, "custom: neither SKU nor variant", (gift_card, variant))


def _extras(words: Words, *, edited: bool) -> Computed:
    names = ("tip", "current_duties", "current_fees") if edited else ("tip", "duties", "fees")
    titles = ("Tip", "Duties", "Additional fees")

    def extras(source: Row, currency: str) -> tuple[Charge, ...]:
        amounts = [words.money(source, name, currency) for name in names]
        if source.get(words["duties_included"]):
            amounts[1] = 0
        if not any(amounts):
            return ()
        named = zip(titles, amounts, strict=True)
        return tuple([Charge(title, amount) for title, amount in named if amount])

    read = ("tip", "duties", "current_duties", "fees", "current_fees", "duties_included")
    why = "charges beside lines and postage, where the prices do not include them"
    return Computed("extras", extras, why, tuple(words[name] for name in read))


def _payments(words: Words) -> Computed:
    def payments(source: Row, currency: str) -> tuple[Payment, ...]:
        names = {spelt(name) for name in source.get(words["gateways"]) or ()}
        if not names or words.first(source, "outstanding") is None:
            return ()
        owed = words.money(source, "outstanding", currency)
        paid = words.money(source, "current_total", currency) - owed
        return (Payment(", ".join(sorted(names)), paid),) if paid > 0 else ()

    read = tuple(words[name] for name in ("gateways", "outstanding", "current_total"))
    why = "a webhook names gateways and what is owed, never what each gateway took"
    return Computed("payments", payments, why, read)


@lru_cache(256)
def spelt(name: str) -> str:
    """A gateway's name in one spelling: "Shopify Payments" is "shopify_payments"."""
    return _BETWEEN.sub("_", name.casefold()).strip("_")

"""All that Shopify tells of an order and anybody here reads, and where: in two spellings.

GraphQL and a webhook's body must make the identical `Order` of the same order: the listing that
sweeps up what a lost webhook missed would otherwise see a change where there is none. So each
field says once where both have it, and the two come to one shape before anything is reckoned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any, Final, cast

import msgspec

from counterfoil.mapping.convert import country as country_code
from counterfoil.mapping.convert import (
    currency_code,
    flag,
    identity,
    inlined,
    money,
    present,
    rate,
    same,
    text,
    when,
    whole,
    wrong,
)
from counterfoil.mapping.field import Converter, Field, Sum
from counterfoil.mapping.shape import at
from counterfoil.model.line import Pairs, Tax

Row = dict[str, Any]

NODE: Final = 0
"""The spelling of GraphQL: members in camel case, money in bags, identities as texts."""
HOOK: Final = 1
"""The spelling of a message: the older REST shape, mostly the same words in snake case."""

_DIFFERENT_TAXES = 16_384  # that are remembered; a day's trade has far fewer
_LONGEST_PAIR = 10_000  # characters of one property
_OURSELVES = frozenset({"", "manual", "gift_card"})
"""Fulfilment services that are none: the shop sends it itself, or nothing is sent."""
# At most the 20 digits of an unsigned number of 64 bits.
_GLOBAL: Final = re.compile(r"gid://shopify/[A-Za-z/]+/([0-9]{1,20})", re.ASCII).fullmatch
_CAPITAL: Final = re.compile("[A-Z]")


# --- where a field stands ---


def snake(path: str) -> str:
    """A path of GraphQL's as a message spells it."""
    return _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", path)


def both(path: str, convert: Converter = text, hook: str = "") -> tuple[Field, Field]:
    """An entry of each spelling; `hook` is the message's path where its words are others."""
    return at(path, convert), at(hook or snake(path), convert)


def amount(name: str) -> tuple[Field, Field]:
    """An amount: shop money of a bag in GraphQL, a plain number in a message."""
    return both(f"{name}Set.shopMoney.amount", money, snake(name))


def known_by(path: str, hook: str) -> tuple[Field, Field]:
    """An identity: a global one in GraphQL, its number in a message."""
    return at(path, legacy), at(hook, number)


# --- converters ---


def legacy(value: Any, currency: str) -> str:
    """The number at the end of a global id: gid://shopify/LineItem/9001 is "9001"."""
    if type(value) is str and (found := _GLOBAL(value)):
        return found[1]
    raise wrong(value, "an identity of Shopify's")


@inlined("str({v}) if type({v}) is int and 0 <= {v} < 1000000000000000000 else {c}({v}, currency)")
def number(value: Any, currency: str) -> str:
    """An identity as a message spells it: a number of 64 bits, its text, or a global id."""
    if type(value) is int and 0 <= value < 2**64:
        return str(value)
    if type(value) is str and (found := _GLOBAL(value)):
        return found[1]
    return identity(value, currency)


def _taxes(liable: str, tax_amount: Callable[[Row], Any]) -> Converter:
    """The converter of a list of tax lines. Taxes repeat, so that each is made once."""

    def taxes(value: Any, currency: str) -> tuple[Tax, ...]:
        if len(value) == 1:
            (row,) = value
            return _tax(
                row.get("title"), row.get("rate"), tax_amount(row), row.get(liable), currency
            )
        return tuple(tax for row in value for tax in taxes((row,), currency))

    return taxes


@lru_cache(_DIFFERENT_TAXES)
def _tax(title: Any, stated: Any, tax_amount: Any, liable: Any, currency: str) -> tuple[Tax, ...]:
    shown = "" if stated is None else rate(stated, currency)
    by = "channel" if liable is True else ""
    return (Tax(text(title, currency), money(tax_amount, currency), shown, by),)


_TAXES: Final = (
    _taxes("channelLiable", lambda tax: tax["priceSet"]["shopMoney"]["amount"]),
    _taxes("channel_liable", itemgetter("price")),
)
TAXES: Final = at("taxLines", _TAXES[NODE]), at("tax_lines", _TAXES[HOOK])
DISCOUNT: Final = (
    Sum("", "discountAllocations", "allocatedAmountSet.shopMoney.amount"),
    Sum("", "discount_allocations", "amount"),
)


def _duties(spelling: int) -> Field:
    """The taxes on the duties of one line."""

    @inlined("() if {v} == [] else {c}({v}, currency)")
    def duties(value: Any, currency: str) -> tuple[Tax, ...]:
        lines = TAXES[spelling]
        stated = [row for duty in value for row in duty.get(lines.source) or ()]
        return lines.convert(stated, currency)

    return at("duties", duties)


def _pairs(path: str, name: str) -> Field:
    """Names with their values, which a customer or an app wrote."""

    @inlined("{c}({v}, currency) if {v} else ()")
    def pairs(value: Any, currency: str) -> Pairs:
        if isinstance(value, dict):
            return tuple((label, _written(one)) for label, one in cast("Row", value).items())
        return tuple((text(row.get(name), currency), _written(row.get("value"))) for row in value)

    return at(path, pairs)


# A number with a fraction arrives as text of its own kind, and goes out as it came.
_JSON = msgspec.json.Encoder(enc_hook=lambda fraction: msgspec.Raw(fraction.encode()))


def _written(value: Any) -> str:
    """A value as text: what is not one, an app wrote as JSON."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else _JSON.encode(value).decode()
    return written[:_LONGEST_PAIR]


@inlined("{c}({v}, currency) if {v} else ()")
def labels(value: Any, currency: str) -> tuple[str, ...]:
    """Tags in one order: a webhook joins them with commas, GraphQL lists them."""
    rows = value.split(",") if isinstance(value, str) else value
    return tuple(sorted({text(tag, currency).strip() for tag in rows} - {""}))


@inlined("{c}({v}, currency) if {v} else ()")
def codes(value: Any, currency: str) -> tuple[str, ...]:
    """Discount codes: a webhook has an object for each, GraphQL the text."""
    return tuple(
        text(cast("Row", row).get("code") if isinstance(row, dict) else row, currency)
        for row in value
    )


@inlined("'' if {v} == 'manual' else {c}({v}, currency)")
def handle(value: Any, currency: str) -> str:
    """Who else sends a line: the handle of a fulfilment service, empty where it is the shop."""
    stated = cast("Row", value).get("handle") if isinstance(value, dict) else value
    name = text(stated, currency).casefold()
    return "" if name in _OURSELVES else name


@inlined("{v} if type({v}) is int and {v} >= 0 else {c}({v}, currency)")
def not_sent(value: Any, currency: str) -> int | None:
    """How many units of a line are still to be sent; a webhook has a word for none of them."""
    if type(value) is str:
        return 0 if value == "fulfilled" else None
    return whole(value, currency)


@inlined("not {v} if {v} is True or {v} is False else {c}({v}, currency)")
def not_true(value: Any, currency: str) -> bool:
    """The opposite of a flag."""
    return not flag(value, currency)


def beyond(value: Any, currency: str) -> int:
    """By how much refunds paid back more (less than 0) or less than the units they name: GraphQL
    says it, a message has it in each of its refunds."""
    if type(value) is not list:
        return money(value, currency)
    return sum(
        money(row.get("amount"), currency)
        for refund in cast("list[Row]", value)
        for row in cast("list[Row]", refund.get("order_adjustments") or [])
        if row.get("kind") == "refund_discrepancy"
    )


# --- what is told ---


class ToldAddress(msgspec.Struct, frozen=True, gc=False):
    """One address; `name` is both names in one."""

    first_name: Annotated[str, both("firstName")] = ""
    last_name: Annotated[str, both("lastName")] = ""
    name: Annotated[str, at("name")] = ""
    company: Annotated[str, at("company")] = ""
    line1: Annotated[str, at("address1")] = ""
    line2: Annotated[str, at("address2")] = ""
    town: Annotated[str, at("city")] = ""
    region: Annotated[str, at("province")] = ""
    region_code: Annotated[str, both("provinceCode")] = ""
    postcode: Annotated[str, at("zip")] = ""
    country: Annotated[str, both("countryCodeV2", country_code, "country_code")] = ""
    phone: Annotated[str, at("phone")] = ""


NOWHERE: Final = ToldAddress()


class ToldTerms(msgspec.Struct, frozen=True, gc=False):
    """What was agreed about paying later."""

    name: Annotated[str, both("paymentTermsName")] = ""
    kind: Annotated[str, both("paymentTermsType")] = ""
    due_days: Annotated[int, both("dueInDays", whole)] = 0


class ToldPostage(msgspec.Struct, frozen=True, gc=False):
    """One shipping line."""

    title: Annotated[str, at("title")]
    price_minor: Annotated[int, both("originalPriceSet.shopMoney.amount", money, "price")]
    discount_minor: Annotated[int, DISCOUNT] = 0
    taxes: Annotated[tuple[Tax, ...], TAXES] = ()
    code: Annotated[str, at("code")] = ""


class ToldLine(msgspec.Struct, frozen=True, gc=False):
    """One line: `quantity` as ordered, `current` what is left of it (None: all of it)."""

    key: Annotated[str, known_by("id", "id")]
    quantity: Annotated[int, at("quantity", whole)]
    unit_minor: Annotated[int, both("originalUnitPriceSet.shopMoney.amount", money, "price")]
    sku: Annotated[str, at("sku")] = ""
    title: Annotated[str, at("name")] = ""  # with the title of the variant
    discount_minor: Annotated[int, DISCOUNT] = 0
    taxes: Annotated[tuple[Tax, ...], TAXES] = ()
    gift_card: Annotated[bool, both("isGiftCard", flag, "gift_card")] = False
    variant: Annotated[Any, both("variant.id", same, "variant_id")] = None
    tip: Annotated[Any, (None, at("tip", same))] = None
    properties: Annotated[
        Pairs, (_pairs("customAttributes", "key"), _pairs("properties", "name"))
    ] = ()
    service: Annotated[str, both("fulfillmentService", handle)] = ""
    unsent: Annotated[int | None, both("unfulfilledQuantity", not_sent, "fulfillment_status")] = (
        None
    )
    ships: Annotated[bool, both("requiresShipping", flag)] = True
    exempt: Annotated[bool, at("taxable", not_true)] = False
    duties: Annotated[tuple[Tax, ...], (_duties(NODE), _duties(HOOK))] = ()
    current: Annotated[int | None, both("currentQuantity", whole)] = None


class Told(msgspec.Struct, frozen=True, gc=False):
    """One order, as ordered and as it is now."""

    key: Annotated[str, (at("legacyResourceId", identity), at("id", number))]
    number: Annotated[str, at("name")]
    created: Annotated[str, both("createdAt", when)]
    updated: Annotated[str, both("updatedAt", when)]
    currency: Annotated[str, both("currencyCode", currency_code, "currency")]
    tax_included: Annotated[bool, both("taxesIncluded", flag)]
    lines: Annotated[tuple[ToldLine, ...], ("lineItems.nodes", "line_items")]
    placed: Annotated[str, both("processedAt", when)] = ""
    total: Annotated[int | None, amount("totalPrice")] = None
    current_total: Annotated[int | None, amount("currentTotalPrice")] = None
    total_tax: Annotated[int | None, amount("totalTax")] = None
    current_tax: Annotated[int | None, amount("currentTotalTax")] = None
    shipping_left: Annotated[
        int | None, both("currentShippingPriceSet.shopMoney.amount", money)
    ] = None
    outstanding: Annotated[int | None, amount("totalOutstanding")] = None
    shipping: Annotated[tuple[ToldPostage, ...], ("shippingLines.nodes", "shipping_lines")] = ()
    tip: Annotated[int | None, amount("totalTipReceived")] = None
    duties: Annotated[int | None, both("originalTotalDutiesSet.shopMoney.amount", money)] = None
    current_duties: Annotated[int | None, both("currentTotalDutiesSet.shopMoney.amount", money)] = (
        None
    )
    fees: Annotated[int | None, both("originalTotalAdditionalFeesSet.shopMoney.amount", money)] = (
        None
    )
    current_fees: Annotated[
        int | None, both("currentTotalAdditionalFeesSet.shopMoney.amount", money)
    ] = None
    duties_included: Annotated[Any, both("dutiesIncluded", same)] = False
    gateways: Annotated[Any, both("paymentGatewayNames", same)] = ()
    transactions: Annotated[Any, (at("transactions", same), None)] = None
    email: Annotated[str, at("email")] = ""
    deliver_to: Annotated[ToldAddress, ("shippingAddress", "shipping_address")] = NOWHERE
    invoice_to: Annotated[ToldAddress, ("billingAddress", "billing_address")] = NOWHERE
    note: Annotated[str, at("note")] = ""
    cancelled: Annotated[bool, both("cancelledAt", present)] = False
    test: Annotated[bool, at("test", flag)] = False
    status: Annotated[Any, both("displayFinancialStatus", same, "financial_status")] = None
    channel: Annotated[str, both("sourceName")] = ""
    location: Annotated[str, known_by("retailLocation.id", "location_id")] = ""
    phone: Annotated[str, at("phone")] = ""
    customer: Annotated[str, known_by("customer.id", "customer.id")] = ""
    locale: Annotated[str, both("customerLocale")] = ""
    company: Annotated[str, known_by("purchasingEntity.company.id", "company.id")] = ""
    company_location: Annotated[
        str, known_by("purchasingEntity.location.id", "company.location_id")
    ] = ""
    po_number: Annotated[str, both("poNumber")] = ""
    terms: Annotated[ToldTerms, ("paymentTerms", "payment_terms")] = ToldTerms()
    tags: Annotated[tuple[str, ...], at("tags", labels)] = ()
    attributes: Annotated[
        Pairs, (_pairs("customAttributes", "key"), _pairs("note_attributes", "name"))
    ] = ()
    discount_codes: Annotated[tuple[str, ...], both("discountCodes", codes)] = ()
    shown_currency: Annotated[str, both("presentmentCurrencyCode", hook="presentment_currency")] = (
        ""
    )
    shown_total: Annotated[Any, both("currentTotalPriceSet.presentmentMoney.amount", same)] = None
    beyond_minor: Annotated[
        int, both("refundDiscrepancySet.shopMoney.amount", beyond, "refunds")
    ] = 0

"""All that Shopify tells of an order and anybody here reads, and where: in two spellings.

GraphQL and a webhook's body must make the identical `Order` of the same order: the listing that
sweeps up what a lost webhook missed would otherwise see a change where there is none. So each
field says once where both have it, and the two come to one shape before anything is reckoned.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, cast

import msgspec

from counterfoil.mapping.addresses import address_table
from counterfoil.mapping.convert import (
    currency_code,
    denied,
    flag,
    identity,
    inlined,
    lower,
    money,
    present,
    same,
    text,
    when,
    whole,
)
from counterfoil.mapping.field import Field, Part, Sum
from counterfoil.mapping.global_id import global_id, number_of
from counterfoil.mapping.shape import at, both, parts, snake
from counterfoil.mapping.tax_rows import tax_rows, tax_rows_in
from counterfoil.mapping.tenders import Act
from counterfoil.mapping.valuemap import words_of
from counterfoil.mapping.written import labels, pairs, words
from counterfoil.model.address import Address
from counterfoil.model.line import Pairs, PaymentKind, Tax
from counterfoil.model.order import Paid, Terms

Row = dict[str, Any]

NODE: Final = 0
"""The spelling of GraphQL: members in camel case, money in bags, identities as texts."""
HOOK: Final = 1
"""The spelling of a message: the older REST shape, mostly the same words in snake case."""

PARTLY: Final = -1
"""In the place of the units still to be sent: some are, and another member says how many."""
_OURSELVES = frozenset({"", "manual", "gift_card"})
"""Fulfilment services that are none: the shop sends it itself, or nothing is sent."""
_SCHEME: Final = "gid://shopify/"


class _Words(msgspec.Struct, frozen=True):
    paid: dict[str, Paid]
    kinds: dict[str, PaymentKind]
    acts: dict[str, Act]
    address: dict[str, str]


WORDS: Final = words_of(__package__ or "", _Words)
ADDRESS: Final = address_table(nations=True, country="countryCodeV2", **WORDS.address)


# --- where a field stands ---


def bag(name: str, hook: str = "") -> tuple[Field, Field]:
    """The shop money of a bag; in a message it stands in one too, or alone at `hook`."""
    return both(f"{name}Set.shopMoney.amount", money, hook)


def amount(name: str) -> tuple[Field, Field]:
    """The shop money of a bag, which a message tells as a plain number of the same name."""
    return bag(name, snake(name))


def known_by(path: str, hook: str) -> tuple[Field, Field]:
    """An identity: a global one in GraphQL, its number in a message."""
    return at(path, legacy), at(hook, number)


def written(hook: str) -> tuple[Field, Field]:
    """What a customer or an app wrote beside it."""
    return at("customAttributes", pairs("key")), at(hook, pairs("name"))


# --- converters ---

legacy: Final = global_id(_SCHEME, "Shopify's")
"""The number at the end of a global id: gid://shopify/LineItem/9001 is "9001"."""
number: Final = number_of(_SCHEME)
"""An identity as a message spells it: a number of 64 bits, its text, or a global id."""


@inlined("'' if {v} == 'manual' else {c}({v}, currency)")
def handle(value: Any, currency: str) -> str:
    """Who else sends a line: the handle of a fulfilment service, empty where it is the shop."""
    stated = cast("Row", value).get("handle") if isinstance(value, dict) else value
    name = text(stated, currency).casefold()
    return "" if name in _OURSELVES else name


@inlined("{v} if type({v}) is int and {v} >= 0 else {c}({v}, currency)")
def not_sent(value: object, currency: str) -> int | None:
    """How many units of a line are still to be sent; a webhook has a word for none or some."""
    if type(value) is str:
        return {"fulfilled": 0, "partial": PARTLY}.get(value)
    return whole(value, currency)


TAXES: Final = (
    at("taxLines", tax_rows("priceSet.shopMoney.amount", "channelLiable")),
    at("tax_lines", tax_rows("price", "channel_liable")),
)
_DUTY_TAXES: Final = tuple(at("duties", tax_rows_in(row.source, row.convert)) for row in TAXES)
_TERMS: Final = parts(
    "paymentTerms",
    Terms,
    name=both("paymentTermsName"),
    kind=both("paymentTermsType", lower),
    due_days=both("dueInDays", whole),
)
DISCOUNT: Final = (
    Sum("", "discountAllocations", "allocatedAmountSet.shopMoney.amount"),
    Sum("", "discount_allocations", "amount"),
)


def _address(path: str) -> tuple[Part, Part]:
    """An address in each spelling, of which GraphQL's is `ADDRESS`; `name` is both in one."""
    hooked = {name: snake(place) for name, place in WORDS.address.items()}
    hook = address_table(nations=True, country="country_code", **hooked)
    return Part("", path, ADDRESS), Part("", snake(path), hook)


# --- what is told ---


class ToldPostage(msgspec.Struct, frozen=True, gc=False):
    """One shipping line."""

    title: Annotated[str, at("title")]
    price_minor: Annotated[int, bag("originalPrice", "price")]
    discount_minor: Annotated[int, DISCOUNT] = 0
    taxes: Annotated[tuple[Tax, ...], TAXES] = ()
    code: Annotated[str, at("code")] = ""
    removed: Annotated[Any, (None, at("is_removed", same))] = None


class ToldReturn(msgspec.Struct, frozen=True, gc=False):
    """Units of one line that a refund took away."""

    line: Annotated[str, (None, at("line_item_id", number))]
    quantity: Annotated[int, (None, at("quantity", whole))]


class ToldAdjustment(msgspec.Struct, frozen=True, gc=False):
    """Money that a refund paid back for no unit, less than 0; its tax stands beside it."""

    amount_minor: Annotated[int, (None, at("amount", money))]
    tax_minor: Annotated[int, (None, at("tax_amount", money))] = 0
    kind: Annotated[Any, (None, at("kind", same))] = None


class ToldRefund(msgspec.Struct, frozen=True, gc=False):
    """One refund, which a message alone tells."""

    returns: Annotated[tuple[ToldReturn, ...], (None, "refund_line_items")] = ()
    adjustments: Annotated[tuple[ToldAdjustment, ...], (None, "order_adjustments")] = ()


class ToldLine(msgspec.Struct, frozen=True, gc=False):
    """One line: `quantity` as ordered, `current` what is left of it (None: all of it)."""

    key: Annotated[str, known_by("id", "id")]
    quantity: Annotated[int, at("quantity", whole)]
    unit_minor: Annotated[int, bag("originalUnitPrice", "price")]
    sku: Annotated[str, at("sku")] = ""
    title: Annotated[str, at("name")] = ""  # with the title of the variant
    discount_minor: Annotated[int, DISCOUNT] = 0
    taxes: Annotated[tuple[Tax, ...], TAXES] = ()
    gift_card: Annotated[bool, both("isGiftCard", flag, "gift_card")] = False
    variant: Annotated[Any, both("variant.id", same, "variant_id")] = None
    tip: Annotated[Any, (None, at("tip", same))] = None
    properties: Annotated[Pairs, written("properties")] = ()
    service: Annotated[str, both("fulfillmentService", handle)] = ""
    unsent: Annotated[int | None, both("unfulfilledQuantity", not_sent, "fulfillment_status")] = (
        None
    )
    fulfillable: Annotated[Any, (None, at("fulfillable_quantity", same))] = None
    ships: Annotated[bool, both("requiresShipping", flag)] = True
    exempt: Annotated[bool, at("taxable", denied)] = False
    duties: Annotated[tuple[Tax, ...], _DUTY_TAXES] = ()
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
    shipping_left: Annotated[int | None, bag("currentShippingPrice")] = None
    outstanding: Annotated[int | None, amount("totalOutstanding")] = None
    shipping: Annotated[tuple[ToldPostage, ...], ("shippingLines.nodes", "shipping_lines")] = ()
    tip: Annotated[int | None, amount("totalTipReceived")] = None
    duties: Annotated[int | None, bag("originalTotalDuties")] = None
    current_duties: Annotated[int | None, bag("currentTotalDuties")] = None
    fees: Annotated[int | None, bag("originalTotalAdditionalFees")] = None
    current_fees: Annotated[int | None, bag("currentTotalAdditionalFees")] = None
    duties_included: Annotated[Any, both("dutiesIncluded", same)] = False
    gateways: Annotated[Any, both("paymentGatewayNames", same)] = ()
    transactions: Annotated[Any, (at("transactions", same), None)] = None
    email: Annotated[str, at("email")] = ""
    deliver_to: Annotated[Address, _address("shippingAddress")] = Address()
    invoice_to: Annotated[Address, _address("billingAddress")] = Address()
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
    terms: Annotated[Terms, _TERMS] = Terms()
    tags: Annotated[tuple[str, ...], at("tags", labels)] = ()
    attributes: Annotated[Pairs, written("note_attributes")] = ()
    discount_codes: Annotated[tuple[str, ...], both("discountCodes", words("code"))] = ()
    shown_currency: Annotated[
        str, both("presentmentCurrencyCode", other="presentment_currency")
    ] = ""
    shown_total: Annotated[Any, both("currentTotalPriceSet.presentmentMoney.amount", same)] = None
    beyond_minor: Annotated[int, (bag("refundDiscrepancy")[NODE], None)] = 0
    refunds: Annotated[tuple[ToldRefund, ...], (None, "refunds")] = ()

"""What each of Shopify's two shapes calls the things that both carry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

from counterfoil.mapping.convert import identity, inlined, money, wrong
from counterfoil.mapping.field import Converter, Field

# At most the 20 digits of an unsigned number of 64 bits.
_GLOBAL: Final = re.compile(r"gid://shopify/[A-Za-z/]+/([0-9]{1,20})", re.ASCII).fullmatch

Row = dict[str, Any]


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


class Words:
    """The words of one shape; an order's rules are stated once, in `fields.py`.

    `key` and `number` read the shape's identities; `ignores` are members that are knowingly left
    behind, each with its reason; `pushed` says that the shape is a message's.
    """

    def __init__(
        self,
        shape: str,
        *,
        key: Field,
        number: Converter,
        ignores: dict[str, str] | None = None,
        pushed: bool = False,
        **words: str,
    ) -> None:
        self.shape = shape
        self.pushed = pushed
        self.key = key
        self.number = number
        self.ignores = ignores or {}
        self._words = words
        self._steps = {name: path.split(".") for name, path in words.items()}

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def first(self, source: Any, name: str) -> Any:
        """The value at the path that `name` stands for, None where there is none."""
        for step in self._steps[name]:
            if not isinstance(source, dict):
                return None
            source = cast("Row", source).get(step)
        return source

    def getter(self, name: str) -> Callable[[Any], Any]:
        """The way to the value at that path, of an object that has it."""
        match self._steps[name]:
            case [one]:
                return lambda source: source[one]
            case [one, two, three]:
                return lambda source: source[one][two][three]
            case steps:
                raise ValueError(f"no getter of {len(steps)} steps")

    def stated(self, source: Any, names: tuple[str, ...], currency: str) -> int | None:
        """The amount at the first of these paths that has one, None where none has."""
        for name in names:
            if (found := self.first(source, name)) is not None:
                return money(found, currency)
        return None


NODE: Final = Words(
    "GraphQL order",
    key=Field("key", "legacyResourceId", identity),
    number=legacy,
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
    line_id="id",
    quantity="quantity",
    current_quantity="currentQuantity",
    price="originalUnitPriceSet.shopMoney.amount",
    discounts="discountAllocations",
    discount="allocatedAmountSet.shopMoney.amount",
    taxes="taxLines",
    tax="priceSet.shopMoney.amount",
    channel_liable="channelLiable",
    gift_card="isGiftCard",
    variant="variant",
    service="fulfillmentService",
    unsent="unfulfilledQuantity",
    ships="requiresShipping",
    taxable="taxable",
    properties="customAttributes",
    property_name="key",
    shipping="shippingLines.nodes",
    shipping_price="originalPriceSet.shopMoney.amount",
    shipping_left="currentShippingPriceSet.shopMoney.amount",
    total="totalPriceSet.shopMoney.amount",
    current_total="currentTotalPriceSet.shopMoney.amount",
    total_tax="totalTaxSet.shopMoney.amount",
    current_tax="currentTotalTaxSet.shopMoney.amount",
    outstanding="totalOutstandingSet.shopMoney.amount",
    tip="totalTipReceivedSet.shopMoney.amount",
    duties="originalTotalDutiesSet.shopMoney.amount",
    current_duties="currentTotalDutiesSet.shopMoney.amount",
    fees="originalTotalAdditionalFeesSet.shopMoney.amount",
    current_fees="currentTotalAdditionalFeesSet.shopMoney.amount",
    paid="displayFinancialStatus",
    gateways="paymentGatewayNames",
    transactions="transactions",
    channel="sourceName",
    location="retailLocation.id",
    customer="customer.id",
    locale="customerLocale",
    company="purchasingEntity.company.id",
    company_location="purchasingEntity.location.id",
    po_number="poNumber",
    terms="paymentTerms",
    terms_name="paymentTermsName",
    terms_kind="paymentTermsType",
    terms_days="dueInDays",
    attributes="customAttributes",
    discount_codes="discountCodes",
    shown_currency="presentmentCurrencyCode",
    shown_total="currentTotalPriceSet.presentmentMoney.amount",
    beyond="refundDiscrepancySet.shopMoney.amount",
    deliver_to="shippingAddress",
    invoice_to="billingAddress",
    first_name="firstName",
    last_name="lastName",
    region="province",
    region_code="provinceCode",
    country="countryCodeV2",
)
HOOK: Final = Words(
    "webhook order",
    key=Field("key", "id", number),
    number=number,
    pushed=True,
    placed="processed_at",
    created="created_at",
    updated="updated_at",
    cancelled="cancelled_at",
    currency="currency",
    tax_included="taxes_included",
    duties_included="duties_included",
    lines="line_items",
    line_id="id",
    quantity="quantity",
    current_quantity="current_quantity",
    price="price",
    discounts="discount_allocations",
    discount="amount",
    taxes="tax_lines",
    tax="price",
    channel_liable="channel_liable",
    gift_card="gift_card",
    variant="variant_id",
    service="fulfillment_service",
    unsent="fulfillment_status",
    ships="requires_shipping",
    taxable="taxable",
    properties="properties",
    property_name="name",
    shipping="shipping_lines",
    shipping_price="price",
    shipping_left="current_shipping_price_set.shop_money.amount",
    total="total_price",
    current_total="current_total_price",
    total_tax="total_tax",
    current_tax="current_total_tax",
    outstanding="total_outstanding",
    tip="total_tip_received",
    duties="original_total_duties_set.shop_money.amount",
    current_duties="current_total_duties_set.shop_money.amount",
    fees="original_total_additional_fees_set.shop_money.amount",
    current_fees="current_total_additional_fees_set.shop_money.amount",
    paid="financial_status",
    gateways="payment_gateway_names",
    transactions="transactions",
    channel="source_name",
    location="location_id",
    customer="customer.id",
    locale="customer_locale",
    company="company.id",
    company_location="company.location_id",
    po_number="po_number",
    terms="payment_terms",
    terms_name="payment_terms_name",
    terms_kind="payment_terms_type",
    terms_days="due_in_days",
    attributes="note_attributes",
    discount_codes="discount_codes",
    shown_currency="presentment_currency",
    shown_total="current_total_price_set.presentment_money.amount",
    beyond="refunds",
    deliver_to="shipping_address",
    invoice_to="billing_address",
    first_name="first_name",
    last_name="last_name",
    region="province",
    region_code="province_code",
    country="country_code",
)

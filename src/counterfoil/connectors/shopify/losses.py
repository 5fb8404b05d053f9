"""What a webhook's body says that nothing here reads: named, unless it is left behind on purpose.

A listing needs no such look: it is sent what it asks for, and reads all of it.
"""

from __future__ import annotations

from typing import Any, Final, cast

from counterfoil.connectors.shopify.words import HOOK, Row
from counterfoil.mapping.losses import Loss

_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)

LEFT_BEHIND: Final[dict[str, str]] = {
    "of the number": "admin_graphql_api_id number order_number confirmation_number token reference",
    "of the session at the shop": (
        "app_id browser_ip buyer_accepts_marketing cart_token checkout_id checkout_token"
        " client_details device_id landing_site landing_site_ref order_status_url referring_site"
        " source_identifier source_url user_id merchant_business_entity_id"
        " merchant_of_record_app_id original_source reservation_token storefront_id"
    ),
    "of a state that the order's own members tell": (
        "cancel_reason closed_at confirmed estimated_taxes fulfillment_status processing_method"
        " tax_exempt customer_id returns fulfillments refunds line_item_groups"
    ),
    "of sums that the parts come to": (
        "current_subtotal_price current_subtotal_price_set current_total_discounts"
        " current_total_discounts_set current_total_tax_set current_total_duties"
        " current_total_additional_fees"
        " original_total_duties original_total_additional_fees"
        " subtotal_price subtotal_price_set tax_lines total_discounts total_discounts_set"
        " total_line_items_price total_line_items_price_set total_price_set total_price_usd"
        " total_shipping_price_set total_tax_set total_weight"
        " total_cash_rounding_payment_adjustment_set total_cash_rounding_refund_adjustment_set"
        " total_outstanding_set total_tip_received_set"
    ),
    "of discounts, whose amounts lie on the lines and whose codes are read": (
        "discount_applications"
    ),
    "of the customer, a document of its own, whose number is read": "customer contact_email",
    "of a payment, a document of its own": "gateway payment_details",
}
"""Members of a webhook's body that are left behind on purpose, by what they tell of."""

LINE_LEFT_BEHIND: Final[dict[str, str]] = {
    "of the product, a document of its own": (
        "grams product_exists product_id title variant_inventory_management variant_title vendor"
        " image_url price_set pre_tax_price line_price total_discount total_discount_set key"
        " admin_graphql_api_id"
    ),
    "of despatch, a document of its own": (
        "fulfillable_quantity origin_location destination_location delivery_category"
    ),
    "of who sold it, and how it is shown": (
        "attributed_staffs sales_line_item_group_id parent_line_item_id"
        " tip_payment_gateway tip_payment_method"
    ),
}

_READ = (
    "billing_address cancelled_at company created_at currency current_total_price"
    " current_total_price_set current_shipping_price_set current_total_tax"
    " current_total_duties_set current_total_additional_fees_set original_total_duties_set"
    " original_total_additional_fees_set customer_locale discount_codes duties_included email"
    " financial_status id line_items location_id name note note_attributes"
    " payment_gateway_names payment_terms phone po_number presentment_currency processed_at"
    " shipping_address shipping_lines source_name tags taxes_included test total_outstanding"
    " total_price total_tax total_tip_received updated_at"
)
_LINE_READ = (
    "current_quantity discount_allocations duties fulfillment_service fulfillment_status gift_card"
    " id name price properties quantity requires_shipping sku tax_lines taxable tip variant_id"
)


def _known(read: str, left: dict[str, str]) -> frozenset[str]:
    return frozenset(" ".join((read, *left.values())).split())


_ORDER: Final = _known(_READ, LEFT_BEHIND)
_LINE: Final = _known(_LINE_READ, LINE_LEFT_BEHIND)


def _all_known(lines: Any) -> bool:
    if not isinstance(lines, list):
        return True
    rows = [cast("Row", line) for line in cast("list[Any]", lines) if isinstance(line, dict)]
    return all(map(_LINE.issuperset, rows))


def unread(body: Any) -> tuple[Loss, ...]:
    """A loss for each member of the body, or of one of its lines, that nobody here knows."""
    if not isinstance(body, dict):
        return ()
    row = cast("Row", body)
    if _ORDER.issuperset(row) and _all_known(row.get(HOOK["lines"])):
        return ()
    found = {name: None for name in row.keys() - _ORDER if row[name] not in _EMPTY}
    lines = row.get(HOOK["lines"])
    for line in cast("list[Any]", lines) if isinstance(lines, list) else []:
        if isinstance(line, dict) and not cast("Row", line).keys() <= _LINE:
            told = cast("Row", line)
            strange = told.keys() - _LINE
            found |= {f"lines.{name}": None for name in strange if told[name] not in _EMPTY}
    return tuple(
        Loss(name, "no-field", "Nothing here reads this member.") for name in sorted(found)
    )

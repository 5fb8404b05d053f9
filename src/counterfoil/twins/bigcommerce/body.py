"""How V2 shows orders: every member that recorded answers have, spelt as they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from fractions import Fraction
from importlib.resources import files
from typing import Final

import msgspec

from counterfoil.model.address import Address
from counterfoil.twins.bigcommerce.order import (
    Kept,
    counted_at,
    fine,
    is_coupon,
    paid,
    price,
    shares,
    taken_off,
    totals,
)
from counterfoil.twins.bigcommerce.site import STATUSES, Site
from counterfoil.twins.world import SaleLine

Json = dict[str, object]

_SHAPES: Final[Mapping[str, Json]] = msgspec.json.decode(
    (files(__package__ or "") / "shapes.json").read_bytes()
)
# Every member that recorded answers have, with what stands there where nothing else is known.
_API: Final = "https://api.bigcommerce.com"
_SUB_RESOURCES: Final = ("fees", "consignments", "products", "shipping_addresses", "coupons")
_COUNTRIES: Final = {"GB": "United Kingdom", "US": "United States", "IE": "Ireland"}
_KINDS: Final = {"gift-card": "giftcertificate"}
_SOURCES: Final = {"web": "www", "shopify_draft_order": "manual"}
_PERCENTAGE, _FIXED = 1, 2  # of a coupon: so many per cent, or an amount off the total


def moment(moment_s: int) -> str:
    """A moment as V2 spells it (RFC 2822, always UTC); "" for never."""
    return format_datetime(datetime.fromtimestamp(moment_s, UTC)) if moment_s else ""


def order(kept: Kept, site: Site) -> Json:
    """An order's head."""
    sale, label = kept.sale, site.labels.get(kept.status, STATUSES[kept.status])
    shopper, buyer = kept.by_shopper, sale.deliver_to.country if kept.by_shopper else ""
    shown: Json = {
        **_SHAPES["order"],
        **_money(kept),
        **{name: _link(kept, site, name) for name in _SUB_RESOURCES},
        "id": kept.id,
        "customer_id": sale.buyer.id if sale.buyer else 0,
        "date_created": moment(kept.created_s),
        "date_modified": moment(kept.modified_s),
        "date_shipped": moment(kept.shipped_s),
        "is_tax_inclusive_pricing": sale.tax_included,
        "status_id": kept.status,
        "status": label,
        "custom_status": label,
        "items_total": sum(line.quantity for line in sale.lines),
        "items_shipped": sum(kept.sent),
        "payment_method": sale.gateway.replace("_", " ").title(),
        "payment_provider_id": f"pi_{kept.id}" if kept.payment_status else None,
        "payment_status": kept.payment_status,
        "order_is_digital": all(line.ships is False for line in sale.lines),
        "geoip_country": _country(buyer),
        "geoip_country_iso2": buyer,
        "currency_code": sale.exchange.currency if sale.exchange else sale.currency,
        "default_currency_code": sale.currency,
        "store_default_currency_code": sale.currency,
        # Web orders have texts, which may be empty; those of an app have none at all (recorded).
        "staff_notes": kept.staff_notes or ("" if shopper else None),
        "customer_message": sale.note or ("" if shopper else None),
        "external_source": "" if shopper else None,
        "cart_id": str(uuid.uuid5(uuid.NAMESPACE_OID, sale.number)) if shopper else None,
        "shipping_address_count": len(sale.shipping[:1]),
        "is_deleted": kept.archived,
        "billing_address": {
            **_address(sale.invoice_to or sale.deliver_to, kept),
            "form_fields": [{"name": name, "value": text} for name, text in sale.attributes],
        },
        "order_source": _SOURCES.get(sale.channel, "external"),
        "tax_provider_id": "BasicTaxProvider" if sale.tax_minor else "",
        "customer_locale": sale.locale or "en",
        "external_order_id": kept.external_order_id,
    }
    return {name: value for name, value in shown.items() if name not in site.omits}


def _money(kept: Kept) -> Json:
    found = totals(kept)
    amounts = {
        "subtotal_ex_tax": found.subtotal.ex,
        "subtotal_inc_tax": found.subtotal.inc,
        "subtotal_tax": found.line_tax,
        "base_shipping_cost": found.shipping[kept.agreed],
        "shipping_cost_ex_tax": found.shipping.ex,
        "shipping_cost_inc_tax": found.shipping.inc,
        "shipping_cost_tax": found.shipping.tax,
        "total_ex_tax": found.total.ex,
        "total_inc_tax": found.total.inc,
        "total_tax": found.total.tax,
        "discount_amount": found.discount,
        "coupon_discount": found.coupons,
    }
    return {name: fine(amount, kept.sale.currency) for name, amount in amounts.items()}


def products(kept: Kept) -> list[Json]:
    """An order's lines."""
    return [_product(kept, line, at) for at, line in enumerate(kept.sale.lines)]


def _product(kept: Kept, line: SaleLine, at: int) -> Json:
    unit = price(kept, line)
    whole, returned = unit.times(line.quantity), counted_at(kept.returned, at)
    name = f"{line.title} - {line.variant}" if line.variant else line.title
    own = 0 if line.kind in ("custom", "tip") else kept.first_line + at
    amounts = {
        "base_price": unit[kept.agreed],
        "price_ex_tax": unit.ex,
        "price_inc_tax": unit.inc,
        "price_tax": unit.tax,
        "base_total": whole[kept.agreed],
        "total_ex_tax": whole.ex,
        "total_inc_tax": whole.inc,
        "total_tax": line.tax_minor,
        "discounted_total_inc_tax": paid(kept, line),
    }
    return {
        **_SHAPES["product"],
        **{member: fine(amount, kept.sale.currency) for member, amount in amounts.items()},
        **dict.fromkeys(("name", "name_customer", "name_merchant"), name),
        "id": kept.first_line + at,
        "order_id": kept.id,
        "order_address_id": kept.id,
        "product_id": line.product_id or own,
        "variant_id": line.variant_id or own,
        "sku": line.sku,
        "type": _KINDS.get(line.kind, "digital" if line.ships is False else "physical"),
        "weight": f"{line.grams / 1000:.4f}",
        "quantity": line.quantity,
        "is_refunded": returned >= line.quantity,
        "quantity_refunded": returned,
        "quantity_shipped": counted_at(kept.sent, at),
        "brand": line.vendor,
        "applied_discounts": _applied(kept, line),
        "configurable_fields": [{"name": key, "value": text} for key, text in line.properties],
    }


def _applied(kept: Kept, line: SaleLine) -> list[Json]:
    return [
        {
            "id": "coupon" if is_coupon(kept.sale.discounts[at]) else "manual-discount",
            "amount": fine(minor, kept.sale.currency),
            "name": kept.sale.discounts[at].title,
            "code": kept.sale.discounts[at].title if is_coupon(kept.sale.discounts[at]) else None,
            "target": "order",
        }
        for at, minor in shares(line)
    ]


def shipping_addresses(kept: Kept, site: Site) -> list[Json]:
    """Where an order goes; nowhere where nothing is sent."""
    head = order(kept, site)
    costs = ("base_{}cost", "{}cost_ex_tax", "{}cost_inc_tax", "{}cost_tax")
    return [
        {
            **_SHAPES["shipping_address"],
            **_address(kept.sale.deliver_to, kept),
            **{cost.format(""): head[cost.format("shipping_")] for cost in costs},
            "id": kept.id,
            "order_id": kept.id,
            "items_total": head["items_total"],
            "items_shipped": head["items_shipped"],
            "shipping_method": charge.title,
            "shipping_zone_name": _country(kept.sale.deliver_to.country),
            "shipping_quotes": _link(kept, site, f"shipping_addresses/{kept.id}/shipping_quotes"),
        }
        for charge in kept.sale.shipping[:1]
    ]


def coupons(kept: Kept) -> list[Json]:
    """The coupons that were used; `amount` is so many per cent or of the currency, by `type`."""
    currency = kept.sale.currency
    off = [(at, one, taken_off(kept, at)) for at, one in enumerate(kept.sale.discounts)]
    return [
        {
            "id": kept.id * 10 + at,
            "coupon_id": at + 1,
            "order_id": kept.id,
            "code": one.title,
            "amount": one.percent or fine(minor, currency),
            "type": _PERCENTAGE if one.percent else _FIXED,
            "discount": float(fine(minor, currency)),
        }
        for at, one, minor in off
        if is_coupon(one) and minor
    ]


def taxes(kept: Kept) -> list[Json]:
    """What the tax is made of: a row for each taxed line, and for the postage."""
    sale = kept.sale
    rows = [
        ("item", str(kept.first_line + at), line.tax_minor) for at, line in enumerate(sale.lines)
    ]
    rows += [("shipping", "", sum(charge.tax_minor for charge in sale.shipping))]
    return [
        {
            **_SHAPES["tax"],
            "id": kept.id * 100 + at,
            "order_id": kept.id,
            "order_address_id": kept.id,
            "rate": fine(Fraction(sale.tax_rate) * 10_000, ""),
            "priority_amount": fine(minor, sale.currency),
            "line_amount": fine(minor, sale.currency),
            "order_product_id": line,
            "line_item_type": kind,
        }
        for at, (kind, line, minor) in enumerate(rows)
        if minor
    ]


def statuses(site: Site) -> list[Json]:
    """Every status, with the merchant's own labels."""
    return [
        {
            "id": number,
            "name": name,
            "system_label": name,
            "custom_label": site.labels.get(number, name),
            "system_description": f"The order is {name.lower()}.",
            "order": number,
        }
        for number, name in STATUSES.items()
    ]


def tally(counts: Mapping[int, int], site: Site) -> Json:
    """How many orders there are in each status."""
    rows = [
        {**status, "count": counts.get(at, 0), "sort_order": at}
        for at, status in enumerate(statuses(site))
    ]
    return {"statuses": rows, "count": sum(counts.values())}


def _address(found: Address, kept: Kept) -> Json:
    first, _, last = found.name.strip().rpartition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "company": found.company,
        "street_1": found.line1,
        "street_2": found.line2,
        "city": found.town,
        "state": found.region,
        "zip": found.postcode,
        "country": _country(found.country),
        "country_iso2": found.country,
        "phone": found.phone,
        "email": kept.sale.email,
    }


def _country(code: str) -> str:
    return _COUNTRIES.get(code, code)


def _link(kept: Kept, site: Site, name: str) -> Json:
    path = f"/orders/{kept.id}/{name}"
    return {"url": f"{_API}{site.base}/v2{path}", "resource": path}

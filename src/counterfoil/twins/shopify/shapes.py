"""What the tables of the shop's wire shapes may name: steps from one source to the next, and
spellings. `fields.toml` has the GraphQL types, `bodies.toml` the REST body and the small objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from counterfoil.twins.kit.sale.address import billing_address, shipping_address
from counterfoil.twins.kit.sale.order import (
    MANUAL,
    Amount,
    Item,
    Money,
    Order,
    Postage,
    items,
    line_taxes,
    postage,
)
from counterfoil.twins.kit.sale.parcel import (
    SERVICES,
    consignments,
    despatched,
    parcels,
    shares,
)
from counterfoil.twins.kit.sale.parts import (
    Applied,
    allocations,
    applications,
    charge_taxes,
    current_taxes,
    duties,
    movements,
    order_taxes,
)
from counterfoil.twins.kit.sale.refund import Repaid, repayments
from counterfoil.twins.kit.shapes import PLAIN, Getter, Shapes, Spelling, plainly, tables
from counterfoil.twins.shopify.profile import SUPPORTED
from counterfoil.twins.shopify.spelling import (
    app_id,
    decimal,
    gid,
    local,
    offset,
    spelt,
    utc,
)
from counterfoil.twins.world import Buyer

_PACKAGE: Final = "counterfoil.twins.shopify"
_SLOTS: Final = 8192
_FULFILMENTS: Final = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


# --- steps ---


class Adjustment(NamedTuple):
    """What a refund says beside its lines, `position` its place among such."""

    of: Repaid
    position: int
    kind: str
    reason: str
    amount_minor: int
    tax_minor: int

    @property
    def order(self) -> Order:
        """The order that it belongs to."""
        return self.of.order

    @property
    def id(self) -> int:
        """Its own number."""
        return self.of.id * 10 + self.position


def adjustments(repaid: Repaid) -> list[Adjustment]:
    """Postage with a minus, and by how much less was paid back than was named. What is pending
    stands there whole (live)."""
    refund, missing = repaid.refund, repaid.missing_minor
    postage_minor, tax_minor = -refund.shipping_minor, -refund.shipping_tax_minor
    stated = (
        Adjustment(repaid, 0, "shipping_refund", "Shipping refund", postage_minor, tax_minor),
        Adjustment(repaid, 1, "refund_discrepancy", "Refund discrepancy", missing, 0),
    )
    return [adjustment for adjustment in stated if adjustment.amount_minor]


def _typed_in(order: Order) -> list[Applied]:
    """The discounts whose code was typed in."""
    return [row for row in applications(order) if row.discount.kind == "discount_code"]


def _shown_postage(order: Order) -> list[Postage]:
    """The shipping lines that a listing shows by itself: those that were taken out are not."""
    return [charge for charge in postage(order) if not charge.is_removed]


def _tip(item: Item) -> Item | None:
    return item if item.line.kind == "tip" else None


def _display_name(buyer: Buyer) -> str:
    return f"{buyer.first} {buyer.last}".strip() or buyer.email


def _discrepancies(repaid: Repaid) -> list[Adjustment]:
    """What GraphQL tells beside lines and postage."""
    return [row for row in adjustments(repaid) if row.kind == "refund_discrepancy"]


def _cause(row: Adjustment) -> str:
    waits = any(moved.payment.status == "PENDING" for moved in row.of.transactions)
    return "PENDING_REFUND_DISCREPANCY" if waits else "REFUND_DISCREPANCY"


STEPS: Final[Mapping[str, Getter]] = {
    # of an order
    "app_id": app_id,
    "applications": applications,
    "billing_address": billing_address,
    "codes": lambda order: [applied.discount.title for applied in _typed_in(order)],
    "consignments": consignments,
    "current_pieces": lambda order: sum(
        item.current for item in items(order) if item.line.kind != "tip"
    ),
    "current_taxes": current_taxes,
    "despatched": despatched,
    "sent_pieces": lambda consignment: sum(consignment.units.values()),
    "customer_currency": lambda order: order.money(0)[3],
    "first_postage": lambda order: next(iter(_shown_postage(order)), None),
    "fully_paid": lambda order: order.financial == "PAID",
    "items": items,
    "movements": movements,
    "needs_parcel": lambda order: any(item.ships for item in items(order)),
    "net_minor": lambda order: order.received_minor - order.refunded_minor,
    "nothing_minor": lambda source: 0,
    "order_fulfilled": lambda order: _FULFILMENTS.get(order.fulfilment),
    "order_taxes": order_taxes,
    "parcels": parcels,
    "postage": postage,
    "processed_or_created_s": lambda order: order.processed_s or order.created_s,
    # Who buys: a company where there is one, else the customer.
    "purchaser": lambda order: order if order.sale.company else order.sale.buyer,
    "repayments": repayments,
    "return_status": lambda order: "RETURNED" if any(order.returned) else "NO_RETURN",
    "same_address": lambda order: order.sale.invoice_to is None,
    "shipping_address": shipping_address,
    "shown_postage": _shown_postage,
    "subtotal_minor": lambda order: order.goods_minor - order.discount_minor,
    "typed_in": _typed_in,
    "waived_minor": lambda order: sum(order.waived),
    "weight_g": lambda order: sum(line.grams * line.quantity for line in order.sale.lines),
    # of its parts
    "adjustments": adjustments,
    "allocations": allocations,
    "cause": _cause,
    "charge_taxes": charge_taxes,
    "discrepancies": _discrepancies,
    "has_product": lambda item: item.product_id is not None,
    "is_manual": lambda moved: moved.payment.gateway in MANUAL,
    "is_service": lambda place: place.id in SERVICES,
    "line_duties": duties,
    "line_taxes": line_taxes,
    "postage_back": lambda repaid: repaid.postage,
    "percent_or_amount": lambda applied: (
        applied.discount.percent or _amount(applied.amount_minor, applied)
    ),
    "service_handle": lambda item: (
        "gift_card" if item.line.kind == "gift-card" else item.line.service
    ),
    "service_number": lambda item: sum(item.line.service.encode()),
    "shares": shares,
    "tip": _tip,
    "shop_part": lambda amount: amount[:2],
    "customer_part": lambda amount: amount[2:],
    "value_type": lambda applied: "percentage" if applied.discount.percent else "fixed_amount",
    # of what stands beside it
    "display_name": _display_name,
    "location_name": lambda company: company.location or company.name,
    "terms_number": lambda terms: 1 + terms.due_in_days,
    "version": lambda source: SUPPORTED[-1],
}


# --- spellings ---


def _order(source: Any) -> Order:
    return source if isinstance(source, Order) else source.order


def _money(value: int, source: object, _: str = "") -> Amount:
    return _order(source).money(value)


def _amount(value: int, source: object, _: str = "") -> str:
    """The shop's money as REST spells it."""
    return spelt(_money(value, source)[:2])


def _named(money: Money) -> dict[str, str]:
    return {"amount": spelt(money), "currency_code": money[1]}


@lru_cache(_SLOTS)
def _set(amount: Amount) -> msgspec.Raw:
    bag = {"shop_money": _named(amount[:2]), "presentment_money": _named(amount[2:])}
    return msgspec.Raw(msgspec.json.encode(bag))


def _joined(tags: Iterable[str], source: object, how: str) -> str:
    return ", ".join(sorted(set(tags)) if how == "sorted" else tags)


SPELLINGS: Final[Mapping[str, Spelling]] = {
    **PLAIN,
    # money: of the order's currencies, or as it is
    "amount": _amount,
    "bag": plainly(_set),
    "currency": plainly(itemgetter(1)),
    "customer_amount": lambda minor, source, _: spelt(_money(minor, source)[2:]),
    "customer_money": lambda minor, source, _: _named(_money(minor, source)[2:]),
    "decimal": plainly(decimal),
    "duties": lambda minor, order, _: order.money(minor) if order.duty_minor else None,
    "duties_set": lambda minor, order, _: _set(order.money(minor)) if order.duty_minor else None,
    "money": _money,
    "numbered": lambda minor, source, _: msgspec.Raw(_amount(minor, source).encode()),
    "paid": lambda minor, source, _: _order(source).paid_money(minor),
    "set": lambda minor, source, _: _set(_money(minor, source)),
    "shop_money": lambda minor, source, _: _named(_money(minor, source)[:2]),
    "spelt": lambda amount, source, _: spelt(amount[:2]),
    # moments, identities and texts
    "gid": lambda value, source, kind: gid(kind, value),
    "https": lambda host, source, _: f"https://{host}",
    "joined": _joined,
    "offset": plainly(offset),
    "topic": lambda topic, source, _: topic.replace("/", "_").upper(),
    "utc": lambda moment_s, source, _: utc(moment_s) if moment_s else None,
}

_BODIES: Final = tables(_PACKAGE, "bodies.toml")


@cache
def bodies(offset_minutes: int) -> Shapes:
    """The shapes of bodies whose times are so many minutes ahead of UTC."""

    def moment(moment_s: int, source: object, _: str) -> str | None:
        return local(moment_s, offset_minutes) if moment_s else None

    def discounts(rows: Iterable[Applied], source: object, _: str) -> object:
        typed, other = shapes.record("typed_discount"), shapes.record("discount")
        return [(typed if row.discount.kind == "discount_code" else other)(row) for row in rows]

    further: dict[str, Spelling] = {"local": moment, "discounts": discounts}
    shapes = Shapes(_BODIES, STEPS, {**SPELLINGS, **further})
    return shapes


# --- the fields of GraphQL ---

_GRAPH: Final = tables(_PACKAGE, "fields.toml")
_FIELDS: Final = Shapes(_GRAPH, STEPS, SPELLINGS)

FIELDS: Final[Mapping[str, Mapping[str, Getter]]] = {name: _FIELDS.members(name) for name in _GRAPH}
"""Type, field, and the function that takes it from the source. Types that are missing have plain
mappings for sources, with members of the same names."""

_DISCOUNTS: Final = {
    "discount_code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "manual": "ManualDiscountApplication",
    "script": "ScriptDiscountApplication",
}

KINDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "DiscountApplication": lambda applied: _DISCOUNTS[applied.discount.kind],
    "PricingValue": lambda value: "PricingPercentageValue" if isinstance(value, str) else "MoneyV2",
    "PurchasingEntity": lambda who: "Customer" if isinstance(who, Buyer) else "PurchasingCompany",
}
"""Of each type that is one of several: which one a source is."""

"""All that Shopify tells of a refund and anybody here reads; a message only names one."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from counterfoil.connectors.shopify.fields import TAXES, ToldLine, legacy
from counterfoil.mapping.convert import (
    currency_code,
    flag,
    identity,
    money,
    present,
    same,
    text,
    when,
    whole,
)
from counterfoil.mapping.field import Field
from counterfoil.mapping.shape import at
from counterfoil.mapping.valuemap import words_of
from counterfoil.model.line import PaymentKind, Tax
from counterfoil.model.refund import AdjustmentKind, RepaymentState, Restock


class Words(msgspec.Struct, frozen=True):
    """Shopify's words in ours; a pending difference is no reason: it goes by itself."""

    kinds: dict[str, PaymentKind]
    restocks: dict[str, Restock]
    repayments: dict[str, RepaymentState]
    reasons: dict[str, AdjustmentKind]


WORDS: Final = words_of(__package__ or "", Words)


def shop(bag: str) -> Field:
    """The money of a bag in the currency that the shop books in."""
    return at(f"{bag}.shopMoney.amount", money)


def seen(bag: str) -> Field:
    """The same as the customer saw it, not read yet."""
    return at(f"{bag}.presentmentMoney.amount", same)


class ToldBack(msgspec.Struct, frozen=True, gc=False):
    """Units of one line, and what they come to."""

    line: Annotated[ToldLine, "lineItem"]
    quantity: Annotated[int, at("quantity", whole)]
    restock: Annotated[str, at("restockType")]
    restocked: Annotated[bool, at("restocked", flag)]
    amount_minor: Annotated[int, shop("subtotalSet")]
    tax_minor: Annotated[int, shop("totalTaxSet")]
    amount_seen: Annotated[Any, seen("subtotalSet")] = None
    tax_seen: Annotated[Any, seen("totalTaxSet")] = None
    place: Annotated[str, at("location.id", legacy)] = ""


class ToldCharge(msgspec.Struct, frozen=True, gc=False):
    """Postage that goes back."""

    amount_minor: Annotated[int, shop("subtotalAmountSet")]
    tax_minor: Annotated[int, shop("taxAmountSet")]
    amount_seen: Annotated[Any, seen("subtotalAmountSet")] = None
    tax_seen: Annotated[Any, seen("taxAmountSet")] = None
    title: Annotated[str, at("shippingLine.title")] = "Postage"
    code: Annotated[str, at("shippingLine.code")] = ""
    taxes: Annotated[tuple[Tax, ...], at(f"shippingLine.{TAXES[0].source}", TAXES[0].convert)] = ()


class ToldDuty(msgspec.Struct, frozen=True, gc=False):
    """A duty that goes back."""

    amount_minor: Annotated[int, shop("amountSet")]
    amount_seen: Annotated[Any, seen("amountSet")] = None


class ToldReason(msgspec.Struct, frozen=True, gc=False):
    """Why what goes back is not what the parts come to."""

    reason: Annotated[str, at("reason")] = ""


class ToldMove(msgspec.Struct, frozen=True, gc=False):
    """One movement of money."""

    key: Annotated[str, at("id", legacy)]
    kind: Annotated[str, at("kind")]
    status: Annotated[str, at("status")]
    amount_minor: Annotated[int, shop("amountSet")]
    begun: Annotated[str, at("createdAt", when)]
    amount_seen: Annotated[Any, seen("amountSet")] = None
    seen_currency: Annotated[str, at("amountSet.presentmentMoney.currencyCode")] = ""
    processed: Annotated[str, at("processedAt", when)] = ""
    gateway: Annotated[str, at("gateway")] = ""
    reference: Annotated[str, at("paymentId")] = ""
    failure: Annotated[str, at("errorCode")] = ""
    parent: Annotated[str, at("parentTransaction.id", legacy)] = ""


class ToldRefund(msgspec.Struct, frozen=True, gc=False):
    """One refund with its order's head."""

    key: Annotated[str, at("legacyResourceId", identity)]
    number: Annotated[str, at("number")]
    order: Annotated[str, at("order.legacyResourceId", identity)]
    order_number: Annotated[str, at("order.name")]
    created: Annotated[str, at("createdAt", when)]
    updated: Annotated[str, at("updatedAt", when)]
    currency: Annotated[str, at("order.currencyCode", currency_code)]
    tax_included: Annotated[bool, at("order.taxesIncluded", flag)]
    lines: Annotated[tuple[ToldBack, ...], "refundLineItems.nodes"]
    shipping: Annotated[tuple[ToldCharge, ...], "refundShippingLines.nodes"]
    reasons: Annotated[tuple[ToldReason, ...], "orderAdjustments.nodes"]
    moves: Annotated[tuple[ToldMove, ...], "transactions.nodes"]
    duties: Annotated[tuple[ToldDuty, ...], "duties"] = ()
    note: Annotated[str, at("note", text)] = ""
    seen_currency: Annotated[str, at("order.presentmentCurrencyCode")] = ""
    cancelled: Annotated[bool, at("order.cancelledAt", present)] = False
    company: Annotated[str, at("order.purchasingEntity.company.id", legacy)] = ""
    branch: Annotated[str, at("order.purchasingEntity.location.id", legacy)] = ""
    test: Annotated[bool, at("order.test", flag)] = False

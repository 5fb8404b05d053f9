"""Where the fields of what stands beside an order come from: buyers, money that moved, parcels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from counterfoil.twins.kit.sale.order import MANUAL, items, listed
from counterfoil.twins.kit.sale.parcel import Parcel, Share, shares
from counterfoil.twins.kit.sale.parts import Duty, Movement
from counterfoil.twins.kit.sale.refund import Repaid, RepaidLine
from counterfoil.twins.shopify.spelling import gid, utc
from counterfoil.twins.world import Buyer, Company, Place, Terms


def nothing(source: object) -> None:
    """What this twin's shops do not have."""


TRANSACTION: Final[dict[str, Callable[[Movement], object]]] = {
    "amountRoundingSet": nothing,
    "amountSet": lambda moved: moved.order.paid_money(moved.payment.amount_minor),
    "createdAt": lambda moved: utc(moved.payment.at_s),
    "errorCode": nothing,
    "formattedGateway": lambda moved: moved.payment.gateway.replace("_", " ").title(),
    "gateway": lambda moved: moved.payment.gateway,
    "id": lambda moved: gid("OrderTransaction", moved.id),
    "kind": lambda moved: moved.payment.kind,
    "manualPaymentGateway": lambda moved: moved.payment.gateway in MANUAL,
    "parentTransaction": lambda moved: moved.parent,
    "paymentId": lambda moved: f"{moved.order.name}.{moved.at}",
    "processedAt": lambda moved: utc(moved.payment.at_s),
    "status": lambda moved: moved.payment.status,
    "test": lambda moved: moved.order.sale.test,
}

TERMS: Final[dict[str, Callable[[Terms], object]]] = {
    "dueInDays": lambda terms: terms.due_in_days or None,
    "id": lambda terms: gid("PaymentTerms", 1 + terms.due_in_days),
    "paymentTermsName": lambda terms: terms.name,
    "paymentTermsType": lambda terms: terms.kind.upper(),
}

DUTY: Final[dict[str, Callable[[Duty], object]]] = {
    "countryCodeOfOrigin": lambda found: found.duty.origin or None,
    "harmonizedSystemCode": lambda found: found.duty.harmonised or None,
    "id": lambda found: gid("Duty", found.id),
    "price": lambda found: found.item.order.money(found.duty.amount_minor),
    "taxLines": lambda found: listed(found.item.order, found.duty.taxes),
}

PLACE: Final[dict[str, Callable[[Place], object]]] = {
    "id": lambda place: gid("Location", place.id),
    "legacyResourceId": lambda place: str(place.id),
    "name": lambda place: place.name,
}

PARCEL: Final[dict[str, Callable[[Parcel], object]]] = {
    "assignedLocation": lambda parcel: parcel,
    "id": lambda parcel: gid("FulfillmentOrder", parcel.id),
    "lineItems": shares,
    "status": lambda parcel: parcel.status,
}

SHARE: Final[dict[str, Callable[[Share], object]]] = {
    "id": lambda share: gid("FulfillmentOrderLineItem", share.id),
    "lineItem": lambda share: share.item,
    "remainingQuantity": lambda share: share.item.unfulfilled,
    "requiresShipping": lambda share: share.item.ships,
    "sku": lambda share: share.item.line.sku or None,
    "totalQuantity": lambda share: share.item.line.quantity - share.item.removed,
}

REFUND: Final[dict[str, Callable[[Repaid], object]]] = {
    "createdAt": lambda repaid: utc(repaid.refund.at_s),
    "id": lambda repaid: gid("Refund", repaid.id),
    "legacyResourceId": lambda repaid: str(repaid.id),
    "note": lambda repaid: repaid.refund.note,
    "refundLineItems": lambda repaid: repaid.lines,
    "totalRefundedSet": lambda repaid: repaid.order.paid_money(repaid.paid_minor),
}

REFUND_LINE: Final[dict[str, Callable[[RepaidLine], object]]] = {
    "id": lambda found: gid("RefundLineItem", found.id),
    "lineItem": lambda found: items(found.of.order)[found.line.line],
    "quantity": lambda found: found.line.quantity,
    "restockType": lambda found: found.line.restock,
    "restocked": lambda found: found.line.restock != "NO_RESTOCK",
    "subtotalSet": lambda found: found.of.order.money(found.line.value_minor),
    "totalTaxSet": lambda found: found.of.order.money(found.line.tax_minor),
}

COMPANY: Final[dict[str, Callable[[Company], object]]] = {
    "id": lambda company: gid("Company", company.id),
    "name": lambda company: company.name,
}

BUYER: Final[dict[str, Callable[[Buyer], object]]] = {
    "defaultEmailAddress": lambda buyer: buyer if buyer.email else None,
    "defaultPhoneNumber": lambda buyer: buyer if buyer.phone else None,
    "displayName": lambda buyer: f"{buyer.first} {buyer.last}".strip() or buyer.email,
    "firstName": lambda buyer: buyer.first or None,
    "id": lambda buyer: gid("Customer", buyer.id),
    "lastName": lambda buyer: buyer.last or None,
    "legacyResourceId": lambda buyer: str(buyer.id),
    "locale": lambda buyer: buyer.locale,
    "tags": lambda buyer: sorted(set(buyer.tags)),  # recorded: sorted and without doubles
    "taxExempt": lambda buyer: False,
}

"""A refund as the order that a credit is: for a target whose credits are orders of another sort.

Whatever is no goods (postage, goodwill, a fee that is kept) becomes an extra, under a code of what
it is: "postage", or the kind of an adjustment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterfoil.mapping.losses import Loss
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.refund import Adjustment, Credit, Refund, Restock
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

POSTAGE: Final = "postage"
_AS_BOOKED: Final = "Sent in the currency that the shop books in."
_NO_PLACES: Final = "The setting restock_map says nowhere where goods go back to."


def order_of(refund: Refund, number_there: str, where: str) -> Order:
    """The credit of a refund; `number_there` is what the target calls its order.

    Raises `Hold` ("tax-alone") where tax goes back without what it was charged on.
    """
    parts = (*refund.lines, *refund.shipping, *refund.adjustments)
    if any(map(_tax_alone, parts)):
        raise Hold(
            f"Refund {refund.number} gives back tax alone, and a credit's tax is reckoned there.",
            do="Enter it by hand, and set this one aside.",
            where=where,
            code="tax-alone",
        )
    return Order(
        key=refund.key,
        number=refund.number,
        placed=refund.created,
        created=refund.created,
        updated=refund.updated,
        currency=refund.currency,
        tax_included=refund.tax_included,
        lines=tuple(_line(credit) for credit in refund.lines if credit.quantity),
        total_minor=refund.total_minor,
        tax_minor=sum(part.tax_minor for part in parts),
        extras=tuple(_extras(refund)),
        payments=tuple(
            Payment(paid.gateway, paid.amount_minor, paid.kind, "received", paid.reference)
            for paid in refund.repayments
            if paid.state == "succeeded"
        ),
        note=refund.reason,
        company=refund.company,
        po_number=number_there,
    )


def restocks(refund: Refund) -> list[Restock]:
    """What becomes of the goods of each credited line, in their sequence: "none" where nothing is
    said of them."""
    goods = [*refund.goods]
    ways: list[Restock] = []
    for credit in refund.lines:
        if credit.quantity:
            back = next((row for row in goods if row.line == credit.line), None)
            ways.append(back.restock if back else "none")
            if back:
                goods.remove(back)
    return ways


def untold_of(refund: Refund, *, placed: bool) -> Iterator[Loss]:
    """What a credit does not tell of a refund: what the customer saw, and where goods go back to
    unless that is told (`placed`)."""
    shown = [paid.presentment for paid in refund.repayments if paid.presentment.currency]
    if shown:
        text = ", ".join(str(Money(row.total_minor, row.currency)) for row in shown)
        yield Loss("repayments.presentment", "no-member", _AS_BOOKED, text)
    if refund.goods and not placed:
        goods = [f"{back.quantity} x {back.sku} ({back.restock})" for back in refund.goods]
        yield Loss("goods", "no-member", _NO_PLACES, ", ".join(goods))


def _line(credit: Credit) -> Line:
    """The line at a price per unit from which its total is taken down."""
    unit_minor = -(-credit.amount_minor // credit.quantity)
    return Line(
        credit.line, credit.sku, credit.title, credit.quantity, unit_minor,
        credit.quantity * unit_minor - credit.amount_minor, credit.tax_minor, credit.tax_rate,
        credit.kind, credit.variant, credit.taxes,
    )  # fmt: skip


def _extras(refund: Refund) -> Iterator[Charge]:
    for credit in refund.lines:
        if not credit.quantity:
            yield Charge(
                credit.title or credit.sku, credit.amount_minor, credit.tax_minor, credit.tax_rate,
                "goodwill", credit.taxes,
            )  # fmt: skip
    for charge in refund.shipping:
        yield Charge(
            charge.title, charge.amount_minor, charge.tax_minor, charge.tax_rate, POSTAGE,
            charge.taxes,
        )  # fmt: skip
    for extra in refund.adjustments:
        yield Charge(extra.title, extra.amount_minor, extra.tax_minor, code=extra.kind)


def _tax_alone(part: Credit | Charge | Adjustment) -> bool:
    return part.tax_minor != 0 and part.amount_minor in (0, part.tax_minor)

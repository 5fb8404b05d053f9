"""What a sale, or what comes back of one, charges: each thing as books take it."""

from __future__ import annotations

from collections.abc import Iterator

from counterfoil.mapping.booked import Charged
from counterfoil.mapping.items import below_nothing
from counterfoil.model.line import Charge
from counterfoil.model.order import Order
from counterfoil.model.refund import Refund


def sold(order: Order, where: str) -> Iterator[Charged]:
    """What an order charges. Raises `Hold` (code "negative-line") for a line below nothing, at the
    connection `where`."""
    for line in order.lines:
        total = line.total_minor
        if not line.quantity and not total:
            continue
        if total < 0 or not line.quantity:
            raise below_nothing(order, line, where)
        name = f"{line.sku} {line.title}".strip() or "Item"
        yield Charged(name, line.kind, line.quantity, total, line.tax_minor, line.tax_rate)
    for charge in order.shipping:
        yield _other(charge, "shipping", "Delivery")
    for charge in order.extras:
        yield _other(charge, "rounding" if charge.code == "rounding" else "extra", "Extra")


def credited(refund: Refund) -> Iterator[Charged]:
    """What a refund gives back."""
    for line in refund.lines:
        name = f"{line.sku} {line.title}".strip() or "Item"
        if line.amount_minor or line.tax_minor:
            amounts = (line.quantity or 1, line.amount_minor, line.tax_minor)
            yield Charged(name, line.kind, *amounts, line.tax_rate)
    for charge in refund.shipping:
        yield _other(charge, "shipping", "Delivery")
    for part in refund.adjustments:
        name, amount = part.title or part.kind.capitalize(), part.amount_minor
        yield Charged(name, part.kind, 1, amount, part.tax_minor, "")


def _other(charge: Charge, kind: str, name: str) -> Charged:
    """What is charged that is no product, called `name` where nobody calls it anything."""
    amount = charge.amount_minor
    return Charged(charge.title or name, kind, 1, amount, charge.tax_minor, charge.tax_rate)

"""The parts of an order's money: which side of a price is exact, what each part comes to, its tax.

V2 writes four decimals and each price twice, with tax and without; only one side was agreed, the
other is reckoned from it. Discounts of the order lie beside the lines. All parts settle together,
so that they come to the total to the penny; where they cannot, the order's own check holds it.
"""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.connectors.bigcommerce.fields import Product, StoreOrder
from counterfoil.mapping.fine import exact, nearest
from counterfoil.mapping.pair import Pair, agreed_side
from counterfoil.mapping.priced import Priced, settle
from counterfoil.mapping.tax_rows import TaxRow
from counterfoil.model.line import Line, LineKind
from counterfoil.model.order import Order

_POSTAGE = "shipping"
_NO_METHOD = frozenset({"", "None"})  # the latter of orders made by hand (recorded)


class Cost(NamedTuple):
    """A charge; `on` is how the tax rows call it."""

    title: str
    price: Pair
    on: str


def bought(order: StoreOrder) -> Order:
    """The order's parts and total as it was bought: what came back is in them still.

    Raises `Hold` where nothing says which side of the prices is exact, or the total is no amount.
    """
    included, code = is_inclusive(order), order.currency
    goods = [line for line in order.lines if not is_component(line)]
    costs = _costs(order, included)
    total_minor, tax_minor = exact(order.total, code), nearest(order.tax, code)
    target = total_minor if included else total_minor - tax_minor
    parts = [_priced(line, included) for line in goods]
    for cost in costs:
        price = cost.price.side(included)
        parts.append(Priced((cost.on, ""), (price, price), cost.price.tax))
    settled = settle(parts, _tax_rows(order), target, tax_minor, code)
    lines = [
        money.line(_line(line), line.price.side(included), code)
        for line, money in zip(goods, settled, strict=False)
    ]
    charges = [
        (cost.on, money.charge(cost.title))
        for cost, money in zip(costs, settled[len(goods) :], strict=True)
    ]
    return Order(
        key=order.key,
        number=order.key,
        placed=order.placed,
        created=order.placed,
        updated=order.updated,
        currency=code,
        tax_included=included,
        lines=tuple(lines),
        total_minor=total_minor,
        tax_minor=tax_minor,
        shipping=tuple(charge for on, charge in charges if on == _POSTAGE),
        extras=tuple(charge for on, charge in charges if on != _POSTAGE),
    )


def is_component(line: Product) -> bool:
    """Whether it is a part of another line (a pick list's), which has the price of both."""
    return bool(line.parent) and not line.total.inc


def is_inclusive(order: StoreOrder) -> bool:
    """Whether the prices were agreed with tax in them.

    Reads before 2026 do not say it: there the base prices do, each the same as one of the two.
    """
    if order.inclusive is not None:
        return order.inclusive
    if not order.tax:
        return True
    prices = [(line.base, line.price) for line in order.lines]
    prices.append((order.base_shipping, order.shipping))
    return agreed_side(prices, order.key, "is_tax_inclusive_pricing")


def _costs(order: StoreOrder, included: bool) -> list[Cost]:
    method = order.methods[0].title if order.methods else ""
    title = "" if method in _NO_METHOD else method
    costs = [
        Cost(title or "Shipping", order.shipping, _POSTAGE),
        Cost("Handling", order.handling, "handling"),
        Cost("Gift wrapping", order.wrapping, "gift-wrapping"),
        *(Cost(fee.title, fee.cost, "fee") for fee in order.fees),
    ]
    return [cost for cost in costs if cost.price.inc or (cost.on == _POSTAGE and title)]


def _priced(line: Product, included: bool) -> Priced:
    """What a line comes to: by what the shopper paid, or by its own discounts."""
    paid = line.total.inc if line.paid_inc is None else line.paid_inc
    beside = 0 if included else line.total.tax
    ways = (paid - beside, line.total.side(included) - line.applied)
    return Priced(("item", line.key), ways, line.total.tax)


def _tax_rows(order: StoreOrder) -> list[TaxRow]:
    """V2 has none that add up of a tax provider's app, or of an order made by hand."""
    rows = [
        TaxRow((tax.on, tax.line * (tax.on == "item")), tax.title, tax.rate, tax.amount)
        for tax in order.taxes
    ]
    fees = [fee.cost for fee in order.fees if fee.cost.inc]
    return [*rows, *(TaxRow(("fee", ""), "", "0", cost.tax) for cost in fees)]


def _line(line: Product) -> Line:
    kind: LineKind = "product" if line.product else "custom"
    wrapped = [("Gift wrapping", line.wrapping), ("Gift message", line.message)]
    event = [(line.event, line.event_at)] if line.event else []
    return Line(
        key=line.key,
        sku=line.sku,
        title=f"{line.title} - {line.choice}" if line.choice else line.title,
        quantity=line.quantity,
        unit_minor=0,
        kind="gift-card" if line.kind == "giftcertificate" else kind,
        variant=str(line.variant or ""),
        properties=(*line.wishes, *line.form, *event, *(pair for pair in wrapped if pair[1])),
        sent=min(line.sent, line.quantity),
        ships=line.kind == "physical",
    )

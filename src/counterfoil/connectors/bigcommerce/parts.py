"""The parts of an order's money: which side of a price is exact, what each part comes to, its tax.

V2 writes four decimals and each price twice, with tax and without; only one side was agreed, the
other is reckoned from it. Discounts of the order lie beside the lines. All parts settle together,
so that they come to the total to the penny; where they cannot, the order's own check holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.connectors.bigcommerce.fields import Levy, Product, Told
from counterfoil.mapping.fine import exact, first_settled, nearest, unit_price
from counterfoil.mapping.tax_cases import together
from counterfoil.model.line import Charge, Line, LineKind, Tax, summed
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold

_POSTAGE = "shipping"
_NO_METHOD = frozenset({"", "None"})  # the latter of orders made by hand (recorded)


class Priced(msgspec.Struct, frozen=True):
    """A charge whose amounts are fine; `on` is how the tax rows call it."""

    title: str
    amount: int
    tax: int
    on: str


def bought(told: Told) -> Order:
    """The order's parts and total as it was bought: what came back is in them still.

    Raises `Hold` where nothing says which side of the prices is exact, or the total is no amount.
    """
    included, code = is_inclusive(told), told.currency
    goods = [line for line in told.lines if not is_component(line)]
    charges = _charges(told, included)
    total_minor, tax_minor = exact(told.total, code), nearest(told.tax, code)
    target = total_minor if included else total_minor - tax_minor
    amounts = _amounts(goods, charges, target, included, code)
    taxes = _taxes(told, goods, charges, tax_minor)
    lines = zip(goods, amounts, taxes, strict=False)
    rows = [*zip(charges, amounts[len(goods) :], taxes[len(goods) :], strict=True)]
    return Order(
        key=told.key,
        number=told.key,
        placed=told.placed,
        created=told.placed,
        updated=told.updated,
        currency=code,
        tax_included=included,
        lines=tuple(_line(*row, included, code) for row in lines),
        total_minor=total_minor,
        tax_minor=tax_minor,
        shipping=tuple(_charge(*row) for row in rows if row[0].on == _POSTAGE),
        extras=tuple(_charge(*row) for row in rows if row[0].on != _POSTAGE),
    )


def is_component(line: Product) -> bool:
    """Whether it is a part of another line (a pick list's), which has the price of both."""
    return bool(line.parent) and not line.total_inc


def is_inclusive(told: Told) -> bool:
    """Whether the prices were agreed with tax in them.

    Reads before 2026 do not say it: there the base prices do, each the same as one of the two.
    """
    if told.inclusive is not None:
        return told.inclusive
    if not told.tax:
        return True
    pairs = [(line.base, line.price_ex, line.price_inc) for line in told.lines]
    pairs.append((told.base_shipping, told.shipping_ex, told.shipping_inc))
    sides = {base == inc for base, ex, inc in pairs if ex != inc and base in (ex, inc)}
    if len(sides) != 1:
        raise Hold(
            f"Order {told.key} does not say whether its prices were agreed with tax or without.",
            do="Enter it by hand and set this one aside.",
            where="is_tax_inclusive_pricing",
            code="tax-side",
        )
    return sides.pop()


def _charges(told: Told, included: bool) -> list[Priced]:
    method = told.methods[0].title if told.methods else ""
    named = "" if method in _NO_METHOD else method
    costs = [
        (named or "Shipping", told.shipping_inc, told.shipping_ex, told.shipping_tax, _POSTAGE),
        ("Handling", told.handling_inc, told.handling_ex, told.handling_tax, "handling"),
        ("Gift wrapping", told.wrapping_inc, told.wrapping_ex, told.wrapping_tax, "gift-wrapping"),
        *((fee.title, fee.inc, fee.ex, fee.tax, "fee") for fee in told.fees),
    ]
    return [
        Priced(title, inc if included else ex, tax, on)
        for title, inc, ex, tax, on in costs
        if inc or (on == _POSTAGE and named)
    ]


def _amounts(
    goods: Sequence[Product], charges: Sequence[Priced], target: int, included: bool, code: str
) -> list[int]:
    """What each line and charge comes to: by what the shopper paid, or by its own discounts."""
    priced = [one.amount for one in charges]
    beside = [0 if included else line.tax for line in goods]
    before = [line.total_inc if included else line.total_ex for line in goods]
    paid = [line.total_inc if line.paid_inc is None else line.paid_inc for line in goods]
    ways = (
        [amount - tax for amount, tax in zip(paid, beside, strict=True)],
        [amount - line.applied for amount, line in zip(before, goods, strict=True)],
    )
    return first_settled(([*way, *priced] for way in ways), target, code)[0]


def _taxes(
    told: Told, goods: Sequence[Product], charges: Sequence[Priced], tax_minor: int
) -> list[tuple[Tax, ...]]:
    """The taxes of each line and charge; without names and rates where V2 has no rows that add up
    (of a tax provider's app, or of an order made by hand)."""
    places = [("item", line.key) for line in goods] + [(one.on, "") for one in charges]
    rows = [((levy.on, levy.line * (levy.on == "item")), levy) for levy in told.levies]
    rows += [(("fee", ""), Levy(rate="0", amount=one.tax)) for one in charges if one.on == "fee"]
    amounts, added = first_settled([[levy.amount for _, levy in rows]], tax_minor, told.currency)
    if added and {place for place, levy in rows if levy.amount} <= {*places}:
        found: dict[tuple[str, str], list[Tax]] = {}
        for (place, levy), amount in zip(rows, amounts, strict=True):
            found.setdefault(place, []).append(Tax(levy.title, amount, levy.rate))
        return [tuple(found.pop(place, ())) for place in places]
    alone = [*(line.tax for line in goods), *(one.tax for one in charges)]
    amounts, _ = first_settled([alone], tax_minor, told.currency)
    return [(Tax("", amount),) if amount else () for amount in amounts]


def _rate(taxes: tuple[Tax, ...]) -> str:
    """The rates that were really charged, as one; "0" where none was, empty where none is told."""
    charged = [tax.rate for tax in taxes if tax.amount_minor]
    return together(charged) if all(charged) else ""


def _line(line: Product, amount: int, taxes: tuple[Tax, ...], included: bool, code: str) -> Line:
    kind: LineKind = "product" if line.product else "custom"
    kind = "gift-card" if line.kind == "giftcertificate" else kind
    price = line.price_inc if included else line.price_ex
    unit, discount = unit_price(price, line.quantity, amount, code)
    wrapped = [("Gift wrapping", line.wrapping), ("Gift message", line.message)]
    event = [(line.event, line.event_at)] if line.event else []
    return Line(
        key=line.key,
        sku=line.sku,
        title=f"{line.title} - {line.choice}" if line.choice else line.title,
        quantity=line.quantity,
        unit_minor=unit,
        discount_minor=discount,
        tax_minor=summed(taxes),
        tax_rate=_rate(taxes),
        kind=kind,
        variant=str(line.variant or ""),
        taxes=taxes,
        properties=(*line.wishes, *line.form, *event, *(pair for pair in wrapped if pair[1])),
        sent=min(line.sent, line.quantity),
        ships=line.kind == "physical",
    )


def _charge(one: Priced, amount: int, taxes: tuple[Tax, ...]) -> Charge:
    return Charge(one.title, amount, summed(taxes), _rate(taxes), taxes=taxes)

"""Tax that is not simply charged: stated at a rate and never charged, or paid by a marketplace.

For a target that reckons an order's tax itself. Either case is settled before anything is priced,
as a person has decided, so that everything after it meets an order whose tax is what it is taxed
with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from counterfoil.mapping.losses import Loss
from counterfoil.mapping.tax import Rate, rate, together
from counterfoil.model.line import Charge, Line, Tax
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

R = TypeVar("R", Line, Charge)


class Decided(msgspec.Struct, frozen=True):
    """What people have decided for one connection (`where`) to the system `target`."""

    rate_without_tax: Literal["hold", "not-taxed", "taxed"]
    marketplace_tax: Literal["hold", "less-tax"]
    target: str
    where: str


def settled(order: Order, decided: Decided) -> tuple[Order, tuple[Loss, ...]]:
    """The order as it is to be taxed, and what that leaves behind.

    Raises `Hold` ("marketplace-tax", "rate-without-tax") where nobody has decided yet.
    """
    collected = sum(map(_collected, _rows(order)))
    if collected:
        return _less_tax(order, collected, decided)
    if not order.tax_minor and (rates := _uncharged(order)):
        return _stated(order, rates, decided)
    return order, ()


def plain(order: Order) -> bool:
    """Whether no row has more than one tax, or one that somebody else collects."""
    return not [
        row
        for rows in (order.lines, order.shipping, order.extras)
        for row in rows
        if (taxes := row.taxes) and (taxes[0].collected_by or len(taxes) > 1)
    ]


def several(rows: Iterable[Line | Charge], currency: str) -> str:
    """In words, the taxes of each row that has more than one which came to something."""
    taxed = ([tax for tax in row.taxes if tax.amount_minor] for row in rows)
    return "; ".join(_told(taxes, currency) for taxes in taxed if len(taxes) > 1)


def _told(taxes: Iterable[Tax], currency: str) -> str:
    return " + ".join(
        f"{tax.title} {tax.rate} ({Money(tax.amount_minor, currency)})".strip() for tax in taxes
    )


def _rows(order: Order) -> Iterator[Line | Charge]:
    yield from order.lines
    yield from order.shipping
    yield from order.extras


def _total(row: Line | Charge) -> int:
    return row.total_minor if isinstance(row, Line) else row.amount_minor


# --- a marketplace collects it ---


def _theirs(row: Line | Charge) -> list[Tax]:
    return [tax for tax in row.taxes if tax.collected_by]


def _collected(row: Line | Charge) -> int:
    return sum(tax.amount_minor for tax in _theirs(row))


def _less_tax(order: Order, collected: int, decided: Decided) -> tuple[Order, tuple[Loss, ...]]:
    if decided.marketplace_tax == "hold":
        raise Hold(
            f"Order {order.number} has {Money(collected, order.currency)} of tax that the"
            " marketplace collects and pays.",
            do="Set marketplace_tax to 'less-tax' to send such orders without that tax, and send"
            " the held records again; or enter the order by hand and set this one aside.",
            where=decided.where,
            code="marketplace-tax",
        )
    groups = {"lines": order.lines, "shipping": order.shipping, "extras": order.extras}
    losses = tuple(
        Loss(
            f"{name}.taxes",
            "no-member",
            "The marketplace collects and pays it; the order is sent without it (marketplace_tax).",
            "; ".join(_told(_theirs(row), order.currency) for row in rows if _collected(row)),
            minor,
        )
        for name, rows in groups.items()
        if (minor := sum(map(_collected, rows)))
    )
    return _without(order, collected), losses


def _without(order: Order, collected: int) -> Order:
    inside = order.tax_included
    return replace(
        order,
        lines=tuple(
            replace(_own(row), discount_minor=row.discount_minor + inside * _collected(row))
            for row in order.lines
        ),
        shipping=tuple(_cheaper(row, inside) for row in order.shipping),
        extras=tuple(_cheaper(row, inside) for row in order.extras),
        total_minor=order.total_minor - collected,
        tax_minor=order.tax_minor - collected,
    )


def _cheaper(row: Charge, inside: bool) -> Charge:
    return replace(_own(row), amount_minor=row.amount_minor - inside * _collected(row))


def _own(row: R) -> R:
    """The row with the taxes that the shop itself collects, and nothing else changed."""
    if not _collected(row):
        return row
    charged = tuple(tax for tax in row.taxes if not tax.collected_by)
    rates = together(tax.rate for tax in charged if tax.amount_minor)
    return replace(row, taxes=charged, tax_minor=row.tax_minor - _collected(row), tax_rate=rates)


# --- a rate is stated and nothing is charged ---


def _uncharged(order: Order) -> dict[int, str]:
    """The stated rates, as text, of the rows (by their place) that they would have taxed."""
    if all(line.exempt or line.kind == "gift-card" for line in order.lines):
        return {}
    rates: dict[int, str] = {}
    for place, row in enumerate(_rows(order)):
        exempt = isinstance(row, Line) and (row.exempt or row.kind == "gift-card")
        text = "0" if exempt else together(tax.rate for tax in row.taxes if not tax.collected_by)
        if _reckoned(rate(text), _total(row), order.tax_included):
            rates[place] = text
    return rates


def _reckoned(stated: Rate, total_minor: int, inside: bool) -> int:
    return stated.inside(total_minor) if inside else stated.upon(total_minor)


def _stated(
    order: Order, rates: dict[int, str], decided: Decided
) -> tuple[Order, tuple[Loss, ...]]:
    if decided.rate_without_tax == "not-taxed":
        return order, ()
    if decided.rate_without_tax == "taxed":
        return _taxed(order, rates, decided)
    raise Hold(
        f"Order {order.number} states a tax rate ({', '.join(sorted(set(rates.values())))}) and"
        " charges no tax at all.",
        do="Ask whether this shop's prices have tax in them: if so set rate_without_tax to 'taxed',"
        " if not to 'not-taxed', and send the held records again.",
        where=decided.where,
        code="rate-without-tax",
    )


def _taxed(order: Order, rates: dict[int, str], decided: Decided) -> tuple[Order, tuple[Loss, ...]]:
    """What was paid stays; the tax inside it is what the target will reckon at the stated rates."""
    rows = [
        replace(row, tax_rate=rates[place], tax_minor=rate(rates[place]).inside(_total(row)))
        if place in rates
        else row
        for place, row in enumerate(_rows(order))
    ]
    charges = tuple(row for row in rows if isinstance(row, Charge))
    tax = sum(row.tax_minor for row in rows)
    taxed = replace(
        order,
        tax_included=True,
        lines=tuple(row for row in rows if isinstance(row, Line)),
        shipping=charges[: len(order.shipping)],
        extras=charges[len(order.shipping) :],
        tax_minor=tax,
    )
    reckoned = Money(tax, order.currency)
    why = (
        f"The shop charges none; {decided.target} reckons {reckoned} at its stated rates"
        " (rate_without_tax)."
    )
    return taxed, (Loss("tax_minor", "no-member", why, str(Money(0, order.currency)), tax),)

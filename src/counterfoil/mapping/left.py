"""What is left of an order whose source states what was ordered, and totals of what is left.

Units are taken off by an edit, refunded before despatch, or come back; postage is refunded. Where
quantities, discounts and taxes stay as they were, the share of what is left is reckoned here, and
the current totals judge it: `model/order.py` holds an order whose parts differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from counterfoil.model.line import Charge, Line, shares, summed
from counterfoil.values.money import allocate

P = TypeVar("P")
R = TypeVar("R", Line, Charge)


class Parts(NamedTuple):
    """What an order comes to; `included`: its prices contain the tax. Amounts are minor units."""

    lines: Sequence[Line]
    shipping: tuple[Charge, ...]
    extras: tuple[Charge, ...]
    included: bool

    @property
    def worth(self) -> int:
        """What the customer pays for all of it."""
        amounts = sum(line.total_minor for line in self.lines)
        amounts += sum(charge.amount_minor for charge in (*self.shipping, *self.extras))
        return amounts if self.included else amounts + self.tax_minor

    @property
    def tax_minor(self) -> int:
        """The tax of all of it."""
        return sum(row.tax_minor for row in (*self.lines, *self.shipping, *self.extras))


class Shared(NamedTuple):
    """Which rows hold a share of something that was stated of more than is left: places of lines,
    of those among them that have a share of a discount, and whether the postage is such a row."""

    lines: Sequence[int] = ()
    discounted: Sequence[int] = ()
    shipping: bool = False


class Ordered(NamedTuple):
    """A line with all that was ordered of it; how many pieces are left (None: all), and how many of
    those are still to be sent (None: nothing says it)."""

    line: Line
    remaining: int | None = None
    unsent: int | None = None


def lines_left(ordered: Iterable[Ordered]) -> tuple[list[Line], Shared]:
    """The lines of which pieces are left, with their share of discount and taxes; and which of
    them have such a share."""
    lines: list[Line] = []
    short: list[int] = []
    discounted: list[int] = []
    for whole, quantity, unsent in ordered:
        line = whole
        if quantity is not None and quantity != whole.quantity:
            line = _part(whole, quantity, unsent)
            if 0 < quantity < whole.quantity:
                short.append(len(lines))
                discounted += [len(lines)] if whole.discount_minor > 0 else []
        if line.quantity:
            lines.append(line)
    return lines, Shared(short, discounted)


def _part(line: Line, left: int, unsent: int | None) -> Line:
    if left > line.quantity:
        return replace(line, quantity=left)
    return replace(line.part(left), sent=0 if unsent is None else max(0, left - unsent))


def part_of_postage(shipping: tuple[Charge, ...], left_minor: int | None) -> tuple[Charge, ...]:
    """The postage of which `left_minor` is left: the same where nothing was refunded of it."""
    if left_minor is None:
        return shipping
    charged = sum([charge.amount_minor for charge in shipping])
    if left_minor >= charged or left_minor < 0:
        return shipping
    amounts = allocate(left_minor, [charge.amount_minor for charge in shipping])
    return tuple(map(_part_charge, shipping, amounts))


def _part_charge(whole: Charge, left_minor: int) -> Charge:
    if left_minor == whole.amount_minor:
        return whole
    taxes = shares(whole.taxes, (left_minor, whole.amount_minor - left_minor))
    return replace(whole, amount_minor=left_minor, taxes=taxes, tax_minor=summed(taxes))


def settled(parts: Parts, shared: Shared, total_minor: int, tax_minor: int | None) -> Parts:
    """The parts with their shares a minor unit up or down, as the current totals ask.

    A share of three units' discount is a fraction of a penny; the source rounded it one way or the
    other, and its totals tell which. More than one minor unit a share is no rounding, and is left.
    """
    if tax_minor is not None:
        parts = _with_taxes_settled(parts, shared, tax_minor - parts.tax_minor)
    return _with_discounts_settled(parts, shared.discounted, total_minor - parts.worth)


def _with_taxes_settled(parts: Parts, shared: Shared, missing: int) -> Parts:
    """The missing tax lies on the shares of it that these rows have; none on what is free."""
    lines, shipping = list(parts.lines), list(parts.shipping)
    rows: list[tuple[list[Line] | list[Charge], int]] = [(lines, place) for place in shared.lines]
    if shared.shipping:
        rows += [(shipping, place) for place in range(len(shipping))]
    places = [
        (side, place, which)
        for side, place in rows
        for which, tax in enumerate(side[place].taxes)
        if tax.amount_minor > 0 or (missing > 0 and _paid(side[place]))
    ]
    for (side, place, which), step in _spread(missing, places):
        side[place] = _stepped(side[place], which, step)  # type: ignore[assignment, call-overload]
    return parts._replace(lines=lines, shipping=tuple(shipping))


def _with_discounts_settled(parts: Parts, discounted: Sequence[int], missing: int) -> Parts:
    """The missing money is taken from, or put to, the lines' shares of a discount."""
    lines = list(parts.lines)
    places = [
        place
        for place in discounted
        if (lines[place].total_minor if missing < 0 else lines[place].discount_minor)
    ]
    for place, step in _spread(missing, places):
        lines[place] = replace(lines[place], discount_minor=lines[place].discount_minor - step)
    return parts._replace(lines=lines)


def _paid(row: Line | Charge) -> int:
    return row.total_minor if isinstance(row, Line) else row.amount_minor


def _spread(missing: int, places: Sequence[P]) -> list[tuple[P, int]]:
    """One minor unit for each of the first places; nothing where there are too few of them."""
    if abs(missing) > len(places):
        return []
    return [(place, 1 if missing > 0 else -1) for place in places[: abs(missing)]]


def _stepped(row: R, which: int, step: int) -> R:
    """The row with that one of its taxes a step up or down."""
    taxes = tuple(
        replace(tax, amount_minor=tax.amount_minor + step) if place == which else tax
        for place, tax in enumerate(row.taxes)
    )
    return replace(row, taxes=taxes, tax_minor=row.tax_minor + step)

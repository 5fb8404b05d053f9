"""Fine amounts: money with four decimals, as vendors reckon it, and how it settles to minor units.

A vendor that keeps 2369.6667 of something rounds once, at the total. So no fine amount is rounded
alone: all the parts of a total settle together, each up or down, and come to it exactly or not at
all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from counterfoil.mapping.convert import wrong
from counterfoil.values.errors import Hold
from counterfoil.values.money import exponent, rounded

_PLACES = 4
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,12}))?")
_LARGEST = 10**15


def fine(value: object, currency: str) -> int:
    """A plain decimal number, as text or as a JSON number, in ten-thousandths of the major unit.

    Raises `Hold` (code "bad-amount") for more decimals than four, zeros apart.
    """
    if type(value) is int and abs(value) < _LARGEST:
        return value * 10**_PLACES
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong(value, "an amount of money")
    sign, whole, decimals = match.groups(default="")
    if decimals[_PLACES:].strip("0"):
        raise Hold(
            f"{value} has more than {_PLACES} decimals.",
            do="Tell the connector's keepers how this vendor writes money.",
            code="bad-amount",
        )
    amount = int(whole + decimals[:_PLACES].ljust(_PLACES, "0"))
    return -amount if sign else amount


def size(currency: str) -> int:
    """How many ten-thousandths one minor unit of `currency` has."""
    return 10 ** (_PLACES - exponent(currency))


def exact(amount: int, currency: str) -> int:
    """A fine amount in minor units. Raises `Hold` (code "bad-amount") where it is none whole."""
    minor_units, remainder = divmod(amount, size(currency))
    if remainder:
        raise Hold(
            f"{_shown(amount)} {currency} is no whole amount of that currency.",
            do="A sum that is paid has whole pennies; correct the order's total at its source.",
            code="bad-amount",
        )
    return minor_units


def nearest(amount: int, currency: str) -> int:
    """A fine amount in minor units, halves away from zero: for what no sum depends on."""
    return rounded(amount, size(currency))


def settled(amounts: Sequence[int], total_minor: int, currency: str) -> list[int] | None:
    """Fine amounts in minor units that come to `total_minor`, each up or down to a whole one.

    Up go those with the largest rests, ties to the earlier one. None where no such choice comes to
    the total: then it is no rounding that stands between them.
    """
    unit = size(currency)
    parts = [amount // unit for amount in amounts]
    remainders = [amount % unit for amount in amounts]
    missing = total_minor - sum(parts)
    uneven = [place for place, remainder in enumerate(remainders) if remainder]
    if not 0 <= missing <= len(uneven):
        return None
    for place in sorted(uneven, key=lambda place: (-remainders[place], place))[:missing]:
        parts[place] += 1
    return parts


def first_settled(
    ways: Iterable[Sequence[int]], total_minor: int, currency: str
) -> tuple[list[int], bool]:
    """The first of these ways to tell the parts that comes to the total, and whether one does;
    else the last one, each part rounded alone, so that whoever checks the sum sees both figures."""
    amounts: Sequence[int] = ()
    for amounts in ways:
        parts = settled(amounts, total_minor, currency)
        if parts is not None:
            return parts, True
    return [nearest(amount, currency) for amount in amounts], False


def unit_price(price: int, quantity: int, amount_minor: int, currency: str) -> tuple[int, int]:
    """A unit's price and the line's discount in minor units, which come to the amount exactly.

    A price with a fraction of a minor unit goes up to the next one, and the discount takes it back;
    so does a price that is too low for what was paid.
    """
    unit = -(-price // size(currency))
    if quantity:
        unit = max(unit, -(-amount_minor // quantity))
    return unit, quantity * unit - amount_minor


def _shown(amount: int) -> str:
    whole, decimals = divmod(abs(amount), 10**_PLACES)
    return f"{'-' if amount < 0 else ''}{whole}.{decimals:0{_PLACES}d}"

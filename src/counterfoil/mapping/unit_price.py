"""Prices per unit that come to a line's total exactly, for a target that takes no line total.

43.21 for three pieces is two at 14.40 and one at 14.41; nothing is rounded, nothing recalculated.
"""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.mapping.convert import Memos, inlined, wrong
from counterfoil.values.money import plain


def per_unit(total_minor: int, quantity: int) -> list[tuple[int, int]]:
    """`total_minor` as at most two (quantity, price) pairs, prices in whole minor units.

    The pairs have `quantity` pieces together and come to the total exactly; two prices differ by
    one minor unit. `quantity` is at least 1 (`ZeroDivisionError` otherwise).
    """
    price, dear = divmod(total_minor, quantity)
    if not dear:
        return [(quantity, price)]
    return [(quantity - dear, price), (dear, price + 1)]


def _number(minor_units: int, currency: str) -> msgspec.Raw:
    return msgspec.Raw(plain(minor_units, currency))


NUMBERS: Final = Memos(_number)
"""Minor units as a JSON number with the currency's own decimals: NUMBERS["GBP"][2160] is 21.60."""


@inlined("{m}[{v}] if type({v}) is int else {c}({v}, currency)", NUMBERS)
def json_number(value: object, currency: str) -> msgspec.Raw:
    """A converter of minor units to such a number."""
    if type(value) is not int:
        raise wrong(value, "an amount in minor units")
    return NUMBERS[currency][value]

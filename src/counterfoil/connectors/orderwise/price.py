"""Prices per unit that come to a line's total exactly: OrderWise takes no line total, only prices.

43.21 for three pieces is two at 14.40 and one at 14.41; nothing is rounded, nothing recalculated.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec


def per_unit(total_minor: int, quantity: int) -> list[tuple[int, int]]:
    """`total_minor` as at most two (quantity, price) pairs, prices in whole minor units.

    The pairs have `quantity` pieces together and come to the total exactly; two prices differ by
    one minor unit. `quantity` is at least 1 (`ZeroDivisionError` otherwise).
    """
    price, dear = divmod(total_minor, quantity)
    if not dear:
        return [(quantity, price)]
    return [(quantity - dear, price), (dear, price + 1)]


@lru_cache(16_384)  # prices repeat: a day's trade has far fewer amounts than lines
def number(minor_units: int) -> msgspec.Raw:
    """`minor_units` (hundredths) as a JSON number with its two decimals: 2160 is 21.60."""
    sign = "-" if minor_units < 0 else ""
    return msgspec.Raw(f"{sign}%d.%02d" % divmod(abs(minor_units), 100))

"""Quantities: whole pieces and exact amounts, and the doors through which a vendor's number
becomes one."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Literal

from counterfoil.values.errors import Hold

_LARGEST = 10**9
_EXACT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6}0*)?", re.ASCII)


def pieces(value: object) -> int:
    """`value`, an integer or its plain text ("3", "3.0"), as whole pieces.

    Raises `Hold` for a fraction of a piece, a negative number, or anything that is no number.
    """
    text = str(value)
    whole, _, fraction = text.partition(".")
    if (
        isinstance(value, bool)
        or len(text) > 16
        or not text.isascii()
        or not whole.isdecimal()
        or fraction.strip("0")
    ):
        raise Hold(
            f"{text[:40]!r} is not a number of pieces.",
            do="Quantities are whole numbers, zero or more.",
            code="bad-quantity",
        )
    count = int(whole)
    if count > _LARGEST:
        raise Hold(
            f"{text} pieces is more than any order has.",
            do="Check the quantity at the sending system.",
            code="bad-quantity",
        )
    return count


def exact(value: object) -> Decimal:
    """`value`, an integer or its plain text ("-3", "0.125"), as an exact amount with its sign.

    What a system says of its stock may be negative, or a part of a unit; it is never rounded.
    Raises `Hold` for a thousands separator, an exponent, more than six decimals or twelve digits
    before them, or anything that is no number.
    """
    text = str(value)
    if isinstance(value, bool | float) or not _EXACT.fullmatch(text):
        raise Hold(
            f"{text[:40]!r} is not an exact quantity.",
            do="Quantities are plain decimals such as 12, -3 or 0.5.",
            code="bad-quantity",
        )
    return Decimal(text)


def sellable(amount: Decimal) -> int:
    """The whole pieces of `amount` that can be promised to a customer; never below zero."""
    return max(0, int(amount.to_integral_value(ROUND_FLOOR)))


def grams(value: object, unit: Literal["g", "kg"]) -> int:
    """A weight in whole grams, half a gram up: it is not counted, and no scale tells more.

    Raises `Hold` for a negative weight, and as `exact` does.
    """
    weight = exact(value) * (1000 if unit == "kg" else 1)
    if weight < 0:
        raise Hold(f"{value} {unit} is no weight.", do="Correct it.", code="bad-quantity")
    return int(weight.to_integral_value(ROUND_HALF_UP))

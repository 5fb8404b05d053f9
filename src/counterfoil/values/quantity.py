"""Quantities: whole pieces, and the one door through which a vendor's number becomes one."""

from __future__ import annotations

from counterfoil.values.errors import Hold

_LARGEST = 10**9


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

"""The converter of a list of taxes: each with its title, its rate and its amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

from counterfoil.mapping.convert import money, rate, text
from counterfoil.mapping.field import Converter
from counterfoil.model.line import Tax

Row = Mapping[str, object]
_DIFFERENT = 16_384  # that are remembered; a day's trade has far fewer


def tax_rows(amount: Callable[[Row], object], channel: str) -> Converter:
    """Rows with `title`, `rate` and the amount that `amount` finds; where `channel` is true, the
    sales channel collects it. Taxes repeat, so that each is made once."""

    def taxes(value: object, currency: str) -> tuple[Tax, ...]:
        rows = cast("Sequence[Row]", value)
        if len(rows) == 1:
            (row,) = rows
            return _tax(row.get("title"), row.get("rate"), amount(row), row.get(channel), currency)
        return tuple(tax for row in rows for tax in taxes((row,), currency))

    return taxes


@lru_cache(_DIFFERENT)
def _tax(
    title: object, stated: object, amount: object, channel: object, currency: str
) -> tuple[Tax, ...]:
    plain = "" if stated is None else rate(stated, currency)
    by = "channel" if channel is True else ""
    return (Tax(text(title, currency), money(amount, currency), plain, by),)

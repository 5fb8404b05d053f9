"""Taxes that a source tells row by row: read as they stand, or by the place that each is on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import cast

import msgspec

from counterfoil.mapping.convert import inlined, money, rate, text
from counterfoil.mapping.field import Converter
from counterfoil.mapping.fine import first_settled
from counterfoil.mapping.tax_cases import together
from counterfoil.model.line import Tax

Row = Mapping[str, object]
_DIFFERENT = 16_384  # that are remembered; a day's trade has far fewer

Place = tuple[str, str]
"""What a tax is on: the kind of thing, and its key where there are several of a kind."""


class TaxRow(msgspec.Struct, frozen=True):
    """One tax on one place; the amount is fine, the rate plain decimal text (empty: not told)."""

    place: Place
    title: str
    rate: str
    amount: int


def placed(
    rows: Sequence[TaxRow],
    places: Sequence[tuple[Place, int]],
    tax_minor: int,
    currency: str,
) -> list[tuple[Tax, ...]]:
    """The taxes of each of `places`, which has its own fine amount of tax beside it.

    The rows count where they come to the whole tax, and every one of them that came to something is
    on one of the places. Else each place has its own amount, without a name or a rate.
    """
    amounts, added = first_settled([[row.amount for row in rows]], tax_minor, currency)
    if added and {row.place for row in rows if row.amount} <= {place for place, _ in places}:
        taxes: dict[Place, list[Tax]] = {}
        for row, amount in zip(rows, amounts, strict=True):
            taxes.setdefault(row.place, []).append(Tax(row.title, amount, row.rate))
        return [tuple(taxes.pop(place, ())) for place, _ in places]
    amounts, _ = first_settled([[amount for _, amount in places]], tax_minor, currency)
    return [(Tax("", amount),) if amount else () for amount in amounts]


def charged_rate(taxes: Iterable[Tax]) -> str:
    """The rates that were really charged, as one; "0" where none was, empty where none is told."""
    rates = [tax.rate for tax in taxes if tax.amount_minor]
    return together(rates) if all(rates) else ""


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


def tax_rows_in(member: str, taxes: Converter) -> Converter:
    """The taxes, as `taxes` reads them, of every row of a list that has them at `member`."""

    @inlined("() if {v} == [] else {c}({v}, currency)")
    def inside(value: object, currency: str) -> tuple[Tax, ...]:
        rows = [tax for row in cast("Sequence[Row]", value) for tax in _listed(row, member)]
        return cast("tuple[Tax, ...]", taxes(rows, currency))

    return inside


def _listed(row: Row, member: str) -> Sequence[Row]:
    return cast("Sequence[Row]", row.get(member) or ())


@lru_cache(_DIFFERENT)
def _tax(
    title: object, stated: object, amount: object, channel: object, currency: str
) -> tuple[Tax, ...]:
    plain = "" if stated is None else rate(stated, currency)
    by = "channel" if channel is True else ""
    return (Tax(text(title, currency), money(amount, currency), plain, by),)

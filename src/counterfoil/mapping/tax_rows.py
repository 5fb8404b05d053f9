"""Taxes that a source tells row by row: read as they stand, or by the place that each is on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final, cast

import msgspec

from counterfoil.mapping.convert import Memos, inlined, money, rate, text
from counterfoil.mapping.field import Converter
from counterfoil.mapping.fine import first_settled
from counterfoil.model.line import Tax

Row = Mapping[str, object]

Place = tuple[str, str]
"""What a tax is on: the kind of thing, and its key where there are several of a kind."""


class TaxRow(msgspec.Struct, frozen=True):
    """One tax on one place; the amount is fine, the rate plain decimal text (empty: not told)."""

    place: Place
    title: str
    rate: str
    amount: int


_Stated = tuple[object, object, object, bool]
"""A tax as a row states it: its title, rate and amount, and whether the channel collects it."""


def _tax(stated: _Stated, currency: str) -> tuple[Tax, ...]:
    title, rated, amount, by_channel = stated
    plain = "" if rated is None else rate(rated, currency)
    by = "channel" if by_channel else ""
    return (Tax(text(title, currency), money(amount, currency), plain, by),)


_TAXES: Final = Memos(_tax)


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


def tax_rows(amount: str, channel: str) -> Converter:
    """Rows with `title`, `rate` and an amount at the path `amount`; where `channel` is true, the
    sales channel collects it. Taxes repeat, so that each is made once."""
    steps = amount.split(".")
    path = "".join(f"[{step!r}]" for step in steps)
    key = f"(w := {{v}}[0]).get('title'), w.get('rate'), w{path}, w.get({channel!r}) is True"

    # Nearly every line has one tax. It is looked up where it stands: 14 calls of this function
    # are a tenth of what reading an order costs.
    @inlined(f"{{m}}[{key}] if len({{v}}) == 1 else {{c}}({{v}}, currency)", _TAXES)
    def taxes(value: object, currency: str) -> tuple[Tax, ...]:
        memo = _TAXES[currency]
        stated: list[Tax] = []
        for row in cast("Sequence[Row]", value):
            price = reduce(_member, steps, row)
            stated += memo[row.get("title"), row.get("rate"), price, row.get(channel) is True]
        return tuple(stated)

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


def _member(value: object, step: str) -> object:
    return cast("Row", value)[step]

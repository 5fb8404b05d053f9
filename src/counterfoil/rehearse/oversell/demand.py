"""What customers of several pools bought, as a real sales history says it, in one line of time."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.twins.world import Sale

POOLS: Mapping[str, float] = {"web": 0.5, "marketplace": 0.3, "store": 0.2}
"""Each pool's share of the orders."""

_MINUTE_S, _DAY_S, _WEEK_S = 60, 86_400, 604_800
_LEARNED_DAYS = 14
_COVER_WEEKS = (0.25, 1.75)
"""How much of a week's demand is put on the shelf each week, by SKU: a third of them runs out."""


class Bought(NamedTuple):
    """A line that a customer wants: `pieces` of a SKU at a pool, `at_s` seconds from the start."""

    at_s: float
    pool: str
    sku: str
    pieces: int


class Delivery(NamedTuple):
    """Goods that arrive."""

    at_s: float
    sku: str
    pieces: int


class Season(NamedTuple):
    """What one simulated season brings: its demand and its deliveries, in order of time.

    `before` is what was bought in the weeks before it, at moments below zero: who reads it has
    learned from it.
    """

    before: Sequence[Bought]
    bought: Sequence[Bought]
    deliveries: Sequence[Delivery]
    seconds: float


def season(path: Path, start: date, end: date, seed: int, *, times: int = 1) -> Season:
    """The season that a sales file tells, drawn by `seed`.

    Each invoice falls on one pool, somewhere within its minute; `times` its volume repeats each
    invoice that often, within two hours of it, on shelves that are as many times fuller.
    """
    chance = random.Random(f"oversell {seed}")
    lead_s = float(_LEARNED_DAYS * _DAY_S)
    learned = timedelta(_LEARNED_DAYS)
    lines = sorted(_bought(path, max(start, date.min + learned) - learned, end, chance, times))
    lines = [line._replace(at_s=line.at_s - lead_s) for line in lines]
    begins = next(index for index, line in enumerate(lines) if line.at_s >= 0)
    before, bought = lines[:begins], lines[begins:]
    pieces: defaultdict[str, int] = defaultdict(int)
    for line in bought:
        pieces[line.sku] += line.pieces
    seconds = bought[-1].at_s + 1
    return Season(before, bought, _deliveries(pieces, seconds, chance), seconds)


def _bought(
    path: Path, start: date, end: date, chance: random.Random, times: int
) -> Iterator[Bought]:
    with history(path, period=Period(start, end)) as sales:
        for sale in sales:
            for copy in range(times):
                moment_s = sale.at_s + chance.random() * _MINUTE_S
                if copy:
                    moment_s = abs(moment_s + chance.uniform(-7200, 7200))
                yield from _lines(sale, moment_s, _drawn_pool(chance))


def _lines(sale: Sale, at_s: float, pool: str) -> Iterator[Bought]:
    for line in sale.lines:
        if line.kind == "product":
            yield Bought(at_s, pool, line.sku, line.quantity)


def _drawn_pool(chance: random.Random) -> str:
    return chance.choices(list(POOLS), list(POOLS.values()))[0]


def _deliveries(
    pieces: Mapping[str, int], seconds: float, chance: random.Random
) -> Sequence[Delivery]:
    """Each week's share of what is wanted of each SKU, more or less; the first stands there."""
    weeks = max(1.0, seconds / _WEEK_S)
    deliveries = [
        Delivery(
            week * _WEEK_S + (chance.random() * _DAY_S if week else 0.0),
            sku,
            max(1, round(demand / weeks * chance.uniform(*_COVER_WEEKS))),
        )
        for sku, demand in sorted(pieces.items())
        for week in range(max(1, round(weeks)))
    ]
    return sorted(deliveries)

"""Stock in a world: what people in the stores do, and what must then be true of every pool.

The office counts, the house reckons, the shop shows and sells. At rest the shop shows just what the
formula makes of the two twins' own books: P26 not a piece more, P27 not one less. P28: no level has
ever taken the place of a newer one.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from counterfoil.flows.route import HOUSE, Plan
from counterfoil.rehearse.cast.estate import LEVELS, POOLS, SOURCE, STORED, TARGET
from counterfoil.rehearse.cast.twin import Offering, Storing
from counterfoil.rehearse.worlds.order import sales
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Row, Snapshot

THOUSAND: Final = 1000
_SENT: Final = frozenset({3})
_AT_TARGET: Final = (4, 5, 6)  # delivered, confirmed, drifted
_OURS: Final = "manual"  # of the services that send goods, the one of the shop itself
_LEFT_OUT: Final = 10
_CADENCE_S: Final = 5.0
_RESTS = """
select (select count(*) from reckoning)
    + (select count(*) from pipe where there_at is not null)
    + (
        select count(*) from pool p where p.blocked = '' and not exists (
            select from record r
            where r.key = p.sku || '@' || p.pool and r.version = p.changed_at
        )
    )
"""


class Shelves(msgspec.Struct):
    """What the two twins hold at a world's end: what the shop shows, by SKU in pieces, and what the
    office can promise, in thousandths."""

    shows: Mapping[str, int]
    free: Mapping[str, int]


def skus(recipe: Recipe) -> list[str]:
    """The SKUs that the stores have: those that most is sold of."""
    counts = Counter(
        line.sku
        for sale in sales(recipe, Counter())
        for line in sale.lines
        if line.kind == "product" and line.sku
    )
    return sorted(sku for sku, _ in counts.most_common(recipe.stock))


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The routes of a world with stock, beside its orders'."""
    if not recipe.stock:
        return {}
    ends = {LEVELS: (TARGET, HOUSE), POOLS: (HOUSE, SOURCE)}
    return {
        name: Plan(
            "stock",
            source,
            target,
            "stores",
            switch="on",
            cadence_s=_CADENCE_S,
            overlap_s=30.0,
            settle_s=recipe.settle_s,
            attempts=recipe.attempts,
            census_s=20.0,
            gates=STORED[name],
        )
        for name, (source, target) in ends.items()
    }


class Stores:
    """What happens in the stores while the world goes on: goods come in, and are found missing."""

    def __init__(self, recipe: Recipe, offering: Offering, storing: Storing) -> None:
        self._chance = random.Random(f"stores|{recipe.seed}")
        self._skus = skus(recipe)
        self._storing = storing
        self._mean_s = recipe.spread_s / max(1, 2 * recipe.stock)
        levels = {sku: self._chance.randrange(-2, 40) * THOUSAND for sku in self._skus}
        for sku in self._chance.sample(self._skus, k=len(self._skus) // 4):
            levels[sku] += self._chance.choice((250, 500, 999))
        storing.store(levels)
        offering.offer(self._skus)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._mean_s))
            by = self._chance.choice((-3, -1, 1, 5, 20)) * THOUSAND
            self._storing.move(self._chance.choice(self._skus), by)


async def at_rest(database: asyncpg.Connection) -> bool:
    """Whether nothing that was counted or sold is on its way to the shop any more."""
    return await database.fetchval(_RESTS) == 0


# --- what must be true ---


def judged(recipe: Recipe, shelves: Shelves, orders: Snapshot, pools: Snapshot) -> list[str]:
    """What is wrong with what the shop shows; `orders` and `pools` are the tables of those
    routes."""
    sold, unsure = _in_the_pipe(orders)
    trouble = {row["key"].rpartition("@")[0] for row in _open(pools)}
    wrong: list[str] = []
    for sku in skus(recipe):
        most = max(0, (shelves.free[sku] - sold[sku] * THOUSAND) // THOUSAND)
        shows, least = shelves.shows[sku], max(0, most - unsure[sku])
        if sku in trouble or least <= shows <= most:
            continue
        name = "p26_no_more" if shows > most else "p27_no_less"
        wrong.append(
            f"{name}: the shop shows {shows} of {sku}, where {shelves.free[sku]} thousandths are"
            f" free and {sold[sku]} pieces are on their way"
        )
    return [*wrong, *(f"p28_newer_stays: {fault}" for fault in _overtaken(pools))]


def _in_the_pipe(orders: Snapshot) -> tuple[Counter[str], Counter[str]]:
    """The pieces of each SKU that the shop has sold and the office does not know of, but for those
    of orders that are left out for good; and those of which the house cannot know that it does."""
    pieces, unsure = Counter[str](), Counter[str]()
    newest, versions = orders.newest(), orders.versions()
    for key, sold in orders.sold.items():
        arrived = any(row["state"] in _AT_TARGET for row in versions.get(key, ()))
        if arrived or (key in newest and newest[key]["state"] == _LEFT_OUT):
            continue
        counted = unsure if orders.held.get(key) else pieces
        for (sku, owed), line in zip(sold.owed, sold.sale.lines, strict=True):
            if line.kind == "product" and line.service == _OURS and not sold.cancelled:
                counted[sku] += owed
    return pieces, unsure


def _open(pools: Snapshot) -> Iterator[Row]:
    """The records of which a person has to decide."""
    causes = pools.open_causes()
    return (row for row in pools.tables["record"] if row["id"] in causes)


def _overtaken(pools: Snapshot) -> Iterator[str]:
    """Sendings of one level after a newer one of it was sent."""
    records = {row["id"]: row for row in pools.tables["record"]}
    sent: dict[str, datetime] = {}
    entries = (row for row in pools.entries() if _SENT & {*row["path"]})
    for entry in sorted(entries, key=lambda row: (row["at"], row["posting"])):
        row = records[entry["record"]]
        if row["version"] < sent.get(row["key"], row["version"]):
            yield f"{row['key']} as of {row['version']} was sent after a newer one"
        sent[row["key"]] = max(sent.get(row["key"], row["version"]), row["version"])

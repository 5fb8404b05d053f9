"""Stock in a world: what people in the stores do, and what must then be true of every pool.

The office counts, the house reckons, each shop shows and sells. At rest a shop shows just what the
formula makes of the twins' own books: P26 not a piece more, P27 not one less, unless a person is
told why. P28: no level has ever taken the place of a newer one. P29: every level is here as it is
there, and none was taken for one that says nothing new. P30: a pool is blocked where a place is
unknown, and nowhere else. P31: both sides of each route balance.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import asyncpg
import msgspec

from counterfoil.flows.route import HOUSE, Plan
from counterfoil.rehearse.cast.estate import (
    CASE,
    LEVELS,
    OUTLET,
    POOLS,
    SOURCE,
    STORED,
    TARGET,
    Goods,
    to_outlet,
)
from counterfoil.rehearse.cast.goods import Level
from counterfoil.rehearse.worlds.order import sales
from counterfoil.rehearse.worlds.plans import hastened
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Row, Snapshot
from counterfoil.rehearse.worlds.verdict import Verdict

THOUSAND: Final = 1000
_SENT: Final = frozenset({3})
_AT_TARGET: Final = (4, 5, 6)  # delivered, confirmed, drifted
_OURS: Final = "manual"  # of the services that send goods, the one of the shop itself
_LEFT_OUT, _MERGED = 10, 11
_CADENCE_S: Final = 5.0
_EACH: Final = ("", "each")
_UNITS: Final[Mapping[str, int]] = {**dict.fromkeys(_EACH, 1), "case": CASE}
_BACK_S: Final = (0.1, 6.0)
_RESTS = """
select (select count(*) from reckoning)
    + (select count(*) from pipe where there_at is not null)
    + (
        select count(*) from pool p, route t
        where t.name = any ($1::text[]) and p.blocked = '' and not exists (
            select from record r where r.route = t.id
                and r.key = p.sku || '@' || p.pool and r.version = p.changed_at
        )
    )
    + (
        select count(*) from route t where t.name = any ($2::text[]) and not exists (
            select from round d where d.route = t.id and d.began >= $3
        )
    )
"""


class Kept(msgspec.Struct):
    """What the house keeps of stock at a world's end: levels, pools, and the last count of each
    route by its name."""

    levels: Sequence[Row]
    pools: Sequence[Row]
    rounds: Mapping[str, Row]


def skus(recipe: Recipe) -> list[str]:
    """The SKUs that the stores begin with: those that most is sold of."""
    counts = Counter(
        line.sku
        for sale in sales(recipe, Counter())
        for line in sale.lines
        if line.kind == "product" and line.sku
    )
    return sorted(sku for sku, _ in counts.most_common(recipe.stock))


def first_name(sku: str) -> str:
    """What a SKU was called before anybody renamed it: a shop that sold it calls it so still."""
    return sku.partition("/")[0]


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The routes of a world with stock, beside its orders'."""
    if not recipe.stock:
        return {}
    ends = {LEVELS: (TARGET, HOUSE), POOLS: (HOUSE, SOURCE)}
    gates = dict(STORED)
    if recipe.hanging:
        ends[to_outlet(POOLS)] = (HOUSE, OUTLET)
        gates[to_outlet(POOLS)] = STORED[POOLS]
    return {
        name: hastened(
            recipe,
            Plan("stock", source, target, "stores", cadence_s=_CADENCE_S, gates=gates[name]),
        )
        for name, (source, target) in ends.items()
    }


class Keepers:
    """Who keeps the stores while the world goes on: goods come in and are found missing; and what
    of `Recipe.rates` befalls them beside it, counted in `reached`."""

    def __init__(self, recipe: Recipe, goods: Goods, reached: Counter[str]) -> None:
        self._chance = random.Random(f"stores|{recipe.seed}")
        self._stores, self._shelves = goods
        self._reached = reached
        self._rates = recipe.rates_of("stores")
        self._mean_s = (recipe.spread_s + recipe.linger_s) / max(1, 6 * recipe.stock)
        self._skus = skus(recipe)
        self._spoilt: set[str] = set()
        self._renamed = 0
        ways: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "counted": self._counted,
            "part_of_one": self._part_of_one,
            "back_again": self._back_again,
            "saved_again": self._saved_again,
            "unmapped_bin": self._unmapped_bin,
            "renamed": self._rename,
            "in_cases": self._in_cases,
            "in_pallets": self._in_pallets,
        }
        self._ways = {name: way for name, way in ways.items() if name in self._rates}
        parts = self._chance.sample(self._skus, k=len(self._skus) // 4)
        for sku in self._skus:
            part = self._chance.choice((250, 500, 999)) if sku in parts else 0
            self._stores.put(sku, self._chance.randrange(-2, 40) * THOUSAND + part)
        self._offer(self._skus)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._mean_s))
            sku = self._chance.choice(self._skus)
            befalls = [name for name in self._ways if self._chance.random() < self._rates[name]]
            if not befalls:
                self._stores.move(sku, self._chance.choice((-3, -1, 1, 5, 20)) * THOUSAND)
                continue
            name = self._chance.choice(befalls)
            await self._ways[name](sku)

    def _met(self, name: str) -> None:
        self._reached[f"stores.{name}"] += 1

    def _offer(self, skus_: Sequence[str]) -> None:
        for shelf in self._shelves.values():
            shelf.offer(skus_)

    async def _counted(self, sku: str) -> None:
        self._met("counted")
        self._stores.put(sku, self._chance.randrange(-5, 60) * THOUSAND)

    async def _part_of_one(self, sku: str) -> None:
        self._met("part_of_one")
        self._stores.put(sku, self._chance.randrange(-2 * THOUSAND, 9 * THOUSAND))

    async def _back_again(self, sku: str) -> None:
        """What changed is as it was before anybody may have listed it, or just after."""
        self._met("back_again")
        by = self._chance.choice((-4, 3, 30)) * THOUSAND
        self._stores.move(sku, by)
        await asyncio.sleep(self._chance.uniform(*_BACK_S))
        self._stores.move(sku, -by)

    async def _saved_again(self, sku: str) -> None:
        self._met("saved_again")
        self._stores.move(sku, 0)

    async def _unmapped_bin(self, sku: str) -> None:
        if self._spare(sku):
            self._met("unmapped_bin")
            self._stores.put(sku, self._chance.randrange(1, 9) * THOUSAND, elsewhere=True)

    async def _rename(self, sku: str) -> None:
        """Somebody renames it; the shop hears of it later, or never."""
        self._met("renamed")
        self._renamed += 1
        other = f"{first_name(sku)}/{self._renamed}"
        self._stores.rename(sku, other)
        self._skus = sorted({*self._skus} - {sku} | {other})
        if self._chance.random() < 0.7:
            await asyncio.sleep(self._chance.uniform(*_BACK_S))
            self._offer([other])

    async def _in_cases(self, sku: str) -> None:
        self._met("in_cases")
        self._stores.put(sku, self._chance.randrange(-500, 5000, 250), unit="Case")

    async def _in_pallets(self, sku: str) -> None:
        if self._spare(sku):
            self._met("in_pallets")
            self._stores.put(sku, 2 * THOUSAND, unit="Pallet")

    def _spare(self, sku: str) -> bool:
        """Whether one more may be spoilt: of some others there is still something to be told."""
        if len(self._spoilt) * 3 >= len(self._skus):
            return False
        self._spoilt.add(sku)
        return True


async def at_rest(database: asyncpg.Connection, recipe: Recipe, calm_at: datetime) -> bool:
    """Whether nothing that was counted or sold is on its way to a shop any more, and all of it was
    counted once more since `calm_at`."""
    names = [*plans(recipe)]
    tellers = [name for name in names if name != LEVELS]
    return await database.fetchval(_RESTS, tellers, names, calm_at) == 0


async def kept(database: asyncpg.Connection) -> Kept:
    """What the house keeps, by SQL of its own."""
    rounds = await database.fetch(
        "select t.name, d.balance, d.closed from round d join route t on t.id = d.route"
    )
    return Kept(
        [dict(row) for row in await database.fetch("select * from level order by sku, spot")],
        [dict(row) for row in await database.fetch("select * from pool order by sku, pool")],
        {row["name"]: dict(row) for row in rounds},
    )


# --- what must be true ---


class Books(msgspec.Struct):
    """What is judged: the office's own book of levels, what the house keeps, and the world's ending
    with every route of it."""

    levels: Sequence[Level]
    kept: Kept
    ending: Snapshot

    def held(self, route: str) -> set[str]:
        """The SKUs of which a person was told on a route and has to decide."""
        snapshot = self.ending.beside[route]
        causes = snapshot.open_causes()
        rows = snapshot.newest().values()
        return {row["key"].rpartition("@")[0] for row in rows if row["id"] in causes}


def judged(books: Books, verdict: Verdict) -> None:
    """Say what is wrong with what the shops show, and with what is known of it here."""
    plans_ = plans(books.ending.recipe)
    sentences = [("p29_levels_are_here", fault) for fault in _not_here(books)]
    verdict.losses += len(sentences)
    sentences += [("p30_blocked_with_reason", fault) for fault in _blocked(books)]
    for name, plan in plans_.items():
        snapshot = books.ending.beside[name]
        if plan.target != HOUSE:
            sentences += _shown(books, plan.target, name)
        sentences += [("p28_newer_stays", fault) for fault in _overtaken(snapshot)]
        sentences += [("p29_none_is_merged", fault) for fault in _merged(snapshot)]
        sentences += [("p31_balanced", fault) for fault in _unbalanced(name, books)]
    verdict.undetected += len(sentences)
    verdict.wrong += [f"{name}: {sentence}" for name, sentence in sentences]


def _shown(books: Books, connection: str, route: str) -> Iterator[tuple[str, str]]:
    """What a shop shows otherwise than it may, and nobody is told of."""
    sold, unsure = _in_the_pipe(books.ending)
    shows = books.ending.shows[connection]
    blocked = {row["sku"] for row in books.kept.pools if row["blocked"]}
    excused = books.held(route) | books.held(LEVELS) | blocked
    free = _pieces(books.levels)
    for sku in sorted({*shows, *free} - excused):
        exact = free.get(sku, Decimal(0))
        most = max(0, int((exact - sold[sku]).__floor__()))
        shown, least = shows.get(sku), max(0, most - unsure[sku])
        if shown is None:
            yield "p27_no_less", f"{connection} has no {sku}, and nobody is told"
        elif not least <= max(0, shown) <= most:  # one that sold what was not there shows less
            name = "p26_no_more" if shown > most else "p27_no_less"
            yield (
                name,
                (
                    f"{connection} shows {shown} of {sku}, where {exact} are free and {sold[sku]}"
                    " are on their way"
                ),
            )


def _pieces(levels: Sequence[Level]) -> dict[str, Decimal]:
    """What is free of each SKU, exactly, in pieces; of what is counted otherwise nothing."""
    free: dict[str, Decimal] = {}
    for level in levels:
        factor = _UNITS.get(level.unit.lower(), 0)
        exact = Decimal(level.free * factor) / THOUSAND
        free[level.sku] = free.get(level.sku, Decimal(0)) + exact
    return free


def _not_here(books: Books) -> Iterator[str]:
    """What the house keeps otherwise than the office has it, and nobody is told of."""
    mine = {(row["sku"], row["spot"]): row["available"] for row in books.kept.levels}
    held = books.held(LEVELS)
    theirs = {(level.sku, level.place): level for level in books.levels}
    for place, level in theirs.items():
        if level.sku in held:
            continue
        exact = Decimal(level.free * _UNITS.get(level.unit.lower(), 0)) / THOUSAND
        if mine.get(place) != exact:
            yield f"{'@'.join(place)} is {exact} there and {mine.get(place)} here"
    told = _phantom(LEVELS, books.kept)
    for place in sorted(mine.keys() - theirs.keys()):
        if mine[place] != 0 and place[0] not in held and "@".join(place) not in told:
            yield f"{'@'.join(place)} is not there any more, and {mine[place]} here"


def _blocked(books: Books) -> Iterator[str]:
    """Pools that are blocked though every place is known, or are not though one is unknown."""
    known = {*STORED[LEVELS]["places"]}
    unmapped = {level.sku for level in books.levels if level.place not in known}
    for row in books.kept.pools:
        if bool(row["blocked"]) != (row["sku"] in unmapped) and row["sku"] not in books.held(
            LEVELS
        ):
            yield f"{row['sku']} at {row['pool']} is blocked by {row['blocked'] or 'nothing'}"


def _merged(snapshot: Snapshot) -> Iterator[str]:
    """A level that equals the one before it is told all the same: the shop has sold since."""
    for row in snapshot.tables["record"]:
        if row["state"] == _MERGED:
            yield f"{row['key']} as of {row['version']} was taken for no news"


def _unbalanced(route: str, books: Books) -> Iterator[str]:
    """Nothing is missing; and nothing is told to be gone that is there."""
    row = books.kept.rounds.get(route)
    counts: Any = msgspec.json.decode(row["balance"]) if row else {}
    gone = _phantom(route, books.kept)
    there = {f"{level.sku}@{level.place}" for level in books.levels} if route == LEVELS else gone
    missing = counts.get("missing")
    if not row or missing or gone & there:
        yield f"{route} does not balance: {missing} are missing, {sorted(gone)} are gone"


def _phantom(route: str, house: Kept) -> set[str]:
    """What the last count of a route told to be gone from its source."""
    row = house.rounds.get(route)
    counts: Any = msgspec.json.decode(row["balance"]) if row else {}
    return {*counts.get("phantom", ()), *counts.get("ended", ())}


def _in_the_pipe(orders: Snapshot) -> tuple[Counter[str], Counter[str]]:
    """The pieces of each SKU that the shop has sold and the office does not know of, but for those
    of orders that are left out for good; and those of which the house cannot know that it does, or
    that left the shop already, from whatever shelf."""
    pieces, unsure = Counter[str](), Counter[str]()
    newest, versions = orders.newest(), orders.versions()
    for key, sold in orders.sold.items():
        arrived = any(row["state"] in _AT_TARGET for row in versions.get(key, ()))
        if arrived or (key in newest and newest[key]["state"] == _LEFT_OUT):
            continue
        counted = unsure if orders.held.get(key) else pieces
        lines = zip(sold.owed, sold.sent, sold.sale.lines, strict=True)
        for (sku, owed), sent, line in lines if not sold.cancelled else ():
            if line.kind == "product" and line.service == _OURS:
                unsure[sku] += min(owed, sent)
                counted[sku] += owed - min(owed, sent)
    return pieces, unsure


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

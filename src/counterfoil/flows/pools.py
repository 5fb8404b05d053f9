"""Pools, listed from the house: what each may show, reckoned from the levels that came in.

    pool = what is available at its places - what is sold and in our own pipe - what is kept back

A level that its system lists no more is none, though it stands here still.

One worker reckons at a time, from what is committed, so that of two pools of one SKU the later is
made of the newer levels; its version says so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

import msgspec

from counterfoil.flows.home import Home, Lane
from counterfoil.flows.oversell import Expected, share, together
from counterfoil.flows.spending import Purse, expected
from counterfoil.flows.stock import Gates
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.model.stock import Stock, pool
from counterfoil.store import levels, pipe, rounds
from counterfoil.store.levels import CapturedPool, Level, Place, PoolLevel, Telling
from counterfoil.store.pipe import InPipe, Master
from counterfoil.store.postgres import Transaction
from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.errors import Misconfigured, Refuse, Retry

_PAGE: Final = 250
_AT_ONCE: Final = 1000  # SKUs that are reckoned in one unit of work
_AGAIN_S: Final = 5.0
_MOST_STALE: Final = 50_000
_LEAST: Final = timedelta(microseconds=1)
WORD: Final = "stock"


class Pool(NamedTuple):
    """A pool by its name: its places, the connections whose sales are made from it, and those of
    them where it is shown itself. `shares`: what is scarce is shared out."""

    name: str
    places: frozenset[str]
    sellers: frozenset[int]
    shown_at: frozenset[int]
    shares: bool


def pools_of(home: Home) -> list[Pool]:
    """Every pool that a route out of the house names.

    What is sold through a connection comes off the pools that are shown there, and off every pool
    that shares a place with one of them; what is sold where no pool is shown comes off all.
    """
    places: dict[str, frozenset[str]] = {}
    channels: dict[str, set[int]] = defaultdict(set)
    shared_pools: set[str] = set()
    for lane in home.out_of(WORD):
        for name, names in lane.gates.pools.items():
            places[name] = frozenset(names)
            channels[name].add(home.numbers.get(lane.target, 0))
            shared_pools |= {name} if lane.gates.scarce == "share" else set()
    return [
        Pool(
            name,
            mine,
            frozenset(
                seller
                for other, theirs in places.items()
                if theirs & mine
                for seller in channels[other]
            ),
            frozenset(channels[name]),
            name in shared_pools,
        )
        for name, mine in sorted(places.items())
    ]


def fits(home: Home) -> None:
    """Raise `Misconfigured` where two routes give one pool other places, or a route waits for one
    that there is not."""
    places: dict[str, tuple[frozenset[str], str]] = {}
    brought = {lane.name for lane in home.into(WORD)}
    for lane in home.out_of(WORD):
        where = f"routes/{lane.name}.toml, gates"
        if not lane.gates.pools:
            raise Misconfigured(
                "The route names no pool.",
                do='Add one to [gates]: pools = { "Online" = ["MAIN"] }.',
                where=where,
            )
        for name, names in lane.gates.pools.items():
            theirs, other = places.setdefault(name, (frozenset(names), lane.name))
            if theirs != frozenset(names) or "@" in name:
                raise Misconfigured(
                    f"The pool {name!r} has other places in routes/{other}.toml."
                    if "@" not in name
                    else f"A pool cannot be called {name!r}.",
                    do="Give it the same places in both, or another name, without an @.",
                    where=where,
                )
        unknown = sorted({*lane.gates.after} - brought)
        if unknown:
            raise Misconfigured(
                f"{unknown[0]!r} brings no levels into the house.",
                do=f"Routes that do: {', '.join(sorted(brought)) or 'none'}.",
                where=where,
            )


class Reckoner:
    """Reckons pools anew where something changed that they are made of."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._pools = pools_of(home)
        self._shown = frozenset(pool.name for pool in self._pools)
        self._channels = frozenset(seller for pool in self._pools for seller in pool.sellers)
        self._masters = [
            Master(home.numbers[lane.source], home.routes[lane.name], WORD)
            for lane in home.into(WORD)
            if lane.source in home.numbers and lane.name in home.routes
        ]

    async def reckon(self) -> int:
        """Reckon every SKU that waits for it; how many there were."""
        store, now = self._home.store, self._home.clock.now()
        async with store.transaction() as unit:
            await levels.lapse(unit, now)
            for master in self._masters:
                await pipe.shown(unit, master)
        count = 0
        while True:
            async with store.transaction() as unit:
                waiting = await levels.take(unit, _AT_ONCE)
                if waiting:
                    await self._reckon(unit, waiting)
            count += len(waiting)
            if len(waiting) < _AT_ONCE:
                return count

    async def anew(self, skus: Sequence[str], names: Sequence[str]) -> list[PoolLevel]:
        """What these pools of these SKUs come to by what stands here now, blocked ones too; nothing
        is kept, and the pools that are kept are not looked at."""
        async with self._home.store.transaction() as unit:
            fresh = await self._fresh(unit, skus, self._home.clock.now().to_stdlib())
        return [row for row in fresh if row.pool in names]

    async def _reckon(self, unit: Transaction, told: Mapping[str, bool]) -> None:
        """Keep what comes to something else, and what a system told anew, though it is the same:
        the channel may have sold since. A change is later than each before it, whatever the clock
        of this worker says."""
        before = {key_of(row): row for row in await levels.pools_of(unit, [*told])}
        last = await levels.last_change(unit)
        now = self._home.clock.now().to_stdlib()
        moment = max(now, last + _LEAST) if last is not None else now
        fresh = await self._fresh(unit, [*told], moment)
        changed = [
            row
            for row in fresh
            if told[row.sku] or (row.pieces, row.blocked) != _shows(before.get(key_of(row)))
        ]
        await levels.put_pools(unit, changed)

    async def _fresh(
        self, unit: Transaction, skus: Sequence[str], now: datetime
    ) -> list[PoolLevel]:
        levels_: dict[str, list[Level]] = defaultdict(list)
        sold: dict[str, list[InPipe]] = defaultdict(list)
        gone = await self._gone(unit)
        for level in await levels.of(unit, skus):
            counted = (level.connection, f"{level.sku}@{level.spot}") not in gone
            levels_[level.sku].append(level if counted else _emptied(level))
        for claim in await pipe.of(unit, skus):
            sold[claim.sku].append(claim)
        kept_back = {
            (buffer.sku, buffer.pool): buffer.pieces for buffer in await levels.buffers(unit, skus)
        }
        demand = await self._demand(unit, skus, now)
        return [
            self._shared(
                pool_,
                self._pool(
                    pool_, levels_[sku], sold[sku], kept_back.get((sku, pool_.name), 0), now
                ),
                demand,
            )
            for sku in sorted(levels_)
            for pool_ in self._pools
            if any(level.place is None or level.place in pool_.places for level in levels_[sku])
        ]

    async def _gone(self, unit: Transaction) -> set[tuple[int, str]]:
        """The levels that their systems did not list any more when all were counted last, each by
        its connection and key: a SKU that was renamed, a place that was closed."""
        counts = [(master, await rounds.last(unit, master.route)) for master in self._masters]
        return {
            (master.connection, key)
            for master, count in counts
            if count is not None
            for key in count.balance.gone
        }

    async def _demand(
        self, unit: Transaction, skus: Sequence[str], now: datetime
    ) -> Mapping[tuple[str, int], Expected]:
        """What is expected to be bought of each SKU at each connection, where that is asked."""
        if not any(pool_.shares for pool_ in self._pools):
            return {}
        rows = await levels.demand(unit, skus, now)
        return {(row.sku, row.connection): expected(row.purchases, row.bought) for row in rows}

    def _shared(
        self, pool_: Pool, row: PoolLevel, demand: Mapping[tuple[str, int], Expected]
    ) -> PoolLevel:
        """A pool level with no more than the pool's share of what is scarce."""
        if not pool_.shares:
            return row

        def wanted(connections: frozenset[int]) -> Expected:
            return together(
                demand.get((row.sku, connection), expected(0.0, 0.0)) for connection in connections
            )

        rivals = wanted(pool_.sellers - pool_.shown_at)
        return row._replace(pieces=share(row.pieces, wanted(pool_.shown_at), rivals))

    def _pool(
        self, pool_: Pool, every: list[Level], sold: list[InPipe], buffer: int, now: datetime
    ) -> PoolLevel:
        mine = [level for level in every if level.place in pool_.places]
        unmapped = sorted(level.spot for level in every if level.place is None)
        in_our_pipe = sum(
            claim.pieces
            for claim in sold
            if claim.connection in pool_.sellers or claim.connection not in self._channels
        )
        free = {f"{level.connection}/{level.spot}": level.available for level in mine}
        return PoolLevel(
            sku=every[0].sku,
            pool=pool_.name,
            pieces=pool(free, in_our_pipe, buffer),
            based_on=min(level.as_of for level in mine or every),
            changed_at=now,
            blocked=", ".join(unmapped),
        )


def _emptied(level: Level) -> Level:
    """A level that is gone at its system: there is none of it, and its place need not be known."""
    return level._replace(available=Decimal(0), place=level.place or "")


def _shows(row: PoolLevel | None) -> tuple[int, str] | None:
    return (row.pieces, row.blocked) if row is not None else None


class PoolSource:
    """The pools of one route out of the house, as `kit.connector.Source`.

    A mark is the place of the last change that was listed: they follow each other alike for all.
    """

    def __init__(self, home: Home, lane: Lane) -> None:
        gates: Gates = lane.gates
        self._home = home
        self._gates = gates
        self._names = sorted(gates.pools)
        self._reckoner = Reckoner(home)
        house, target = (home.numbers.get(name, 0) for name in (lane.source, lane.target))
        self._telling = Telling(home.routes.get(lane.name, 0), house, WORD, target)
        self._calls = gates.calls, gates.calls_a_day
        self._name = lane.name

    @cached_property
    def _purse(self) -> Purse:
        return Purse(self._home.store, self._name, *self._calls)

    def parse(self, body: bytes, at: Instant) -> Reading[Stock]:
        """Nobody pushes: raises `Refuse`."""
        raise Refuse("The house sends itself no messages.", code="no-identity")

    def reread(self, source: bytes, at: Instant) -> Reading[Stock]:
        """Read once more what was kept of a listing."""
        return reading_of(_DECODE(source), source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Stock]:
        """Read what was kept of a listing."""
        return self.reread(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Stock]]:
        """What these pools may show now, reckoned anew; what is blocked is left out."""
        wanted_keys = {*keys}
        skus = sorted({key.rpartition("@")[0] for key in wanted_keys})
        await levels.reckon_again(self._home.store, skus, told=False)
        await self._reckoner.reckon()
        rows = await levels.pools_of(self._home.store, skus)
        return [_reading(row) for row in rows if key_of(row) in wanted_keys and not row.blocked]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Stock]:
        """One page of the pools that changed after `mark`.

        Raises `Retry` where what they are made of was not listed lately: nothing old is told.
        """
        if cursor is None:
            await self._fresh_enough()
            await self._reckoner.reckon()
        if self._gates.spend == "expected-loss":
            return await self._spent(_PLACE((mark or _BEGIN).encode()))
        place = _PLACE((cursor or mark or _BEGIN).encode())
        rows = await levels.pools_after(self._home.store, self._names, place, _PAGE)
        if not rows:
            return Listing((), None)
        last = msgspec.json.encode(Place(rows[-1].changed_at, rows[-1].sku, rows[-1].pool)).decode()
        return Listing(tuple(map(_reading, rows)), last if len(rows) == _PAGE else None, last)

    async def _spent(self, mark: Place) -> Listing[Stock]:
        """What the calls of this listing are spent on; what is not told is looked at again."""
        store, now = self._home.store, self._home.clock.now()
        rows = await levels.stale(
            store, self._telling, self._names, mark.changed_at, now, _MOST_STALE
        )
        chosen = await self._purse.spent_on(rows, _PAGE, now)
        chosen_keys = {row[:2] for row in chosen}
        others = [row for row in rows if row[:2] not in chosen_keys]
        if not rows:
            return Listing((), None)
        reached = others[0].changed_at - _LEAST if others else rows[-1].changed_at
        further = _ENCODE(mark._replace(changed_at=reached)).decode()
        return Listing(tuple(_reading(PoolLevel(*row[:6])) for row in chosen), None, further)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what every pool comes to by the levels as they stand here, reckoned for this
        alone: the pools that `since` reads are not looked at. One that is blocked is not gone: it
        stands as it was told last."""
        skus = await levels.skus(self._home.store, cursor or "", _PAGE)
        fresh = await self._reckoner.anew(skus, self._names)
        blocked_keys = [key_of(row) for row in fresh if row.blocked]
        stand = await levels.captured(self._home.store, self._telling, blocked_keys)
        rows = (*(_listed(row) for row in fresh if not row.blocked), *map(_standing, stand))
        return CensusPage(rows, skus[-1] if len(skus) == _PAGE else None)

    async def _fresh_enough(self) -> None:
        now = self._home.clock.now()
        for name in self._gates.after:
            listed = await pipe.listed(self._home.store, self._home.routes[name])
            age_s = seconds_between(listed, now) if listed is not None else math.inf
            if age_s > self._gates.fresh_s:
                when = "never" if listed is None else f"{age_s:.0f} s ago"
                raise Retry(
                    f"The levels of {name} were last listed {when}: no pool is told meanwhile.",
                    after_s=_AGAIN_S,
                    do=f"Find out why {name} is not listed; it may be as old as fresh_s.",
                    code="levels-too-old",
                )


_BEGIN: Final = msgspec.json.encode(Place(datetime(1990, 1, 1, tzinfo=UTC), "", "")).decode()
_PLACE: Final = msgspec.json.Decoder(Place).decode
_DECODE: Final = msgspec.json.Decoder(Stock).decode
_ENCODE: Final = msgspec.json.Encoder().encode


def key_of(row: PoolLevel) -> str:
    """The key of a pool level: its SKU and its pool."""
    return f"{row.sku}@{row.pool}"


def _reading(row: PoolLevel) -> Reading[Stock]:
    document = Stock(
        sku=row.sku,
        place=row.pool,
        as_of=from_stdlib(row.changed_at).format_iso(),
        on_hand=Decimal(row.pieces),
        meaning="sellable",
    )
    return reading_of(document, _ENCODE(document))


def _standing(row: CapturedPool) -> Listed:
    as_of = from_stdlib(row.version)
    return Listed(row.key, row.key.replace("@", " at "), as_of, as_of, pieces=row.pieces)


def _listed(row: PoolLevel) -> Listed:
    as_of = from_stdlib(row.based_on)  # reckoned for the census alone, it is as old as its levels
    return Listed(key_of(row), f"{row.sku} at {row.pool}", as_of, as_of, pieces=row.pieces)

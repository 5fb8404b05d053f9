"""Round: a state is counted whole, at one moment, key by key.

What stands at a source, such as a level, has no list of events and no window. So all of it is
listed, by another report than captures go by, and each key must stand here with that value. What
moved on meanwhile agrees with its newer version; what is here and no longer there is told, to the
target too where that keeps it. What such a target was told has ended: it stands on neither side.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol, runtime_checkable

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.fetch import fetch
from counterfoil.flows.patience import patiently
from counterfoil.flows.route import Route
from counterfoil.kit.connector import CensusPage, Listed, Reading
from counterfoil.ledger.account import State
from counterfoil.ledger.balance import Balance, Standing, at_stake, balance
from counterfoil.model.document import Measure
from counterfoil.store import rounds
from counterfoil.store.bindings import Namespace
from counterfoil.store.rounds import Stands
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.errors import Halt
from counterfoil.values.strike import strike

_MOST_PAGES = 100_000
_AT_ONCE = 1_000  # documents of ours that are looked through at once


@runtime_checkable
class Recounts(Protocol):
    """A target that keeps what stands at the source, and must know what stands there no more."""

    async def recounted(self, keys: Sequence[str]) -> None:
        """These are gone from the source since the last round, or are there again."""
        ...


class OwnCount(msgspec.Struct, frozen=True):
    """What a source itself says of all that it lists: how many, and the sums by unit; None where it
    does not say."""

    count: int | None = None
    sums: Mapping[str, int] | None = None

    def heard(self, page: CensusPage) -> OwnCount:
        """With what a page says, where that was not said before."""
        return OwnCount(
            page.count if self.count is None else self.count,
            page.sums if self.sums is None else self.sums,
        )

    def agrees(self, found: Balance) -> bool:
        """Whether it is what was listed."""
        listed = {unit: sum_.listed_minor for unit, sum_ in found.money.items()}
        return self.count in (None, found.listed) and (
            self.sums is None
            or all(self.sums.get(unit, 0) == listed.get(unit, 0) for unit in {*self.sums, *listed})
        )


async def round_of_all(
    engine: Engine, routes: Sequence[Route], *, keep: bool = True
) -> list[Balance]:
    """Count the state of the source of these routes, which is one, and fetch what is missing: the
    balance of each."""
    began = engine.clock.now()
    tallies = [_Tally(engine, route, began) for route in routes]
    keys: set[str] = set()
    own = OwnCount()
    async with aclosing(_pages(engine, routes[0], began)) as pages:
        async for page in pages:
            own = own.heard(page)
            news = {row.key: row for row in page.listed if row.key not in keys}
            keys |= news.keys()
            await _take(engine, tallies, list(news.values()))
    await _look_for_what_went(engine, tallies, keys)
    return [await _balance(engine, tally, began, own, keep=keep) for tally in tallies]


async def _pages(engine: Engine, route: Route, began: Instant) -> AsyncGenerator[CensusPage]:
    """Everything that stands at the source."""
    cursor: str | None = None
    cursors: set[str] = set()
    for _ in range(_MOST_PAGES):
        ask = partial(route.source.census, began, began, cursor)
        page = await patiently(engine, ask, refill_s=route.refill_s)
        yield page
        cursor = page.cursor
        if cursor is None:
            return
        if cursor in cursors:
            break
        cursors.add(cursor)
    raise Halt(f"{route.name}: the count of the source has no end.", code="cursor-repeats")


async def _take(engine: Engine, tallies: Sequence[_Tally], rows: Sequence[Listed]) -> None:
    """Count a page of the source's list; what differs is read by its key, and looked at again.

    A report may be a little behind: what the source says of one document when it is asked for that
    alone holds.
    """
    lacking = {tally.route.id: await tally.take(rows) for tally in tallies}
    missing = {route: [row.key for row in rest] for route, rest in lacking.items()}
    if not any(missing.values()):
        return
    engine.fired["census-found-missing"] += sum(map(len, missing.values()))
    readings = await fetch(engine, [tally.route for tally in tallies], missing)
    answers = {reading.key: _listed(reading) for reading in readings}
    for tally in tallies:
        again = [answers.get(row.key, row) for row in lacking[tally.route.id]]
        await tally.miss(await tally.take(again))


async def _look_for_what_went(engine: Engine, tallies: Sequence[_Tally], keys: set[str]) -> None:
    """Ask for each document that is here and was not listed; what is still here then is told.

    What the last round told already is not asked for again: should its source change it, a listing
    brings it, as anything.
    """
    gone = {tally.route.id: await tally.unseen(keys) for tally in tallies}
    news = {tally.route.id: await tally.untold(gone[tally.route.id]) for tally in tallies}
    if any(news.values()):
        await fetch(engine, [tally.route for tally in tallies], news)
    for tally in tallies:
        await tally.lose(gone[tally.route.id])


def _listed(reading: Reading[Any]) -> Listed:
    created = reading.created or reading.version
    return Listed(
        reading.key, reading.number, reading.version, created, reading.minor, reading.currency,
        reading.pieces,
    )  # fmt: skip


async def _balance(
    engine: Engine, tally: _Tally, began: Instant, own: OwnCount, *, keep: bool
) -> Balance:
    sums = tally.balance()
    if keep:
        before = await rounds.last(engine.database, tally.route.id)
        agreed = sums.balances and own.agrees(sums)
        await rounds.keep(
            engine.database, tally.route.id, began, sums, own.count,
            closed=agreed, at=engine.clock.now(),
        )  # fmt: skip
        if agreed:
            strike("C16")
        changed = sums.gone.symmetric_difference(before.balance.gone if before else ())
        if changed and isinstance(tally.route.target, Recounts):
            await tally.route.target.recounted(sorted(changed))
    return sums


class _Tally:
    """What a round has counted for one route: both sides together, document by document, so that
    nothing that moves meanwhile can stand between them."""

    def __init__(self, engine: Engine, route: Route, began: Instant) -> None:
        self.route = route
        self._database = engine.database
        self._began = began
        self._namespace = Namespace(route.source_connection, route.plan.document)
        self._by_moment = route.source_carries.versions == "moment"
        self._listed = 0
        self._money: dict[str, int] = {}
        self._standings: dict[tuple[State, str], Standing] = {}
        self._missing: list[str] = []
        self._gone: list[str] = []
        self._ended: list[str] = []

    async def take(self, rows: Sequence[Listed]) -> list[Listed]:
        """Count those that stand here as they are listed, or in a version that was captured since
        the round began: the rest."""
        ours = await self._here([row.key for row in rows])
        differing = [
            ours[row.key] for row in rows if row.key in ours and not self._same(row, ours[row.key])
        ]
        newer = await rounds.entered_since(self._database, differing, self._began)
        rest = {stands.key for stands in differing if stands.id not in newer}
        agreeing = [stands for stands in ours.values() if stands.key not in rest]
        self._count(agreeing, [stands.measure for stands in agreeing])
        return [row for row in rows if row.key not in ours or row.key in rest]

    async def miss(self, rows: Sequence[Listed]) -> None:
        """Count those that are not here, or stand otherwise here, on either side as it has them."""
        ours = await self._here([row.key for row in rows])
        self._count(ours.values(), [row.measure for row in rows])
        self._missing += [row.key for row in rows]

    async def unseen(self, listed: set[str]) -> list[str]:
        """The keys of what stands here and was not listed, but for what ended and what is new."""
        after, keys = 0, list[str]()
        while True:
            rows, after = await rounds.every(self._database, self.route.id, after, _AT_ONCE)
            if not rows:
                return keys
            absent = [row for row in rows if row.key not in listed]
            keys += [stands.key for stands in await self._left(absent)]

    async def untold(self, keys: Sequence[str]) -> list[str]:
        """Those of these that the round before this one did not tell of."""
        last = await rounds.last(self._database, self.route.id) if keys else None
        told = last.balance.gone if last is not None else frozenset[str]()
        return [key for key in keys if key not in told]

    async def lose(self, keys: Sequence[str]) -> None:
        """Count those of these that still stand here, and have not ended: they are gone there. What
        the target keeps none of since the last round told so has ended."""
        ours = await self._here(keys)
        gone = await self._left(list(ours.values()))
        news = {stands.key for stands in gone}
        if isinstance(self.route.target, Recounts):
            news = {*await self.untold(sorted(news))}
        self._count([stands for stands in gone if stands.key in news], ())
        self._gone += [stands.key for stands in gone if stands.key in news]
        self._ended += [stands.key for stands in gone if stands.key not in news]

    def balance(self) -> Balance:
        """Both sides, as far as they were counted."""
        return balance(
            self._standings.values(),
            listed=self._listed,
            listed_minor=self._money,
            missing=self._missing,
            phantom=self._gone,
            ended=self._ended,
        )

    async def _here(self, keys: Sequence[str]) -> dict[str, Stands]:
        return await rounds.standing(self._database, self.route.id, self._namespace, keys)

    async def _left(self, rows: Sequence[Stands]) -> list[Stands]:
        open_ = [stands for stands in rows if not stands.ended]
        newer = await rounds.entered_since(self._database, open_, self._began)
        return [stands for stands in open_ if stands.id not in newer]

    def _same(self, row: Listed, stands: Stands) -> bool:
        older = self._by_moment and from_stdlib(stands.version) < Instant(row.version.to_stdlib())
        return row.measure == stands.measure and not older

    def _count(self, rows: Iterable[Stands], listed: Sequence[Measure]) -> None:
        """Count documents of ours on our side, and these measures on their source's."""
        self._listed += len(listed)
        for unit, amount in at_stake(listed).items():
            self._money[unit] = self._money.get(unit, 0) + amount
        for stands in rows:
            key = State(stands.state), stands.currency
            before = self._standings.get(key, Standing(*key, 0, 0))
            self._standings[key] = before + stands.standing

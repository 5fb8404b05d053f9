"""Load: a listing on demand, and the initial load of everything that a source has.

An initial load is a listing from the very first change on, which keeps how far it came with every
page: whoever is killed goes on there. Live listings begin at the mark at which it ended, so that
nothing lies between the two; what both bring is the same version, and is here once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from counterfoil.flows.candidate import candidate_of
from counterfoil.flows.capture import listed
from counterfoil.flows.census import Window, census, listed_in
from counterfoil.flows.engine import Engine
from counterfoil.flows.patience import patiently
from counterfoil.flows.route import Route
from counterfoil.flows.rulebook import AFTER
from counterfoil.flows.sweep import sweep_source
from counterfoil.flows.timer import run_now
from counterfoil.kit.connector import Listing
from counterfoil.kit.mark import made
from counterfoil.ledger.balance import at_stake
from counterfoil.model.words import Word
from counterfoil.store import loads, receipts, tasks
from counterfoil.store.loads import LoadRow
from counterfoil.store.receipts import NewReceipt
from counterfoil.store.tasks import Lease
from counterfoil.values.clock import Instant, from_stdlib, instant, later, seconds_between
from counterfoil.values.errors import Refuse, Retry

INITIAL = 40
"""The priority of an initial load: behind everything live."""

_TASK = "listing"
_LEASE_S = 300.0
_PAGE_LEASE_S = 6.0  # of a load, renewed with every page: whoever is killed is followed soon
_SAMPLE = 20  # documents that are read again at their source when a load is over
_EVER = instant("1990-01-01T00:00:00Z")

Seen = Callable[[int, int], None]
"""Told how many documents were listed so far, and how many of them are new."""


async def listing_now(engine: Engine, route: Route) -> int:
    """List what changed since the last listing; how many documents are new.

    Raises `Retry` where another worker is listing at this moment.
    """
    mark = await _take(engine, route)
    reached = None
    try:
        reached, new = await sweep_source(engine, route, mark)
    finally:
        await _leave(engine, route, reached)
    return new


async def initial(engine: Engine, route: Route, start: Instant | None, seen: Seen) -> int:
    """List everything created at or after `start` (None: everything); how many are new.

    Listings go on from the moment when the load began; where the source has marks of its own, from
    the last one that it gave. Raises `Refuse` where the source has no way to give everything at
    once.
    """
    load = getattr(route.source, "load", None)
    if load is None:
        raise Refuse(
            f"The source of {route.name} cannot give everything at once.",
            do="Run the route without --initial: a listing goes through all of it, page by page.",
            code="no-bulk",
        )
    began = engine.clock.now()
    new = await _loaded(engine, route, load(start), seen)
    await tasks.note_listed(engine.database, route.id, began)
    with suppress(Retry):  # the timer is listing at this moment, and leaves a mark of its own
        await _take(engine, route)
        await _leave(engine, route, made(began) if route.source_carries.overlap else None)
    return new


class Counted(msgspec.Struct, frozen=True):
    """What a source itself counts of all that a route answers for: documents, and their money in
    minor units by currency (pieces under "pieces")."""

    documents: int
    money: Mapping[str, int]


def ordered(routes: Iterable[Route]) -> list[Route]:
    """The routes in the sequence in which they are loaded: of two words the one that the other
    needs comes first."""
    remaining, done = sorted(routes, key=lambda route: route.name), list[Route]()
    while remaining:
        waiting = {route.plan.document for route in remaining}
        ready = [
            route for route in remaining if not waiting.intersection(_before(route))
        ] or remaining
        done += ready
        remaining = [route for route in remaining if route not in ready]
    return done


def _before(route: Route) -> set[Word]:
    """The words, beside its own, whose documents those of a route may need."""
    return set(AFTER.get(route.plan.document, ()))


async def counted(engine: Engine, route: Route) -> Counted:
    """Ask the source to count all that the route answers for."""
    rows = (await listed_in(engine, route, _all(engine, route))).listed
    return Counted(len(rows), at_stake(row.measure for row in rows))


async def run(engine: Engine, route: Route, seen: Seen, by: str = "") -> LoadRow:
    """Load everything that a route answers for, or the rest of it, and look whether it is all here.

    Where counts, sums and the sample agree, whoever runs it (`by`; "": nobody in particular) signs
    that. One that is over is not begun again. Raises `Retry` where another worker is listing.
    """
    row = await loads.of(engine.database, route.id)
    if row is None:
        expected = await counted(engine, route)
        began = engine.clock.now()
        await loads.begin(engine.database, route.id, began, expected.documents, expected.money)
        row = await _row(engine, route)
    if row.ended is None:
        await _load(engine, route, row, seen)
        await _judged(engine, route, row)
        row = await _row(engine, route)
        if by and agrees(row):
            await _sign(engine, route, row, by, "")
    return await _row(engine, route)


def agrees(row: LoadRow) -> bool:
    """Whether counts, sums and the sample of a load that is over agree."""
    return not (row.unaccounted or row.different)


async def sign(engine: Engine, route: Route, by: str, why: str) -> None:
    """Sign what was found when a load was over; listings go on from then on.

    Raises `Refuse` where it is not over (code "load-not-over"), is signed already ("load-signed"),
    or differs and nobody says `why` that is borne ("load-differs").
    """
    row = await loads.of(engine.database, route.id)
    if row is None or row.ended is None:
        raise Refuse(
            f"The load of {route.name} is not over, so there is nothing to sign.",
            do="`counterfoil load run` loads it, or the rest of it.",
            code="load-not-over",
        )
    if row.signed_at is not None:
        raise Refuse(
            f"The load of {route.name} is signed already, by {row.signed_by or 'nobody known'}.",
            do="`counterfoil load status` shows it.",
            code="load-signed",
        )
    if not agrees(row) and not why.strip():
        raise Refuse(
            f"The load of {route.name} differs: {row.unaccounted} on one side only, {row.different}"
            f" of {row.sampled} that were drawn.",
            do="Find out why; then sign it with --why, and its listings go on.",
            code="load-differs",
        )
    await _sign(engine, route, row, by, why.strip())


async def _sign(engine: Engine, route: Route, row: LoadRow, by: str, why: str) -> None:
    """Let the load be signed, and leave a receipt of what was signed, which is never changed."""
    moment = engine.clock.now()
    title = (
        f"the initial load of {route.name}: {row.listed:,} of {row.expected:,}"
        f" {route.plan.title.many}, {row.unaccounted} on one side only, {row.different} of"
        f" {row.sampled} drawn differ"
    )
    async with engine.database.transaction() as unit:
        if await loads.sign(unit, route.id, moment, by, why):
            await receipts.keep(unit, moment, NewReceipt(by, "signed", title, why, (), (), ()))


async def _load(engine: Engine, route: Route, row: LoadRow, seen: Seen) -> None:
    await _take(engine, route, patience_s=2 * _PAGE_LEASE_S, lease_s=_PAGE_LEASE_S)
    mark, cursor, count, new = row.mark, None, row.listed, row.new
    reached, over = mark, False
    try:
        while True:
            ask = partial(route.source.since, mark, cursor)
            page = await patiently(engine, ask, refill_s=route.refill_s)
            fresh = await listed(engine, route, page.readings, INITIAL) if page.readings else 0
            reached = page.mark or reached
            checkpoint = reached if route.source_carries.ordered else None
            await loads.reach(engine.database, route.id, checkpoint, len(page.readings), fresh)
            until = later(engine.clock.now(), _PAGE_LEASE_S)
            await tasks.renew(engine.database, route.id, _TASK, engine.holder, until)
            count, new, cursor = count + len(page.readings), new + fresh, page.cursor
            seen(count, new)
            if cursor is None:
                await tasks.note_listed(engine.database, route.id, engine.clock.now())
                over = True
                return
    finally:
        await _leave(engine, route, reached if over else None)


async def _judged(engine: Engine, route: Route, row: LoadRow) -> None:
    """Hold what is here against what the source counts, and a sample against what it says now."""
    window = Window(_all(engine, route).start, from_stdlib(row.began))
    sums = await census(engine, route, window, keep=False)
    sample = await loads.drawn(engine.database, route.id, _SAMPLE)
    different = 0
    for start in range(0, len(sample), max(1, route.source_carries.reads)):
        drawn = sample[start : start + max(1, route.source_carries.reads)]
        read = partial(route.source.read, [document.key for document in drawn])
        readings = await patiently(engine, read, refill_s=route.refill_s)
        today = {reading.key: candidate_of(route, reading, b"").digest for reading in readings}
        different += sum(today.get(document.key) != document.digest for document in drawn)
    ended, unaccounted = engine.clock.now(), sums.unaccounted
    await loads.end(engine.database, route.id, ended, unaccounted, len(sample), different)


def _all(engine: Engine, route: Route) -> Window:
    return Window(route.begins or _EVER, engine.clock.now())


async def _row(engine: Engine, route: Route) -> LoadRow:
    row = await loads.of(engine.database, route.id)
    assert row is not None, "the load has not begun"
    return row


async def _loaded(
    engine: Engine, route: Route, pages: AsyncIterator[Listing[Any]], seen: Seen
) -> int:
    count = new = 0
    async for page in pages:
        if page.readings:
            new += await listed(engine, route, page.readings, INITIAL)
        count += len(page.readings)
        seen(count, new)
    return new


async def _take(
    engine: Engine, route: Route, *, patience_s: float = 0.0, lease_s: float = _LEASE_S
) -> str | None:
    """Take the listing from the timer, and give its mark; whoever had it and is no more lets it go
    when its lease ends, which is waited for as long as `patience_s`."""
    now = engine.clock.now()
    await tasks.open_(engine.database, route.id, _TASK, now)
    while True:
        await run_now(engine, route, _TASK)
        moment = engine.clock.now()
        lease = Lease(engine.holder, moment, later(moment, lease_s))
        claim = await tasks.claim(engine.database, route.id, _TASK, lease)
        if claim is not None or seconds_between(now, moment) >= patience_s:
            break
        await engine.clock.sleep(1.0)
    if claim is None:
        await _check_signed(engine, route)
        raise Retry(
            f"Another worker is listing {route.name} at this moment.",
            after_s=5.0,
            do="Wait until it is done; nothing is missed.",
            code="listing",
        )
    return claim.mark


async def _check_signed(engine: Engine, route: Route) -> None:
    """Raise `Refuse` where listings wait for somebody to sign the initial load."""
    row = await loads.of(engine.database, route.id)
    if row is not None and row.ended is not None and row.signed_at is None:
        raise Refuse(
            f"Nobody has signed what the initial load of {route.name} came to, so its listings"
            " wait.",
            do="Look at `counterfoil load status`, then `counterfoil load sign`.",
            code="load-not-signed",
        )


async def _leave(engine: Engine, route: Route, reached: str | None) -> None:
    due = later(engine.clock.now(), route.plan.cadence_s)
    await tasks.release(engine.database, route.id, _TASK, engine.holder, reached, due)

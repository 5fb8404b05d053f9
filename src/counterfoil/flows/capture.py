"""Capture: what a source pushed or listed becomes records, each once, each with its entry.

The second delivery of the same version ends at a constraint. Of two versions the newer stands;
an older one that comes late, or is still waiting, steps aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from asyncpg import UniqueViolationError

from counterfoil.flows.candidate import (
    ENCODE,
    PUSHED,
    Candidate,
    asked,
    candidate_of,
    reread,
    said_by,
    whole,
)
from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Reading
from counterfoil.ledger.account import NEEDS_A_PERSON, State
from counterfoil.ledger.run import Path, gathered
from counterfoil.mapping.losses import Loss
from counterfoil.store import journal, pages
from counterfoil.store.journal import Cause, Move, Overtaken
from counterfoil.store.pages import Page, Stage
from counterfoil.store.postgres import Row, Transaction
from counterfoil.values.clock import Instant, later, nanoseconds
from counterfoil.values.digest import canonical, digest
from counterfoil.values.ids import PageId, RecordId
from counterfoil.values.strike import strike

_RECORD = (
    "id", "route", "subject", "page", "place", "key", "number", "version", "digest", "source",
    "minor", "currency", "created", "state", "seq", "due", "nameless", "mark",
)  # fmt: skip


async def listed(
    engine: Engine, route: Route, readings: Sequence[Reading[Any]], priority: int
) -> int:
    """Capture one page of a listing; the number of records that are new. Raises `Overtaken` where
    another worker was quicker with one of them."""
    fresh = await _fresh(
        engine, route, [candidate_of(route, reading, reading.source) for reading in readings]
    )
    # What a source lists at once may be more than a page of ours holds.
    return sum(
        [
            await _new_page(engine, route, fresh[at : at + pages.LARGEST], priority)
            for at in range(0, len(fresh), pages.LARGEST)
        ]
    )


async def _new_page(engine: Engine, route: Route, fresh: list[Candidate], priority: int) -> int:
    at = engine.clock.now()
    number = PageId(await engine.numbers.one())
    page = Page(
        id=number, route=route.id, stage=Stage.CAPTURED, priority=priority, inbox=[], bodies=b"",
        fence=0, chain=b"", switch="on", holder=engine.holder, lease_until=at,
    )  # fmt: skip
    async with engine.database.transaction() as unit:
        await unit.run(
            "create_page", number, route.id, Stage.CAPTURED, priority, [],
            pages.pack([candidate.body for candidate in fresh]), at.to_stdlib(), b"",
            at.to_stdlib(), pages.pack_sources([candidate.source for candidate in fresh]),
        )  # fmt: skip
        count = await _enter(engine, route, unit, page, fresh, at)
        await engine.queue.enqueue(unit, [Job(number, priority, key=key(number))])
    strike("C6")
    return count


async def arrived(engine: Engine, route: Route, page: Page) -> None:
    """Capture a page of pushed messages."""
    said = [one for message in page.messages for one in said_by(route, message)]
    candidates = await whole(engine, route, said)
    fresh = await _fresh(engine, route, candidates, pushed=True)
    at = engine.clock.now()
    page.bodies = pages.pack([candidate.body for candidate in fresh])
    sources = pages.pack_sources([candidate.source for candidate in fresh])
    async with engine.database.transaction() as unit:
        kept = await unit.rows(
            "captured_page", page.id, page.fence, page.bodies, page.chain, sources
        )
        if not kept:
            raise pages.Fenced(f"Page {page.id} is in other hands.")
        if fresh:
            await _enter(engine, route, unit, page, fresh, at)
    strike("C6")
    page.stage = Stage.CAPTURED


async def _fresh(
    engine: Engine, route: Route, candidates: Sequence[Candidate], *, pushed: bool = False
) -> list[Candidate]:
    """The candidates whose version is not in the journal yet, each once, sorted by their keys."""
    keys = [candidate.reading.key for candidate in candidates]
    rows = await engine.database.rows("bound", route.source_connection, route.plan.document, keys)
    subjects = {row["foreign_id"]: row["subject"] for row in rows}
    known: dict[tuple[int, Instant], list[Row]] = {}
    if subjects:
        for row in await engine.database.rows(
            "known_versions", route.id, sorted(subjects.values())
        ):
            known.setdefault((row["subject"], Instant(row["version"])), []).append(row)
    fresh: dict[tuple[str, bytes], Candidate] = {}
    doubtful: list[tuple[Candidate, list[Row]]] = []
    for candidate in candidates:
        candidate.subject = subjects.get(candidate.reading.key, 0)
        same = known.get((candidate.subject, _as_kept(candidate.reading.version)), [])
        if any(_alike(candidate, row) for row in same):
            continue
        readable = [row for row in same if row["source"]]
        if readable and candidate.body:
            doubtful.append((candidate, readable))
        else:
            fresh.setdefault((candidate.reading.key, candidate.digest), candidate)
    for candidate in await _news(engine, route, doubtful, pushed=pushed) if doubtful else ():
        fresh.setdefault((candidate.reading.key, candidate.digest), candidate)
    engine.fired["same-version"] += len(candidates) - len(fresh)
    found = [fresh[at] for at in sorted(fresh)]
    return await _one_a_second(engine, route, found) if pushed else found


def _alike(candidate: Candidate, row: Row) -> bool:
    """Whether a known version is this one by its document, or by what the source said."""
    if row["digest"] == candidate.digest:
        return True
    return row["source"] == candidate.mark and candidate.mark not in (b"", PUSHED)


async def _one_a_second(engine: Engine, route: Route, fresh: list[Candidate]) -> list[Candidate]:
    """The candidates, without two that say different things of one document at one moment: nothing
    in them tells which is the later, so the source is asked."""
    stamps = Counter((one.reading.key, one.reading.version) for one in fresh)
    twice = {key for (key, _), count in stamps.items() if count > 1}
    if not twice:
        return fresh
    engine.fired["equal-stamps"] += len(twice)
    told = await asked(engine, route, sorted(twice))
    return [one for one in fresh if one.reading.key not in told] + await _fresh(
        engine, route, list(told.values())
    )


async def _news(
    engine: Engine, route: Route, doubtful: Sequence[tuple[Candidate, list[Row]]], *, pushed: bool
) -> list[Candidate]:
    """Those that really say something else than what is known of the same moment.

    A changed field table is no news from the source: what the source said then is read again, and
    compared as today's reader reads both. Where two messages of one second really differ, nothing
    in them tells which is the later: the source is asked.
    """
    kept = await pages.sources(
        engine.database,
        [(row["page"], row["place"]) for _, rows in doubtful for row in rows],
    )
    news: list[Candidate] = []
    for candidate, rows in doubtful:
        again = (
            reread(route, *kept[row["page"], row["place"]]).document
            for row in rows
            if (row["page"], row["place"]) in kept
        )
        if not any(found is not None and ENCODE(found) == candidate.body for found in again):
            news.append(candidate)
    if not (news and pushed):
        return news
    engine.fired["equal-stamps"] += len(news)
    told = await asked(engine, route, sorted({one.reading.key for one in news}))
    found = [told.get(one.reading.key, one) for one in news]
    return await _fresh(engine, route, found)


def _as_kept(version: Instant) -> Instant:
    """`version` as PostgreSQL keeps it: whole microseconds, the rest cut off."""
    return Instant(version.to_stdlib())


async def _enter(
    engine: Engine,
    route: Route,
    unit: Transaction,
    page: Page,
    candidates: list[Candidate],
    at: Instant,
) -> int:
    """Write the candidates as records of the page, and let older versions step aside."""
    await _bind(engine, route, unit, candidates)
    for place, candidate in enumerate(candidates):
        candidate.id = pages.record_at(page.id, place)
    leaders = await _leaders(unit, route, candidates)
    await _insert(unit, route, page, candidates, at)
    await _lead(unit, route, candidates, leaders)
    runs = gathered((one.id, 1, 0, _way(one), _why(one)) for one in candidates)
    runs += journal.entered(await _overtake(engine, route, unit, candidates, at))
    await journal.write(unit, page, runs, numbers=engine.numbers, at=at)
    await _open_holds(unit, route, candidates, at)
    return len(candidates)


async def _bind(
    engine: Engine, route: Route, unit: Transaction, candidates: list[Candidate]
) -> None:
    for candidate in candidates:
        candidate.first = not candidate.subject
    new = sorted({c.reading.key for c in candidates if c.first})
    if not new:
        return
    numbers = await engine.numbers.take(len(new))
    where = (route.source_connection, route.plan.document)
    rows = await unit.rows("bind", *where, new, list(numbers))
    subjects = {row["foreign_id"]: row["subject"] for row in rows}
    if len(subjects) < len(new):
        rest = [foreign for foreign in new if foreign not in subjects]
        rows = await unit.rows("bound", *where, rest)
        subjects |= {row["foreign_id"]: row["subject"] for row in rows}
    ours = dict(zip(new, numbers, strict=True))
    for candidate in candidates:
        if candidate.first:
            candidate.subject = subjects[candidate.reading.key]
            candidate.first = candidate.subject == ours[candidate.reading.key]


async def _leaders(
    unit: Transaction, route: Route, candidates: list[Candidate]
) -> dict[int, RecordId]:
    """The newest version of each document, and which candidates come too late for it."""
    best: dict[int, tuple[tuple[int, int], RecordId]] = {}
    known = sorted({c.subject for c in candidates if not c.first})
    for row in await unit.rows("lock_threads", route.id, known) if known else ():
        # Of two that bear one moment the one that comes later stands: its source was asked for it,
        # or has just listed it. Numbers tell nothing of it, since each worker takes its own.
        rank = (nanoseconds(Instant(row["version"])), 0)
        best[row["subject"]] = (rank, RecordId(row["id"]))
    for candidate in candidates:
        if candidate.subject not in best or best[candidate.subject][0] < candidate.rank:
            best[candidate.subject] = (candidate.rank, candidate.id)
    for candidate in candidates:
        candidate.late = best[candidate.subject][1] != candidate.id
    return {subject: leader for subject, (_, leader) in best.items()}


async def _lead(
    unit: Transaction,
    route: Route,
    candidates: list[Candidate],
    leaders: dict[int, RecordId],
) -> None:
    """Say of each document which version is its newest."""
    fresh = {candidate.subject for candidate in candidates if candidate.first}
    for statement, subjects in (
        ("new_threads", [subject for subject in leaders if subject in fresh]),
        ("lead_threads", [subject for subject in leaders if subject not in fresh]),
    ):
        if subjects:
            records = [leaders[subject] for subject in subjects]
            await unit.run(statement, route.id, subjects, records)


async def _insert(
    unit: Transaction, route: Route, page: Page, candidates: list[Candidate], at: Instant
) -> None:
    """Append the records. Raises `Overtaken` where another worker was quicker with a version."""
    moment = at.to_stdlib()
    rows = [
        (
            c.id, route.id, c.subject, page.id, place, c.reading.key, c.reading.number,
            c.reading.version.to_stdlib(), c.digest, c.mark, c.reading.minor, c.reading.currency,
            c.created.to_stdlib(), int(c.state), 1, moment if c.state is State.CAPTURED else None,
            c.nameless, _mark(route, c),
        )
        for place, c in enumerate(candidates)
    ]  # fmt: skip
    try:
        await unit.copy("record", _RECORD, rows)
    except UniqueViolationError:
        raise Overtaken(f"A version on page {page.id} was captured meanwhile.") from None


def _mark(route: Route, candidate: Candidate) -> int:
    """By what the database knows a version of a document: eight bytes of a digest."""
    version = _as_kept(candidate.reading.version)
    whole = b"%d|%d|%b" % (route.id, nanoseconds(version), candidate.digest)
    return int.from_bytes(digest(whole)[:8], signed=True)


def _way(candidate: Candidate) -> Path:
    state = candidate.state
    return (State.CAPTURED,) if state is State.CAPTURED else (State.CAPTURED, state)


def _why(candidate: Candidate) -> str:
    reading = candidate.reading
    detail: dict[str, object] = {}
    if reading.problem is not None:
        detail = {"code": reading.problem.code, "said": reading.problem.said}
        if candidate.left_out:
            detail["rule"] = candidate.left_out
    elif candidate.late:
        detail = {"said": "a newer version was already here"}
    if reading.losses:
        detail["losses"] = [kept_loss(loss) for loss in reading.losses]
    return canonical(detail).decode() if detail else ""


def kept_loss(loss: Loss) -> dict[str, object]:
    """A loss as the journal keeps it: never its value, which may be personal."""
    kept: dict[str, object] = {"field": loss.field, "code": loss.code, "why": loss.why}
    return {**kept, "minor": loss.minor} if loss.minor else kept


async def _overtake(
    engine: Engine, route: Route, unit: Transaction, entered: list[Candidate], at: Instant
) -> list[Move]:
    """Older versions that have not left yet step aside for the newest: their moves."""
    standing = {c.subject: c for c in entered if not c.late and not c.first}
    if not standing:
        return []
    fresh = {c.id for c in entered}
    rows = await unit.rows("overtaken", route.id, sorted(standing))
    moves = [
        _aside(row, standing[row["subject"]].id)
        for row in rows
        if row["id"] not in fresh
        and (nanoseconds(Instant(row["version"])), 0) < standing[row["subject"]].rank
    ]
    if not moves:
        return []
    engine.fired["older-version"] += len(moves)
    await journal.move_records(unit, moves)
    waiting = [move.id for move in moves if move.before in NEEDS_A_PERSON]
    if waiting:
        await unit.run("close_holds", waiting, at.to_stdlib(), journal.HOUSE, "superseded")
    return moves


def _aside(row: Row, newer: RecordId) -> Move:
    return Move(
        id=row["id"],
        subject=row["subject"],
        seq=row["seq"],
        before=State(row["state"]),
        path=(State.SUPERSEDED,),
        minor=0,
        currency="",
        detail=canonical({"superseded_by": newer}).decode(),
    )


async def _open_holds(
    unit: Transaction, route: Route, entered: list[Candidate], at: Instant
) -> None:
    held = [(c, Cause.of(c.reading.problem)) for c in entered if c.reading.problem is not None]
    held = [(c, cause) for c, cause in held if c.state is State.HELD]
    if held:
        await unit.run(
            "open_holds",
            route.id,
            route.plan.owner,
            at.to_stdlib(),
            [c.id for c, _ in held],
            [int(State.HELD)] * len(held),
            [cause.code for _, cause in held],
            [cause.said for _, cause in held],
            [cause.advice for _, cause in held],
            [cause.place for _, cause in held],
            [c.reading.minor for c, _ in held],
            [c.reading.currency for c, _ in held],
        )


def overlap(mark: Instant | None, seconds: float) -> Instant | None:
    """Where a sweep begins: `seconds` before the last mark, so that late rows are not passed."""
    return later(mark, -seconds) if mark is not None else None

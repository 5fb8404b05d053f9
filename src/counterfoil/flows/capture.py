"""Capture: what a source pushed or listed becomes records, each once, each with its entry.

The second delivery of the same version ends at a constraint. Of two versions the newer stands;
an older one that comes late, or is still waiting, steps aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.flows import pipe
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
from counterfoil.flows.erased import forgotten
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import Route
from counterfoil.flows.rules import by_its_key
from counterfoil.flows.wake import wake
from counterfoil.kit.connector import Reading
from counterfoil.ledger.account import NEEDS_A_PERSON, State
from counterfoil.ledger.run import Path, gathered
from counterfoil.mapping.losses import Loss
from counterfoil.store import (
    aliases,
    bindings,
    document_routes,
    holds,
    journal,
    links,
    pages,
    records,
    waits,
)
from counterfoil.store.bindings import Namespace
from counterfoil.store.holds import Cause, NewHold
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page, Stage
from counterfoil.store.postgres import Transaction
from counterfoil.store.records import KnownVersion, NewRecord, WaitingVersion
from counterfoil.values.clock import Instant, nanoseconds
from counterfoil.values.digest import canonical, digest
from counterfoil.values.ids import PageId, RecordId, Subject
from counterfoil.values.strike import strike


async def listed(
    engine: Engine, route: Route, readings: Sequence[Reading[Any]], priority: int
) -> int:
    """Capture one page of a listing; the number of records that are new. Raises `Overtaken` where
    another worker was quicker with one of them."""
    candidates = [candidate_of(route, reading, reading.source) for reading in readings]
    await forgotten(engine, route, candidates)
    fresh = await _fresh(engine, route, candidates)
    # What a source lists at once may be more than a page of ours holds.
    return sum(
        [
            await _new_page(engine, route, fresh[start : start + pages.LARGEST], priority)
            for start in range(0, len(fresh), pages.LARGEST)
        ]
    )


async def _new_page(engine: Engine, route: Route, fresh: list[Candidate], priority: int) -> int:
    moment = engine.clock.now()
    number = PageId(await engine.numbers.one())
    page = Page(
        id=number, route=route.id, stage=Stage.CAPTURED, priority=priority, inbox=[], bodies=b"",
        fence=0, chain=b"", switch="on", holder=engine.holder, lease_until=moment,
        release=engine.release,
    )  # fmt: skip
    async with engine.database.transaction() as unit:
        bodies = [candidate.body for candidate in fresh]
        await pages.create(unit, page, bodies, [candidate.source for candidate in fresh], moment)
        count = await _enter(engine, route, unit, page, fresh, moment)
        await engine.queue.enqueue(unit, [Job(number, priority, key=key(number))])
    strike("C6")
    return count


async def arrived(engine: Engine, route: Route, page: Page) -> None:
    """Capture a page of pushed messages."""
    statements = [statement for message in page.messages for statement in said_by(route, message)]
    candidates = await whole(engine, route, statements)
    await forgotten(engine, route, candidates, page.messages)
    fresh = await _fresh(engine, route, candidates, pushed=True)
    moment = engine.clock.now()
    bodies = [candidate.body for candidate in fresh]
    sources = [candidate.source for candidate in fresh]
    async with engine.database.transaction() as unit:
        await pages.set_captured(unit, page, bodies, sources)
        if fresh:
            await _enter(engine, route, unit, page, fresh, moment)
    strike("C6")
    page.stage = Stage.CAPTURED


async def _fresh(
    engine: Engine, route: Route, candidates: Sequence[Candidate], *, pushed: bool = False
) -> list[Candidate]:
    """The candidates whose version is not in the journal yet, each once, sorted by their keys."""
    keys = [candidate.reading.key for candidate in candidates]
    subjects = await bindings.bound(engine.database, _namespace(route), keys)
    if route.source_carries.versions == "digest":
        return await _changed(engine, route, candidates, subjects)
    known_versions: dict[tuple[int, Instant], list[KnownVersion]] = {}
    if subjects:
        for row in await records.known(engine.database, route.id, sorted(subjects.values())):
            known_versions.setdefault((row.subject, Instant(row.version)), []).append(row)
    fresh: dict[tuple[str, bytes], Candidate] = {}
    doubtful: list[tuple[Candidate, list[KnownVersion]]] = []
    for candidate in candidates:
        candidate.subject = subjects.get(candidate.reading.key, 0)
        same = known_versions.get((candidate.subject, _as_kept(candidate.reading.version)), [])
        if any(_alike(candidate, row) for row in same):
            continue
        readable = [row for row in same if row.source]
        if readable and candidate.body:
            doubtful.append((candidate, readable))
        else:
            fresh.setdefault((candidate.reading.key, candidate.digest), candidate)
    for candidate in await _news(engine, route, doubtful, pushed=pushed) if doubtful else ():
        fresh.setdefault((candidate.reading.key, candidate.digest), candidate)
    engine.fired["same-version"] += len(candidates) - len(fresh)
    news = [fresh[place] for place in sorted(fresh)]
    return await _one_a_second(engine, route, news) if pushed else news


async def _changed(
    engine: Engine, route: Route, candidates: Sequence[Candidate], subjects: Mapping[str, int]
) -> list[Candidate]:
    """The candidates that say something else than the newest version of their documents.

    Their source has no moment of change: each listing reads them at a moment of its own, which
    would make a version of each.
    """
    rows = await records.newest(engine.database, route.id, sorted(subjects.values()))
    newest = {row.subject: row for row in rows}
    fresh: dict[str, Candidate] = {}
    for candidate in candidates:
        candidate.subject = subjects.get(candidate.reading.key, 0)
        before = newest.get(candidate.subject)
        if before is None or not _alike(candidate, before):
            last = fresh.setdefault(candidate.reading.key, candidate)
            if last.reading.version < candidate.reading.version:
                fresh[candidate.reading.key] = candidate
    engine.fired["same-content"] += len(candidates) - len(fresh)
    return [fresh[key_] for key_ in sorted(fresh)]


def _alike(candidate: Candidate, row: KnownVersion) -> bool:
    """Whether a known version is this one by its document, or by what the source said."""
    if row.digest == candidate.digest:
        return True
    return row.source == candidate.mark and candidate.mark not in (b"", PUSHED)


async def _one_a_second(engine: Engine, route: Route, fresh: list[Candidate]) -> list[Candidate]:
    """The candidates, without two that say different things of one document at one moment: nothing
    in them tells which is the later, so the source is asked."""
    stamps = Counter((candidate.reading.key, candidate.reading.version) for candidate in fresh)
    twice = {key for (key, _), count in stamps.items() if count > 1}
    if not twice:
        return fresh
    engine.fired["equal-stamps"] += len(twice)
    answers = await asked(engine, route, sorted(twice))
    return [
        candidate for candidate in fresh if candidate.reading.key not in answers
    ] + await _fresh(engine, route, list(answers.values()))


async def _news(
    engine: Engine,
    route: Route,
    doubtful: Sequence[tuple[Candidate, list[KnownVersion]]],
    *,
    pushed: bool,
) -> list[Candidate]:
    """Those that really say something else than what is known of the same moment.

    A changed field table is no news from the source: what the source said then is read again, and
    compared as today's reader reads both. Where two messages of one second really differ, nothing
    in them tells which is the later: the source is asked.
    """
    sources = await pages.sources(
        engine.database,
        [(row.page, row.place) for _, rows in doubtful for row in rows],
    )
    news: list[Candidate] = []
    for candidate, rows in doubtful:
        again = (
            reread(route, *sources[row.page, row.place]).document
            for row in rows
            if (row.page, row.place) in sources
        )
        if not any(
            document is not None and ENCODE(document) == candidate.body for document in again
        ):
            news.append(candidate)
    if not (news and pushed):
        return news
    engine.fired["equal-stamps"] += len(news)
    answers = await asked(engine, route, sorted({candidate.reading.key for candidate in news}))
    latest = [answers.get(candidate.reading.key, candidate) for candidate in news]
    return await _fresh(engine, route, latest)


def _namespace(route: Route) -> Namespace:
    """Where the source's keys are unique."""
    return Namespace(route.source_connection, route.plan.document)


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
    runs = gathered(
        (candidate.id, 1, 0, _way(candidate), _why(candidate)) for candidate in candidates
    )
    runs += journal.entered(await _overtake(engine, route, unit, candidates, at))
    await journal.write(unit, page, runs, numbers=engine.numbers, at=at)
    await _open_holds(unit, route, candidates, at)
    await pipe.enter(unit, route, candidates, at)
    await _name(engine, route, unit, candidates)
    return len(candidates)


async def _name(
    engine: Engine, route: Route, unit: Transaction, candidates: Sequence[Candidate]
) -> None:
    """Keep which documents these name, and wake what waited for them to be named themselves."""
    documents = [(c.subject, c.reading.document) for c in candidates if c.reading.document]
    refs = [(Subject(subject), ref) for subject, document in documents for ref in document.refs]
    await links.keep(unit, route.source_connection, refs)
    renamed = await _call(unit, route, candidates)
    news = [c.subject for c in candidates if c.first or c.state is State.EXCLUDED or c in renamed]
    ends = (route.source_connection, route.target_connection)
    await wake(engine, unit, route.plan.document, news, ends)


async def _call(
    unit: Transaction, route: Route, candidates: Sequence[Candidate]
) -> Sequence[Candidate]:
    """Keep by what names others name these beside their keys; those that have any."""
    rules = route.plan.rules
    if rules.called is by_its_key:
        return ()
    newest = [c for c in candidates if c.reading.document is not None and not c.late]
    await waits.sharing(unit, route.source_connection)
    pairs = [(c, rules.called(c.reading.document)) for c in newest]
    rows = [
        aliases.Called(
            c.reading.key, names.names, c.reading.version, c.id, names.ended, names.lives_on
        )
        for c, names in pairs
    ]
    await aliases.keep(unit, _namespace(route), rows)
    return newest


async def _bind(
    engine: Engine, route: Route, unit: Transaction, candidates: list[Candidate]
) -> None:
    for candidate in candidates:
        candidate.first = not candidate.subject
    new = sorted({c.reading.key for c in candidates if c.first})
    if not new:
        return
    numbers = await engine.numbers.take(len(new))
    namespace = _namespace(route)
    subjects = await bindings.bind(unit, namespace, new, list(numbers))
    if len(subjects) < len(new):
        bound_keys = [key for key in new if key not in subjects]
        subjects |= await bindings.bound(unit, namespace, bound_keys)
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
    subjects = sorted({c.subject for c in candidates if not c.first})
    for row in await document_routes.lock_newest(unit, route.id, subjects) if subjects else ():
        # Of two that bear one moment the one that comes later stands: its source was asked for it,
        # or has just listed it. Numbers tell nothing of it, since each worker takes its own.
        rank = (nanoseconds(Instant(row.version)), 0)
        best[row.subject] = (rank, row.id)
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
    new = {subject: record for subject, record in leaders.items() if subject in fresh}
    earlier = {subject: record for subject, record in leaders.items() if subject not in fresh}
    if new:
        await document_routes.add(unit, route.id, new)
    if earlier:
        await document_routes.set_newest(unit, route.id, earlier)


async def _insert(
    unit: Transaction, route: Route, page: Page, candidates: list[Candidate], at: Instant
) -> None:
    """Append the records. Raises `Overtaken` where another worker was quicker with a version."""
    moment = at.to_stdlib()
    rows = [
        NewRecord(
            c.id, route.id, c.subject, page.id, place, c.reading.key, c.reading.number,
            c.reading.version.to_stdlib(), c.digest, c.mark, c.reading.minor, c.reading.currency,
            c.reading.pieces, c.created.to_stdlib(), int(c.state), 1,
            moment if c.state is State.CAPTURED else None, c.nameless, _mark(route, c),
        )
        for place, c in enumerate(candidates)
    ]  # fmt: skip
    await records.insert(unit, rows)


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
    entry: dict[str, object] = {"field": loss.field, "code": loss.code, "why": loss.why}
    return {**entry, "minor": loss.minor} if loss.minor else entry


async def _overtake(
    engine: Engine, route: Route, unit: Transaction, entered: list[Candidate], at: Instant
) -> list[Move]:
    """Older versions that have not left yet step aside for the newest: their moves."""
    standing = {c.subject: c for c in entered if not c.late and not c.first}
    if not standing:
        return []
    fresh = {c.id for c in entered}
    moves = [
        _aside(row, standing[row.subject].id)
        for row in await records.waiting(unit, route.id, sorted(standing))
        if row.id not in fresh
        and (nanoseconds(Instant(row.version)), 0) < standing[row.subject].rank
    ]
    if not moves:
        return []
    engine.fired["older-version"] += len(moves)
    await journal.move_records(unit, moves)
    waiting = [move.id for move in moves if move.before in NEEDS_A_PERSON]
    if waiting:
        await holds.close(unit, waiting, at, journal.HOUSE, "superseded")
    return moves


def _aside(row: WaitingVersion, newer: RecordId) -> Move:
    return Move(
        id=row.id,
        subject=row.subject,
        seq=row.seq,
        before=State(row.state),
        path=(State.SUPERSEDED,),
        minor=0,
        currency="",
        detail=canonical({"superseded_by": newer}).decode(),
    )


async def _open_holds(
    unit: Transaction, route: Route, entered: list[Candidate], at: Instant
) -> None:
    new_holds = [
        NewHold(
            candidate.id,
            State.HELD,
            Cause.of(candidate.reading.problem),
            candidate.reading.minor,
            candidate.reading.currency,
        )
        for candidate in entered
        if candidate.reading.problem is not None and candidate.state is State.HELD
    ]
    if new_holds:
        await holds.open_all(unit, route.id, route.plan.owner_of, at, new_holds)

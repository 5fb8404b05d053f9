"""Capture: what a source pushed or listed becomes records, each once, each with its entry.

The second delivery of the same version ends at a constraint. Of two versions the newer stands;
an older one that comes late, or is still waiting, steps aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from asyncpg import UniqueViolationError

from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import Job, key
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Reading
from counterfoil.ledger.account import NEEDS_A_PERSON, State
from counterfoil.ledger.entry import Entry
from counterfoil.mapping.loss import Loss
from counterfoil.store import evidence, journal, pages
from counterfoil.store.journal import Cause, Move, Overtaken
from counterfoil.store.pages import Message, Page, Stage
from counterfoil.store.postgres import Row, Transaction
from counterfoil.values.clock import Instant, instant, later, nanoseconds
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import CounterfoilError, Refuse
from counterfoil.values.ids import PageId, RecordId
from counterfoil.values.strike import strike

UNREADABLE = "delivery-"
"""How the key of a delivery begins in which no document could be found; the column `nameless` says
so for certain, since a document may be called like this too."""

_RECORD = (
    "id", "route", "subject", "page", "place", "key", "number", "version", "digest", "minor",
    "currency", "created", "state", "seq", "due", "nameless",
)  # fmt: skip

_ENCODE = msgspec.msgpack.Encoder().encode


class Candidate(msgspec.Struct):
    """A reading on its way to becoming a record."""

    reading: Reading[Any]
    body: bytes
    digest: bytes
    created: Instant
    subject: int = 0
    id: RecordId = RecordId(0)
    late: bool = False
    first: bool = False
    nameless: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """Of two versions of one document the higher stands."""
        return nanoseconds(self.reading.version), self.id

    @property
    def state(self) -> State:
        """Where the record stands when it enters."""
        if self.reading.problem is not None:
            refused = not self.nameless and isinstance(self.reading.problem, Refuse)
            return State.REFUSED if refused else State.HELD
        return State.SUPERSEDED if self.late else State.CAPTURED


async def listed(
    engine: Engine, route: Route, readings: Sequence[Reading[Any]], raw: bytes, priority: int
) -> int:
    """Capture one page of a listing; the number of records that are new."""
    fresh = await _fresh(engine, route, [_candidate(reading) for reading in readings])
    if not fresh:
        return 0
    at = engine.clock.now()
    number = PageId(await engine.numbers.one())
    page = _new_page(engine, route, number, priority, at)
    async with engine.database.transaction() as unit:
        await unit.run(
            "create_page", number, route.id, Stage.CAPTURED, priority, [],
            pages.pack([candidate.body for candidate in fresh]), at.to_stdlib(), b"",
            at.to_stdlib(),
        )  # fmt: skip
        count = await _enter(engine, route, unit, page, fresh, at, raw)
        await engine.queue.enqueue(unit, [Job(number, priority, key=key(number))])
    strike("C6")
    return count


async def arrived(engine: Engine, route: Route, page: Page) -> None:
    """Capture a page of pushed messages."""
    candidates = [_read(route, message) for message in page.messages]
    fresh = await _fresh(engine, route, candidates)
    at = engine.clock.now()
    page.bodies = pages.pack([candidate.body for candidate in fresh])
    async with engine.database.transaction() as unit:
        kept = await unit.rows("captured_page", page.id, page.fence, page.bodies, page.chain)
        if not kept:
            raise pages.Fenced(f"Page {page.id} is in other hands.")
        if fresh:
            await _enter(engine, route, unit, page, fresh, at, b"")
    strike("C6")
    page.stage = Stage.CAPTURED


def _new_page(engine: Engine, route: Route, number: PageId, priority: int, at: Instant) -> Page:
    return Page(
        id=number, route=route.id, stage=Stage.CAPTURED, priority=priority, inbox=[], bodies=b"",
        fence=0, chain=b"", switch="on", holder=engine.holder, lease_until=at,
    )  # fmt: skip


def _read(route: Route, message: Message) -> Candidate:
    try:
        return _candidate(route.source.parse(message.body))
    except CounterfoilError as problem:
        # A signed message in which not even an identity can be found is kept, and is seen.
        reading = Reading[Any](
            key=f"{UNREADABLE}{message.number}", number="", version=message.at, minor=0,
            currency="", problem=problem,
        )  # fmt: skip
        return msgspec.structs.replace(_candidate(reading), nameless=True)


def _candidate(given: Reading[Any]) -> Candidate:
    reading = _storable(given)
    if reading.document is None:
        problem = reading.problem or Refuse("The source gave nothing.")
        mark = digest(canonical([reading.key, str(reading.version), problem.said]))
        return Candidate(reading, b"", mark, reading.created or reading.version)
    body = _ENCODE(reading.document)
    return Candidate(reading, body, digest(body), instant(reading.document.created))


def _storable(reading: Reading[Any]) -> Reading[Any]:
    """`reading`; a source that names a document with a NUL, which no database keeps, must not stop
    its route."""
    if "\0" not in reading.key + reading.number:
        return reading
    key, number = (text.replace("\0", "\ufffd") for text in (reading.key, reading.number))
    return msgspec.structs.replace(reading, key=key, number=number)


async def _fresh(engine: Engine, route: Route, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates whose version is not in the journal yet, each once, in the order of keys."""
    keys = [candidate.reading.key for candidate in candidates]
    rows = await engine.database.rows("bound", route.source_connection, route.plan.document, keys)
    subjects = {row["foreign_id"]: row["subject"] for row in rows}
    known = {
        (row["subject"], Instant(row["version"]), row["digest"])
        for row in (
            await engine.database.rows("known_versions", route.id, sorted(subjects.values()))
            if subjects
            else ()
        )
    }
    fresh: dict[tuple[str, bytes], Candidate] = {}
    for candidate in candidates:
        candidate.subject = subjects.get(candidate.reading.key, 0)
        version = _as_kept(candidate.reading.version)
        if (candidate.subject, version, candidate.digest) not in known:
            fresh.setdefault((candidate.reading.key, candidate.digest), candidate)
    engine.fired["same-version"] += len(candidates) - len(fresh)
    return [fresh[at] for at in sorted(fresh)]


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
    raw: bytes,
) -> int:
    """Write the candidates as records of the page, and let older versions step aside."""
    await _bind(engine, route, unit, candidates)
    numbers = await engine.numbers.take(len(candidates))
    for candidate, number in zip(candidates, numbers, strict=True):
        candidate.id = RecordId(number)
    leaders = await _leaders(unit, route, candidates)
    await _insert(unit, route, page, candidates, at)
    await unit.run("lead_threads", route.id, list(leaders), list(leaders.values()))
    entries = [_first(candidate) for candidate in candidates]
    entries += await _overtake(engine, route, unit, candidates, at)
    posting = await journal.write(unit, page, entries, numbers=engine.numbers, at=at)
    await _open_holds(unit, route, candidates, at)
    if raw:
        kept = evidence.Kept((), at.format_iso(), "LIST", "", b"", 200, {}, raw, "0", "")
        await evidence.keep(unit, page.id, posting, [kept], at)
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
        rank = (nanoseconds(Instant(row["version"])), row["id"])
        best[row["subject"]] = (rank, RecordId(row["id"]))
    for candidate in candidates:
        if candidate.subject not in best or best[candidate.subject][0] < candidate.rank:
            best[candidate.subject] = (candidate.rank, candidate.id)
    for candidate in candidates:
        candidate.late = best[candidate.subject][1] != candidate.id
    return {subject: leader for subject, (_, leader) in best.items()}


async def _insert(
    unit: Transaction, route: Route, page: Page, candidates: list[Candidate], at: Instant
) -> None:
    """Append the records. Raises `Overtaken` where another worker was quicker with a version."""
    moment = at.to_stdlib()
    rows = [
        (
            c.id, route.id, c.subject, page.id, place, c.reading.key, c.reading.number,
            c.reading.version.to_stdlib(), c.digest, c.reading.minor, c.reading.currency,
            c.created.to_stdlib(), int(c.state), 1, moment if c.state is State.CAPTURED else None,
            c.nameless,
        )
        for place, c in enumerate(candidates)
    ]  # fmt: skip
    try:
        await unit.copy("record", _RECORD, rows)
    except UniqueViolationError:
        raise Overtaken(f"A version on page {page.id} was captured meanwhile.") from None


def _first(candidate: Candidate) -> Entry:
    state = candidate.state
    path = (State.CAPTURED,) if state is State.CAPTURED else (State.CAPTURED, state)
    return Entry(candidate.id, 1, 0, path, _why(candidate))


def _why(candidate: Candidate) -> str:
    reading = candidate.reading
    detail: dict[str, object] = {}
    if reading.problem is not None:
        detail = {"code": reading.problem.code, "said": reading.problem.said}
    elif candidate.late:
        detail = {"said": "a newer version was already here"}
    if reading.losses:
        detail["not_carried"] = [_loss(loss) for loss in reading.losses]
    return canonical(detail).decode() if detail else ""


def _loss(loss: Loss) -> str:
    return f"{loss.field}: {loss.why}"


async def _overtake(
    engine: Engine, route: Route, unit: Transaction, entered: list[Candidate], at: Instant
) -> list[Entry]:
    """Older versions that have not left yet step aside for the newest."""
    standing = {c.subject: c for c in entered if not c.late and not c.first}
    if not standing:
        return []
    fresh = {c.id for c in entered}
    rows = await unit.rows("overtaken", route.id, sorted(standing))
    moves = [
        _aside(row, standing[row["subject"]].id)
        for row in rows
        if row["id"] not in fresh
        and (nanoseconds(Instant(row["version"])), row["id"]) < standing[row["subject"]].rank
    ]
    if not moves:
        return []
    engine.fired["older-version"] += len(moves)
    await journal.move_records(unit, moves)
    waiting = [move.id for move in moves if move.before in NEEDS_A_PERSON]
    if waiting:
        await unit.run("close_holds", waiting, at.to_stdlib(), journal.HOUSE, "superseded")
    return [
        Entry(move.id, move.seq + 1, int(move.before), move.path, move.detail) for move in moves
    ]


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

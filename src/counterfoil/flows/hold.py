"""Holds: what a person does with a record that waits. Each act is a posting with a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from counterfoil.flows.candidate import reread
from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.erased import ERASED
from counterfoil.flows.patience import patiently
from counterfoil.flows.posting import Decision, write
from counterfoil.flows.queue import Job
from counterfoil.kit.connector import Reading
from counterfoil.ledger.account import State
from counterfoil.store import erasures, pages
from counterfoil.store import records as records_store
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.store.postgres import Transaction
from counterfoil.store.records import HeldRecord, Overtaken
from counterfoil.values.clock import Instant
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Misconfigured, Refuse, Retry
from counterfoil.values.ids import PageId, RecordId

REDRIVE = 20
"""The priority of records that are sent again: behind everything live."""

_AT_ONCE, _REST_S = 10, 0.1  # pages, and the rest after them

_AGAIN = frozenset({State.HELD, State.REFUSED, State.WAITING})
_ASIDE = frozenset({State.HELD, State.REFUSED, State.WAITING, State.DRIFTED, State.IN_DOUBT})


async def resend(engine: Engine, records: Sequence[RecordId], by: str) -> int:
    """Send held records again, behind live traffic; how many.

    A record that is in doubt or has drifted is not sent again: it may be there already.
    Raises `Misconfigured` where a number names no record that may be sent again, and `Retry`
    where a worker does not let the record's page go.
    """
    rows = await _rows(engine, records, _AGAIN, "sent again")
    await _not_erased(engine, rows)
    bodiless = [row for row in rows if not await _has_body(engine, row)]
    for row in bodiless:
        await _read_again(engine, row, by)
    readable = [row for row in rows if row not in bodiless]
    await _post(engine, readable, State.CAPTURED, canonical({"sent_again_by": by}).decode(), by)
    return len(rows)


async def aside(engine: Engine, records: Sequence[RecordId], by: str, why: str) -> int:
    """Set records aside for good, with a reason; how many. They stay in the balance as excluded."""
    check_reason(why)
    rows = await _rows(engine, records, _ASIDE, "set aside")
    detail = canonical({"rule": f"set aside by {by}", "why": why}).decode()
    await _post(engine, rows, State.EXCLUDED, detail, by)
    return len(rows)


async def _not_erased(engine: Engine, rows: Sequence[HeldRecord]) -> None:
    """Raise `Refuse` (code "erased") where whoever a document was for is erased from it."""
    gone = await erasures.documents(engine.database, [row.subject for row in rows])
    erased = next((row for row in rows if row.subject in gone or row.cause == ERASED), None)
    if erased is not None:
        raise Refuse(
            f"Record {erased.id} cannot be sent again: whom it was for is erased from it.",
            do="Enter it by hand where it is still owed; else set it aside with a reason.",
            code=ERASED,
        )


def check_reason(why: str) -> None:
    """Raise `Misconfigured` where `why` says nothing."""
    if not why.strip():
        raise Misconfigured(
            "A record is set aside with a reason.", do="Say why with --reason.", where="--reason"
        )


async def _rows(
    engine: Engine, records: Sequence[RecordId], allowed: frozenset[State], act: str
) -> list[HeldRecord]:
    rows = await records_store.held(engine.database, list(records))
    missing = set(records) - {row.id for row in rows}
    if missing:
        raise Misconfigured(
            f"There is no record {min(missing)}.", do="See `counterfoil hold list`."
        )
    for row in rows:
        if State(row.state) not in allowed:
            raise Misconfigured(
                f"Record {row.id} is {State(row.state).word} and cannot be {act}.",
                do="See `counterfoil trace` for what happened to it.",
            )
    return rows


async def _has_body(engine: Engine, row: HeldRecord) -> bool:
    bodies = (await pages.bodies(engine.database, [row.page]))[row.page]
    return bool(bodies and bodies[row.place])


async def _read_again(engine: Engine, row: HeldRecord, by: str) -> None:
    """A record that could not be read when it came is read once more: from the bytes that were
    kept, which a mended reader may understand; else at its source."""
    route = engine.routes[row.route]
    title = route.plan.title
    place = (row.page, row.place)
    source = (await pages.sources(engine.database, [place])).get(place)
    nameless: bool = row.nameless
    readings: Sequence[Reading[Any]] = [reread(route, *source)] if source is not None else []
    if not readings or readings[0].document is None:
        readings = [] if nameless else await route.source.read([row.key])
    if not readings and nameless:
        raise Refuse(
            f"Record {row.id} is a message in which no {title.one} could be found, nor can be now.",
            do="Set it aside with a reason; its bytes are kept in the inbox.",
        )
    if await listed(engine, route, readings, REDRIVE) == 0 and not nameless:
        raise Refuse(
            f"The source gives {title.one} {row.number or row.key} as it gave it before.",
            do="Correct it there first; then it arrives by itself.",
        )
    if nameless:
        why = f"it was understood at last, as {title.one} {readings[0].number or readings[0].key}"
        detail = canonical({"rule": f"read again by {by}", "why": why}).decode()
        await _post(engine, [row], State.EXCLUDED, detail, by)


async def _post(
    engine: Engine, rows: Sequence[HeldRecord], after: State, detail: str, by: str
) -> None:
    """Post a few pages, ask for work on them, and rest: what is live must not wait for them all.

    A page for which nobody asks, because we ended first, is found by the sweeper.
    """
    members: dict[int, list[HeldRecord]] = {}
    for row in rows:
        members.setdefault(row.page, []).append(row)
    numbers = sorted(members)
    for start in range(0, len(numbers), _AT_ONCE):
        if start:
            await engine.clock.sleep(_REST_S)
        batch = numbers[start : start + _AT_ONCE]
        for number in batch:
            post = partial(_post_page, engine, number, members[number], after, detail, by)
            await posted(engine, post)
        if after is State.CAPTURED:
            async with engine.database.transaction() as unit:
                await engine.queue.enqueue(
                    unit, [Job(PageId(page_number), REDRIVE) for page_number in batch]
                )


async def posted(engine: Engine, post: Callable[[], Awaitable[None]]) -> None:
    """Post what a person did on one page. Raises `Retry` where somebody else was quicker."""
    try:
        await patiently(engine, post)
    except Overtaken as error:
        raise Retry(
            "Somebody else moved one of these records meanwhile, so its page was left as it is.",
            do="Look at it, then try again.",
            code=error.code,
        ) from error


async def _post_page(
    engine: Engine, number: int, rows: Sequence[HeldRecord], after: State, detail: str, by: str
) -> None:
    moment = engine.clock.now()
    due = moment if after is State.CAPTURED else None
    async with engine.database.transaction() as unit:
        page = await seize(engine, unit, number)
        route = engine.routes[page.route]
        moves = [_move(row, after, detail, due) for row in rows]
        await write(engine, unit, route, page, Decision(moves=moves, by=by), moment)
        if due is not None:
            await pages.wake(unit, [page.id], moment, REDRIVE)


async def seize(engine: Engine, unit: Transaction, number: int) -> Page:
    """The page, under a fence of its own: two hands at once would part its chain."""
    page = await pages.seize(unit, PageId(number), engine.holder, engine.clock.now())
    if page is None:
        raise Retry(
            f"Page {number} is in a worker's hands.",
            after_s=1.0,
            do="Try again in a moment.",
            code="page-busy",
        )
    page.release = engine.open(page.release).number
    return page


def _move(row: HeldRecord, after: State, detail: str, due: Instant | None) -> Move:
    return Move(
        id=row.id, subject=row.subject, seq=row.seq, before=State(row.state),
        path=(after,), minor=row.minor, currency=row.currency, detail=detail, due=due,
        intent=row.intent, sent_at=None,
    )  # fmt: skip

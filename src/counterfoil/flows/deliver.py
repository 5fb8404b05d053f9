"""Deliver: a page under its fence. Intent first, then the call, then what came of it.

`sending` stands in the journal before any call leaves, the outcome after it. A record found in
`sending` at the taking was left by a worker that did not come back: it is in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import TypeVar

from msgspec.structs import replace

from counterfoil.flows.candidate import reread
from counterfoil.flows.capture import kept_loss
from counterfoil.flows.confirm import confirm, due, read_back
from counterfoil.flows.edits import checked
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item, item_of, kept
from counterfoil.flows.missed import Missed, missed
from counterfoil.flows.outcome import arrived, failed, held, in_doubt, in_part, pending
from counterfoil.flows.posting import Decision, Landed, PutOff, commit, write
from counterfoil.flows.prepare import choose, prepare, stopped
from counterfoil.flows.queue import Job
from counterfoil.flows.route import Route
from counterfoil.flows.rules import Waits
from counterfoil.flows.settle import settle
from counterfoil.flows.steps import begin, go_on, load
from counterfoil.flows.survey import survey
from counterfoil.flows.turn import in_turn, overtaken
from counterfoil.flows.wait import look, park, recall, stop
from counterfoil.govern.gate import decide
from counterfoil.kit.capability import ACTS, Act
from counterfoil.kit.connector import Answer, Intent, Partly, Pending, Written
from counterfoil.kit.transport import guarded, recording
from counterfoil.ledger.account import State
from counterfoil.mapping.losses import Loss, LossCode
from counterfoil.model.lacking import Lacking
from counterfoil.store import document_routes, edits, pages, records, routes
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Move
from counterfoil.store.pages import Fenced, Page
from counterfoil.store.records import Overtaken
from counterfoil.values.clock import Instant, later, seconds_between
from counterfoil.values.digest import canonical
from counterfoil.values.errors import CounterfoilError, Hold, Refuse
from counterfoil.values.strike import strike

_BLOCKED_S = 1.0  # how long a version waits for the one before it
_REMEMBERED = 1024  # different sets of losses
_UNMADE_S = 60.0  # how long a record in doubt waits for its value map
_TO_SEND = (State.CAPTURED, State.WAITING, State.MAPPED)
_LEFT_BEHIND = "the worker that sent it did not come back"

_LossText = tuple[str, LossCode, str, int]
Call = Callable[[Sequence[Intent]], Awaitable[Sequence[Answer]]]


async def deliver(engine: Engine, route: Route, page: Page) -> None:
    """Do what is due on the page. Raises `Fenced` or `Overtaken`; then nothing of it is kept."""
    bodies = pages.unpack(page.bodies)
    now = engine.clock.now()
    rows = await records.due(engine.database, page.id, now)
    items = [item_of(row, bodies, route.plan.title) for row in rows]
    await load(engine, route, items)
    doubtful = [item for item in items if item.state is State.IN_DOUBT]
    lost = [item for item in items if item.state is State.SENDING]
    left_behind = [in_doubt(engine, route, item, _LEFT_BEHIND) for item in lost]
    await commit(engine, route, page, Decision(moves=left_behind))
    await settle(engine, route, page, await _composed(engine, route, page, doubtful))
    await _send(engine, route, page, items)
    landed = [item for item in items if item.state is State.DELIVERED and due(engine, item)]
    await confirm(engine, route, page, await _composed(engine, route, page, landed))


async def leave(engine: Engine, page: Page) -> None:
    """Let the page go and ask for it again when its next record is due."""
    now = engine.clock.now()
    due = await pages.leave(engine.database, page, now)
    if due is not None:
        await ask_again(engine, page, max(0.0, seconds_between(now, due)))


async def ask_again(engine: Engine, page: Page, after_s: float) -> None:
    """Ask once more for a page that was in these hands, `after_s` seconds from now."""
    job = Job(page.id, page.priority, after_s, f"page-{page.id}-{page.fence}")
    async with engine.database.transaction() as unit:
        await engine.queue.enqueue(unit, [job])


async def _composed(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> list[Item]:
    """The items with their intents, made again from their bodies where another run made them.

    A record is judged by the rules under which it was sent: where the intent made again is not the
    one that left (a value map was changed meanwhile), or can be made no longer, it is held; or
    waits, where it is in doubt: that it may be there must not be forgotten.
    """
    await recall(engine, route, [item for item in items if item.intent is None])
    composed: list[Item] = []
    unmade: list[Move] = []
    waiting: list[Item] = []
    for item in items:
        try:
            if item.intent is None:
                item.read(route, engine.clock.now())
                item.compose(route)
            _as_sent(item)
            composed.append(item)
        except (Hold, Refuse) as problem:
            if item.state is State.IN_DOUBT:
                waiting.append(item)
            else:
                unmade.append(held(item, problem))
    until = later(engine.clock.now(), _UNMADE_S)
    decision = Decision(moves=unmade, put_offs=[PutOff(waiting, until)] if waiting else [])
    await commit(engine, route, page, decision)
    return composed


def _as_sent(item: Item) -> None:
    """Raise `Hold` where the intent made again is not what was sent.

    One in doubt goes on: it is looked up by its reference, and is judged when it was found.
    """
    if item.intent_digest in (None, item.composed_digest) or item.state is State.IN_DOUBT:
        return
    raise Hold(
        f"{item.first} is at the target as {item.identity}, and the rules by which it was sent"
        " have changed since, so what is there cannot be compared with what was sent.",
        do="Look at it there; then put the rule back and recheck this record, or set it aside.",
        code="rules-changed",
    )


async def _with_sent(engine: Engine, route: Route, items: Sequence[Item]) -> None:
    """Give each item what the target was sent of another version, as today's reader reads it."""
    newer = {
        item.sent: item
        for item in items
        if item.id == item.newest and item.sent not in (None, item.id)
    }
    if not newer:
        return
    rows = await records.sent(engine.database, sorted(newer))
    sources = await pages.sources(engine.database, [(row.page, row.place) for row in rows])
    for row in rows:
        item = newer[row.id]
        source = sources.get((row.page, row.place))
        again = reread(route, *source).document if source is not None else None
        item.ended = ACTS[row.act] == "cancel"
        item.sent_document = again or route.plan.rules.decode(pages.unpack(row.bodies)[row.place])


async def _send(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    new = [item for item in items if item.state in _TO_SEND]
    await _with_sent(engine, route, new)
    lacks = await look(engine, engine.database, route, new)
    await recall(engine, route, [item for item in new if item.done or _repeated(item)])
    waiting: list[Item] = []
    chosen: dict[int, Move | None] = {}
    for item in new:
        lack = lacks.get(item.id) if _may_wait(item) else None
        why = stop(engine, route, page, lack) if lack else None
        if isinstance(why, Waits):
            waiting.append(item)
            continue
        chosen[item.id] = stopped(route, item, why) if why else choose(engine, route, page, item)
    going = [item for item in new if item.id in chosen and chosen[item.id] is None]
    line = await in_turn(engine, route, going)
    looked = await survey(engine, route, line.ready)
    chosen |= {move.id: move for move in (*line.moves, *looked.moves)}
    lacking: list[Missed] = []
    for item in looked.ready:
        try:
            chosen[item.id] = prepare(engine, route, page, item)
        except Lacking as problem:
            lacking.append((item, problem))
    moves, waits = await missed(engine, route, lacking)
    chosen |= moves
    ready = [item for item in looked.ready if chosen[item.id] is None]
    decided = Decision(
        moves=[move for move in chosen.values() if move is not None],
        put_offs=[*line.put_offs, *looked.put_offs],
        exchanges=looked.exchanges,
        composed=[item for item in looked.ready if item.state is State.IN_DOUBT],
        waits=waits,
        met=[item for item in looked.ready if item.state is State.HELD],
    )
    strike("C5")
    await park(engine, route, page, waiting)
    if decide(page.switch).answer == "allowed":
        strike("C7")
        stood = await checked(engine, route, ready)
        ready = stood.ready
        decided = replace(
            decided,
            moves=[*decided.moves, *stood.moves],
            put_offs=[*decided.put_offs, *stood.put_offs],
            exchanges=[*decided.exchanges, *stood.exchanges],
        )
        sending = await _mark(engine, route, page, ready, decided)
        strike("C8")
        await _write(engine, route, page, sending)
        return
    looks = decided.exchanges
    await commit(engine, route, page, replace(decided, exchanges=() if ready else looks))
    await _rest(engine, route, page, ready, looks)


def _repeated(item: Item) -> bool:
    """Whether it is sent again without a look: the target takes it for the same write by its key
    or its reference, and so it says the same."""
    return item.state is State.MAPPED and bool(item.intent_digest and item.unanswered_at)


def _may_wait(item: Item) -> bool:
    """Whether others are asked for it: what is ended, or left out, need not know of them, an older
    version never leaves, and what is half done is finished."""
    return item.id == item.newest and item.stop is None and not item.done


async def _rest(
    engine: Engine, route: Route, page: Page, ready: list[Item], looks: Sequence[Kept]
) -> None:
    """Let the ready items rest as mapped until a person switches the route on.

    Raises `Overtaken` where that has happened since the page was taken: whoever turned the switch
    woke what rested then, and did not find these.
    """
    if not ready:
        return
    now = engine.clock.now()
    resting = [item for item in ready if item.state is State.MAPPED]
    laid = [item.move(State.MAPPED) for item in ready if item.fresh]
    async with engine.database.transaction() as unit:
        if not await routes.stays_in_shadow(unit, route.id):
            raise Overtaken(f"The switch of {route.name} was turned meanwhile.")
        decision = Decision(moves=laid, put_offs=[PutOff(resting, None)], exchanges=looks)
        await write(engine, unit, route, page, decision, now)


async def _mark(
    engine: Engine, route: Route, page: Page, ready: list[Item], decided: Decision
) -> list[Item]:
    """Post `sending` for every ready item whose thread is free; the others wait their turn."""
    now = engine.clock.now()
    if not ready:
        await commit(engine, route, page, decided)
        return []
    async with engine.database.transaction() as unit:
        # What is only sought waits for what became of the version in flight, and never leaves.
        able = [item for item in ready if item.sent is not None or not item.only_sought]
        holds = {item.id: item.sent for item in able if item.sent is not None}
        free = await document_routes.claim(unit, [item.id for item in able], holds)
        lost = await overtaken(unit, route, [item for item in able if item.id in free])
        leaving = free.keys() - lost
        sending = [item for item in ready if item.id in leaving]
        blocked = [item for item in ready if item.id not in leaving]
        engine.fired["one-in-flight"] += len(blocked)
        decision = replace(
            decided,
            moves=[*decided.moves, *(_sending(item, now, free[item.id]) for item in sending)],
            put_offs=[*decided.put_offs, PutOff(blocked, later(now, _BLOCKED_S))],
            composed=[*decided.composed, *sending],
            met=[*decided.met, *(item for item in sending if item.attempts == 1)],
        )
        await write(engine, unit, route, page, decision, now)
        await edits.keep(unit, route.id, now, {item.id: item.edited for item in sending})
        await begin(unit, sending)
    return sending


def _sending(item: Item, now: Instant, doubted_at: datetime | None) -> Move:
    # Read under the thread's lock: a doubt about another version may just have been given up.
    item.doubted_at = Instant(doubted_at) if doubted_at is not None else None
    item.attempts += 1
    item.sent_at = now
    item.step = item.call.step
    path = (State.MAPPED, State.SENDING) if item.fresh else (State.SENDING,)
    # Due at once: should this worker not come back, the page's next holder finds it.
    return item.move(*path, due=now, detail=_lost(item))


def _lost(item: Item) -> str:
    """What the entry of a sending keeps of its losses, never the values, which may be personal;
    and of what it writes over."""
    assert item.intent is not None
    losses: tuple[_LossText, ...] = tuple(
        (loss.field, loss.code, loss.why, loss.minor) for loss in item.intent.losses
    )
    if item.edited:
        entry = {**_entry(item.act, item.step, losses), "edited": dict(item.edited)}
        return canonical(entry).decode()
    return _told(item.act, item.step, losses)


@lru_cache(_REMEMBERED)
def _told(act: Act, step: str, losses: tuple[_LossText, ...]) -> str:
    """The entry's text; the same few losses are those of most documents."""
    entry = _entry(act, step, losses)
    return canonical(entry).decode() if entry else ""


def _entry(act: Act, step: str, losses: tuple[_LossText, ...]) -> dict[str, object]:
    entry: dict[str, object] = {} if act == "write" else {"act": act}
    if step:
        entry["step"] = step
    if losses:
        entry["losses"] = [
            kept_loss(Loss(field, code, why, minor=minor)) for field, code, why, minor in losses
        ]
    return entry


async def _write(engine: Engine, route: Route, page: Page, sending: list[Item]) -> None:
    """Make the calls, and those of the steps that follow, each once the one before is proven."""
    while sending:
        sending = await _write_once(engine, route, page, sending)


async def _write_once(engine: Engine, route: Route, page: Page, sending: list[Item]) -> list[Item]:
    size = max(1, route.carries.batch)
    kinds = sorted({(ACTS.index(item.act), item.step) for item in sending})
    alike = [
        [item for item in sending if (item.act, item.step) == (ACTS[act_index], step)]
        for act_index, step in kinds
    ]
    batches = [
        group[start : start + size] for group in alike for start in range(0, len(group), size)
    ]
    writes = (_write_batch(engine, route, page, batch) for batch in batches)
    # Every call ends before anything is decided: a call that is still out must not be forgotten.
    outcomes = [
        _or_raise(result) for result in await asyncio.gather(*writes, return_exceptions=True)
    ]
    moves: list[Move] = []
    landed: list[Landed] = []
    proven: list[Landed] = []
    for item, result in (pair for pairs, _ in outcomes for pair in pairs):
        if isinstance(result, Written) and not item.last:
            proven.append((item, result))
            continue
        if isinstance(result, Written | Partly):
            landed.append((item, _whole(item, result)))
        moves.append(_came(engine, route, item, result))
    exchanges = [exchange for _, kept_ in outcomes for exchange in kept_]
    going = {item.id for item, _ in proven}
    theirs = [exchange for exchange in exchanges if going.intersection(exchange.records)]
    others = [exchange for exchange in exchanges if exchange not in theirs]
    await commit(engine, route, page, Decision(moves=moves, landed=landed, exchanges=others))
    if landed:
        strike("C11")
    await go_on(engine, route, page, proven, theirs)
    return [item for item, _ in proven]


def _whole(item: Item, answer: Written | Partly) -> Written:
    """What the target calls the whole document: as its first step was called."""
    return item.done[0] if item.done else Written(answer.identity, answer.number)


def _came(engine: Engine, route: Route, item: Item, answer: Answer) -> Move:
    """The move of an item that was answered, or was not."""
    if isinstance(answer, Written):
        return arrived(route, item, answer, read_back(engine, route, item))
    if isinstance(answer, Partly):
        return in_part(item, answer)
    if isinstance(answer, Pending):
        return pending(engine, item, answer)
    return failed(engine, route, item, answer)


_T = TypeVar("_T")


def _or_raise(result: _T | BaseException) -> _T:
    if isinstance(result, BaseException):
        raise result
    return result


async def _write_batch(
    engine: Engine, route: Route, page: Page, batch: list[Item]
) -> tuple[list[tuple[Item, Answer]], list[Kept]]:
    with recording() as tape:
        results = await _call(engine, route, page, batch)
    engine.breakers[route.target_connection].met(results, engine.clock.now())
    sent = tuple(item.id for item in batch)
    return list(zip(batch, results, strict=True)), [kept(exchange, sent) for exchange in tape]


async def _call(engine: Engine, route: Route, page: Page, batch: list[Item]) -> Sequence[Answer]:
    intents = [item.call for item in batch]
    try:
        still_ours(engine, page)
        with guarded(partial(still_ours, engine, page)):  # waiting for a budget takes time
            call: Call = getattr(route.target, batch[0].act)
            results = await call(intents)
        strike("C10")
        return results
    except Fenced:
        engine.fired["fence"] += 1
        raise
    except CounterfoilError as error:
        refused = isinstance(error, Hold | Refuse) and route.carries.partial == "all"
        if not refused or len(batch) == 1:
            return [error] * len(batch)
    # Nothing of it landed, and one of them is to blame: each half is asked for itself.
    engine.fired["batch-halved"] += 1
    middle = len(batch) // 2
    first = await _call(engine, route, page, batch[:middle])
    return [*first, *await _call(engine, route, page, batch[middle:])]


def still_ours(engine: Engine, page: Page) -> None:
    """Raise `Fenced` unless the lease holds: a worker that slept past it sends nothing."""
    if seconds_between(engine.clock.now(), page.lease_until) <= 0:
        raise Fenced(f"The lease of page {page.id} ran out.")

"""Ticket: what a target took to do it later is asked for, and never sent again meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.flows.confirm import read_back
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item, kept
from counterfoil.flows.outcome import arrived, backoff, detail, held, in_part
from counterfoil.flows.posting import Decision, Landed, PutOff, commit
from counterfoil.flows.route import Route
from counterfoil.flows.steps import go_on
from counterfoil.kit.connector import Answer, Partly, Pending, Written
from counterfoil.kit.transport import recording
from counterfoil.ledger.account import State
from counterfoil.store import records as records_
from counterfoil.store import tickets
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Retry, Settle
from counterfoil.values.ids import RecordId

_AGAIN_S = 15.0


async def asked(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> Sequence[Item]:
    """Ask what came of the items that have a ticket; the rest, of which the target knows none."""
    if not (route.carries.jobs and items):
        return items
    by_record = await tickets.of(engine.database, [item.id for item in items])
    asked_for = [item for item in items if item.id in by_record]
    if not asked_for:
        return items
    answers, exchanges = await _ask(engine, route, page, asked_for, by_record)
    if answers is None:
        return [item for item in items if item.id not in by_record]
    answered = [
        (item, answers[by_record[item.id]]) for item in asked_for if by_record[item.id] in answers
    ]
    unknown = [item for item in asked_for if by_record[item.id] not in answers]
    unknown += [item for item, answer in answered if isinstance(answer, Settle)]
    await _keep(engine, route, page, answered, exchanges)
    async with engine.database.transaction() as unit:
        await tickets.ended(unit, [item.id for item in unknown])
    return [item for item in items if item.id not in by_record or item in unknown]


async def _ask(
    engine: Engine,
    route: Route,
    page: Page,
    items: Sequence[Item],
    by_record: Mapping[RecordId, str],
) -> tuple[Mapping[str, Answer] | None, list[Kept]]:
    """What the target says of these tickets; None where it cannot be asked now."""
    breaker = engine.breakers[route.target_connection]
    answers: Mapping[str, Answer] | None = None
    with recording() as tape:
        try:
            answers = await route.target.outcome([by_record[item.id] for item in items])
            breaker.heard()
        except CounterfoilError as error:
            breaker.met([error], engine.clock.now())
            engine.log.warning("job not asked for", said=error.said, where=error.where)
            wait_s = error.after_s if isinstance(error, Retry) else _AGAIN_S
            due = later(engine.clock.now(), max(wait_s, backoff(engine, 2)))
            await commit(engine, route, page, Decision(put_offs=[PutOff(items, due)]))
    records = tuple(item.id for item in items)
    return answers, [kept(exchange, records) for exchange in tape]


async def _keep(
    engine: Engine,
    route: Route,
    page: Page,
    answered: Sequence[tuple[Item, Answer]],
    exchanges: Sequence[Kept],
) -> None:
    moves: list[Move] = []
    landed: list[Landed] = []
    proven: list[Landed] = []
    for item, answer in answered:
        if isinstance(answer, Settle):
            continue
        if isinstance(answer, Pending):
            await _wait_on(engine, item, answer)
        elif isinstance(answer, Written) and not item.last:
            proven.append((item, answer))
        else:
            if isinstance(answer, Written | Partly):
                written = item.done[0] if item.done else Written(answer.identity, answer.number)
                landed.append((item, written))
            moves.append(_came(engine, route, item, answer))
    await commit(engine, route, page, Decision(moves=moves, landed=landed, exchanges=exchanges))
    await go_on(engine, route, page, proven, () if moves else exchanges)


async def _wait_on(engine: Engine, item: Item, answer: Pending) -> None:
    """The job lives: it is asked for again later, under the ticket that was given last."""
    async with engine.database.transaction() as unit:
        await tickets.keep(unit, {item.id: answer.ticket})
        due = later(engine.clock.now(), answer.after_s)
        await records_.put_off(unit, [(item.id, item.seq)], due)


def _came(engine: Engine, route: Route, item: Item, answer: Answer) -> Move:
    move = _ended(engine, route, item, answer)
    move.ticket = ""
    return move


def _ended(engine: Engine, route: Route, item: Item, answer: Answer) -> Move:
    if isinstance(answer, Written):
        return arrived(route, item, answer, read_back(engine, route, item))
    if isinstance(answer, Partly):
        return in_part(item, answer)
    assert isinstance(answer, CounterfoilError)
    if isinstance(answer, Retry):  # the job came to nothing, and nothing of it is there
        due = later(engine.clock.now(), max(answer.after_s, backoff(engine, item.attempts)))
        return item.move(State.MAPPED, detail=detail(answer), due=due)
    return held(item, answer)

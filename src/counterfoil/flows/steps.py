"""Steps: a write of several calls. Each is stated before it leaves, and proven before the next.

From the first proven step on the target has the document: the write is finished then, or differs,
and is never held.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.posting import Landed, known_there
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Written
from counterfoil.ledger.account import State
from counterfoil.ledger.counterfoil import Counterfoil
from counterfoil.store import document_routes, evidence, journal, steps
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.store.postgres import Transaction
from counterfoil.store.steps import Step
from counterfoil.values.strike import strike


async def load(engine: Engine, route: Route, items: Sequence[Item]) -> None:
    """Give each item what is known of its steps."""
    if not (route.carries.steps and items):
        return
    by_record = await steps.of(engine.database, [item.id for item in items])
    for item in items:
        for step in by_record.get(item.id, ()):
            item.step = step.name if step.identity is None else ""
            if step.identity is not None:
                item.done = (*item.done, Written(step.identity, step.number or ""))


async def begin(unit: Transaction, sending: Sequence[Item]) -> None:
    """State which steps are about to leave, in the commit that says so of their records."""
    begun = [Step(item.id, len(item.done), item.step) for item in sending if item.step]
    await steps.begin(unit, begun)


async def go_on(
    engine: Engine, route: Route, page: Page, proven: Sequence[Landed], exchanges: Sequence[Kept]
) -> None:
    """Keep what was proven, and state the steps that leave next: those in doubt go on when their
    page is looked at again, the others at once."""
    if not proven:
        return
    moment = engine.clock.now()
    rows = [
        Step(item.id, len(item.done), item.step, answer.identity, answer.number)
        for item, answer in proven
    ]
    first = [(item, answer) for item, answer in proven if not item.done]
    moves = [_proven(engine, item, answer) for item, answer in proven]
    async with engine.database.transaction() as unit:
        posting = await journal.post(
            unit, page, moves, numbers=engine.numbers, at=moment, owner=route.plan.owner_of
        )
        await steps.prove(unit, rows)
        await begin(unit, [item for item, _ in proven if item.state is State.SENDING])
        await known_there(engine, unit, route, first)
        await document_routes.set_answered(unit, route.id, [item.subject for item, _ in proven])
        await evidence.keep(unit, page.id, posting, exchanges, moment)
    strike("C11")


def _proven(engine: Engine, item: Item, answer: Written) -> Move:
    stub = Counterfoil(
        sent=(item.intent_digest or b"").hex(),
        identity=answer.identity,
        number=answer.number,
        attempt=item.attempts,
        looked_up=item.state is State.IN_DOUBT,
        step=item.step,
    )
    now = engine.clock.now()
    item.identity = item.done[0].identity if item.done else answer.identity
    item.done = (*item.done, answer)
    item.unanswered_at = None
    item.sent = item.id
    if item.state is State.IN_DOUBT:
        engine.fired["found-landed"] += 1
        move = item.move(State.MAPPED, detail=stub.text(), due=now)
        move.ticket = ""
        return move
    item.step, item.attempts, item.sent_at = item.call.step, 1, now
    return item.move(State.SENDING, detail=stub.text(), due=now)

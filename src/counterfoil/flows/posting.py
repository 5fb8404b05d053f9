"""Posting: what the stages of a page decided is committed here, in one unit of work each time.

A stage looks and decides; it says its decision, and changes nothing itself. What cannot be decided
before something is locked (`flows/deliver.py`), and what a person does (`flows/hold.py`,
`flows/recheck.py`), opens the unit of work and writes its decision with `write`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from counterfoil.flows import pipe
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.route import Route
from counterfoil.flows.wake import wake
from counterfoil.kit.connector import Written
from counterfoil.ledger.account import State
from counterfoil.store import (
    bindings,
    document_routes,
    evidence,
    holds,
    inputs,
    journal,
    met,
    records,
    waits,
)
from counterfoil.store.bindings import Namespace
from counterfoil.store.evidence import Kept
from counterfoil.store.holds import Cause, Restated
from counterfoil.store.inputs import Given
from counterfoil.store.journal import HOUSE, Move
from counterfoil.store.pages import Page
from counterfoil.store.postgres import Transaction
from counterfoil.store.waits import Wait
from counterfoil.values.clock import Instant
from counterfoil.values.ids import RecordId
from counterfoil.values.strike import strike

_STILL_IN_FLIGHT = (State.SENDING, State.IN_DOUBT, State.DELIVERED)
_GIVEN_UP = frozenset({State.MAPPED, State.EXCLUDED})

Landed = tuple[Item, Written]


class PutOff(NamedTuple):
    """Items that are looked at again at `due` (None: not by themselves), without a move; `looked`
    counts this as a look that found nothing."""

    items: Sequence[Item]
    due: Instant | None
    looked: bool = False


class Decision(msgspec.Struct, kw_only=True):
    """What was decided about records of one page.

    `landed` are items that the target has, with its answers; `absent` those that it does not have,
    for all that was sent; `once` are documents (by number) that it has, and once. `causes` and
    `restated` are said anew in holds that stay open, `causes` beside what is put off. `exchanges`
    are the evidence of the moves. `composed` are items that left, or are looked for: of what they
    were composed is kept. `waits` say for what others wait. `met` are items of which the words that
    were looked up are kept.
    """

    moves: Sequence[Move] = ()
    landed: Sequence[Landed] = ()
    absent: Sequence[Item] = ()
    once: Sequence[int] = ()
    put_offs: Sequence[PutOff] = ()
    causes: Sequence[tuple[RecordId, Cause]] = ()
    restated: Sequence[Restated] = ()
    exchanges: Sequence[Kept] = ()
    composed: Sequence[Item] = ()
    waits: Sequence[Wait] = ()
    met: Sequence[Item] = ()
    by: str = HOUSE


async def commit(engine: Engine, route: Route, page: Page, decision: Decision) -> None:
    """Keep a decision. Raises `Fenced` or `Overtaken`; then none of its moves is kept.

    What is put off does not move and needs no fence: it is kept first, in a unit of work of its
    own, so that a look that was made counts also where the page is in other hands by now.
    """
    if decision.put_offs:
        async with engine.database.transaction() as unit:
            await _put_off(unit, decision)
    if decision.moves:
        moment = engine.clock.now()
        async with engine.database.transaction() as unit:
            await _post(engine, unit, route, page, decision, moment)
    if any(move.after is State.HELD for move in decision.moves):
        strike("C14")


async def write(
    engine: Engine, unit: Transaction, route: Route, page: Page, decision: Decision, at: Instant
) -> None:
    """Write a decision of `at` within the caller's unit of work. Raises `Fenced` or `Overtaken`.

    What a person did is a posting under that name also where nothing moved.
    """
    await _put_off(unit, decision)
    if decision.moves or decision.by != HOUSE:
        await _post(engine, unit, route, page, decision, at)
    if decision.restated:
        await holds.restate(unit, decision.restated)


async def _put_off(unit: Transaction, decision: Decision) -> None:
    for items, due, looked in decision.put_offs:
        if items:
            await records.put_off(unit, [(item.id, item.seq) for item in items], due, int(looked))
    if decision.causes:
        await holds.say(unit, decision.causes)


async def _post(
    engine: Engine, unit: Transaction, route: Route, page: Page, decision: Decision, at: Instant
) -> None:
    posting = await journal.post(
        unit, page, decision.moves, numbers=engine.numbers, at=at, owner=route.plan.owner_of,
        by=decision.by,
    )  # fmt: skip
    await _keep_what_is_known(engine, unit, route, decision, at)
    await evidence.keep(unit, page.id, posting, decision.exchanges, at)


async def _keep_what_is_known(
    engine: Engine, unit: Transaction, route: Route, decision: Decision, at: Instant
) -> None:
    """Keep what is known now of the documents: what the target holds, what is in flight no longer,
    and which sending is not answered, or may show though it was given up."""
    await known_there(engine, unit, route, decision.landed)
    left_out = [move.subject for move in decision.moves if move.after is State.EXCLUDED]
    await wake(engine, unit, route.plan.document, left_out, [route.target_connection])
    await pipe.ended(unit, route, left_out)
    await _release(unit, route, decision.moves)
    await _remember_doubt(unit, route, decision.moves, at)
    answered = [*(item for item, _ in decision.landed), *decision.absent]
    if answered:
        await document_routes.set_answered(unit, route.id, [item.subject for item in answered])
        for item in answered:
            item.unanswered_at = None
    if decision.once:
        await document_routes.set_given_up(unit, route.id, decision.once, None)
    await waits.keep(unit, decision.waits)
    await _keep_words(unit, route, decision.met, at)
    await inputs.keep(
        unit, {item.id: Given(item.inputs.names, item.inputs.there) for item in decision.composed}
    )


async def _keep_words(unit: Transaction, route: Route, items: Sequence[Item], at: Instant) -> None:
    """Keep which words of value maps these documents had."""
    words = [
        met.Word(word.map, word.word, item.currency, item.minor)
        for item in items
        for word in dict.fromkeys(item.met)
        if word.known
    ]
    unknown = [(item.id, word) for item in items for word in item.met if not word.known]
    await met.keep(unit, route.id, words, at)
    await met.keep_unknown(unit, [(record, word.map, word.word) for record, word in unknown])


async def known_there(
    engine: Engine, unit: Transaction, route: Route, landed: Sequence[Landed]
) -> None:
    """Say what the target holds now, and what it calls it; what waits for that is woken."""
    if not landed:
        return
    identities = [answer.identity for _, answer in landed]
    await document_routes.set_sent(unit, [item.id for item, _ in landed], identities)
    namespace = Namespace(route.target_connection, route.plan.document)
    subjects = [item.subject for item, _ in landed]
    await bindings.bind_targets(unit, namespace, identities, subjects)
    await _same(engine, unit, route, identities, subjects)
    await pipe.landed(unit, route, subjects, engine.clock.now())
    await wake(engine, unit, route.plan.document, subjects, [route.target_connection])


async def _same(
    engine: Engine,
    unit: Transaction,
    route: Route,
    identities: Sequence[str],
    subjects: Sequence[int],
) -> None:
    """Say which documents another route listed at the target while a sending was in doubt: each is
    one with what was sent. What stands at a place, such as a level, is nobody's to pass on."""
    if route.carries.counts == "state":
        return
    out = [
        other.id
        for other in engine.routes.values()
        if other.source_connection == route.target_connection
        and other.plan.document == route.plan.document
    ]
    if out:
        namespace = Namespace(route.target_connection, route.plan.document)
        await bindings.keep_same(unit, namespace, identities, subjects, out)


async def _release(unit: Transaction, route: Route, moves: Sequence[Move]) -> None:
    """Let records that are in flight no longer make way for others of their documents."""
    ended = [move for move in moves if move.after not in _STILL_IN_FLIGHT]
    if ended:
        subjects = [move.subject for move in ended]
        await document_routes.release(unit, route.id, subjects, [move.id for move in ended])


async def _remember_doubt(
    unit: Transaction, route: Route, moves: Sequence[Move], at: Instant
) -> None:
    """Remember of which documents a sending is not answered and since when, and of which one may
    show at the target though it was given up."""
    unanswered = [
        (move.subject, move.sent_at)
        for move in moves
        if move.before is State.SENDING and move.after is State.IN_DOUBT and move.sent_at
    ]
    if unanswered:
        await document_routes.set_unanswered(unit, route.id, unanswered)
    given_up = [
        move.subject
        for move in moves
        if move.before is State.IN_DOUBT and not _GIVEN_UP.isdisjoint(move.path)
    ]
    if given_up:
        await document_routes.set_given_up(unit, route.id, given_up, at)

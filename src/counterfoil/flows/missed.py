"""Missed: a target that has nothing of the document that another one is of, such as an item of a
SKU that it was not told of yet.

Where a route of ours tells it of such documents, the other one waits for that: it is woken when it
lands, and looked at again soon, since a target may show late what it took. Else, or where it did
not come in time, it is a person's, as the target's own connector says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.outcome import held
from counterfoil.flows.prepare import stopped
from counterfoil.flows.route import Route
from counterfoil.flows.rules import Waits
from counterfoil.ledger.account import State
from counterfoil.model.document import Ref
from counterfoil.model.lacking import Lacking
from counterfoil.store import aliases, rounds, waits
from counterfoil.store.bindings import Namespace
from counterfoil.store.journal import Move
from counterfoil.store.waits import Wait
from counterfoil.values.clock import later

_LANDED: Final = frozenset({State.DELIVERED, State.CONFIRMED, State.DRIFTED, State.MERGED})
_SOON_S: Final = (5.0, 30.0)
_CADENCES: Final = 2  # what is counted by now may be listed after the next listing only

Missed = tuple[Item, Lacking]


async def missed(
    engine: Engine, route: Route, lacking: Sequence[Missed]
) -> tuple[Mapping[int, Move], list[Wait]]:
    """The moves of items whose target lacks what they are of, by record, and for what they wait."""
    moves: dict[int, Move] = {}
    new_waits: list[Wait] = []
    now = engine.clock.now()
    began = await waits.until(engine.database, [item.id for item, _ in lacking])
    for item, problem in lacking:
        teller = _teller(engine, route, problem.ref)
        longest_s = await _longest_s(engine, route, teller, problem.ref) if teller else 0.0
        until = min(began.get(item.id, later(now, longest_s)), later(now, longest_s))
        if teller is None or until <= now:
            moves[item.id] = held(item, problem)
            continue
        word, key = problem.ref.word, problem.ref.key
        looks = item.looks if item.state is State.WAITING else 0
        due = min(until, later(now, _SOON_S[looks])) if looks < len(_SOON_S) else until
        sentence = f"{route.target_called} has nothing of {word} {key} yet"
        move = stopped(route, item, Waits(f"waits-for-{word}", sentence, due))
        move.looks = looks + 1
        moves[item.id] = move
        ends = (teller.source_connection, route.target_connection)
        new_waits.append(Wait(item.id, ends[0], word, key, ends[1], until))
    engine.fired["waits-for-another"] += len(new_waits)
    return moves, new_waits


def _teller(engine: Engine, route: Route, ref: Ref) -> Route | None:
    """The route by which the target is told of such documents."""
    return next(
        (
            other
            for other in engine.routes.values()
            if other.plan.document == ref.word
            and other.target_connection == route.target_connection
        ),
        None,
    )


async def _longest_s(engine: Engine, route: Route, teller: Route, ref: Ref) -> float:
    """How long it is worth to wait for the document; 0 where it will not come."""
    namespace = Namespace(teller.source_connection, ref.word)
    keys = await aliases.keys(engine.database, namespace, [ref.key])
    rows = await rounds.standing(engine.database, teller.id, namespace, [*keys.values()])
    if not rows:
        return _CADENCES * teller.plan.cadence_s
    (stands,) = rows.values()
    if State(stands.state) in _LANDED:
        return teller.plan.settle_s
    return 0.0 if stands.ended else route.plan.wait_s(ref.word)

"""Missed: a target that has nothing of the document that another one is of, such as an item of a
SKU that it was not told of yet.

Where a route of ours tells it of such documents, the other one waits for that: it is woken when it
lands, and looked at again soon, since a target may show late what it took. Else, or where it did
not come in time, it is a person's, as the target's own connector says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from counterfoil.model.words import Word
from counterfoil.store import aliases, rounds, waits
from counterfoil.store.bindings import Namespace
from counterfoil.store.journal import Move
from counterfoil.store.rounds import Stands
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
    refs = {problem.ref for _, problem in lacking}
    tellers: dict[Word, Route] = {
        ref.word: teller for ref in refs if (teller := _teller(engine, route, ref.word))
    }
    stand = await _standing(engine, tellers, refs)
    began = await waits.until(engine.database, [item.id for item, _ in lacking])
    moves: dict[int, Move] = {}
    new_waits: list[Wait] = []
    now = engine.clock.now()
    for item, problem in lacking:
        ref, teller = problem.ref, tellers.get(problem.ref.word)
        latest = later(now, _longest_s(route, teller, ref.word, stand.get(ref)) if teller else 0.0)
        until = min(began.get(item.id, latest), latest)
        if teller is None or until <= now:
            moves[item.id] = held(item, problem)
            continue
        looks = item.looks if item.state is State.WAITING else 0
        due = min(until, later(now, _SOON_S[looks])) if looks < len(_SOON_S) else until
        sentence = f"{route.target_called} has nothing of {ref.word} {ref.key} yet"
        move = stopped(route, item, Waits(f"waits-for-{ref.word}", sentence, due))
        move.looks = looks + 1
        moves[item.id] = move
        ends = (teller.source_connection, route.target_connection)
        new_waits.append(Wait(item.id, ends[0], ref.word, ref.key, ends[1], until))
    engine.fired["waits-for-another"] += len(new_waits)
    return moves, new_waits


def _teller(engine: Engine, route: Route, word: Word) -> Route | None:
    """The route by which the target is told of documents of this word."""
    target = route.target_connection
    routes = (other for other in engine.routes.values() if other.plan.document == word)
    return next((other for other in routes if other.target_connection == target), None)


async def _standing(
    engine: Engine, tellers: Mapping[Word, Route], refs: Iterable[Ref]
) -> Mapping[Ref, Stands]:
    """Where these documents stand on the routes that tell of them, as far as they are known."""
    stand: dict[Ref, Stands] = {}
    for word, teller in tellers.items():
        namespace = Namespace(teller.source_connection, word)
        names = sorted(ref.key for ref in refs if ref.word == word)
        keys = await aliases.keys(engine.database, namespace, names)
        rows = await rounds.standing(
            engine.database, teller.id, namespace, sorted({*keys.values()})
        )
        stand |= {Ref(word, name): rows[key] for name, key in keys.items() if key in rows}
    return stand


def _longest_s(route: Route, teller: Route, word: Word, stands: Stands | None) -> float:
    """How long it is worth to wait for a document that stands so; 0 where it will not come."""
    if stands is None:
        return _CADENCES * teller.plan.cadence_s
    if State(stands.state) in _LANDED:
        return teller.plan.settle_s
    return 0.0 if stands.ended else route.plan.wait_s(word)

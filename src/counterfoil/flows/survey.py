"""Survey: what the target holds now, asked before documents are composed for it.

What such a target is sent depends on what is there: how much is left to be sent, what a value is
compared with. Composing calls nobody, so the look is made here, for the items of a page together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.intent import referenced
from counterfoil.flows.item import Item, kept
from counterfoil.flows.lookup import put_off
from counterfoil.flows.outcome import detail, held
from counterfoil.flows.posting import PutOff
from counterfoil.flows.route import Route
from counterfoil.kit.transport import recording
from counterfoil.ledger.account import State
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Move
from counterfoil.values.errors import CounterfoilError, Halt, Hold, Refuse


class Survey(NamedTuple):
    """The items of which it is known what is there; what becomes of the others; and the evidence,
    which belongs to whatever becomes of any of them."""

    ready: Sequence[Item]
    moves: Sequence[Move]
    put_offs: Sequence[PutOff]
    exchanges: Sequence[Kept]


async def survey(engine: Engine, route: Route, items: Sequence[Item]) -> Survey:
    """Give each item what its target holds now, where what it is sent depends on that.

    An item that has it already is composed of that again.
    """
    asked = [item for item in items if route.carries.reads_first and not item.inputs.there]
    unanswered: list[tuple[Item, CounterfoilError]] = []
    exchanges: list[Kept] = []
    size = max(1, route.carries.reads)
    for start in range(0, len(asked), size):
        batch = asked[start : start + size]
        with recording() as tape:
            unanswered += await _ask(engine, route, batch)
        records = tuple(item.id for item in batch)
        exchanges += [kept(exchange, records) for exchange in tape]
    moves: list[Move] = []
    put_offs: list[PutOff] = []
    for item, error in unanswered:
        if isinstance(error, Hold):
            moves.append(held(item, error))
        elif isinstance(error, Refuse):
            moves.append(item.move(State.REFUSED, detail=detail(error)))
        else:
            later = put_off(engine, [item], error)
            if item.fresh:  # what was mapped before has said so once
                moves.append(item.move(State.MAPPED, detail=detail(error), due=later.due))
            else:
                put_offs.append(later)
    without = {item.id for item, _ in unanswered}
    ready = [item for item in items if item.id not in without]
    return Survey(ready, moves, put_offs, exchanges)


async def _ask(
    engine: Engine, route: Route, batch: Sequence[Item]
) -> list[tuple[Item, CounterfoilError]]:
    """Ask for these; those of which nothing is known now, each with why.

    Where several are refused together one of them is to blame: each half is asked for itself.
    """
    documents = [referenced(route.plan, item.document) for item in batch]
    breaker = engine.breakers[route.target_connection]
    try:
        answers: Sequence[bytes] = await route.target.there(
            documents, [item.inputs for item in batch]
        )
    except CounterfoilError as error:
        breaker.met([error], engine.clock.now())
        if len(batch) == 1 or not isinstance(error, Hold | Refuse):
            return [(item, error) for item in batch]
        middle = len(batch) // 2
        first = await _ask(engine, route, batch[:middle])
        return [*first, *await _ask(engine, route, batch[middle:])]
    breaker.heard()
    engine.fired["read-first"] += len(batch)
    if len(answers) != len(batch) or not all(answers):
        raise Halt(
            f"{route.plan.target} was asked what it holds of {len(batch)} documents, and its"
            f" connector told it of {len(list(filter(None, answers)))}.",
            do="Report it: a look tells of each document in turn.",
        )
    for item, answer in zip(batch, answers, strict=True):
        item.inputs = msgspec.structs.replace(item.inputs, there=answer)
    return []

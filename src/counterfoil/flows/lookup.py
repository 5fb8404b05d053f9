"""Look-up: what the target holds under our references, asked in as few calls as it allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item, kept
from counterfoil.flows.outcome import backoff
from counterfoil.flows.posting import PutOff
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Seen
from counterfoil.kit.transport import recording
from counterfoil.store.evidence import Kept
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Retry


class LookUp(NamedTuple):
    """What was seen of each item, with the evidence; and the items that could not be asked for."""

    answers: Sequence[tuple[Item, Sequence[Seen]]]
    exchanges: Sequence[Kept]
    put_offs: Sequence[PutOff]


async def look_up(engine: Engine, route: Route, items: Sequence[Item]) -> LookUp:
    """Ask the target for each item; where it does not answer, the items are to be put off."""
    answers: list[tuple[Item, Sequence[Seen]]] = []
    exchanges: list[Kept] = []
    put_offs: list[PutOff] = []
    size = max(1, route.carries.reads)
    breaker = engine.breakers[route.target_connection]
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        with recording() as tape:
            try:
                by_reference = await route.target.read([item.reference for item in batch])
                answers += [(item, by_reference.get(item.reference, ())) for item in batch]
                breaker.heard()
            except CounterfoilError as error:
                breaker.met([error], engine.clock.now())
                put_offs.append(put_off(engine, batch, error))
        records = tuple(item.id for item in batch)
        exchanges += [kept(exchange, records) for exchange in tape]
    return LookUp(answers, exchanges, put_offs)


def put_off(engine: Engine, batch: Sequence[Item], error: CounterfoilError) -> PutOff:
    """When items that could not be asked for are asked for again."""
    asked_s = error.after_s if isinstance(error, Retry) else 15.0
    due = later(engine.clock.now(), max(asked_s, backoff(engine, 2)))
    engine.log.warning("look-up failed", said=error.said, where=error.where, records=len(batch))
    return PutOff(batch, due)

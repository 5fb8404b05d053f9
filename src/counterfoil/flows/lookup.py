"""Look-up: what the target holds under our references, asked in as few calls as it allows."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item, kept
from counterfoil.flows.outcome import backoff, put_off
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Seen
from counterfoil.kit.transport import recording
from counterfoil.store.evidence import Kept
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Retry


async def look_up(
    engine: Engine, route: Route, items: Sequence[Item]
) -> tuple[list[tuple[Item, Sequence[Seen]]], list[Kept]]:
    """What was found for each item, and the evidence; items that could not be asked are put off."""
    found: list[tuple[Item, Sequence[Seen]]] = []
    exchanges: list[Kept] = []
    size = max(1, route.carries.reads)
    breaker = engine.breakers[route.target_connection]
    for at in range(0, len(items), size):
        batch = items[at : at + size]
        with recording() as tape:
            try:
                seen = await route.target.read([it.reference for it in batch])
                found += [(it, seen.get(it.reference, ())) for it in batch]
                breaker.heard()
            except CounterfoilError as error:
                breaker.met([error], engine.clock.now())
                await _later(engine, batch, error)
        records = tuple(it.id for it in batch)
        exchanges += [kept(exchange, records) for exchange in tape]
    return found, exchanges


async def _later(engine: Engine, batch: Sequence[Item], error: CounterfoilError) -> None:
    asked_s = error.after_s if isinstance(error, Retry) else 15.0
    due = later(engine.clock.now(), max(asked_s, backoff(engine, 2)))
    engine.log.warning("look-up failed", said=error.said, where=error.where, records=len(batch))
    async with engine.database.transaction() as unit:
        await put_off(unit, batch, due)

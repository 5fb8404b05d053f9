"""Tickets: what a target gave for a write that it does later, and is asked by what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId


class Ticket(NamedTuple):
    """The ticket of a record."""

    record: RecordId
    ticket: str


_OF = Query("tickets_of", Ticket)


async def keep(unit: Executor, tickets: Mapping[RecordId, str]) -> None:
    """Keep the ticket of each record; a newer one takes the place of the one before."""
    if tickets:
        await unit.run("keep_tickets", list(tickets), list(tickets.values()))


async def ended(unit: Executor, records: Sequence[int]) -> None:
    """It is known what became of these, or the target knows nothing of their tickets."""
    if records:
        await unit.run("end_tickets", list(records))


async def of(db: Executor, records: Sequence[int]) -> Mapping[RecordId, str]:
    """The tickets of those of these records that have one."""
    return dict(await _OF.rows(db, records)) if records else {}

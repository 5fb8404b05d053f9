"""Edits: what somebody had changed at a target before a newer version was written over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant
from counterfoil.values.digest import canonical
from counterfoil.values.ids import RecordId


class EditRow(NamedTuple):
    """One record that was written over an edit; `fields` is JSON, as the entry of its sending has
    it."""

    record: RecordId
    number: str
    at: datetime
    fields: str


_FLAGGED = Query("flagged_edits", EditRow)


async def keep(
    unit: Executor, route: int, at: Instant, edits: Mapping[RecordId, Mapping[str, object]]
) -> None:
    """Keep what records of a route are written over; nothing of those with nothing there."""
    texts = {record: canonical(dict(fields)).decode() for record, fields in edits.items() if fields}
    if texts:
        await unit.run("keep_edits", route, at.to_stdlib(), [*texts], [*texts.values()])


async def flagged(db: Executor, route: str, limit: int) -> list[EditRow]:
    """What was written over on a route, the last first."""
    return await _FLAGGED.rows(db, route, limit)

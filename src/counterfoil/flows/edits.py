"""Edits: what somebody changed at a target after it was confirmed, in fields that are not theirs.

A read-back of everything that stands as it was sent. Nothing is written and nothing moves: what is
sent next writes over it, as the route's source masters those fields; this finds it before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from counterfoil.flows.confirm import alone, differences, shown
from counterfoil.flows.engine import Engine
from counterfoil.flows.patience import patiently
from counterfoil.flows.recheck import Case, cases_of
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Intent, Seen
from counterfoil.store import records
from counterfoil.values.ids import RecordId


class Edit(msgspec.Struct, frozen=True):
    """A document whose fields are others at the target than were sent: each field with what was
    sent and what is there, of a person's the names only; none where the document is gone."""

    record: RecordId
    number: str
    fields: dict[str, object]
    gone: bool = False


async def edits(engine: Engine, route: Route) -> AsyncIterator[Edit]:
    """Read back every document of a route that stands confirmed, and tell those that differ."""
    size, after = max(1, route.carries.reads), 0
    while ids := await records.confirmed(engine.database, route.id, after, size):
        rows = await records.arrived(engine.database, ids)
        cases = [case for case in await cases_of(engine, route, rows) if case.intent is not None]
        read = partial(route.target.read, [case.intent.reference for case in cases if case.intent])
        documents = await patiently(engine, read)
        for case in cases:
            assert case.intent is not None
            edit = _edit(route, case, case.intent, documents.get(case.intent.reference, ()))
            if edit is not None:
                yield edit
        after = max(ids)


def _edit(route: Route, case: Case, intent: Intent, seen: list[Seen]) -> Edit | None:
    """What is other of one document; None where it is as it was sent."""
    row = case.row
    documents = alone(route, intent, row.identity, seen)
    if not documents:
        return None if case.ends else Edit(row.id, row.number, {}, gone=True)
    drift = differences(intent.expect, documents[0].fields, documents[0].unseen)
    return Edit(row.id, row.number, shown(intent, drift)) if drift else None

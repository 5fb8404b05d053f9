"""Edits: what somebody changed at a target after it was confirmed, in fields that are not theirs.

The route's source masters those fields, so that a newer version would write over it. What becomes
of it then the route says by field (`Plan.on_edit`): where that is more than to write over it, the
target is looked at before the newer version leaves. What is flagged is sent and listed; what is
refused is held. Whoever wants to know before there is a newer version reads back all that stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from counterfoil.flows.confirm import alone, differences, has_fallen, said, shown
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.lookup import look_up
from counterfoil.flows.outcome import held
from counterfoil.flows.patience import patiently
from counterfoil.flows.posting import PutOff
from counterfoil.flows.recheck import Case, cases_of
from counterfoil.flows.route import Route
from counterfoil.govern.ownership import strictest
from counterfoil.kit.connector import Intent, Seen
from counterfoil.kit.field import Field, family
from counterfoil.ledger.account import State
from counterfoil.store import records
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Move
from counterfoil.values.errors import Hold
from counterfoil.values.ids import RecordId

Changed = Mapping[str, tuple[Field, Field]]
"""The fields that are other at the target, each with what was sent and what is there."""


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
    drift = _changed(intent, documents[0])
    return Edit(row.id, row.number, shown(intent, drift)) if drift else None


class Checked(NamedTuple):
    """The items that may leave; what becomes of the others; and the evidence."""

    ready: list[Item]
    moves: list[Move]
    put_offs: Sequence[PutOff]
    exchanges: Sequence[Kept]


async def checked(engine: Engine, route: Route, items: Sequence[Item]) -> Checked:
    """Look what the target holds before newer versions of what stands confirmed there leave: what
    was edited there is held, or noted on its item, as the route says of the fields."""
    newer = {item.sent: item for item in items if _writes_over(item)}
    if not newer or strictest(route.plan.on_edit, route.plan.on_edit) == "overwrite":
        return Checked([*items], [], (), ())
    rows = await records.arrived(engine.database, [sent for sent in newer if sent is not None])
    confirmed = [row for row in rows if row.state == State.CONFIRMED]
    cases = {case.row.id: case for case in await cases_of(engine, route, confirmed)}
    looked = await look_up(engine, route, [newer[sent] for sent in cases])
    moves: list[Move] = []
    for item, seen in looked.answers:
        move = _judged(route, item, cases[RecordId(item.sent or 0)], seen)
        if move is not None:
            moves.append(move)
    without = {move.id for move in moves}
    without |= {item.id for put_off in looked.put_offs for item in put_off.items}
    ready = [item for item in items if item.id not in without]
    return Checked(ready, moves, looked.put_offs, looked.exchanges)


def _writes_over(item: Item) -> bool:
    """Whether it gives the target another content of what it was sent before."""
    return item.sent not in (None, item.id) and item.act != "cancel" and not item.done


def _judged(route: Route, item: Item, case: Case, seen: Sequence[Seen]) -> Move | None:
    """The move of an item that would write over a refused edit; else it is noted on the item."""
    intent = case.intent
    documents = alone(route, intent, case.row.identity, seen) if intent is not None else ()
    if intent is None or case.ends or len(documents) > 1:
        return None
    drift = _changed(intent, documents[0]) if documents else {}
    assert item.intent is not None
    coming = item.intent.expect
    edited = {name: pair for name, pair in drift.items() if coming.get(name, pair) != pair[1]}
    fields = edited if documents else intent.expect
    answer = strictest(route.plan.on_edit, map(family, fields))
    if answer == "refuse":
        return held(item, _refused(route, item, intent, edited))
    if answer == "flag":
        item.edited = shown(intent, edited) if documents else {"gone": True}
    return None


def _changed(intent: Intent, there: Seen) -> dict[str, tuple[Field, Field]]:
    """What somebody changed: a level that the target sells of falls by itself."""
    drift = differences(intent.expect, there.fields, there.unseen)
    return {name: pair for name, pair in drift.items() if not has_fallen(intent, name, *pair)}


def _refused(route: Route, item: Item, intent: Intent, edited: Changed) -> Hold:
    what = f"was edited at {route.target_called} after it was sent: {said(intent, edited)}"
    if not edited:
        what = f"is not at {route.target_called} any more, where it was confirmed"
    return Hold(
        f"{item.first} {what}. The newer version does not write over that.",
        do=f"Put it back there, or bring it to {route.plan.source}, which masters it; then send"
        " this one again. Or say overwrite for the field under [on_edit] of the route's file.",
        where=min(edited, default=""),
        code="edited-there",
    )

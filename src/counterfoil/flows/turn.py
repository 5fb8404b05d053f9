"""Turn: what a document must not overtake. Of one turn one document at a time is in flight.

Two documents that have a third in common are told one after the other: what the second is composed
of depends on what became of the first. Who waits is looked at again soon; behind one that only a
person can settle it is laid down to wait, where it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.posting import PutOff
from counterfoil.flows.prepare import stopped
from counterfoil.flows.route import Route
from counterfoil.flows.rules import Waits
from counterfoil.ledger.account import State
from counterfoil.model.document import Document
from counterfoil.model.words import TITLES
from counterfoil.store import document_routes, turns
from counterfoil.store.journal import Move
from counterfoil.store.postgres import Transaction
from counterfoil.store.turns import Claim
from counterfoil.values.clock import Instant, later
from counterfoil.values.ids import RecordId

_SOON_S = 1.0  # how long one waits for the one before it
_STUCK_S = 60.0  # and where a person has to find out what became of that


class Line(NamedTuple):
    """The items whose turn it is; and what becomes of those behind another."""

    ready: Sequence[Item]
    moves: Sequence[Move]
    put_offs: Sequence[PutOff]


async def in_turn(engine: Engine, route: Route, items: Sequence[Item]) -> Line:
    """Part the items whose turn it is from those behind another document of their turn.

    Of several of one turn the one that was captured first goes first. Behind an older version of
    itself nobody is sent away here: that is judged by the document's own rules.
    """
    now = engine.clock.now()
    names = {item.id: name for item in items if (name := _name(route, item, now))}
    if not names:
        return Line(items, (), ())
    by_name = await turns.of(engine.database, route.id, sorted({*names.values()}))
    first = {names[record]: record for record in sorted(names, reverse=True)}
    ready: list[Item] = []
    soon: list[Item] = []
    stuck: list[Item] = []
    for item in items:
        name = names.get(item.id, "")
        turn = by_name.get(name)
        if turn is not None and turn.busy and turn.subject != item.subject:
            (stuck if turn.stuck else soon).append(item)
        elif name and first[name] != item.id:
            soon.append(item)
        else:
            item.turn = Claim(name, item.id, turn.times if turn else 0) if name else None
            ready.append(item)
    engine.fired["behind-its-turn"] += len(soon) + len(stuck)
    until = later(now, _STUCK_S)
    return Line(
        ready,
        [
            stopped(route, item, _waits(item.document, until))
            for item in stuck
            if item.state is not State.WAITING
        ],
        [
            PutOff(soon, later(now, _SOON_S)),
            PutOff([item for item in stuck if item.state is State.WAITING], until),
        ],
    )


async def overtaken(unit: Transaction, route: Route, sending: Sequence[Item]) -> set[RecordId]:
    """Take the turns of items that are about to leave: the records of those for which another was
    quicker, and which are in flight no longer."""
    claims = [item.turn for item in sending if item.turn is not None]
    if not claims:
        return set()
    quicker = {claim.record for claim in claims} - await turns.take(unit, route.id, claims)
    lost = [item for item in sending if item.id in quicker]
    if lost:
        subjects = [item.subject for item in lost]
        await document_routes.release(unit, route.id, subjects, [item.id for item in lost])
    return quicker


def _name(route: Route, item: Item, now: Instant) -> str:
    """What the turn of a document is called in the store; empty where that is itself."""
    if item.document is None:
        item.read(route, now)
    turn = cast("Document", item.document).turn
    return f"{turn.word}/{turn.key}" if turn is not None else ""


def _waits(document: Document, until: Instant) -> Waits:
    assert document.turn is not None
    what = f"{TITLES[document.turn.word].one} {document.turn.key}"
    return Waits(
        "waits-its-turn",
        f"another one of {what} was sent and not answered, and only a person can find out",
        until,
    )

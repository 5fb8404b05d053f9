"""Erased: what comes late of somebody who was erased enters without them.

The version counts as any other does: it is known again by the digest of what the source said, and
its money and its goods stand where they must. Who it is of is not kept once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from counterfoil.flows.candidate import ENCODE, Candidate
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.govern.person import Needles, known
from counterfoil.govern.scrub import scrubbed
from counterfoil.model.personal import blank
from counterfoil.store import bindings, erasures, tombstone
from counterfoil.store.bindings import Namespace
from counterfoil.store.keys import Keys
from counterfoil.store.pages import Message
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Hold

ERASED = "erased"
"""The code of what nobody can send any more: whom it is for is not known here."""
_LATE = "late"
"""What a tombstone names where no act of a person put it, but a message that came after one."""


async def forgotten(
    engine: Engine, route: Route, candidates: Sequence[Candidate], messages: Sequence[Message] = ()
) -> None:
    """Take those who were erased out of candidates, and out of the `messages` that they came in."""
    if engine.keys is None or not candidates or not await erasures.found(engine.database):
        return
    read = [candidate for candidate in candidates if candidate.document is not None]
    namespace = Namespace(route.source_connection, route.plan.document)
    subjects = await bindings.bound(engine.database, namespace, [c.reading.key for c in read])
    gone = await _gone(engine, engine.keys, route, read, subjects)
    if not gone:
        return
    engine.fired["erased"] += len(gone)
    needles = Needles((c.document for c in gone), (c.reading.key for c in gone))
    whole = {c.source for c in gone if isinstance(c.source, int)}
    remainders = {
        message.number: scrubbed(message.body, needles, _LATE, theirs=message.number in whole)
        for message in messages
    }
    bodies = {message.number: message.body for message in messages}
    changed = {number: body for number, body in remainders.items() if body != bodies[number]}
    await erasures.replace_messages(engine.database, changed)
    for candidate in gone:
        _blank(candidate, known_before=candidate.reading.key in subjects)


async def _gone(
    engine: Engine,
    keys: Keys,
    route: Route,
    read: Sequence[Candidate],
    subjects: Mapping[str, int],
) -> list[Candidate]:
    """Those whose document was erased, or whose person was after it had been created."""
    documents = await erasures.documents(engine.database, sorted(subjects.values()))
    marks = [[keys.mark(name) for name in known(c.document, route.source_connection)] for c in read]
    until = await erasures.until(engine.database, [mark for of_one in marks for mark in of_one])
    return [
        candidate
        for candidate, theirs in zip(read, marks, strict=True)
        if subjects.get(candidate.reading.key) in documents
        or any(_before(candidate, until.get(mark)) for mark in theirs)
    ]


def _before(candidate: Candidate, until: Instant | None) -> bool:
    return until is not None and candidate.created <= until


def _blank(candidate: Candidate, *, known_before: bool) -> None:
    """Let a candidate be without its person; by its digests it is still known. One that was never
    `known_before` was never sent, and nobody can be sent anything without a name: a person says."""
    document = blank(candidate.document)
    problem = candidate.reading.problem
    if not known_before and problem is None:
        problem = Hold(
            f"{candidate.reading.number or candidate.reading.key} was made before the person it is"
            " of was erased, and came only now.",
            do="Enter it by hand at the target if it is still owed; then set it aside.",
            code=ERASED,
        )
    candidate.reading = msgspec.structs.replace(
        candidate.reading, document=document, problem=problem
    )
    candidate.body = ENCODE(document)
    if isinstance(candidate.source, bytes) and candidate.source:
        candidate.source = tombstone.over(candidate.source, _LATE)

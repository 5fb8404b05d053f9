"""Erased: what comes late of somebody who was erased enters without them.

The version counts as any other does: it is known again by the digest of what the source said, and
its money and its goods stand where they must. Who it is of is not kept once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from counterfoil.flows.candidate import ENCODE, Candidate
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.govern.person import Needles, known
from counterfoil.govern.scrub import scrubbed
from counterfoil.model.document import Ref
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


class Came(NamedTuple):
    """What came by a route: versions, those of their documents that are known here (`subjects`, by
    key), and the messages that they came in."""

    route: Route
    candidates: Sequence[Candidate]
    subjects: Mapping[str, int]
    messages: Sequence[Message] = ()


async def forgotten(engine: Engine, keys: Keys, came: Came) -> None:
    """Take those who were erased out of what came, and out of the messages that it came in."""
    gone, about = await _gone(engine, keys, came)
    if not gone:
        return
    engine.fired["erased"] += len(gone)
    needles = Needles((c.document for c in gone), (c.reading.key for c in gone))
    whole = {c.source for c in gone if isinstance(c.source, int)}
    remainders = {
        message.number: scrubbed(message.body, needles, _LATE, theirs=message.number in whole)
        for message in came.messages
    }
    bodies = {message.number: message.body for message in came.messages}
    changed = {number: body for number, body in remainders.items() if body != bodies[number]}
    await erasures.replace_messages(engine.database, changed)
    for candidate in gone:
        _blank(candidate, known_before=candidate.reading.key in about)


async def _gone(
    engine: Engine, keys: Keys, came: Came
) -> tuple[list[Candidate], Mapping[str, int]]:
    """Those whose document was erased, or the only one that it names, or whose person was after it
    had been created; and the number of such a document by the key of each that has one."""
    read = [candidate for candidate in came.candidates if candidate.document is not None]
    about = {**await _named(engine, came.route, read), **came.subjects}
    documents = await erasures.documents(engine.database, sorted({*about.values()}))
    connection = came.route.source_connection
    marks = [[keys.mark(name) for name in known(c.document, connection)] for c in read]
    until = await erasures.until(engine.database, [mark for theirs in marks for mark in theirs])
    gone = [
        candidate
        for candidate, theirs in zip(read, marks, strict=True)
        if about.get(candidate.reading.key) in documents
        or any(_before(candidate, until.get(mark)) for mark in theirs)
    ]
    return gone, about


async def _named(engine: Engine, route: Route, read: Sequence[Candidate]) -> dict[str, int]:
    """The number of the only document that each of these names, by its own key."""
    refs = {c.reading.key: c.document.refs[0] for c in read if len(c.document.refs) == 1}
    numbers: dict[Ref, int] = {}
    for word in {ref.word for ref in refs.values()}:
        namespace = Namespace(route.source_connection, word)
        keys = [ref.key for ref in refs.values() if ref.word == word]
        bound = await bindings.bound(engine.database, namespace, keys)
        numbers |= {Ref(word, key): number for key, number in bound.items()}
    return {key: numbers[ref] for key, ref in refs.items() if ref in numbers}


def _before(candidate: Candidate, until: Instant | None) -> bool:
    return until is not None and candidate.created <= until


def _blank(candidate: Candidate, *, known_before: bool) -> None:
    """Let a version be without its person; by its digests it is still known. One that was never
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

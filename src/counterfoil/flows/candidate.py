"""Candidate: what a source said, read and whole, on its way to becoming a record.

A message that only names its documents, or tells a part of one, is read by their keys first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.patience import patiently
from counterfoil.flows.route import Route
from counterfoil.flows.rules import Rules
from counterfoil.kit.connector import Hint, Reading, each
from counterfoil.ledger.account import State
from counterfoil.store.pages import Message
from counterfoil.values.clock import Instant, nanoseconds
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, Refuse
from counterfoil.values.ids import RecordId

UNREADABLE = "delivery-"
"""How the key of a delivery begins in which no document could be found; the column `nameless` says
so for certain, since a document may be called like this too."""

PUSHED = b"-"
"""In the place of a digest: the message rests in the inbox, under a digest of its own."""

_AT_ONCE = 50  # documents that one call reads by their keys

ENCODE = msgspec.msgpack.Encoder().encode


class Candidate(msgspec.Struct):
    """A reading on its way to becoming a record.

    `digest` is that of the document, `mark` that of what the source said (`PUSHED` for a message,
    empty where it could not be read): of one version one of the two is the same, or the two
    readings are (`_news`). `source` is that object, or its number in the inbox.
    """

    reading: Reading[Any]
    body: bytes
    digest: bytes
    mark: bytes
    source: bytes | int
    created: Instant
    rules: Rules[Any, Any]
    subject: int = 0
    id: RecordId = RecordId(0)
    late: bool = False
    first: bool = False
    nameless: bool = False

    @property
    def document(self) -> Any:
        """What was read; None where it could not be."""
        return self.reading.document

    @property
    def rank(self) -> tuple[int, int]:
        """Of two versions of one document the higher stands."""
        return nanoseconds(self.reading.version), self.id

    @property
    def state(self) -> State:
        """Where the record stands when it enters."""
        if self.reading.problem is not None:
            if self.left_out:
                return State.EXCLUDED
            refused = not self.nameless and isinstance(self.reading.problem, Refuse)
            return State.REFUSED if refused else State.HELD
        return State.SUPERSEDED if self.late else State.CAPTURED

    @property
    def left_out(self) -> str:
        """The rule that leaves out what could not be read, and need not be; empty: none."""
        if self.reading.test:
            return self.rules.test.rule
        return self.rules.gone.rule if self.reading.cancelled and self.first else ""


async def whole(engine: Engine, route: Route, said: Sequence[Candidate | Hint]) -> list[Candidate]:
    """What messages said, whole: what only names documents, or tells a part, is read by its keys.

    Where the source does not give one, or will not be asked, what the message tells stands. Of
    what was only named nothing stands then: it is held under its key, where the source refuses.
    """
    named = {key for statement in said if isinstance(statement, Hint) for key in statement.keys}
    candidates = [statement for statement in said if not isinstance(statement, Hint)]
    partial_ = {
        candidate.reading.key for candidate in candidates if candidate.reading.partial
    } - named
    by_key: dict[str, Candidate] = {}
    if partial_:
        engine.fired["read-whole"] += len(partial_)
        by_key |= await asked(engine, route, sorted(partial_))
    if named:
        engine.fired["hinted"] += len(named)
        by_key |= await _named(engine, route, sorted(named))
        engine.fired["hinted-and-absent"] += len(named - by_key.keys())
    untouched = [
        candidate
        for candidate in candidates
        if not (candidate.reading.partial and candidate.reading.key in by_key)
    ]
    return [*untouched, *by_key.values()]


async def _named(engine: Engine, route: Route, keys: list[str]) -> dict[str, Candidate]:
    """What the source says now of documents of which it only gave news.

    Raises `Retry` where it is away and `Misconfigured` where it lets nobody in: the messages stay
    on their page, and are read when it is asked again.
    """
    by_key: dict[str, Candidate] = {}
    for start in range(0, len(keys), _AT_ONCE):
        batch = keys[start : start + _AT_ONCE]
        try:
            readings: Sequence[Reading[Any]] = await patiently(
                engine, partial(route.source.read, batch)
            )
        except (Hold, Refuse) as error:
            now = engine.clock.now()
            readings = [_refused(key, now, error) for key in batch]
        by_key |= {
            reading.key: candidate_of(route, reading, reading.source) for reading in readings
        }
    return by_key


def _refused(key: str, at: Instant, error: CounterfoilError) -> Reading[Any]:
    return Reading(key=key, number="", version=at, problem=error)


async def asked(engine: Engine, route: Route, keys: list[str]) -> dict[str, Candidate]:
    """What the source says now of these documents; nothing where it will not be asked."""
    try:
        readings = await route.source.read(keys)
    except (Misconfigured, Hold, Refuse) as error:
        engine.log.warning("not read whole", said=error.said, do=error.do, route=route.name)
        return {}
    return {reading.key: candidate_of(route, reading, reading.source) for reading in readings}


def reread(route: Route, source: bytes, at: Instant, pushed: bool) -> Reading[Any]:
    """What today's reader makes of what the source said at `at`."""
    try:
        if not pushed:
            return route.source.reread(source, at)
        (statement,) = each(route.source.parse(source, at))
        assert isinstance(statement, Reading), "what only names documents is kept as it was read"
        return statement
    except CounterfoilError as problem:
        return _nameless("", at, problem)


def said_by(route: Route, message: Message) -> list[Candidate | Hint]:
    """What one message says, as it is read by the source's own connector."""
    try:
        statements = each(route.source.parse(message.body, message.at))
    except CounterfoilError as problem:
        # A signed message in which not even an identity can be found is kept, and is seen.
        reading = _nameless(str(message.number), message.at, problem)
        return [
            msgspec.structs.replace(candidate_of(route, reading, message.number), nameless=True)
        ]
    alone = len(statements) == 1
    return [
        statement
        if isinstance(statement, Hint)
        else candidate_of(route, statement, message.number if alone else statement.source)
        for statement in statements
    ]


def _nameless(number: str, at: Instant, problem: CounterfoilError) -> Reading[Any]:
    return Reading(
        key=f"{UNREADABLE}{number}", number="", version=at, minor=0, currency="", problem=problem,
    )  # fmt: skip


def candidate_of(route: Route, given: Reading[Any], source: bytes | int) -> Candidate:
    """A reading as a candidate; `source` is its object, or its message's number in the inbox."""
    reading, rules = _storable(given), route.plan.rules
    source_mark = digest(source) if isinstance(source, bytes) else PUSHED
    if reading.document is None:
        problem = reading.problem or Refuse("The source gave nothing.")
        mark = digest(canonical([reading.key, str(reading.version), problem.said]))
        # A mended table makes news of it, so it is never known by what the source said alone.
        born = reading.created or reading.version
        return Candidate(reading, b"", mark, b"", source, born, rules)
    body = ENCODE(reading.document)
    return Candidate(reading, body, digest(body), source_mark, source, reading.document.born, rules)


def _storable(reading: Reading[Any]) -> Reading[Any]:
    """`reading`; a source that names a document with a NUL, which no database keeps, must not stop
    its route."""
    if "\0" not in reading.key + reading.number:
        return reading
    key, number = (text.replace("\0", "\ufffd") for text in (reading.key, reading.number))
    return msgspec.structs.replace(reading, key=key, number=number)

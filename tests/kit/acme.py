"""A small vendor and its connector, for the rules about manners, steps and jobs: it keeps products
(one under a reference), levels (compared and set), refunds (a note, then its payment) and
settlements (taken now, done later)."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import header
from counterfoil.kit.api.faults import Faults
from counterfoil.kit.asgi import AsgiWire, Message
from counterfoil.kit.connector import (
    ALONE,
    Answer,
    Connector,
    Inputs,
    Intent,
    Opening,
    Pending,
    Seen,
    Session,
    Step,
    Written,
)
from counterfoil.kit.contract import Stage, StoppedClock
from counterfoil.kit.manifest import Carries, Limit, Manifest, StepClass
from counterfoil.model.document import Measure, Ref
from counterfoil.model.words import Word
from counterfoil.values.clock import Instant, instant

_BORN = "2026-11-02T11:00:00Z"
_STEPS = ("note", "payment")


class Thing(msgspec.Struct, frozen=True):
    """Whatever is written here: so many pieces, under a key."""

    key: str
    pieces: int

    @property
    def number(self) -> str:
        return self.key

    @property
    def version(self) -> Instant:
        return instant(_BORN)

    @property
    def born(self) -> Instant:
        return instant(_BORN)

    @property
    def measure(self) -> Measure:
        return Measure(pieces=self.pieces)

    @property
    def gone(self) -> bool:
        return False

    @property
    def refs(self) -> tuple[Ref, ...]:
        return ()

    @property
    def turn(self) -> Ref | None:
        return None


class Row(msgspec.Struct):
    """One thing that the vendor holds."""

    identity: str
    reference: str
    pieces: int


class Acme:
    """What the vendor holds; it answers POST /put, /get and /job."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.jobs: dict[str, list[Any]] = {}
        self._numbers = itertools.count(1)

    async def app(self, scope: Message, receive: Any, send: Any) -> None:
        body = msgspec.json.decode((await receive())["body"])
        status, answer = getattr(self, scope["path"].strip("/"))(**body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})

    def put(
        self, kind: str, reference: str, pieces: int, was: int | None = None
    ) -> tuple[int, object]:
        alike = [row for row in self.rows if row.reference == reference]
        if kind == "later":
            ticket = f"J{next(self._numbers)}"
            self.jobs[ticket] = [2, reference, pieces]
            return 202, {"ticket": ticket}
        if kind in ("product", "level") and alike:
            if was is not None and was != alike[0].pieces:
                return 422, {"error": f"it is {alike[0].pieces}"}
            alike[0].pieces = pieces
            return 200, {"identity": alike[0].identity}
        return 200, {"identity": self._add(reference, pieces)}

    def get(self, references: list[str]) -> tuple[int, object]:
        return 200, [row for row in self.rows if row.reference in references]

    def job(self, tickets: list[str]) -> tuple[int, object]:
        return 200, {ticket: self._asked(ticket) for ticket in tickets if ticket in self.jobs}

    def _asked(self, ticket: str) -> str:
        """What became of it; it is done when it is asked for the second time."""
        job = self.jobs[ticket]
        job[0] -= 1
        if job[0] == 0:
            job.append(self._add(*job[1:3]))
        return job[3] if len(job) > 3 else ""

    def _add(self, reference: str, pieces: int) -> str:
        identity = f"A{next(self._numbers)}"
        self.rows.append(Row(identity, reference, pieces))
        return identity


class Things:
    """The target of one kind of thing."""

    def __init__(self, api: Api, kind: str) -> None:
        self.api = api
        self.kind = kind

    def compose(self, document: Thing, inputs: Inputs = ALONE) -> Intent:
        was = inputs.held(list[int]) if self.kind == "level" else []
        expect = {"pieces": document.pieces}
        if self.kind != "refund":
            payload = self._payload(document.key, document.pieces, *was)
            return Intent(document.key, payload, expect)
        names = {"note": document.key, "payment": f"{document.key}-P"}
        steps = tuple(
            Step(name, reference, self._payload(reference, document.pieces))
            for name, reference in names.items()
        )
        return Intent(document.key, b"", expect, steps=steps)

    def _payload(self, reference: str, pieces: int, was: int | None = None) -> bytes:
        told = {"kind": self.kind, "reference": reference, "pieces": pieces}
        return msgspec.json.encode(told if was is None else {**told, "was": was})

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        return [await self.put(intent.payload) for intent in intents]

    async def put(self, payload: bytes) -> Answer:
        answer = await self._ask("/put", payload, dict[str, str], writes=True)
        if "ticket" in answer:
            return Pending(answer["ticket"], 5.0)
        return Written(answer["identity"])

    async def rows(self, references: Sequence[str]) -> list[Row]:
        body = msgspec.json.encode({"references": references})
        return await self._ask("/get", body, list[Row], writes=False)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        rows = await self.rows(references) if references else []
        return {
            reference: [
                Seen(row.identity, "", {"pieces": row.pieces})
                for row in rows
                if row.reference == reference
            ]
            for reference in {row.reference for row in rows}
        }

    async def _ask(self, path: str, body: bytes, shape: Any, *, writes: bool) -> Any:
        return await self.api.ask(self.api.call("POST", path, writes=writes), shape, body)


class Levels(Things):
    async def there(self, documents: Sequence[Thing], inputs: Sequence[Inputs]) -> list[bytes]:
        rows = await self.rows([document.key for document in documents])
        pieces = {row.reference: [row.pieces] for row in rows}
        return [msgspec.json.encode(pieces.get(document.key, [])) for document in documents]


class Jobs(Things):
    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        body = msgspec.json.encode({"tickets": tickets})
        ends = await self._ask("/job", body, dict[str, str], writes=False)
        return {
            ticket: Written(identity) if identity else Pending(ticket, 5.0)
            for ticket, identity in ends.items()
        }


TARGETS: dict[Word, tuple[type[Things], str]] = {
    "product": (Things, "product"),
    "stock": (Levels, "level"),
    "refund": (Things, "refund"),
    "settlement": (Jobs, "later"),
}
_VERBS: Any = ("write", "read")
_STEP = StepClass("C", "a test")
MANIFEST = Manifest(
    name="acme",
    title="Acme",
    api="a test",
    rung="sketched",
    rung_source="",
    hosts=("acme.example",),
    secrets={"key": "What it is."},
    documents={
        "product": Carries(_VERBS, "a test", in_doubt="B", manner="upsert", reads=25),
        "stock": Carries(
            _VERBS, "a test", in_doubt="B", manner="level", reads=25, reads_first=True
        ),
        "refund": Carries(
            _VERBS, "a test", in_doubt="C", reads=25, steps=dict.fromkeys(_STEPS, _STEP)
        ),
        "settlement": Carries(_VERBS, "a test", in_doubt="C", reads=25, jobs=True),
    },
    limits={"calls": Limit("rate", 1000, "a test", 1000.0)},
    settings={},
)


def acme(word: Word, worse: type[Things] | None = None) -> Connector:
    """The connector of this one document, perhaps with a worse target."""
    honest, kind = TARGETS[word]

    def opened(opening: Opening) -> Session:
        auth = header(opening.secret, "x-key", "key")
        api = Api(opening, "Acme", auth, Faults(), Usage({"calls": 1.0}))

        async def probe() -> str:
            return "Acme answered."

        return Session({}, {word: (worse or honest)(api, kind)}, probe)

    documents = {word: MANIFEST.documents[word]}
    return Connector(msgspec.structs.replace(MANIFEST, documents=documents), opened)


class Side:
    """The vendor's side: what it takes, and what it holds."""

    def __init__(self, vendor: Acme) -> None:
        self._vendor = vendor

    def document(self, number: int) -> Thing:
        return Thing(f"T{number:03}", number)

    def changed(self, number: int) -> Thing:
        return Thing(f"T{number:03}", number + 100)

    def unmapped(self) -> None:
        return None

    def held(self, reference: str) -> int:
        return sum(row.reference == reference for row in self._vendor.rows)


@contextmanager
def stage(clock: StoppedClock) -> Generator[Stage]:
    """The vendor in this process."""
    vendor = Acme()
    yield Stage(
        url="https://acme.example",
        wire=AsgiWire(vendor.app),
        secrets={"key": "a-key-that-is-long"},
        receivers=dict.fromkeys(TARGETS, Side(vendor)),
    )

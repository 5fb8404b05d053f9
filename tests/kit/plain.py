"""A small system in memory, and its connector: a state, batches, and news in a queue.

It counts its changes, lists them in the sequence of their keys, and keeps no moment of any level.
What it tells is JSON. Each worse source overrides one thing, and `WORSE` names the rule that finds
it out.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from counterfoil.kit.connector import (
    CensusPage,
    Connector,
    Hint,
    Listed,
    Listing,
    Opening,
    Reading,
    Session,
)
from counterfoil.kit.contract import Stage, StoppedClock
from counterfoil.kit.formats import strict_json
from counterfoil.kit.manifest import Carries, Limit, Manifest, Webhook
from counterfoil.kit.queue import Laid, Pulled, Queued
from counterfoil.kit.transport import Answer
from counterfoil.model.document import Measure, Ref
from counterfoil.model.words import Word
from counterfoil.values.clock import Instant, instant

PAGE = 5
STATE: Word = "stock"
BATCH: Word = "settlement"
NEWS: Word = "product"


class Thing(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document of it: so many pieces; a batch has parts, and may lack some."""

    key: str
    changed: str
    pieces: int = 0
    parts: tuple[int, ...] = ()
    complete: bool = True
    void: bool = False

    @property
    def number(self) -> str:
        return self.key

    @property
    def version(self) -> Instant:
        return instant(self.changed)

    @property
    def born(self) -> Instant:
        return instant("2026-11-02T09:00:00Z")

    @property
    def measure(self) -> Measure:
        return Measure(pieces=self.pieces)

    @property
    def entries(self) -> tuple[Measure, ...]:
        return tuple(Measure(pieces=part) for part in self.parts)

    @property
    def gone(self) -> bool:
        return self.void

    @property
    def refs(self) -> tuple[Ref, ...]:
        return ()

    @property
    def turn(self) -> Ref | None:
        return None


@dataclass
class Shelf:
    """What the vendor has of one word: rows by key, each with the number of its last change."""

    clock: StoppedClock
    rows: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    changes: int = 0
    queue: list[str] = field(default_factory=list[str])
    pushes: int = 0

    def add(self) -> str:
        key = f"K{len(self.rows) * 7 % 100:03d}"
        count = len(self.rows)
        short = count % 3 == 2
        self.rows[key] = {"key": key, "parts": [count, 2], "pieces": count + 2 + short,
                          "complete": not short}  # fmt: skip
        self._touched(key)
        return key

    def change(self, key: str) -> None:
        row = self.rows[key]
        row["pieces"] += 1
        row["parts"] = [*row["parts"], 1]
        self._touched(key)

    def end(self, key: str) -> None:
        del self.rows[key]

    def pushed(self, key: str) -> bytes:
        return msgspec.json.encode({"names": key})

    def _touched(self, key: str) -> None:
        self.changes += 1
        at = self.clock.now().format_iso()
        self.rows[key] |= {"change": self.changes, "at": at}
        self.queue.append(key)


@dataclass
class Vendor:
    """The wire to it."""

    shelves: Mapping[Word, Shelf]

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        parts = urlsplit(url)
        _, word, what = parts.path.split("/")
        shelf = next(shelf for name, shelf in self.shelves.items() if name == word)
        answer = self._answer(shelf, what, dict(parse_qsl(parts.query)))
        return Answer(200, {}, msgspec.json.encode(answer))

    async def close(self) -> None: ...

    def _answer(self, shelf: Shelf, what: str, query: Mapping[str, str]) -> object:
        if what == "queue":
            return {"from": shelf.pushes, "keys": shelf.queue[shelf.pushes :][:PAGE]}
        if what == "forget":
            shelf.pushes = max(shelf.pushes, int(query["to"]))
            return {}
        if what == "one":
            return shelf.rows.get(query["key"])
        since, after = int(query.get("since", 0)), query.get("after", "")
        rows = [shelf.rows[key] for key in sorted(shelf.rows) if key > after]
        return {
            "last": shelf.changes,
            "rows": [row for row in rows if row["change"] > since][:PAGE],
        }


class Source:
    """The source of one word (`kit.connector.Source`), and its queue (`MessageQueue`)."""

    def __init__(self, opening: Opening, word: Word, *, dated: bool) -> None:
        self.opening = opening
        self._word = word
        self._dated = dated
        self.memory: dict[str, Any] = {}

    async def ask(self, what: str, **query: object) -> Any:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"/{self._word}/{what}" + (f"?{text}" if text else "")
        answer = await self.opening.transport.call("GET", path, writes=False)
        return msgspec.json.decode(answer.body)

    def reading(self, row: dict[str, Any], now: Instant) -> Reading[Thing]:
        at = row["at"] if self._dated else now.format_iso()
        thing = Thing(row["key"], at, row["pieces"], tuple(row["parts"]), row["complete"])
        if "void" in row:
            thing = msgspec.structs.replace(thing, void=True, changed=row["void"])
        return Reading(
            thing.key, thing.number, thing.version, document=thing, pieces=thing.pieces,
            source=self.kept(row),
        )  # fmt: skip

    def kept(self, row: dict[str, Any]) -> bytes:
        return msgspec.json.encode(row)

    def parse(self, body: bytes, at: Instant) -> Sequence[Reading[Thing] | Hint]:
        named = strict_json.convert(strict_json.parse(body), dict[str, str], what="The message")
        return [Hint((named["names"],))]

    def reread(self, source: bytes, at: Instant) -> Reading[Thing]:
        return self.reading(msgspec.json.decode(source), at)

    def vanished(self, source: bytes, at: Instant) -> Reading[Thing]:
        row = {"void": at.format_iso(), **msgspec.json.decode(source)}
        return self.reading(row, at)

    def read_any(self, body: bytes, at: Instant) -> Reading[Thing]:
        return self.reread(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Thing]]:
        rows = [await self.ask("one", key=key) for key in keys]
        return [self.reading(row, self.opening.clock.now()) for row in rows if row]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Thing]:
        """Goes on from a number of change; the one at which a listing began is its mark."""
        began, after = cursor.split("/") if cursor else ("", "")
        page = await self.ask("changes", since=mark or 0, after=after)
        began = began or str(page["last"])
        now = self.opening.clock.now()
        readings = tuple(self.reading(row, now) for row in page["rows"])
        more = f"{began}/{page['rows'][-1]['key']}" if page["rows"] else None
        return Listing(readings, more, None if more else began)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await self.ask("report", after=cursor or "")
        readings = [self.reading(row, end) for row in page["rows"]]
        listed = tuple(
            Listed(one.key, one.number, one.version, start, pieces=one.pieces) for one in readings
        )
        return CensusPage(listed, listed[-1].key if listed else None)

    async def pull(self) -> Pulled | None:
        page = await self.ask("queue")
        first, keys = page["from"], page["keys"]
        messages = [
            Laid(self._word, msgspec.json.encode({"names": key}), str(first + at))
            for at, key in enumerate(keys)
        ]
        return Pulled(tuple(messages), str(first + len(keys))) if keys else None

    async def acknowledge(self, receipt: str) -> None:
        await self.ask("forget", to=receipt)


_LISTED = ("since", "read", "census")
_CLAIMS: dict[Word, Carries] = {
    STATE: Carries(
        _LISTED, "A test.", reads=50, counts="state", versions="digest", overlap=False,
        ordered=False,
    ),
    BATCH: Carries(("since", "read"), "A test.", counts="batches", overlap=False, ordered=False),
    NEWS: Carries(
        ("since", "read"), "A test.", overlap=False, ordered=False, vanishes_s=60.0
    ),
}  # fmt: skip
MANIFEST = Manifest(
    name="plain",
    title="Plain",
    api="1",
    rung="rehearsed",
    rung_source="A test.",
    hosts=("plain.example",),
    secrets={},
    documents=_CLAIMS,
    limits={"calls": Limit("slots", 4, "A test.")},
    settings={},
    webhook=Webhook("hmac-sha256-hex", "x-sign", {"changed": NEWS}, 60, "A test."),
    queues={NEWS: Queued("A test.", carries="identity")},
)


def plain(worse: type[Source] = Source, **claims: bool) -> Connector:
    """The connector, with a worse source, or with other claims about all its documents."""

    def opened(opening: Opening) -> Session:
        ports: dict[Word, Source] = {
            word: worse(opening, word, dated=word != STATE) for word in _CLAIMS
        }

        async def probe() -> str:
            return "Plain answered, and has nothing to say."

        return Session({**ports}, {}, probe, queues={NEWS: ports[NEWS]})

    documents = {
        word: msgspec.structs.replace(carries, **claims) for word, carries in _CLAIMS.items()
    }
    return Connector(msgspec.structs.replace(MANIFEST, documents=documents), opened)


@contextmanager
def stage(clock: StoppedClock) -> Generator[Stage]:
    """The vendor, for the time of one rule."""
    shelves: dict[Word, Shelf] = {word: Shelf(clock) for word in _CLAIMS}
    yield Stage("https://plain.example", Vendor(shelves), {}, senders={**shelves}, unknown="K999")


# --- worse ones ---


class RoundIsCut(Source):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await super().census(start, end, cursor)
        return msgspec.structs.replace(page, listed=page.listed[1:])


class RoundIsOld(Source):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await super().census(start, end, cursor)
        first = tuple(self.memory.setdefault(row.key, row) for row in page.listed)
        return msgspec.structs.replace(page, listed=first)


class RoundKeepsWhatEnded(Source):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await super().census(start, end, cursor)
        if not cursor:
            self.memory["now"] = set()
        self.memory["now"] |= {row.key for row in page.listed}
        every = self.memory.setdefault("every", {})
        every |= {row.key: row for row in page.listed}
        ended = () if page.cursor else {*every} - self.memory["now"]
        rows = (*page.listed, *(every[key] for key in ended))
        return msgspec.structs.replace(page, listed=rows)


class RoundIsTheListing(Source):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        page = await self.ask("changes", since=0, after=cursor or "")
        rows = [self.reading(row, end) for row in page["rows"]]
        listed = tuple(Listed(one.key, one.number, one.version, start, pieces=one.pieces)
                       for one in rows)  # fmt: skip
        return CensusPage(listed, listed[-1].key if listed else None)


class SaysItIsWhole(Source):
    def reading(self, row: dict[str, Any], now: Instant) -> Reading[Thing]:
        return super().reading({**row, "complete": True}, now)


class KeepsWhenItRead(Source):
    def kept(self, row: dict[str, Any]) -> bytes:
        return msgspec.json.encode({**row, "read": self.opening.clock.now().format_iso()})


class KeepsNoContent(Source):
    def kept(self, row: dict[str, Any]) -> bytes:
        return msgspec.json.encode({"key": row["key"]})


class NamesNobody(Source):
    def parse(self, body: bytes, at: Instant) -> Sequence[Reading[Thing] | Hint]:
        super().parse(body, at)
        return [Hint(("K998",))]


class NamesAnother(Source):
    def parse(self, body: bytes, at: Instant) -> Sequence[Reading[Thing] | Hint]:
        super().parse(body, at)
        return [Hint(("K000",))]


class ReadsOld(Source):
    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Thing]]:
        return [self.memory.setdefault(one.key, one) for one in await super().read(keys)]


class VanishedStands(Source):
    def vanished(self, source: bytes, at: Instant) -> Reading[Thing]:
        return self.reread(source, at)


class VanishesAnew(Source):
    def vanished(self, source: bytes, at: Instant) -> Reading[Thing]:
        row = {**msgspec.json.decode(source), "void": at.format_iso()}
        return self.reading(row, at)


class ForgetsItIsVoid(Source):
    def vanished(self, source: bytes, at: Instant) -> Reading[Thing]:
        return msgspec.structs.replace(super().vanished(source, at), source=source)


class ForgetsAtOnce(Source):
    async def pull(self) -> Pulled | None:
        batch = await super().pull()
        if batch is not None:
            await self.acknowledge(batch.receipt)
        return batch


class NeverForgets(Source):
    async def acknowledge(self, receipt: str) -> None: ...


class ForgetsMore(Source):
    async def acknowledge(self, receipt: str) -> None:
        await super().acknowledge(str(int(receipt) + 1))


WORSE: dict[type[Source], str] = {
    RoundIsCut: "every_state_is_in_the_round",
    RoundIsOld: "every_state_is_in_the_round",
    RoundKeepsWhatEnded: "every_state_is_in_the_round",
    RoundIsTheListing: "every_state_is_in_the_round",
    SaysItIsWhole: "a_batch_is_whole_or_says_so",
    KeepsWhenItRead: "the_same_content_is_the_same_version",
    KeepsNoContent: "the_same_content_is_the_same_version",
    NamesNobody: "a_hint_can_be_read",
    NamesAnother: "a_hint_can_be_read",
    ReadsOld: "a_hint_can_be_read",
    VanishedStands: "what_vanished_is_void",
    VanishesAnew: "what_vanished_is_void",
    ForgetsItIsVoid: "what_vanished_is_void",
    ForgetsAtOnce: "what_is_pulled_comes_again_until_it_is_acknowledged",
    NeverForgets: "what_is_pulled_comes_again_until_it_is_acknowledged",
    ForgetsMore: "what_is_pulled_comes_again_until_it_is_acknowledged",
}

KEPT: Sequence[str] = (
    "everything_is_listed_oldest_change_first",
    "a_listing_gives_the_same_twice",
    "no_document_is_lost_while_others_move",
    "a_change_brings_a_document_back",
    "a_mark_is_what_it_is_declared_to_be",
    "what_is_listed_is_what_is_read",
    "what_is_pushed_is_what_is_read",
    "what_is_kept_is_read_again",
)
"""Rules of every source that it keeps, without a moment and in no sequence."""

OVERCLAIMED: Mapping[str, Mapping[str, bool]] = {
    "everything_is_listed_oldest_change_first": {"ordered": True},
    "a_mark_is_what_it_is_declared_to_be": {"overlap": True},
}
"""Rules that find out what it claims and does not."""

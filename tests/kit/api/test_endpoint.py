"""A listing that is data: read, listed by change, counted by key; lists asked for where they are
worth a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from aiohttp import web

from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import header
from counterfoil.kit.api.endpoint import Endpoint, ListedSource, Named, SubList
from counterfoil.kit.api.faults import Faults
from counterfoil.kit.api.reading import DocumentReader, reading_of
from counterfoil.kit.api.sublists import Whole
from counterfoil.kit.connector import Hint, Opening, Reading
from counterfoil.kit.contract import StoppedClock
from counterfoil.mapping.convert import whole
from counterfoil.model.document import Measure
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Halt, Hold, Refuse, Retry
from tests.kit.api.vendor import vendor

Row = dict[str, Any]
THINGS = Endpoint(
    what="thing", path="/things", key="id", created="made", changed="changed",
    min_key="min_id", min_created="from", max_created="to", min_changed="since",
    max_changed="until", by_key={"sort": "id"}, by_change={"sort": "changed"}, most=2,
    archived="hidden", lists=(SubList("parts", "parts_count"), SubList("fees")),
    named=Named(("data", "id"), ("data", "type"), "thing", "It names no thing.", "Look."),
)  # fmt: skip
START = "2026-11-02T11:00:00Z"


class Thing(msgspec.Struct, frozen=True):
    """A document of a made-up kind."""

    key: str
    at: str
    pence: int
    complete: bool

    number = property(lambda self: self.key)
    version = property(lambda self: instant(self.at))
    born = property(lambda self: instant(START))
    measure = property(lambda self: Measure(self.pence, "GBP"))
    gone = False


class Reader:
    """Reads things (`kit.api.sublists.Reads`)."""

    def __init__(self) -> None:
        head = THINGS.head("currency", lambda row, code: whole(row.get("pence"), code))
        reader = DocumentReader[Thing, Thing](head, self._thing, self._whole, nameless="No thing.")
        self.stump, self.listed, self._read = reader.stump, reader.listed, reader.read

    def read(self, value: object, at: Instant, source: bytes) -> Reading[Thing]:
        return self._read(THINGS.alone(value) if isinstance(value, dict) else value, at, source)

    def is_one(self, head: Row) -> bool:
        return not head.get("draft")

    def adds_up(self, document: Thing) -> bool:
        return document.complete

    def only_whole(self, head: Row) -> bool:
        return "untold" in head

    def _thing(self, row: Row) -> Thing:
        if not isinstance(row.get("parts"), list):
            raise Hold("No parts.", code="missing-field")
        pence = sum(part["pence"] for part in [*row["parts"], *row.get("fees", [])])
        return Thing(str(row["id"]), row["changed"], pence, pence == row["pence"])

    def _whole(self, thing: Thing, row: Row, source: bytes) -> Reading[Thing]:
        return reading_of(thing, source)


class Store:
    """Things by number, with the lists of each, listed as their endpoint says."""

    def __init__(self) -> None:
        self.things: dict[int, Row] = {}
        self.asked: list[str] = []

    def put(self, key: int, second: int = 0, **more: Any) -> None:
        changed = f"2026-11-02T11:00:{second:02d}Z"
        row = {"id": key, "made": START, "changed": changed, "pence": 5, "currency": "GBP"}
        self.things[key] = {**row, "parts_count": 1, "parts": [{"pence": 5}], "fees": [], **more}

    def answer(self, request: web.Request) -> Any:
        self.asked.append(request.path_qs)
        single = re.fullmatch(r"/things/([0-9]+)(?:/([a-z]+))?", request.path)
        if single:
            row = self.things.get(int(single[1]))
            if row is None:
                return web.json_response({}, status=404)
            return row[single[2]] if single[2] else self.head(row)
        rows = self.found(request.query)
        return rows if rows else web.Response(status=204)

    def found(self, query: Mapping[str, str]) -> list[Row]:
        rows = [row for row in self.things.values()
                if row["id"] >= int(query.get("min_id", 0))
                and query.get("from", "") <= row["made"] <= query.get("to", "9")
                and query.get("since", "") <= row["changed"] <= query.get("until", "9")
                and bool(row.get("hidden")) == ("hidden" in query)]  # fmt: skip
        rows.sort(key=lambda row: (row[query["sort"]], row["id"]))
        return [self.head(row) for row in rows[: int(query["limit"])]]

    def head(self, row: Row) -> Row:
        links = {name: {"url": "/"} for name in ("parts", "fees") if name in row}
        return {**row, **links}


def source_of(opening: Opening) -> ListedSource[Thing]:
    auth = header(opening.secret, "X-Key", "key")
    api = Api(opening, "Acme", auth, Faults(), Usage({}))
    return ListedSource(api, THINGS, Whole(api, THINGS, Reader()), 2)


async def listed(source: ListedSource[Thing], mark: str | None = None) -> list[str]:
    keys, cursor = list[str](), None
    while True:
        page = await source.since(mark, cursor)
        keys += [reading.key for reading in page.readings]
        cursor = page.cursor
        if cursor is None:
            return keys


async def test_what_changed_is_listed_also_where_a_second_has_more_than_a_page() -> None:
    store = Store()
    for key in range(1, 6):
        store.put(key, second=7)
    store.put(6, second=9)
    store.put(7, second=9, draft=True)
    async with vendor(store.answer, StoppedClock()) as made:
        assert {*await listed(source_of(made.opening))} == {"1", "2", "3", "4", "5", "6"}
        assert {*await listed(source_of(made.opening), "2026-11-02T11:00:08Z")} == {"6"}


async def test_the_census_counts_by_key_and_what_is_hidden_too() -> None:
    store = Store()
    for key in range(1, 4):
        store.put(key)
    store.put(4, hidden=True)
    store.put(5, untold=True, pence=0, fees=[{"pence": 2}])
    async with vendor(store.answer, StoppedClock()) as made:
        source, rows, cursor = source_of(made.opening), dict[str, int](), None
        while True:
            page = await source.census(instant(START), instant("2026-11-02T12:00:00Z"), cursor)
            rows |= {row.key: row.total_minor for row in page.listed}
            cursor = page.cursor
            if cursor is None:
                break
        # Of the last the head tells nothing: what the whole document comes to counts.
        assert rows == {"1": 5, "2": 5, "3": 5, "4": 5, "5": 7}


async def test_lists_are_asked_for_once_and_only_where_they_are_worth_it() -> None:
    store = Store()
    store.put(1)
    store.put(2, parts_count=0, pence=0)
    store.put(3, pence=8, fees=[{"pence": 3}])
    async with vendor(store.answer, StoppedClock()) as made:
        source = source_of(made.opening)
        readings = await source.read(["1", "2", "3", "4", "x"])
        assert [reading.minor for reading in readings] == [5, 0, 8]
        lists = [path.partition("?")[0] for path in store.asked if path.count("/") > 2]
        assert lists == ["/things/1/parts", "/things/3/parts", "/things/3/fees"]
        assert list(await source.read(["1"])) == [readings[0]]
        assert len([path for path in store.asked if "/1/parts" in path]) == 1
        kept = readings[2].source
        assert source.reread(kept, made.opening.clock.now()) == readings[2]
        assert source.read_any(kept, made.opening.clock.now()).minor == 8


async def test_a_list_without_an_end_holds_its_document_alone() -> None:
    store = Store()
    store.put(1, parts=[{"pence": 1}] * 2)
    async with vendor(store.answer, StoppedClock()) as made:
        (reading,) = await source_of(made.opening).read(["1"])
        assert isinstance(reading.problem, Hold)
        assert (reading.problem.code, reading.problem.said) == (
            "too-long", "The thing has more than 5000 parts.",
        )  # fmt: skip


async def test_an_error_under_a_good_status_is_no_document() -> None:
    async with vendor(lambda request: {"error": "internal"}) as made:
        with pytest.raises(Retry, match="Acme answered 200 with no thing"):
            await source_of(made.opening).read(["1"])


async def test_a_filter_that_is_ignored_stops_the_listing() -> None:
    store = Store()
    store.put(1)
    async with vendor(lambda request: [store.head(store.things[1])]) as made:
        with pytest.raises(Halt):
            await source_of(made.opening).since("2026-11-02T14:00:00Z", None)


@pytest.mark.parametrize(
    "body", ["no", "[]", "{}", '{"data": {"type": "box", "id": 1}}', '{"data": {"type": "thing"}}',
             '{"data": {"type": "thing", "id": true}}', '{"data": {"type": "thing", "id": 0}}'],
)  # fmt: skip
def test_a_message_names_its_document_or_is_refused(body: str) -> None:
    with pytest.raises(Refuse):
        THINGS.named.hints(body.encode())


def test_a_message_that_names_one() -> None:
    assert THINGS.named.hints(b'{"data": {"type": "thing", "id": 7}}') == (Hint(("7",)),)

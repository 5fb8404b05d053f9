"""Windows, sizes, reading, read-back, jobs, widths, settings: what connectors share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.kit.api import jobs, readback, settings
from counterfoil.kit.api.paging import Sizes, inside, relay
from counterfoil.kit.api.reading import DocumentReader, Head
from counterfoil.kit.api.width import Width
from counterfoil.kit.api.window import Window, windows
from counterfoil.kit.connector import Opening, Reading
from counterfoil.kit.contract import StoppedClock
from counterfoil.kit.formats import strict_json
from counterfoil.kit.manifest import Manifest, Setting
from counterfoil.kit.setup import Account, setting_errors, setting_misfits
from counterfoil.mapping.convert import currency_code, identity, money
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import instant, later, seconds_between
from counterfoil.values.errors import Halt, Hold, Misconfigured, Refuse, Retry
from tests.kit.api.vendor import vendor

NOW = instant("2026-11-02T09:00:00Z")

# --- windows and sizes ---


@given(st.floats(0, 1e6), st.floats(1, 1e5))
def test_windows_leave_no_gap_and_never_overlap(length_s: float, longest_s: float) -> None:
    end = later(NOW, length_s)
    found = list(windows(NOW, end, max(longest_s, length_s / 50)))
    at = NOW
    for window in found:
        assert window.start == at < window.end
        assert window.seconds <= max(longest_s, length_s / 50) + 1e-6
        at = window.end
    assert at == end or (not found and end <= NOW)


@given(st.integers(1, 10**6))
def test_a_window_is_halved_until_it_is_one_step(seconds: int) -> None:
    window: Window | None = Window(NOW, later(NOW, seconds))
    for _ in range(64):
        halves = window.halves()
        if halves is None:
            assert window.seconds < 2
            return
        first, second = halves
        assert (first.start, first.end, second.end) == (window.start, second.start, window.end)
        assert seconds_between(NOW, first.end) % 1 == 0
        window = max(halves, key=lambda half: half.seconds)
    raise AssertionError("it is never one step")


def test_a_window_has_a_length() -> None:
    with pytest.raises(ValueError, match="length"):
        next(windows(NOW, later(NOW, 1), 0))


def test_sizes_are_halved_where_a_query_is_too_dear_and_no_further_than_one() -> None:
    dear, other = Refuse("too dear", code="max-cost"), Refuse("other", code="x")
    sizes = Sizes(20, 4)
    seen = []
    while (sizes.documents, sizes.parts) != (1, 1):
        sizes.shrink_after(dear)
        seen.append((sizes.documents, sizes.parts))
    assert seen == [(10, 4), (5, 4), (5, 2), (5, 1), (2, 1), (1, 1)]
    for error in (dear, other):
        with pytest.raises(Refuse):
            Sizes(1, 1).shrink_after(error) if error is dear else Sizes(9).shrink_after(error)


def test_a_row_outside_the_window_means_that_the_filter_was_ignored() -> None:
    end = later(NOW, 60)
    good = [{"at": NOW.format_iso()}, {"at": None}, {"at": "soon"}, {}]
    inside(good, "at", NOW, end, title="Acme")
    for moment in (later(NOW, -4000), end, later(NOW, 10**6)):
        with pytest.raises(Halt) as caught:
            inside([{"at": moment.format_iso()}], "at", NOW, end, title="Acme")
        assert caught.value.code == "filter-ignored"


def test_a_graphql_connection_is_a_page_or_refused() -> None:
    more = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "a"}}
    assert relay(more, None).cursor == "a"
    assert relay({"nodes": [], "pageInfo": {"hasNextPage": False}}, "a").cursor is None
    with pytest.raises(Halt):
        relay(more, "a")
    with pytest.raises(Halt):
        relay({"nodes": [], "pageInfo": {"hasNextPage": True}}, None)
    for wrong in (None, {}, {"nodes": [1], "pageInfo": {"hasNextPage": False}}):
        with pytest.raises(Refuse):
            relay(wrong, None)


# --- reading ---


class Sale(msgspec.Struct, frozen=True):
    """A document."""

    key: str
    total: int


TABLE = Mapper(Table("sale", [Field("key", "id", identity), Field("total", "sum", money)], Sale))
READER: DocumentReader[Sale, Sale] = DocumentReader(
    Head(
        key=Field("key", "id", identity), number="name", version="at", created="made",
        currency="cur", total=lambda row, currency: money(row["sum"], currency), cancelled="gone",
        test="trial",
    ),
    lambda row: TABLE.run(row, currency_code(row.get("cur"), "")),
    lambda sale, row, source: Reading(
        sale.key, str(row.get("name")), NOW, sale.total, row["cur"], sale, source=source
    ),
    nameless="It says not which sale it is.",
)  # fmt: skip
WHOLE = {"id": 7, "name": "#7", "at": "2026-11-01T09:00:00Z", "cur": "GBP", "sum": "12.50"}


def test_what_can_be_read_is_a_document_and_what_cannot_leaves_a_stump() -> None:
    assert READER.read(WHOLE, NOW, b"kept").document == Sale("7", 1250)
    stump = READER.read({**WHOLE, "sum": "12.505", "trial": True, "gone": WHOLE["at"]}, NOW, b"k")
    assert stump.document is None
    assert isinstance(stump.problem, Hold)
    assert (stump.key, stump.number, stump.minor, stump.currency) == ("7", "#7", 0, "GBP")
    assert (stump.version, stump.source) == (instant("2026-11-01T09:00:00Z"), b"k")
    assert (stump.test, stump.cancelled, stump.created) == (True, True, None)


SAID = st.none() | st.text(max_size=4) | st.integers() | st.lists(st.none())
MEMBERS = st.sampled_from(["id", "name", "at", "cur", "sum", "gone"])


@given(st.dictionaries(MEMBERS, SAID))
def test_any_object_is_read_or_names_no_document(row: dict[str, Any]) -> None:
    try:
        reading = READER.read({"cur": "GBP", **row}, NOW)
    except Refuse as error:
        assert error.code == "no-identity"  # noqa: PT017 - most objects are no refusal
        return
    assert reading.key
    assert (reading.document is None) == (reading.problem is not None)


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"id": ""}, {"id": [1]}])
def test_what_is_about_no_document_is_refused(value: Any) -> None:
    with pytest.raises(Refuse, match="It says not which sale it is"):
        READER.read(value, NOW)


def test_a_census_row_is_read_or_says_which_member_is_wrong() -> None:
    row = {**WHOLE, "made": WHOLE["at"]}
    listed = READER.listed(row)
    assert (listed.key, listed.number) == ("7", "#7")
    assert (listed.total_minor, listed.currency) == (1250, "GBP")
    assert listed.version == listed.created == instant("2026-11-01T09:00:00Z")
    for name, value in {"id": [], "at": "soon", "made": None, "cur": "pounds"}.items():
        with pytest.raises(Hold) as held:
            READER.listed({**row, name: value})
        assert held.value.where == name
    with pytest.raises(Hold, match="nothing is not an amount of money"):
        READER.listed({**row, "sum": None})


def test_what_has_no_money_is_counted_without() -> None:
    reader = DocumentReader(
        replace(READER._head, total=lambda row, currency: None), READER._make, READER._whole,
        nameless="",
    )  # fmt: skip
    row = {**WHOLE, "made": WHOLE["at"]}
    with pytest.raises(Hold, match="nothing is not an amount of money"):
        reader.listed(row)
    del row["cur"]
    assert (reader.listed(row).total_minor, reader.listed(row).currency) == (0, "XXX")


# --- read-back ---


@given(st.lists(st.text("abc", min_size=1, max_size=9), max_size=30), st.integers(1, 40))
def test_runs_hold_every_reference_once_in_order_within_their_length(
    references: list[str], most: int
) -> None:
    found = list(readback.runs(references, most, "~"))
    assert [one for run in found for one in run] == references
    assert all(len("~".join(run)) <= most or len(run) == 1 for run in found)
    for before, after in pairwise(found):
        assert len("~".join([*before, after[0]])) > most, "no run is shorter than it must be"


def test_the_members_of_objects_are_under_their_paths() -> None:
    row = {"id": 1, "to": {"city": "Leeds", "name": None}, "list": [{"a": 1}], "none": None}
    assert readback.flat(row) == {"to.city": "Leeds", "to.name": None}


def test_fields_are_read_so_that_they_can_be_compared_and_what_is_none_stays_as_it_came() -> None:
    read = readback
    assert (read.text(None), read.text(" a "), read.identity(7), read.identity(" 7 ")) == (
        "", "a", 7, "7",
    )  # fmt: skip
    assert [read.amount("12.50", "GBP"), read.amount("a lot", "GBP")] == [1250, "a lot"]
    assert [read.count("3.0"), read.count("three")] == [3, "three"]
    assert read.local_time("2026-11-02 09:00:00.123") == "2026-11-02T09:00:00"
    assert read.local_time("2026-11-02") == "2026-11-02T00:00:00"
    assert read.local_time("02/11/2026") == "02/11/2026"
    shown = {"A": ("a", read.text), "B": ("b", read.count)}
    assert read.fields({"A": " x "}, shown, "GBP") == {"a": "x"}
    assert read.unseen({"A": 1}, shown) == {"b"}
    fields: dict[str, Any] = {}
    for value in (1, 2, "x"):
        read.add(fields, "n", value)
    assert fields == {"n": "3 + x"}


def test_a_query_that_lacks_a_column_says_which() -> None:
    columns = readback.Columns("saved search", "CF", ("id", "sum"), later=("note",), version="v2")
    columns.check([{"id": 1, "sum": 2}], "acme")
    with pytest.raises(Misconfigured, match="The saved search CF gives no column 'sum'"):
        columns.check([{"id": 1, "sum": 2}, {"id": 1}], "acme")


# --- jobs ---


async def test_a_job_is_asked_after_until_it_ends_and_for_no_longer_than_it_may() -> None:
    clock, asked = StoppedClock(), list[float]()

    async def poll(job: int) -> int:
        asked.append(clock.monotonic())
        if len(asked) == 2:
            raise Retry("busy")
        return job + 1

    def overdue() -> Retry:
        return Retry("It is not done.", code="overdue")

    def running(most: int) -> Callable[[int], bool]:
        return lambda job: job < most

    args: Any = {"clock": clock, "wait_s": 600.0, "overdue": overdue}
    assert await jobs.ended(0, poll, running=running(3), **args) == 3
    assert len(asked) == 4
    with pytest.raises(Retry) as late:
        await jobs.ended(0, poll, running=running(10**9), **args)
    assert late.value.code == "overdue"
    assert clock.monotonic() < 2 * 600 + 100


async def test_a_file_is_read_in_ranges_and_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f'{{"at":{at},"text":"{"x" * (at % 50)}"}}'.encode() for at in range(200)]
    file = b"\n".join(rows) + b"\n\n"

    def serve(request: web.Request) -> web.Response:
        start, end = map(int, request.headers["Range"].removeprefix("bytes=").split("-"))
        if start >= len(file):
            return web.Response(status=416)
        return web.Response(status=206, body=file[start : end + 1])

    async with vendor(serve) as acme:
        for size in (7, 1000, len(file), 10 * len(file)):
            monkeypatch.setattr(jobs, "RANGE", size)

            async def fetch(start: int, end: int) -> Any:
                wanted = {"Range": f"bytes={start}-{end}"}
                return await acme.opening.transport.call("GET", "/f", writes=False, headers=wanted)

            pieces = jobs.ranges(fetch, where="acme", gone=lambda _: Retry("gone"))
            assert [line async for line in jobs.lines(pieces, what="It")] == rows


async def test_a_line_without_end_and_a_file_that_is_gone_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "LONGEST_LINE", 10)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 11

    with pytest.raises(Refuse, match="It has a line without end"):
        _ = [line async for line in jobs.lines(pieces(), what="It")]
    async with vendor(lambda _: web.Response(status=403)) as acme:

        async def fetch(start: int, end: int) -> Any:
            return await acme.opening.transport.call("GET", "/f", writes=False)

        with pytest.raises(Retry, match="gone"):
            _ = [one async for one in jobs.ranges(fetch, where="a", gone=lambda _: Retry("gone"))]
    async with vendor(lambda _: web.Response(status=418)) as acme:
        with pytest.raises(Refuse) as unknown:
            _ = [one async for one in jobs.ranges(fetch, where="a", gone=lambda _: Retry("gone"))]
        assert unknown.value.code == "http-418"


# --- widths and settings ---


def test_what_has_no_room_is_held_and_never_cut() -> None:
    width = Width("externalId", 5, "A-Za-z0-9_-")
    assert width.fits("SO-12") == "SO-12"
    for text in ("SO-123", "SO 1", "SO#1", "S\u00d61", "SO\n"):
        with pytest.raises(Hold) as held:
            width.fits(text)
        assert (held.value.code, held.value.where) == ("too-wide", "externalId")
    assert Width("name", 3).fits("\u00e9\n ") == "\u00e9\n "


RANGED = {
    "size": Setting("a", "ours", 1, least=1, most=250),
    "most": Setting("a", "ours", 1, most=5),
    "way": Setting("a", "ours", "x", one_of=("x", "y")),
    "code": Setting("a", "ours", "AB", pattern="[A-Z]{2}"),
    "free": Setting("a", "ours", None),
}


def manifest() -> Manifest:
    return Manifest("acme", "Acme", "1", "sketched", "a test", (), {}, {}, {}, RANGED)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("size", [1, 250], [0, 251, "1", True, 1.5, None, [], float("nan")]),
        ("most", [5, -9], [6, "x"]),
        ("way", ["x", "y"], ["z", "", 1, ["x"], None]),
        ("code", ["AB"], ["ABC", "ab", "AB\n", 1, None]),
        ("free", [None, 1, "x", [], {}], []),
    ],
)
def test_a_setting_lies_in_its_range(name: str, good: list[Any], bad: list[Any]) -> None:
    def misfits(value: Any) -> list[Misconfigured]:
        account = Account("acme", "https://a", settings={name: value})
        assert list(setting_errors(account, manifest())) == []
        return list(setting_misfits(account, manifest()))

    assert [misfits(value) for value in good] == [[]] * len(good)
    for value in bad:
        (error,) = misfits(value)
        assert error.said == f"{name} cannot be {value!r}."
        assert error.do


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings."""

    size: int


def opening(maps: dict[str, ValueMap], **given: Any) -> Opening:
    nothing: Any = None
    return Opening("acme", given, str, nothing, StoppedClock(), maps)


def test_settings_are_typed_and_name_maps_that_exist() -> None:
    assert settings.typed(opening({}, size=3), Shape) == Shape(3)
    with pytest.raises(Misconfigured, match="size"):
        settings.typed(opening({}, size="x"), Shape)
    maps = {"ids": ValueMap("ids", {"a": "7"}), "words": ValueMap("words", {"a": "x"}, " ")}
    stage = opening(maps)
    assert settings.value_map(stage, "") is None
    assert settings.numbers(stage, "ids", what="method", do="Look.") is maps["ids"]
    assert settings.texts(stage, "ids", what="code", do="Look.") is maps["ids"]
    for wrong in (
        lambda: settings.value_map(stage, "none"),
        lambda: settings.numbers(stage, "words", what="method", do="Look."),
        lambda: settings.texts(stage, "words", what="code", do="Look."),
    ):
        with pytest.raises(Misconfigured):
            wrong()


def test_a_number_s_text_is_a_number_where_nobody_minds() -> None:
    told = strict_json.parse(b'{"size":3.0}')
    assert strict_json.convert(told, Shape, lax=True) == Shape(3)
    with pytest.raises(Refuse):
        strict_json.convert(told, Shape)

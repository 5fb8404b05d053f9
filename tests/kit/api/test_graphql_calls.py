"""GraphQL of any vendor: paid for at its last price, judged at 200, completed, fetched in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from counterfoil.kit.api import faults, jobs, paging
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import header
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Fault, Faults
from counterfoil.kit.api.graphql import Dialect, GraphQL, Price
from counterfoil.kit.api.paging import Sizes
from counterfoil.kit.api.reading import head_of, inside_of
from counterfoil.kit.formats.graphql import Body
from counterfoil.mapping.convert import identity
from counterfoil.mapping.field import Field, Table
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, Refuse, Retry
from tests.kit.api.vendor import Vendor, vendor

FAULTS = Faults(codes={"DEAR": Fault("hold", "{where} is dear.", code="dear")})
Row = dict[str, Any]


def price(body: Body) -> Price | None:
    cost = body.extensions.get("cost")
    return None if cost is None else Price(*map(float, cost))


def fault(body: Body, call: Call) -> CounterfoilError | None:
    return FAULTS.error(FAULTS.codes[body.errors[0].code], call) if body.errors else None


def caller(acme: Vendor) -> GraphQL:
    auth = header(acme.opening.secret, "X-Token", "key")
    api = Api(acme.opening, "Acme", auth, FAULTS, Usage({}))
    return GraphQL(api, "/graphql", "calls", Dialect(price, fault, 100.0))


async def test_a_query_is_paid_for_at_its_last_price_and_the_book_is_corrected() -> None:
    body = {"data": {"a": 1}, "extensions": {"cost": [7, 3, 900]}}
    async with vendor(lambda _: body) as acme:
        asked = caller(acme)
        for _ in range(2):
            answered, answer = await asked.ask("{ a }", {}, kind="a", estimate=500.0)
            assert (answered.data, answer.status) == ({"a": 1}, 200)
        await asked.ask("{ b }", {}, kind="b", estimate=5.0)
        assert acme.book.corrected == [(900.0, 97.0), (900.0, 4.0), (900.0, 2.0)]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ({"errors": [{"message": "x", "extensions": {"code": "DEAR"}}]}, Hold, "dear"),
        (web.Response(status=403), Misconfigured, "http-403"),
        (web.Response(text="<html>Back soon</html>"), Retry, "not-json"),
        (web.Response(text="[]"), Refuse, "bad-shape"),
    ],
)
async def test_a_status_of_200_proves_nothing(
    answer: Any, kind: type[CounterfoilError], code: str
) -> None:
    async with vendor(lambda _: answer) as acme:
        with pytest.raises(kind) as error:
            await caller(acme).ask("{ a }", {}, kind="a", estimate=1.0)
        assert error.value.code == code


def connection(*numbers: int, after: str | None = None) -> Row:
    info = {"hasNextPage": after is not None, "endCursor": after}
    return {"nodes": [{"n": number} for number in numbers], "pageInfo": info}


async def test_a_connection_is_completed_as_far_as_it_may_be_long() -> None:
    rest = {"a": connection(2, after="b"), "b": connection(3)}

    async def more(cursor: str) -> object:
        return rest[cursor]

    whole = await paging.completed(connection(1, after="a"), more, 10)
    assert ([node["n"] for node in whole.nodes], whole.cursor) == ([1, 2, 3], None)
    part = await paging.completed(connection(1, after="a"), more, 2)
    assert ([node["n"] for node in part.nodes], part.cursor) == ([1, 2], "b")


async def test_what_is_too_dear_is_asked_for_in_smaller_sizes_that_stay() -> None:
    sizes, seen = Sizes(20), list[int]()

    async def ask(documents: int, parts: int) -> int:
        seen.append(documents)
        if documents > 5:
            raise Refuse("It costs too much.", code="max-cost")
        return documents * parts

    assert await sizes.asked(ask) == 5
    assert await sizes.asked(ask) == 5
    assert seen == [20, 10, 5, 5]


async def test_many_keys_are_asked_for_batch_by_batch() -> None:
    seen: list[list[str]] = []

    async def ask(batch: Sequence[str], parts: int) -> list[str]:
        if len(batch) > 3:
            raise Refuse("It costs too much.", code="max-cost")
        seen.append([*batch])
        return [f"{key}/{parts}" for key in batch]

    assert await Sizes(6, 2, fewest=1).batches("abcdefg", ask) == [f"{key}/2" for key in "abcdefg"]
    assert seen == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


async def test_rows_of_a_file_are_objects() -> None:
    async def pieces(text: bytes) -> AsyncIterator[bytes]:
        yield text[:5]
        yield text[5:]

    file = b'{"a": 1}\n\n{"b": 2}'
    assert [row async for row in jobs.rows(pieces(file), what="The file")] == [{"a": 1}, {"b": 2}]
    with pytest.raises(Refuse, match="The file's line"):
        await anext(jobs.rows(pieces(b"no json\n"), what="The file"))


async def test_children_stand_in_the_row_that_they_follow_page_by_page() -> None:
    async def rows() -> AsyncIterator[Row]:
        for row in ({"id": 1}, {"id": 2, "of": 1}, {"id": 3, "of": 1}, {"id": 4}, {"id": 5}):
            yield dict(row)

    def join(parent: Row | None, child: Row) -> None:
        assert parent is not None
        assert parent["id"] == child["of"]
        parent.setdefault("children", []).append(child["id"])

    pages = [page async for page in jobs.grouped(rows(), parent="of", join=join, most=2)]
    assert [page.nodes for page in pages] == [
        [{"id": 1, "children": [2, 3]}, {"id": 4}],
        [{"id": 5}],
    ]
    assert [page.cursor for page in pages] == ["1", None]


async def test_a_child_without_a_row_before_it_is_the_joiners_to_refuse() -> None:
    async def rows() -> AsyncIterator[Row]:
        yield {"id": 2, "of": 1}

    def join(parent: Row | None, child: Row) -> None:
        assert parent is None
        raise Refuse(f"{child['id']} is astray.", code="astray")

    with pytest.raises(Refuse, match="2 is astray"):
        await anext(jobs.grouped(rows(), parent="of", join=join, most=2))


def test_a_vendors_table_of_errors_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme_errors"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "errors.toml").write_text(
        'wait_s = 2.0\n[statuses.402]\nkind = "hold"\nsaid = "{where} is frozen."\n'
        '[codes.BUSY]\nkind = "retry"\nsaid = "Busy."\nafter_s = 9.0\n'
        '[same]\nBUSY = ["SLOW"]\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    table = faults.load("acme_errors")
    assert table == Faults(
        statuses={402: Fault("hold", "{where} is frozen.")},
        codes=dict.fromkeys(("BUSY", "SLOW"), Fault("retry", "Busy.", after_s=9.0)),
        wait_s=2.0,
    )


def test_the_head_of_a_table_is_where_its_targets_stand() -> None:
    names = ("key", "number", "updated", "created", "currency", "cancelled", "test", "total")
    entries = [Field(name, f"{name}_at", identity) for name in names]
    head = head_of(Table("row", [*entries, Field("now", "now.amount")]), "now", "total")
    assert (head.key.source, head.number, head.version) == ("key_at", "number_at", "updated_at")
    assert (head.created, head.currency, head.cancelled) == (
        "created_at", "currency_at", "cancelled_at",
    )  # fmt: skip
    assert head.total({"now": {"amount": "2.50"}, "total_at": "9"}, "GBP") == 250
    assert head.total({"now": None, "total_at": "9"}, "GBP") == 900
    assert head.total({}, "GBP") is None


def test_an_answer_may_hold_an_object_in_others() -> None:
    assert inside_of({"data": {"node": {"id": 1}}}, "data", "row", "node") == {"id": 1}
    assert inside_of({"id": 1, "node": "text"}, "data", "node") == {"id": 1, "node": "text"}
    assert inside_of([1], "data") == [1]

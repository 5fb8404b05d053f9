"""Every statement that gives rows is read by one typed row, whose fields are its columns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest

import counterfoil.store
from counterfoil.store.postgres import Database
from counterfoil.store.query import Query
from counterfoil.store.statements import QUERIES


def every() -> Iterator[Query[object]]:
    """Every query of a noun."""
    for module in iter_modules(counterfoil.store.__path__):
        members = vars(import_module(f"counterfoil.store.{module.name}"))
        yield from (value for value in members.values() if isinstance(value, Query))


@pytest.fixture(scope="module")
def queries() -> list[Query[object]]:
    return list(every())


async def test_the_fields_of_a_row_are_the_columns_of_its_statement(
    store: Database, queries: list[Query[object]]
) -> None:
    assert len(queries) > 40
    async with store._pool.acquire() as connection:
        for query in queries:
            statement = await connection.prepare(QUERIES[query.name])
            columns = tuple(column.name for column in statement.get_attributes())
            fields = getattr(query.row, "_fields", None)
            if fields is None:  # a function of one column
                assert len(columns) == 1, query.name
            else:
                assert fields == columns, query.name


def test_a_statement_has_one_kind_of_row(queries: list[Query[object]]) -> None:
    names = [query.name for query in queries]
    assert sorted(names) == sorted(set(names))


def test_a_row_says_what_it_is(queries: list[Query[object]]) -> None:
    public = {query.row for query in queries if not query.row.__name__.startswith("_")}
    assert [row for row in public if not inspect.getdoc(row)] == []

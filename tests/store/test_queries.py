"""Every statement of the house: PostgreSQL understands it, and it obeys the rules of the house."""

from __future__ import annotations

import re

import pytest

from counterfoil.store.postgres import QUERIES, Database

EVERY = pytest.mark.parametrize("name", QUERIES)
CLOCK_OR_CHANCE = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random\w*"
    r"|gen_random_uuid|nextval|setseed)\s*\(|\bcurrent_(date|time|timestamp)\b|\blocaltime",
    re.IGNORECASE,
)


def told(name: str) -> str:
    """The statement without its remarks."""
    return re.sub(r"--[^\n]*", "", QUERIES[name]).strip()


async def test_postgresql_understands_every_statement(store: Database) -> None:
    async with store._pool.acquire() as connection:
        for name, statement in QUERIES.items():
            try:
                await connection.prepare(statement)
            except Exception as error:
                raise AssertionError(f"{name}: {error}") from error


@EVERY
def test_it_asks_neither_the_clock_nor_chance(name: str) -> None:
    assert not CLOCK_OR_CHANCE.search(told(name))


@EVERY
def test_what_it_leaves_out_is_in_order(name: str) -> None:
    limits = re.findall(r"\blimit\s+(?!all)", told(name))
    orders = re.findall(r"\border\s+by\b", told(name))
    assert len(orders) >= len(limits), "a limit without an order leaves out what it likes"


@EVERY
def test_it_is_one_statement(name: str) -> None:
    assert ";" not in told(name)


@EVERY
def test_it_never_deletes_or_changes_the_journal(name: str) -> None:
    assert not re.search(r"\b(update|delete\s+from|truncate)\s+(run|entry|posting)\b", told(name))

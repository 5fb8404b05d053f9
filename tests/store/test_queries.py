"""Every statement of the house: PostgreSQL understands it, and it obeys the rules of the house."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import counterfoil.store
from counterfoil.ledger.account import State
from counterfoil.store.postgres import Database
from counterfoil.store.statements import QUERIES

FILES = sorted((Path(counterfoil.store.__file__).parent / "queries").glob("*.sql"))
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
    # What an entry says may lose a person, where an erasure names itself (tests/govern).
    sql = (
        told(name).replace("update run set details = $5 ", "")
        if name == "erase_from_run"
        else (told(name))
    )
    assert not re.search(r"\b(update|delete\s+from|truncate)\s+(run|entry|posting)\b", sql)


def test_no_two_statements_share_a_name() -> None:
    names = Counter(
        name for file in FILES for name in re.findall(r"^-- name: (\w+)$", file.read_text(), re.M)
    )
    assert [name for name, times in names.items() if times > 1] == []
    assert set(names) == set(QUERIES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_state_is_written_by_its_name(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(r"\bstate (not )?in \(\d|\bstate (=|<>|<|>|<=|>=) \d", text)
    assert set(re.findall(r"\{([A-Z_]+)\}", text)) <= set(State.__members__)


def test_the_number_of_the_state_is_what_runs() -> None:
    assert "set looks = 0 where state = 7" in QUERIES["forget_looks"]
    assert not any(re.search(r"\{[A-Z]", text) for text in QUERIES.values())

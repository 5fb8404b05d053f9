"""The schema: numbered SQL files, applied in order, each once; a newer database is refused."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import asyncpg

from counterfoil.store.postgres import Database, Executor, Transaction
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.deferred import Deferred
from counterfoil.values.errors import Misconfigured, Retry

if TYPE_CHECKING:
    import pgqueuer
else:
    pgqueuer = Deferred("pgqueuer")

_LOCK = 0x436F756E  # one upgrade at a time
_BY_MONTH = ("posting", "run", "evidence")
_AHEAD = 3  # months
_PATIENCE_MS = 500

_Month = tuple[int, int]


def migrations() -> list[tuple[int, str, str]]:
    """Every migration as (number, name, SQL), in order."""
    scripts: list[tuple[int, str, str]] = []
    for file in (files("counterfoil.store") / "migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match:
            scripts.append((int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(scripts)


async def version(database: Database) -> int:
    """The number of the last migration applied; 0 for an empty database."""
    (row,) = await database.rows("schema_exists")
    if not row["found"]:
        return 0
    (row,) = await database.rows("schema_version")
    return int(row["version"])


async def upgrade(database: Database, clock: Clock) -> list[str]:
    """Bring the schema up to date and return the names of what was applied.

    Raises `Misconfigured` where the database is newer than this version of Counterfoil.
    """
    every = migrations()
    moment = clock.now()
    async with database.transaction() as unit:
        connection: asyncpg.Connection = unit.connection
        await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
        await unit.run("create_schema_version")
        (row,) = await unit.rows("schema_version")
        reached = int(row["version"])
        if reached > every[-1][0]:
            raise Misconfigured(
                f"The database has schema {reached}, and this Counterfoil knows {every[-1][0]}.",
                do="Install the newer Counterfoil again; a newer database is never guessed at.",
            )
        applied: list[str] = []
        for number, name, sql in every:
            if number > reached:
                await connection.execute(sql)
                await unit.run("record_migration", number, name, moment.to_stdlib())
                applied.append(f"{number:04d}_{name}")
        if not await connection.fetchval("select to_regclass('pgqueuer') is not null"):
            await pgqueuer.Queries(pgqueuer.AsyncpgDriver(connection)).install()
        await _partitions(unit, moment)
    return applied


async def ahead(database: Database, clock: Clock) -> list[str]:
    """Make the journal's months from this one to three ahead; the names of those that were not
    there.

    A row of a month that has no partition goes to the default, so none is ever refused. Raises
    `Retry` (code "busy") where somebody reads the journal for long: whoever waited for him would
    keep everybody waiting.
    """
    moment = clock.now()
    if not await _missing(database, moment):
        return []
    try:
        async with database.transaction() as unit:
            connection: asyncpg.Connection = unit.connection
            await connection.execute(f"set local lock_timeout = '{_PATIENCE_MS}ms'")
            await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
            return await _partitions(unit, moment)
    except asyncpg.LockNotAvailableError:
        raise Retry(
            "The journal is busy, and its next months could not be made.",
            do="It is tried again by itself; until then such rows go to the default.",
            code="busy",
        ) from None


async def _partitions(unit: Transaction, at: Instant) -> list[str]:
    """Months from this one to three ahead; a row of any other month goes to the default."""
    missing = await _missing(unit, at)
    for name, (table, month) in missing.items():
        await _make(unit.connection, table, name, month)
    return list(missing)


async def _missing(db: Executor, at: Instant) -> dict[str, tuple[str, _Month]]:
    """The partitions of these months that are not there, by name."""
    by_name = {_name(table, month): (table, month) for month in _months(at) for table in _BY_MONTH}
    parents = [table for table, _ in by_name.values()]
    rows = await db.rows("months_missing", list(by_name), parents)
    return {row["name"]: by_name[row["name"]] for row in rows}


async def _make(connection: asyncpg.Connection, table: str, name: str, month: _Month) -> None:
    """Make one month; rows of it that lie in the default already move into it."""
    start, end = (f"'{part[0]}-{part[1]:02d}-01Z'" for part in (month, _after(month)))
    create = f"create table {name} partition of {table} for values from ({start}) to ({end})"
    other, within = f"{table}_other", f"at >= {start} and at < {end}"
    if not await connection.fetchval(f"select exists (select from {other} where {within})"):  # noqa: S608
        await connection.execute(create)
        return
    # A default that holds such rows forbids the month; beside the table it forbids no move either.
    await connection.execute(f"alter table {table} detach partition {other}")
    await connection.execute(create)
    await connection.execute(f"insert into {table} select * from {other} where {within}")  # noqa: S608
    await connection.execute(f"delete from {other} where {within}")  # noqa: S608
    await connection.execute(f"alter table {table} attach partition {other} default")


def _months(at: Instant) -> list[_Month]:
    moment = at.to_stdlib()
    months = [(moment.year, moment.month)]
    for _ in range(_AHEAD):
        months.append(_after(months[-1]))
    return months


def _after(month: _Month) -> _Month:
    return (month[0] + 1, 1) if month[1] == 12 else (month[0], month[1] + 1)


def _name(table: str, month: _Month) -> str:
    return f"{table}_{month[0]}_{month[1]:02d}"

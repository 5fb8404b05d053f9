"""The schema: numbered SQL files, applied in order, each once; a newer database is refused."""

from __future__ import annotations

import re
from importlib.resources import files

import asyncpg
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from counterfoil.store.postgres import Database
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import Misconfigured

_LOCK = 0x436F756E  # one upgrade at a time


def migrations() -> list[tuple[int, str, str]]:
    """Every migration as (number, name, SQL), in order."""
    found: list[tuple[int, str, str]] = []
    for file in (files("counterfoil.store") / "migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match:
            found.append((int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(found)


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
    known = migrations()
    at = clock.now()
    async with database.transaction() as unit:
        connection: asyncpg.Connection = unit.connection
        await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
        await unit.run("create_schema_version")
        (row,) = await unit.rows("schema_version")
        found = int(row["version"])
        if found > known[-1][0]:
            raise Misconfigured(
                f"The database has schema {found}, and this Counterfoil knows {known[-1][0]}.",
                do="Install the newer Counterfoil again; a newer database is never guessed at.",
            )
        applied: list[str] = []
        for number, name, sql in known:
            if number > found:
                await connection.execute(sql)
                await unit.run("record_migration", number, name, at.to_stdlib())
                applied.append(f"{number:04d}_{name}")
        if not await connection.fetchval("select to_regclass('pgqueuer') is not null"):
            await Queries(AsyncpgDriver(connection)).install()
        await _partitions(connection, at)
    return applied


async def _partitions(connection: asyncpg.Connection, at: Instant) -> None:
    """Months from this one to three ahead; a row of any other month goes to the default."""
    moment = at.to_stdlib()
    year, month = moment.year, moment.month
    for _ in range(4):
        after = (year + 1, 1) if month == 12 else (year, month + 1)
        for table in ("posting", "entry", "evidence"):
            await connection.execute(
                f"create table if not exists {table}_{year}_{month:02d} partition of {table} "
                f"for values from ('{year}-{month:02d}-01Z') to ('{after[0]}-{after[1]:02d}-01Z')"
            )
        year, month = after

"""The one door to PostgreSQL: every statement of the house passes here, by its name.

The statements are in `queries/`. Nothing here reads the database's clock or its chance:
the moment is a parameter and numbers come from `counter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Protocol

import asyncpg

from counterfoil.store.statements import QUERIES
from counterfoil.values.errors import CounterfoilError, Halt, Misconfigured, Retry

Row = asyncpg.Record


PROGRAM = "counterfoil"
"""By which name the server knows our connections."""

SETTINGS = {
    "application_name": PROGRAM,
    # A row is found by its key at about the price of the next one, on any disk of today. At the
    # price of a disk that turns, a plan made while a table is small reads all of it, and is kept.
    "random_page_cost": "1.1",
}
"""What the server is told of every connection of ours."""

_LONG_S = 3600.0
_FEW = 16  # rows: so many travel in one message, which COPY needs two for
_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    ConnectionError,
    OSError,
    TimeoutError,
)
_UNKNOWN = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
AWAY = frozenset({"database", "no-room"})
"""The codes of a `Retry` by which the database itself is away."""

_CLOSED = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
_NO_ROOM = (asyncpg.DiskFullError,)
OUTSIDE = (*_PASSING, *_UNKNOWN, *_CLOSED, *_NO_ROOM)
"""What a server may do to us that is no fault of ours; `meant` says what each means."""


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return f"insert into {table} ({', '.join(columns)}) values ({places})"  # noqa: S608


class Executor(Protocol):
    """Something that runs named statements: the database itself, or one transaction."""

    async def rows(self, name: str, *values: object) -> Sequence[Row]:
        """Run the statement `name` and give its rows."""
        ...

    async def run(self, name: str, *values: object) -> None:
        """Run the statement `name` for its effect."""
        ...


class Transaction:
    """One unit of work: all of it is kept, or none."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def rows(self, name: str, *values: object) -> Sequence[Row]:
        """Run the statement `name` and give its rows."""
        return await self.connection.fetch(QUERIES[name], *values)

    async def run(self, name: str, *values: object) -> None:
        """Run the statement `name` for its effect."""
        await self.connection.execute(QUERIES[name], *values)

    async def stream(self, name: str, *values: object) -> AsyncGenerator[Row]:
        """The rows of a statement whose answer is too large to hold at once."""
        cursor = self.connection.cursor(QUERIES[name], *values, prefetch=1000, timeout=_LONG_S)
        async for row in cursor:
            yield row

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Append rows to a table, by the quickest way that PostgreSQL has for so many."""
        if len(rows) > _FEW:
            await self.connection.copy_records_to_table(table, columns=columns, records=rows)
        else:
            await self.connection.executemany(_insert(table, tuple(columns)), rows)


async def as_it_is(connection: object) -> None:
    """Give a connection back without a word to the server: nothing of ours outlives its commit."""


class Database:
    """A pool of connections. Raises `Retry` (code "database") where the server is away."""

    def __init__(self, pool: asyncpg.Pool, dsn: str) -> None:
        self._pool = pool
        self.dsn = dsn
        self._apart: asyncpg.Connection | None = None
        self._taking = asyncio.Lock()

    @classmethod
    async def open(cls, dsn: str, *, most: int = 10) -> Database:
        """Connect. Raises `Misconfigured` where the address is wrong, `Retry` where it is away."""
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=most,
                command_timeout=60,
                reset=as_it_is,
                server_settings=SETTINGS,
            )
        except OUTSIDE as error:
            raise meant(error) from None
        return cls(pool, dsn)

    async def close(self) -> None:
        """Let every connection go."""
        if self._apart is not None:
            await self._apart.close()
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """A unit of work: kept when the block ends, undone when it raises."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                yield Transaction(connection)
        except OUTSIDE as error:
            raise await self._lost(error) from error

    async def rows(self, name: str, *values: object) -> Sequence[Row]:
        """Run one statement and give its rows."""
        try:
            return await self._pool.fetch(QUERIES[name], *values)
        except OUTSIDE as error:
            raise await self._lost(error) from error

    async def apart(self, name: str, *values: object) -> Sequence[Row]:
        """What `rows` gives, over a connection that no unit of work ever has.

        For what is asked for inside of units: where each of them waited for a second connection of
        the pool, none would ever give its first one back.
        """
        async with self._taking:
            try:
                if self._apart is None or self._apart.is_closed():
                    self._apart = await asyncpg.connect(
                        self.dsn, command_timeout=60, server_settings=SETTINGS
                    )
                return await self._apart.fetch(QUERIES[name], *values)
            except OUTSIDE as error:
                if self._apart is not None:
                    self._apart.terminate()
                raise meant(error) from error

    async def run(self, name: str, *values: object) -> None:
        """Run one statement for its effect."""
        try:
            await self._pool.execute(QUERIES[name], *values)
        except OUTSIDE as error:
            raise await self._lost(error) from error

    async def tend(self, name: str) -> None:
        """Run one statement that no unit of work can hold and that may take long."""
        try:
            async with self._pool.acquire() as connection:
                await connection.execute(QUERIES[name], timeout=_LONG_S)
        except OUTSIDE as error:
            raise await self._lost(error) from error

    async def _lost(self, error: BaseException) -> CounterfoilError:
        """What the error means; a connection that broke in the middle of a word is not kept."""
        if isinstance(error, asyncpg.InternalClientError):
            await self._pool.expire_connections()
        return meant(error)


def meant(error: BaseException) -> CounterfoilError:
    """What one of `OUTSIDE` means. A complaint of the driver about our values is our own fault."""
    if isinstance(error, _UNKNOWN):
        refusal = f"PostgreSQL refused the connection: {error}."
        return Misconfigured(refusal, do="Check DATABASE_URL.", where="DATABASE_URL")
    if isinstance(error, _CLOSED):
        return Misconfigured(
            f"PostgreSQL does not let this role do what the house needs: {error}.",
            do="Let it create tables and write there: it is best the owner of its own database.",
            where="DATABASE_URL",
            code="database-closed",
        )
    if isinstance(error, _NO_ROOM):
        return Retry(
            f"The database has no room left ({error}).",
            after_s=5.0,
            do="Make room on its disk; nothing that was acknowledged is lost.",
            code="no-room",
        )
    if isinstance(error, asyncpg.InterfaceError) and "argument" in str(error):
        return Halt(f"A statement was given wrong values ({error}).", code="wrong-values")
    return Retry(
        f"The database did not answer ({type(error).__name__}: {error}).",
        after_s=0.5,
        do="The house waits for it; nothing that was acknowledged is lost.",
        code="database",
    )

"""The database as a simulated process reaches it: real PostgreSQL, one connection, faults at will.

All processes of a world share one connection, so that the order of their statements is the loop's.
A unit of work holds it until it ends. Each call is one instant of the simulation. Any call can
fail, also a commit that was kept: then the caller hears of a lost link.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from counterfoil.rehearse.worlds.loop import PROCESS, Process, Work, WorldLoop
from counterfoil.store.postgres import Database, Row, Transaction
from counterfoil.store.statements import QUERIES
from counterfoil.values.errors import CounterfoilError, Retry

T = TypeVar("T")


class Killed(BaseException):
    """The process is dead: nothing of it runs on."""


class Trouble:
    """How often the connection fails, as shares of all calls; `reached` counts where it did."""

    def __init__(self, chance: random.Random, rate: float, reached: Counter[str]) -> None:
        self._chance = chance
        self._rate = rate
        self._reached = reached

    def calm(self) -> None:
        """No more failures from now on."""
        self._rate = 0.0

    def strikes(self, name: str) -> bool:
        """Whether this call fails."""
        if not self._rate or self._chance.random() >= self._rate:
            return False
        self._reached[name] += 1
        return True


class SharedConnection:
    """The connection that all processes share, and one aside for what a unit of work asks for
    outside of itself (blocks of numbers)."""

    def __init__(
        self,
        loop: WorldLoop,
        main: asyncpg.Connection,
        aside: asyncpg.Connection,
        trouble: Trouble,
    ) -> None:
        self.loop = loop
        self.main = main
        self.aside = aside
        self.trouble = trouble
        self.calls = 0
        self.closed = False
        self._waiting: deque[tuple[Process | None, asyncio.Future[None]]] = deque()
        self._holder: tuple[Process | None, asyncio.Task[object] | None] | None = None

    def held_by(self, process: Process) -> bool:
        """Whether the process is inside a unit of work."""
        return self._holder is not None and self._holder[0] is process

    @property
    def ours(self) -> bool:
        """Whether the task that asks is inside a unit of work."""
        return self._holder is not None and self._holder[1] is asyncio.current_task()

    async def call(self, made: Callable[[], Work[T]], *, turn: bool = True) -> T:
        """One call at this instant; first everybody may have a turn."""
        if turn:
            await asyncio.sleep(0)
        self.calls += 1
        return await self.loop.instant(made())

    async def take(self, process: Process | None) -> None:
        """Wait for the connection."""
        if self._holder is None:
            self._holder = (process, asyncio.current_task())
            return
        turn: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append((process, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()
            raise
        self._holder = (process, asyncio.current_task())

    def give(self) -> None:
        """Let the connection go, to the next who is awake."""
        self._holder = None
        self.look()

    async def abandon(self) -> None:
        """Let it go for a process that died inside its unit of work: the server undoes that."""
        await self.call(lambda: self.main.execute("rollback"), turn=False)
        self.give()

    def look(self) -> None:
        """Hand the connection to somebody, where it is free and wanted."""
        if self._holder is not None:
            return
        for index, (process, turn) in enumerate(self._waiting):
            if not (turn.done() or (process is not None and process.still)):
                del self._waiting[index]
                self._holder = (process, None)
                turn.set_result(None)
                return

    def forget(self, process: Process) -> None:
        """A process died: it waits no longer."""
        self._waiting = deque(waiter for waiter in self._waiting if waiter[0] is not process)


class Unit(Transaction):
    """One unit of work on the connection."""

    def __init__(self, connection: SharedConnection) -> None:
        super().__init__(connection.main)
        self._connection = connection

    async def rows(self, name: str, *values: object) -> Sequence[Row]:
        self._fail()
        return await self._connection.call(lambda: super(Unit, self).rows(name, *values))

    async def run(self, name: str, *values: object) -> None:
        self._fail()
        await self._connection.call(lambda: super(Unit, self).run(name, *values))

    async def copy(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        self._fail()
        await self._connection.call(lambda: super(Unit, self).copy(table, columns, rows))

    async def stream(self, name: str, *values: object) -> AsyncGenerator[Row]:
        for row in await self.rows(name, *values):
            yield row

    def _fail(self) -> None:
        if self._connection.trouble.strikes("database.in_unit"):
            raise away("the connection was closed in the middle of a unit of work")


class SimulatedDatabase(Database):
    """The database of one process, over the shared connection."""

    def __init__(self, connection: SharedConnection, dsn: str) -> None:
        # The pool of the real door stays unused: every way to it is overridden here.
        super().__init__(None, dsn)  # type: ignore[arg-type]
        self._connection = connection

    async def close(self) -> None:
        """The connection belongs to the world."""

    async def apart(self, name: str, *values: object) -> Sequence[Row]:
        return await self.rows(name, *values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        connection, process = self._connection, self._living()
        if connection.trouble.strikes("database.away"):
            raise away("no connection")
        await connection.take(process)
        try:
            await connection.call(lambda: connection.main.execute("begin"), turn=False)
            try:
                yield Unit(connection)
                self._living()
                await self._commit()
            except BaseException:
                await connection.call(lambda: connection.main.execute("rollback"), turn=False)
                raise
        finally:
            connection.give()
        if connection.trouble.strikes("database.link_lost_after_commit"):
            raise away("the link was lost after COMMIT was sent")

    async def _commit(self) -> None:
        if self._connection.trouble.strikes("database.link_lost_before_commit"):
            raise away("the link was lost before COMMIT arrived")
        await self._connection.call(lambda: self._connection.main.execute("commit"), turn=False)

    async def rows(self, name: str, *values: object) -> Sequence[Row]:
        return await self._one(lambda door: door.fetch(QUERIES[name], *values))

    async def run(self, name: str, *values: object) -> None:
        await self._one(lambda door: door.execute(QUERIES[name], *values))

    async def _one(self, made: Callable[[asyncpg.Connection], Work[T]]) -> T:
        """One statement, kept at once."""
        connection, process = self._connection, self._living()
        if connection.trouble.strikes("database.away"):
            raise away("no connection")
        if connection.ours:
            return await connection.call(lambda: made(connection.aside))
        await asyncio.sleep(0)
        await connection.take(process)
        try:
            answer = await connection.call(lambda: made(connection.main), turn=False)
        finally:
            connection.give()
        if connection.trouble.strikes("database.link_lost_after_statement"):
            raise away("the link was lost before the answer came")
        return answer

    def _living(self) -> Process | None:
        """Who asks. Raises `Killed` where it is dead, or where the world has ended."""
        process = PROCESS.get()
        if self._connection.closed or (process is not None and process.dead):
            raise Killed
        return process


def away(why: str) -> CounterfoilError:
    """What the real door says where the server is away."""
    return Retry(
        f"The database did not answer ({why}).",
        after_s=0.5,
        do="The house waits for it; nothing that was acknowledged is lost.",
        code="database",
    )

"""The ground that a benchmark stands on: a fresh database on a private server that is durable."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from counterfoil.store import connections, schema
from counterfoil.store import routes as routes_store
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_NUMBERS = itertools.count(1)


class Ground:
    """A server, a folder for files, and whether the run is a short one."""

    def __init__(self, server: Server, folder: Path, *, quick: bool) -> None:
        self.server = server
        self.folder = folder
        self.quick = quick

    def size(self, full: int, quick: int) -> int:
        """How much to do."""
        return quick if self.quick else full

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[str]:
        """The address of a new, empty database, which goes with the block."""
        name = f"bench_{next(_NUMBERS)}"
        await _order(self.server.dsn, f"create database {name}")
        try:
            yield urlunsplit(urlsplit(self.server.dsn)._replace(path=f"/{name}"))
        finally:
            await _order(self.server.dsn, f"drop database {name} with (force)")

    def database_cpu_s(self) -> float:
        """Processor seconds that the server and all its processes have used so far."""
        pid = self.server.pid
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        return _cpu_s(pid, ended=True) + sum(_cpu_s(int(child)) for child in children)


@asynccontextmanager
async def estate(dsn: str, routes: int) -> AsyncGenerator[Database]:
    """An open database with its schema, `routes` routes that are on, and their connections.

    Route n leads from connection n to connection `routes` + 1.
    """
    database = await Database.open(dsn)
    try:
        clock = SystemClock()
        await schema.upgrade(database, clock)
        for number in range(1, routes + 2):
            await connections.add(database, f"end{number}")
        for number in range(1, routes + 1):
            await routes_store.add(database, f"orders{number}", "on", clock.now())
        yield database
    finally:
        await database.close()


def resident_kib(pid: int, *, most: bool = False) -> int:
    """The memory that a process holds, or the most that it has held, in KiB."""
    wanted = "VmHWM:" if most else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(wanted):
            return int(line.split()[1])
    return 0


async def _order(dsn: str, order: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(order)
    finally:
        await connection.close()


def _cpu_s(pid: int, *, ended: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0  # it ended meanwhile, and stands in its parent's sum
    ticks = fields[11:15] if ended else fields[11:13]
    return sum(map(int, ticks)) / _TICKS_PER_S

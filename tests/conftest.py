"""What every test may ask for: a fresh database on one private server for the whole run.

The server starts with the first test that asks; workers of one run share it, each with databases
of its own. Whoever began the run ends the server and removes its files. A database with the house's
schema is a copy of one that each worker makes once: copying files takes a third of the time that
the migrations and the queue's install take.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import Instant, SystemClock, instant

_RUN_FOLDER = "COUNTERFOIL_TEST_RUN"
_ROOM = 4 * 1024**3  # bytes
_NUMBERS = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder, where this process began the run."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="counterfoil-test-run-", dir=_quick_place())
        Path(folder).chmod(0o755)  # the server may run as another account
        os.environ[_RUN_FOLDER] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's server, where this process began the run."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(_RUN_FOLDER))
        if any(folder.iterdir()):
            asyncio.run(Server.at(folder).erase())
        shutil.rmtree(folder)


def _quick_place() -> Path:
    """The machine's memory, where it has the room: a database is three hundred files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return memory if roomy and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def quick_place() -> Path:
    """A folder that every account may pass through, for databases that need not last."""
    return _quick_place()


@pytest.fixture(scope="session")
def run_server() -> Server:
    """The run's server: as fast as it can be, and not durable."""
    return asyncio.run(Server.start(Path(os.environ[_RUN_FOLDER]), fast=True))


@pytest.fixture
async def database(run_server: Server) -> AsyncIterator[str]:
    """The address of a new, empty database, which goes with the test."""
    async with _new_database(run_server) as dsn:
        yield dsn


@pytest.fixture
async def migrated_database(run_server: Server, template: str) -> AsyncIterator[str]:
    """The address of a new database with the house's schema and nothing in it."""
    async with _new_database(run_server, f"template {template}") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def template(run_server: Server) -> Iterator[str]:
    """The name of a database with the house's schema, to which nobody connects."""
    name = f"template_{_worker()}"
    asyncio.run(_make_template(run_server, name))
    yield name
    asyncio.run(_drop(run_server, name))


class _TheMorning(SystemClock):
    """The moment at which most tests begin, so that the journal's months are there."""

    def now(self) -> Instant:
        return instant("2026-11-02T12:00:00Z")


async def _make_template(server: Server, name: str) -> None:
    database = await Database.open(await _create(server, name), most=1)
    await schema.upgrade(database, _TheMorning())
    await database.close()


@asynccontextmanager
async def _new_database(server: Server, what: str = "") -> AsyncGenerator[str]:
    name = f"test_{_worker()}_{next(_NUMBERS)}"
    yield await _create(server, name, what)
    await _drop(server, name)


def _worker() -> str:
    """One word for this process, of which several may share a server."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


async def _create(server: Server, name: str, what: str = "") -> str:
    """Make a database; its address."""
    async with _connected(server.dsn) as connection:
        # Copying files is quicker than logging them where nothing is made durable.
        quickly = "strategy file_copy" if connection.get_server_version().major >= 15 else ""
        await connection.execute(f"create database {name} {what} {quickly}")
    return urlunsplit(urlsplit(server.dsn)._replace(path=f"/{name}"))


async def _drop(server: Server, name: str) -> None:
    async with _connected(server.dsn) as connection:
        await connection.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def _connected(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()

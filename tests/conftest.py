"""What every test may ask for: a fresh, empty database on one private server for the whole run.

The server starts with the first test that asks; workers of one run share it, each with databases
of its own. Whoever began the run ends the server and removes its files.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from counterfoil.store.server import Server

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
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{worker}_{os.getpid()}_{next(_NUMBERS)}"
    async with _connected(run_server.dsn) as connection:
        # Copying files is quicker than logging them where nothing is made durable.
        quickly = "strategy file_copy" if connection.get_server_version().major >= 15 else ""
        await connection.execute(f"create database {name} {quickly}")
    yield urlunsplit(urlsplit(run_server.dsn)._replace(path=f"/{name}"))
    async with _connected(run_server.dsn) as connection:
        await connection.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def _connected(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()

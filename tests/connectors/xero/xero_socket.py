"""A Xero on a socket of its own, for callers that are another process, or another library."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn

from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.sign_in import Tokens
from counterfoil.twins.xero import XeroTwin
from counterfoil.values.clock import SystemClock
from tests.connectors.xero.xero_stage import SITE


class Served:
    """A twin on a socket, and what it gave."""

    def __init__(self, memory: Memory, url: str, tokens: Tokens) -> None:
        self.memory = memory
        self.url = url
        self.tokens = tokens

    @property
    def grants(self) -> int:
        """How many refresh tokens were spent."""
        return int(self.memory.number("select count(*) from refreshes where spent_s is not null"))

    @property
    def living(self) -> list[str]:
        """The refresh tokens that were given and not spent."""
        rows = self.memory.rows("select token from refreshes where spent_s is null")
        return [str(token) for (token,) in rows]


@asynccontextmanager
async def served(**site: Any) -> AsyncGenerator[Served]:
    """Xero on a socket of its own, with these differences."""
    memory = Memory()
    xero = msgspec.structs.replace(SITE, minute=1000, slots=100, **site)
    twin = XeroTwin(memory, SystemClock(), random.Random(1), Weather(), xero)
    server = uvicorn.Server(
        uvicorn.Config(twin.app, port=0, log_level="critical", lifespan="off")  # type: ignore[arg-type]
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(memory, f"http://127.0.0.1:{port}", twin.tokens)
    server.should_exit = True
    await serving
    twin.close()

"""One worker in a process of its own: it signs in, makes calls, and may be killed while it renews.

Run as `python -m tests.connectors.xero.renewing DATABASE URL HOLDER MOMENT LATER_S`: it dies at the
moment of that name ("" for none), and its clock goes so much ahead.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.kit.contract import OpenBook
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.transport import Answer
from counterfoil.store.keys import Keys
from counterfoil.store.postgres import Database
from counterfoil.store.tokens import Tokens
from counterfoil.values import strike
from counterfoil.values.clock import Instant, SystemClock, later
from tests.connectors.xero.xero_stage import MAPS, SECRETS, SETTINGS

MOMENTS = ("claimed", "asking", "granted", "keeping", "kept", "released")
"""Of a renewal, in their order; "granted" is the house's own crash point C15."""
_CALLS = 8
KEYS = Keys(b"k" * 32)


class Ahead(SystemClock):
    """A clock that goes ahead, so that the lease of a dead worker is over."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s

    def now(self) -> Instant:
        return later(super().now(), self._ahead_s)


class Death:
    """A death at one moment, as sudden as that of a process is."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def at(self, moment: str) -> None:
        if moment == self._moment:
            os._exit(9)


class DyingTokens(Tokens):
    """The house's store of tokens, with a death before or after what it does."""

    def __init__(self, database: Database, death: Death) -> None:
        super().__init__(database, KEYS)
        self._death = death

    async def claim(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        claimed = await super().claim(name, holder, until, now)
        self._death.at("claimed")
        return claimed

    async def swap(self, name: str, kept: Any, seen: int) -> bool:
        self._death.at("keeping")
        swapped = await super().swap(name, kept, seen)
        self._death.at("kept")
        return swapped

    async def release(self, name: str, holder: str) -> None:
        await super().release(name, holder)
        self._death.at("released")


class DyingWire(Sockets):
    """The way out, with a death once the token has been asked for."""

    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        answer = await super().send(method, url, headers, body, timeout_s)
        if url.endswith("/connect/token"):
            self._death.at("asking")
        return answer


async def work(dsn: str, url: str, holder: str, moment: str, ahead_s: float) -> None:
    death = Death(moment)
    strike.install(lambda point: death.at("granted" if point == "C15" else point))
    database, wire = await Database.open(dsn), DyingWire(death)
    tokens = DyingTokens(database, death)
    account = Account("books", url, ("127.0.0.1",), {**SETTINGS, "identity": ""})
    means = Means(Ahead(ahead_s), wire, OpenBook(), holder, tokens)
    session = open_connection(CONNECTOR, account, means, secret=SECRETS.__getitem__, maps=MAPS)
    await asyncio.gather(*(session.probe() for _ in range(_CALLS)))
    await wire.close()
    await database.close()


if __name__ == "__main__":
    dsn, url, holder, moment, ahead = sys.argv[1:]
    asyncio.run(work(dsn, url, holder, moment, float(ahead)))

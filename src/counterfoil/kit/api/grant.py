"""Tokens that are granted and die: asked for by one caller at a time, renewed before their end.

The granting call and its answer are nothing but credentials: they stay off the tape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from counterfoil.kit.api.call import Call
from counterfoil.kit.transport import recording
from counterfoil.values.clock import Clock
from counterfoil.values.strike import strike


class Grant(msgspec.Struct, frozen=True):
    """What was granted: a token for `life_s` seconds; `refresh` is what the next one is asked
    with."""

    token: str
    life_s: float
    refresh: str = ""


Dress = Callable[[str], Mapping[str, str]]
"""The headers that carry a token."""


def bearer(token: str) -> Mapping[str, str]:
    """A token as OAuth 2 carries it."""
    return {"Authorization": f"Bearer {token}"}


class Granted:
    """`auth.Auth` by a token that this process asks for and keeps in memory.

    `margin_s` is how long before its end a token is not used any more.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Grant]],
        clock: Clock,
        *,
        dress: Dress = bearer,
        margin_s: float = 0.0,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._dress = dress
        self._margin_s = margin_s
        self._renewal = asyncio.Lock()
        self._token = ""
        self._dies_s = 0.0

    async def headers(self, call: Call) -> Mapping[str, str]:
        async with self._renewal:
            if not self._token or self._clock.monotonic() >= self._dies_s:
                await self._renew()
            return self._dress(self._token)

    def refused(self, headers: Mapping[str, str]) -> bool:
        # Another caller may have a new one already.
        if self._token and self._dress(self._token) == headers:
            self._token = ""
        return True

    async def _renew(self) -> None:
        with recording():
            granted = await self._ask()
        strike("C15")
        self._token = granted.token
        self._dies_s = self._clock.monotonic() + granted.life_s - self._margin_s

"""Tokens whose renewal ends the one before: kept where every worker finds them, before first use.

Each refresh token works once. So one worker at a time renews, under a lease of the store; what was
granted is durable before any call carries it; and a renewal that another one overtook is let go.
What no store can help: a crash between the vendor's answer and the commit (crash point C15). Then
the old refresh token is tried once more, which vendors with a time of grace allow; another one
needs a person, and says so.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol

from counterfoil.kit.api.call import Call
from counterfoil.kit.api.grant import Dress, Grant, bearer
from counterfoil.kit.transport import recording
from counterfoil.values.clock import Clock, Instant, later
from counterfoil.values.errors import Retry
from counterfoil.values.strike import strike
from counterfoil.values.token import Token

_LEASE_S = 90.0  # longer than the granting call may take
_LOOK_S = 0.25
_MOST_LOOKS = 400


class TokenStore(Protocol):
    """Where tokens are kept, shared by all workers."""

    async def read(self, name: str) -> Token | None:
        """What is kept under this name, None where nothing is."""
        ...

    async def swap(self, name: str, kept: Token, seen: int) -> bool:
        """Keep this, where the version is still `seen` (0: nothing is kept); durable when it
        returns. False where another one was quicker."""
        ...

    async def claim(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """Be the only one who renews, until `until`; False where another one does."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Renew no more."""
        ...


class Chain(NamedTuple):
    """The tokens of one sign-in, each got with the one before it: kept in `store` under `name`,
    renewed here by `holder`. `seed` gives the refresh token that a person set: where it is another
    than the chain began with, the chain begins anew."""

    store: TokenStore
    name: str
    holder: str
    seed: Callable[[], str]


class Rotating:
    """`auth.Auth` by a rotating token."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Grant]],
        chain: Chain,
        *,
        clock: Clock,
        dress: Dress = bearer,
        margin_s: float = 60.0,
    ) -> None:
        self._ask = ask
        self._store = chain.store
        self._name = chain.name
        self._holder = chain.holder
        self._seed = chain.seed
        self._clock = clock
        self._dress = dress
        self._margin_s = margin_s
        self._renewal = asyncio.Lock()
        self._kept: Token | None = None
        self._dead = ""

    async def headers(self, call: Call) -> Mapping[str, str]:
        async with self._renewal:
            token = self._kept
            if token is None or not self._lives(token):
                token = self._kept = await self._current()
            return self._dress(token.token)

    def refused(self, headers: Mapping[str, str]) -> bool:
        token = self._kept
        if token is not None and self._dress(token.token) == headers:
            self._dead, self._kept = token.token, None
        return True

    def _lives(self, kept: Token) -> bool:
        margin = later(self._clock.now(), self._margin_s)
        return kept.token != self._dead and kept.seed == self._began() and margin < kept.dies

    def _began(self) -> str:
        return hashlib.sha256(self._seed().encode()).hexdigest()

    async def _current(self) -> Token:
        """The token that lives, renewed where none does."""
        for _ in range(_MOST_LOOKS):
            token = await self._store.read(self._name)
            if token is not None and self._lives(token):
                return token
            now = self._clock.now()
            if await self._store.claim(self._name, self._holder, later(now, _LEASE_S), now):
                try:
                    token = await self._renewed()
                finally:
                    await self._store.release(self._name, self._holder)
                if token is not None:
                    return token
            else:
                await self._clock.sleep(_LOOK_S)
        raise Retry(
            f"Another worker has renewed the sign-in of {self._name} for too long.",
            after_s=_LEASE_S,
            do="It is tried again by itself.",
            where=self._name,
            code="renewing",
        )

    async def _renewed(self) -> Token | None:
        """A new token, kept; None where another one was kept meanwhile."""
        token = await self._store.read(self._name)
        if token is not None and self._lives(token):
            return token
        began, version = self._began(), token.version if token is not None else 0
        refresh = token.refresh if token is not None and token.seed == began else self._seed()
        with recording():
            granted = await self._ask(refresh)
        strike("C15")
        dies = later(self._clock.now(), granted.life_s)
        new = Token(granted.token, dies, granted.refresh or refresh, began, version + 1)
        return new if await self._store.swap(self._name, new, version) else None

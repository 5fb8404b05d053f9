"""Where a sign-in that rotates is kept in tests: for one process, as long as it lives."""

from __future__ import annotations

from counterfoil.values.clock import Instant
from counterfoil.values.token import Token


class Keyring:
    """`kit.api.rotation.TokenStore` for the sessions of one case."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._renewing: dict[str, str] = {}

    async def read(self, name: str) -> Token | None:
        return self._tokens.get(name)

    async def swap(self, name: str, kept: Token, seen: int) -> bool:
        before = self._tokens.get(name)
        if seen != (before.version if before else 0):
            return False
        self._tokens[name] = kept
        return True

    async def claim(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        return self._renewing.setdefault(name, holder) == holder

    async def release(self, name: str, holder: str) -> None:
        self._renewing.pop(name, None)

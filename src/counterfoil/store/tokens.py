"""Tokens that rotate, as `kit/api/rotation.py` asks for them: one row for each sign-in."""

from __future__ import annotations

from counterfoil.store.postgres import Database
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.token import Token


class Tokens:
    """The tokens of one estate."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: str) -> Token | None:
        """What is kept under this name, None where nothing is."""
        rows = await self._database.rows("read_token", name)
        if not rows:
            return None
        row = rows[0]
        dies = from_stdlib(row["dies_at"])
        return Token(row["token"], dies, row["refresh"], row["seed"], int(row["version"]))

    async def swap(self, name: str, kept: Token, seen: int) -> bool:
        """Keep this, where the version is still `seen`; committed when it returns."""
        dies = kept.dies.to_stdlib()
        return bool(
            await self._database.rows(
                "swap_token", name, seen, kept.token, dies, kept.refresh, kept.seed
            )
        )

    async def claim(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """Be the only one who renews, until `until`; False where another one does."""
        return bool(
            await self._database.rows(
                "claim_token", name, holder, until.to_stdlib(), now.to_stdlib()
            )
        )

    async def release(self, name: str, holder: str) -> None:
        """Renew no more."""
        await self._database.run("release_token", name, holder)

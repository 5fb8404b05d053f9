"""Tokens that rotate, as `kit/api/rotation.py` asks for them: one row for each sign-in, sealed."""

from __future__ import annotations

import msgspec

from counterfoil.store.keys import Keys, sealed_already
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.token import Token


class Tokens:
    """The tokens of one estate, sealed by its keys."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def read(self, name: str) -> Token | None:
        """What is kept under this name, None where nothing is. What is of a time before tokens
        were sealed is sealed now."""
        rows = await self._database.rows("read_token", name)
        if not rows:
            return None
        row = rows[0]
        dies, version = from_stdlib(row["dies_at"]), int(row["version"])
        token = self._keys.read(row["token"], f"token {name}")
        refresh = self._keys.read(row["refresh"], f"refresh {name}")
        kept = Token(token, dies, refresh, row["seed"], version)
        if sealed_already(row["token"]) and sealed_already(row["refresh"]):
            return kept
        await self.swap(name, kept, version)
        return msgspec.structs.replace(kept, version=version + 1)

    async def swap(self, name: str, kept: Token, seen: int) -> bool:
        """Keep this, where the version is still `seen`; committed when it returns."""
        token = self._keys.seal(kept.token, f"token {name}")
        refresh = self._keys.seal(kept.refresh, f"refresh {name}")
        dies = kept.dies.to_stdlib()
        return bool(
            await self._database.rows("swap_token", name, seen, token, dies, refresh, kept.seed)
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

"""A worker that dies right after a commit of the test's choice."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from counterfoil.store.postgres import Database, Transaction


class Killed(BaseException):
    """The worker is no more."""


class Dying:
    """A database whose worker dies right after its commit number `after`, counted from 0."""

    def __init__(self, database: Database, after: int) -> None:
        self._database = database
        self._left = after

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self._database.transaction() as unit:
            yield unit
        self._left -= 1
        if self._left < 0:
            raise Killed

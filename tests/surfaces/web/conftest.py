"""The open desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import argon2
import pytest
from counter import Counter, counter

from counterfoil.surfaces.desk import users
from tests.journeys.filled import fill
from tests.journeys.journeys_environment import ESTATE, ROUTE, SECRETS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder in order."""
    (tmp_path / "routes").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "counterfoil.toml").write_text(ESTATE)
    (tmp_path / "routes" / "orders.toml").write_text(ROUTE)
    (tmp_path / "secrets" / "office-password").write_text("hunter2\n")
    return tmp_path


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that are hashed at once: what a hash costs is tested by itself."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(users, "_hasher", lambda: hasher)


@pytest.fixture
async def shop(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """A desk with three people, before two orders that arrived and three things that wait."""
    monkeypatch.setenv("DATABASE_URL", database)
    await fill(folder, {"DATABASE_URL": database, **SECRETS})
    async with counter(folder, database) as found:
        yield found

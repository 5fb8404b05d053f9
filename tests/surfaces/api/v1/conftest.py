"""The open desk, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.filled import fill
from tests.journeys.journeys_environment import SECRETS
from tests.surfaces.web.conftest import folder, quick_hashes
from tests.surfaces.web.counter import Counter, counter

__all__ = ["folder", "quick_hashes"]


@pytest.fixture
async def shop(
    folder: Path, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """A desk with three people, before two orders that arrived and three things that wait."""
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    await fill(folder, {"DATABASE_URL": migrated_database, **SECRETS})
    async with counter(folder, migrated_database) as found:
        yield found

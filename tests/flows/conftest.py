"""An engine on a real database, between a shop and an office that are in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from flow_stage import Stage, staged

from counterfoil.store.postgres import Database


@pytest.fixture
async def stage(migrated_database: str) -> AsyncIterator[Stage]:
    store = await Database.open(migrated_database)
    yield await staged(store)
    await store.close()

"""The open door."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from doorstep import Door, opened


@pytest.fixture
async def door(migrated_database: str) -> AsyncIterator[Door]:
    async with opened(migrated_database) as found:
        yield found

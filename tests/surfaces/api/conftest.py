"""The open door."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from doorstep import Door, opened


@pytest.fixture
async def door(database: str) -> AsyncIterator[Door]:
    async with opened(database) as found:
        yield found

"""A fresh store for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bigcommerce_calls import World, opened


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A quiet store in virtual time, behind a real socket."""
    async with opened() as made:
        yield made

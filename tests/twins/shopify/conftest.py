"""A fresh shop for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shopify_calls import World


@pytest.fixture
def world() -> Iterator[World]:
    """A quiet shop in virtual time."""
    made = World()
    yield made
    made.twin.close()

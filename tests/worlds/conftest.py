"""The ground on which the worlds of these tests are played."""

from __future__ import annotations

import asyncio
import os

import pytest

from counterfoil.rehearse.worlds.runner import Ground, lay_out
from counterfoil.store.server import Server


@pytest.fixture(scope="session")
def ground(run_server: Server) -> Ground:
    return Ground(asyncio.run(lay_out(run_server, f"worlds_{os.getpid()}")))

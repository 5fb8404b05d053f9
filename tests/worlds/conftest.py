"""What plays the worlds of these tests."""

from __future__ import annotations

import asyncio
import os

import pytest

from counterfoil.rehearse.worlds.runner import Runner, new_database
from counterfoil.store.server import Server


@pytest.fixture(scope="session")
def runner(run_server: Server) -> Runner:
    return Runner(asyncio.run(new_database(run_server, f"worlds_{os.getpid()}")))

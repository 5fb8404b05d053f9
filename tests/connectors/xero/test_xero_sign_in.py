"""A sign-in that ends the one before: one renewal for all, and no death that needs a person.

The workers are processes, and the tokens rest in the house's own database.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

import pytest

from counterfoil.store.postgres import Database
from counterfoil.store.tokens import Tokens
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.sign_in import Refreshing
from counterfoil.twins.kit.sign_in import Tokens as SignedIn
from counterfoil.values.clock import SystemClock
from tests.connectors.xero.renewing import KEYS, MOMENTS
from tests.connectors.xero.xero_socket import served

ROOT = Path(__file__).parents[3]
LEASE_OVER = "120"  # seconds: longer than the lease of a worker that died


async def worked(
    dsn: str, url: str, holder: str, moment: str = "", ahead_s: str = "0"
) -> tuple[int, str]:
    """How a worker's process ended, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.connectors.xero.renewing"),
        *(dsn, url, holder, moment, ahead_s),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    return process.returncode or 0, complaint.decode()


async def kept(dsn: str) -> tuple[str, str]:
    """The token and the refresh token in the house's database."""
    database = await Database.open(dsn)
    token = await Tokens(database, KEYS).read("books")
    await database.close()
    assert token is not None
    return token.token, token.refresh


async def test_four_workers_renew_once(migrated_database: str) -> None:
    async with served() as xero:
        ends = await asyncio.gather(
            *(worked(migrated_database, xero.url, f"worker-{at}") for at in range(4))
        )
        assert ends == [(0, "")] * 4
        assert xero.grants == 1
        _, refresh = await kept(migrated_database)
        assert xero.living == [refresh]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_renewal_that_dies_anywhere_needs_no_sign_in_by_hand(
    migrated_database: str, moment: str
) -> None:
    async with served() as xero:
        status, _ = await worked(migrated_database, xero.url, "first", moment)
        assert status == 9, "it did not die there"
        assert await worked(migrated_database, xero.url, "second", "", LEASE_OVER) == (0, "")
        token, refresh = await kept(migrated_database)
        # What was given and never kept is nobody's: one refresh token lives, and it is ours.
        assert xero.living == [refresh]
        alive = [str(token) for (token,) in xero.memory.rows("select token from tokens")]
        assert alive == [token]


async def test_a_dead_refresh_token_asks_for_a_person(migrated_database: str) -> None:
    async with served(grace_s=0.0) as xero:
        status, _ = await worked(migrated_database, xero.url, "first", "granted")
        assert status == 9
        status, complaint = await worked(migrated_database, xero.url, "second", "", LEASE_OVER)
        assert status == 1
        assert "does not accept the refresh token" in complaint
        assert "Sign in to Xero once more" in complaint


@pytest.mark.parametrize("used", [False, True])
def test_a_spent_refresh_token_works_until_its_successor_is_used(used: bool) -> None:
    """The twin's own grace, by which the tests above are judged."""
    memory, clock = Memory(), SystemClock()
    numbers = itertools.count(1)
    tokens = SignedIn(memory, clock, 1800.0, lambda: f"t{next(numbers)}")
    chain = Refreshing(memory, clock, tokens, "r0", 1800.0, lambda: f"r{next(numbers)}")
    first, following = chain.grant("r0")
    assert tokens.knows(first)
    if used:
        assert chain.grant(following) != ("", "")
        assert chain.grant("r0") == ("", "")
        return
    assert chain.grant("r0") != ("", "")
    assert not tokens.knows(first), "what was given first is nobody's"
    assert chain.grant(following) == ("", "")
    assert chain.grant("a stranger's") == ("", "")

"""Held orders that are sent again all at once, with workers killed on the way."""

from __future__ import annotations

import asyncio

import pytest

from counterfoil.rehearse.chaos import Plan
from counterfoil.rehearse.redrive import redrive

pytestmark = pytest.mark.timeout(240)


def test_held_orders_sent_again_with_five_kills_arrive_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    plan = Plan(seed=8, orders=300, workers=2, play_s=2.0, faults="none", proxied=False)
    found = asyncio.run(redrive(plan))
    assert found.wrong == ()
    assert found.counts["sent_again"] >= 300
    assert found.counts["kills"] == 5
    assert found.counts["still_held"] == found.counts["duplicates"] == 0

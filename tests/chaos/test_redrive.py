"""Held orders that are sent again all at once, with workers killed on the way."""

from __future__ import annotations

import asyncio

import pytest

from counterfoil.rehearse.chaos.redrive import Asked, redrive
from counterfoil.rehearse.demo.latency import Timed, figures

pytestmark = pytest.mark.timeout(240)


def test_held_orders_sent_again_with_five_kills_arrive_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    asked = Asked(seed=8, records=300, kills=5, live_s=0.0)
    told = asyncio.run(redrive(asked))
    assert told.wrong == ()
    assert told.records == told.counts["sent_again"] >= 290, "but for what has another cause"
    assert told.counts["kills"] == 5
    assert told.counts["still_held"] == told.counts["duplicates"] == 0


def test_the_times_of_live_trade_are_those_of_the_span_and_not_of_the_kills() -> None:
    found = [Timed(at, 0.1) for at in range(200)]
    found += [Timed(50.5, 9.0), Timed(100.5, 0.2), Timed(120.5, None)]
    whole = figures(found, (0.0, 200.0))
    assert (whole.sales, whole.landed, whole.worst_ms) == (203, 202, 9000.0)
    apart = figures(found, (0.0, 200.0), [(50.0, 60.0)])
    assert (apart.p50_ms, apart.worst_ms) == (100.0, 200.0)
    assert figures(found, (300.0, 400.0)).landed == 0


@pytest.mark.parametrize(("count", "p99_ms"), [(100, 99.0), (101, 100.0), (1, 1.0), (1000, 990.0)])
def test_99_of_100_sales_keep_to_the_p99(count: int, p99_ms: float) -> None:
    found = [Timed(0.0, (at + 1) / 1000) for at in range(count)]
    assert figures(found, (0.0, 1.0)).p99_ms == p99_ms

"""Real processes on a real database, killed, paused and cut off: all that was sold is accounted."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from counterfoil.app import House
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.chaos import chaos
from counterfoil.rehearse.chaos.chaos import Found, Plan, Round
from counterfoil.rehearse.chaos.monkey import Pace
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.layer import Layer

pytestmark = pytest.mark.timeout(240)


def played(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Found:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return asyncio.run(chaos.play(plan))


def test_a_round_of_kills_pauses_and_stops_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(seed=5, orders=400, workers=3, play_s=8.0, faults="hostile", proxied=True)
    found = played(plan, monkeypatch)
    assert found.wrong == ()
    assert found.counts["orders"] == 400
    assert found.counts["acknowledged"] > 0
    for act in ("kills", "database_stops"):
        assert found.counts[act] > 0, f"nothing was tried: {act}"
    assert sum(found.reached.values()) > 0, "the proxy broke nothing"


def test_a_failure_ends_with_the_command_that_shows_it_again() -> None:
    found = Found({"orders": 3, "losses": 1}, {"cut": 2}, ("1 losses",))
    rounds = [Round(17, 60.0, found, 40.0), Round(18, 60.0, found, 40.0)]
    layer: Layer = chaos.layer(rounds, 9.0, 2)
    assert not layer.sound
    assert layer.counts == {"orders": 6, "losses": 2, "rounds": 2}
    assert layer.reached["cut"] == 4
    assert layer.reached["hole"] == 0, "what was never reached is shown as such"
    again = "python -m counterfoil.rehearse.chaos --seed 17 --seconds 60 --rate 40.0"
    assert layer.failures[0].endswith(again)


def test_the_count_sees_what_was_lost_doubled_and_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge, references = chaos.judge, estate.references

    async def one_twice(port: int) -> list[str]:
        found = await references(port)
        return [*found, found[0]]

    async def spoiled(house: House, known: Rehearsal, told: Outcome) -> Any:
        connection = await asyncpg.connect(house.engine.database.dsn)
        await connection.execute("delete from inbox where id = (select min(id) from inbox)")
        await connection.execute(
            "delete from thread where subject = (select max(subject) from thread)"
        )
        await connection.execute(
            "update record set state = 4 where id = (select min(id) from record)"
        )
        await connection.close()
        monkeypatch.setattr(estate, "references", one_twice)
        return await judge(house, known, told)

    monkeypatch.setattr(chaos, "judge", spoiled)
    nothing = Pace(worker_s=0, door_s=0, pause_s=0, database_s=0)
    plan = Plan(
        seed=7, orders=20, workers=1, play_s=1.0, faults="none", proxied=False, pace=nothing
    )
    found = played(plan, monkeypatch)
    assert found.counts["acknowledged_lost"] == 1
    assert found.counts["losses"] == 1
    assert found.counts["duplicates"] == found.counts["undetected"] == 1
    assert "the journal does not prove" in found.wrong[-1]

"""A level says what stands now: only the newest is sent, and an equal one is sent all the same."""

from __future__ import annotations

import pytest
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from steps import path, waited
from test_waits import sent


@pytest.fixture
async def levels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    """Parcels whose target takes each as a level: what it was told last is what stands."""
    parcels = await laid(stage, monkeypatch)
    parcels.carrying(manner="level")
    return parcels


async def test_an_equal_level_is_sent_again_and_not_merged(levels: Parcels) -> None:
    """Ten was set, three were sold there, and it is ten again: what stands there is not ten."""
    await sent(levels, Parcel("P1", tracking="10"))
    await waited(levels.stage)
    levels.counter.held["P1"]["tracking"] = "7"
    await sent(levels, Parcel("P1", "2026-11-02T11:30:00Z", tracking="10"))
    await waited(levels.stage)
    assert levels.counter.calls == ["P1", "P1"]
    assert levels.counter.held["P1"]["tracking"] == "10"
    assert await levels.state("P1") == "confirmed"
    assert "merged" not in await path(levels.stage, "P1")


async def test_an_older_level_that_has_not_left_steps_aside_when_a_newer_is_captured(
    levels: Parcels,
) -> None:
    levels.depot.put(Parcel("P1", tracking="10"))
    await levels.swept()
    levels.depot.put(Parcel("P1", "2026-11-02T11:30:00Z", tracking="9"))
    await levels.swept()
    assert await path(levels.stage, "P1") == ["captured", "superseded", "captured"]
    await waited(levels.stage)
    assert levels.counter.calls == ["P1"]
    assert levels.counter.held["P1"]["tracking"] == "9"


async def test_an_older_level_that_is_listed_late_is_never_sent(levels: Parcels) -> None:
    await sent(levels, Parcel("P1", "2026-11-02T11:30:00Z", tracking="9"))
    levels.depot.put(Parcel("P1", "2026-11-02T11:20:00Z", tracking="10"))
    await levels.swept()
    await waited(levels.stage)
    assert levels.counter.calls == ["P1"]
    assert levels.counter.held["P1"]["tracking"] == "9"

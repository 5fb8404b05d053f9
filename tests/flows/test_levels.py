"""A level says what stands now: only the newest is sent, and an equal one is sent all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from steps import causes, held, path, unanswered, waited
from test_waits import sent

from counterfoil.flows.recheck import recheck
from counterfoil.kit.capability import InDoubt, Manner
from counterfoil.kit.connector import Seen
from counterfoil.kit.manifest import Carries


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


NEWER = "2026-11-02T11:30:00Z"


async def in_doubt(levels: Parcels, *, landed: bool, newer: bool = False) -> None:
    """A level of ten that was not answered; a newer one, of nine, may stand by then."""
    levels.counter.answers = [unanswered(landed=landed)]
    levels.depot.put(Parcel("P1", tracking="10"))
    await levels.swept()
    await levels.stage.work(rounds=1)
    if newer:
        levels.depot.put(Parcel("P1", NEWER, tracking="9"))
        await levels.swept()


@pytest.mark.parametrize("kind", ["A", "B", "C"])
@pytest.mark.parametrize("landed", [True, False])
async def test_a_level_in_doubt_is_looked_at_whatever_its_target_makes_of_a_repetition(
    levels: Parcels, kind: InDoubt, landed: bool
) -> None:
    levels.carrying(in_doubt=kind)
    await in_doubt(levels, landed=landed)
    levels.stage.clock.pass_(29)
    await levels.stage.work()
    assert levels.counter.calls == ["P1"]  # nothing is sent before anybody has looked
    await waited(levels.stage)
    assert levels.counter.calls == (["P1"] if landed else ["P1", "P1"])
    assert await levels.state("P1") == "confirmed"


async def test_one_that_is_equal_at_the_target_was_delivered(levels: Parcels) -> None:
    await in_doubt(levels, landed=True, newer=True)
    await waited(levels.stage)
    assert await path(levels.stage, "P1") == [
        "captured", "mapped", "sending", "in_doubt", "delivered", "confirmed",
        "captured", "mapped", "sending", "delivered", "confirmed",
    ]  # fmt: skip
    assert levels.counter.held["P1"]["tracking"] == "9"


async def test_one_that_is_not_there_steps_aside_where_a_newer_stands(levels: Parcels) -> None:
    await in_doubt(levels, landed=False, newer=True)
    await waited(levels.stage)
    assert await path(levels.stage, "P1") == [
        "captured", "mapped", "sending", "in_doubt", "superseded",
        "captured", "mapped", "sending", "delivered", "confirmed",
    ]  # fmt: skip
    assert levels.counter.calls == ["P1", "P1"]
    assert levels.counter.held["P1"]["tracking"] == "9"
    assert await causes(levels.stage) == []


async def test_the_newer_waits_until_it_is_known_what_became_of_the_one_in_doubt(
    levels: Parcels,
) -> None:
    await in_doubt(levels, landed=False, newer=True)
    levels.stage.clock.pass_(29)
    await levels.stage.work()
    assert levels.counter.calls == ["P1"]


@pytest.mark.parametrize("manner", ["level", "upsert"])
async def test_what_stood_there_before_does_not_tell_that_it_landed(
    levels: Parcels, manner: Manner
) -> None:
    """A shop has a level of everything it sells, and a product that somebody else made: that there
    is one under the reference says nothing."""
    levels.carrying(manner=manner)
    levels.counter.held["P1"] = {"of": "", "tracking": "3"}
    await in_doubt(levels, landed=False)
    await waited(levels.stage)
    assert levels.counter.calls == ["P1", "P1"]
    assert levels.counter.held["P1"]["tracking"] == "10"
    assert await levels.state("P1") == "confirmed"


@pytest.mark.parametrize("manner", ["level", "upsert"])
async def test_a_look_compares_and_never_counts(
    levels: Parcels, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level that is shown by two answers is one level; the same is two documents elsewhere."""
    levels.carrying(manner=manner)
    twofold(levels, monkeypatch)
    await in_doubt(levels, landed=True)
    await waited(levels.stage)
    assert (await levels.state("P1"), levels.counter.calls) == ("confirmed", ["P1"])
    levels.carrying(manner="create")
    levels.counter.answers = [unanswered(landed=True)]
    await sent(levels, Parcel("P2", tracking="10"))
    await waited(levels.stage)
    assert (await levels.state("P2"), await causes(levels.stage)) == ("held", ["found-twice"])


async def test_a_recheck_compares_and_never_counts(
    levels: Parcels, monkeypatch: pytest.MonkeyPatch
) -> None:
    twofold(levels, monkeypatch)
    levels.counter.keeps["P1"] = "8"
    await sent(levels, Parcel("P1", tracking="10"))
    assert await levels.state("P1") == "drifted"
    (record,) = await held(levels.stage)
    (checked,) = await recheck(levels.stage.engine, [record], "ann")
    assert "differs: tracking" in checked.said
    levels.counter.held["P1"]["tracking"] = "10"
    (checked,) = await recheck(levels.stage.engine, [record], "ann")
    assert checked.state == "confirmed"


def twofold(levels: Parcels, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target whose answer shows a past value beside the one that stands."""
    read = levels.counter.read

    async def both(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        shown = await read(references)
        past = Seen("F-past", "", {"of": "", "tracking": "3"})
        return {reference: [past, *seen] for reference, seen in shown.items()}

    monkeypatch.setattr(levels.counter, "read", both)


async def test_one_that_was_sold_from_since_is_not_looked_at_late(levels: Parcels) -> None:
    """A late look finds a second document; a level has none, and by then it has moved."""
    await in_doubt(levels, landed=False)
    await waited(levels.stage)
    assert await levels.state("P1") == "confirmed"
    assert levels.stage.engine.fired["late-look"] == 0


def test_what_speaks_to_people_stays_a_persons_as_a_level_too() -> None:
    carries = Carries(("write", "read"), "a test", in_doubt="A", manner="level")
    assert carries.doubt("write") == "C"
    assert msgspec.structs.replace(carries, speaks_to_people=True).doubt("write") == "D"

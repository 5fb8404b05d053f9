"""Two documents of one turn are never in flight together: they are told one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest
from dying import Dying, Killed
from flow_stage import Stage
from parcels import Counter, Depot, Parcel, Parcels, laid
from steps import causes, colleague, held, path, unanswered, waited

from counterfoil.flows.hold import aside
from counterfoil.flows.work import work
from counterfoil.kit.connector import ALONE, Inputs, Intent, Written
from counterfoil.values.errors import CounterfoilError, Hold
from counterfoil.values.ids import PageId


@dataclass
class Desk(Counter):
    """A counter that sees how many of each turn are on their way to it at once, or were and are
    not told of yet; `most` is the largest such number, `looks` what was asked for before."""

    depot: Depot = field(default_factory=Depot)
    on_the_way: Counts[str] = field(default_factory=Counts)
    most: Counts[str] = field(default_factory=Counts)
    looks: list[str] = field(default_factory=list)
    meanwhile: list[object] = field(default_factory=list)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        turns = [self.depot.parcels[intent.reference].behind for intent in intents]
        self.on_the_way.update(turns)
        for turn in turns:
            self.most[turn] = max(self.most[turn], self.on_the_way[turn])
        self.most["any"] = max(self.most["any"], self.on_the_way.total())
        for _ in range(20):
            await asyncio.sleep(0)  # others have every chance to come between
        self.on_the_way.subtract(turns)
        return [self._write(intent) for intent in intents]

    amend = cancel = write

    async def there(self, documents: Sequence[Parcel], inputs: Sequence[Inputs]) -> list[bytes]:
        self.looks += [document.key for document in documents]
        while self.meanwhile:
            await self.meanwhile.pop()()  # type: ignore[operator]
        return [msgspec.json.encode(len(self.held)) for _ in documents]

    def compose(self, document: Parcel, inputs: Inputs = ALONE) -> Intent:
        fields = {"tracking": document.tracking}
        if inputs.there:
            fields["after"] = str(inputs.held(int))
        return Intent(document.key, msgspec.json.encode(fields), fields)


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    by_office = await laid(stage, monkeypatch)
    by_office.counter = Desk(depot=by_office.depot)
    by_office.put(msgspec.structs.replace(by_office.route, target=by_office.counter))
    return by_office


def desk(parcels: Parcels) -> Desk:
    assert isinstance(parcels.counter, Desk)
    return parcels.counter


async def swept(parcels: Parcels, *some: Parcel) -> None:
    parcels.depot.put(*some)
    await parcels.swept()


async def pages(stage: Stage) -> list[PageId]:
    rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100)
    return [PageId(row["id"]) for row in rows]


async def done(parcels: Parcels) -> None:
    """Everything is told, and read back."""
    for _ in range(12):
        await parcels.stage.work()
        parcels.stage.clock.pass_(1)


async def test_two_of_a_page_are_told_one_after_the_other(parcels: Parcels) -> None:
    await swept(parcels, *(Parcel(f"P{number}", behind="OR1") for number in (1, 2, 3)))
    await done(parcels)
    assert desk(parcels).most["OR1"] == 1
    assert desk(parcels).calls == ["P1", "P2", "P3"]
    assert {*(await parcels.stage.states()).values()} == {"confirmed"}
    assert parcels.stage.engine.fired["behind-its-turn"] > 0


async def test_those_of_other_turns_and_of_none_wait_for_nobody(parcels: Parcels) -> None:
    some = (Parcel("P1", behind="OR1"), Parcel("P2", behind="OR2"), Parcel("P3"), Parcel("P4"))
    await swept(parcels, *some)
    await parcels.stage.work(rounds=1)
    assert desk(parcels).most["any"] == 4


@pytest.mark.parametrize("rounds", range(3))
async def test_two_workers_do_not_tell_of_one_turn_together(parcels: Parcels, rounds: int) -> None:
    stage = parcels.stage
    other = colleague(stage, "w2")
    for number in range(6):
        await swept(parcels, Parcel(f"P{number}", behind="OR1"))
    for _ in range(40):
        numbers = await pages(stage)
        calls = [work((stage.engine, other)[at % 2], page) for at, page in enumerate(numbers)]
        await asyncio.gather(*calls)
        stage.clock.pass_(1)
    assert desk(parcels).most["OR1"] == 1
    assert sorted(desk(parcels).calls) == [f"P{number}" for number in range(6)]
    assert {*(await stage.states()).values()} == {"confirmed"}


@pytest.mark.parametrize("newer", [False, True])
async def test_what_was_seen_before_another_took_the_turn_is_not_sent(
    parcels: Parcels, newer: bool
) -> None:
    """Between the look and the sending the other one was told, read back, and is in flight no
    longer: the turn is free, and what was seen is past."""
    stage = parcels.stage
    parcels.carrying(reads_first=True)
    other = colleague(stage, "w2")
    await swept(parcels, Parcel("P1", behind="OR1"))
    (first,) = await pages(stage)
    await swept(parcels, Parcel("P2", behind="OR1"))
    (second,) = {*await pages(stage)} - {first}

    async def told() -> None:
        await work(other, first)
        stage.clock.pass_(0.1)
        await work(other, first)

    desk(parcels).meanwhile.append(told)
    await work(stage.engine, second)
    assert desk(parcels).calls == ["P1"]
    if newer:  # what lost its turn is in nobody's way
        await swept(parcels, Parcel("P2", "2026-11-02T11:30:00Z", tracking="T2", behind="OR1"))
    await done(parcels)
    assert desk(parcels).looks == ["P2", "P1", "P2"]
    assert desk(parcels).held["P2"] == {"after": "1", "tracking": "T2" if newer else ""}


@pytest.mark.parametrize("after", range(12))
async def test_a_kill_after_any_commit_lets_no_two_go_together(
    parcels: Parcels, after: int
) -> None:
    stage = parcels.stage
    await swept(parcels, Parcel("P1", behind="OR1"), Parcel("P2", behind="OR1"))
    await swept(parcels, Parcel("P3", behind="OR1"))
    stage.engine.database = Dying(stage.database, after)  # type: ignore[assignment]
    with suppress(Killed):
        await done(parcels)
    was_told = desk(parcels).calls[:]
    stage.engine = colleague(stage, "w2")
    stage.clock.pass_(10)
    if was_told and await in_flight(stage):
        await stage.work()
        assert desk(parcels).calls == was_told  # the one left behind has the turn still
    for _ in range(4):
        await waited(stage)
    assert desk(parcels).most["OR1"] == 1
    assert Counts(desk(parcels).calls) == {"P1": 1, "P2": 1, "P3": 1}
    assert {*(await stage.states()).values()} == {"confirmed"}


async def in_flight(stage: Stage) -> int:
    """How many records were sent, and nobody knows yet what became of them."""
    rows = await stage.database._pool.fetch("select 1 from record where state in (3, 7)")
    return len(rows)


async def test_one_in_doubt_lets_no_other_pass(parcels: Parcels) -> None:
    desk(parcels).answers = [unanswered(landed=True)]
    await swept(parcels, Parcel("P1", behind="OR1"), Parcel("P2", behind="OR1"))
    for _ in range(14):
        await parcels.stage.work()
        parcels.stage.clock.pass_(2)
    assert desk(parcels).calls == ["P1"]
    await waited(parcels.stage)
    assert desk(parcels).calls == ["P1", "P2"]
    assert {*(await parcels.stage.states()).values()} == {"confirmed"}


async def test_a_newer_version_of_the_one_before_waits_its_turn_too(parcels: Parcels) -> None:
    parcels.carrying(verbs=("write", "read", "amend"))
    await swept(parcels, Parcel("P1", behind="OR1"))
    await done(parcels)
    desk(parcels).answers = [unanswered(landed=True)]
    await swept(parcels, Parcel("P2", behind="OR1"))
    await parcels.stage.work(rounds=1)
    await swept(parcels, Parcel("P1", "2026-11-02T11:30:00Z", tracking="T1", behind="OR1"))
    await parcels.stage.work()
    assert desk(parcels).calls == ["P1", "P2"]
    await waited(parcels.stage)
    assert desk(parcels).calls == ["P1", "P2", "P1"]


async def test_behind_an_older_version_of_itself_it_is_judged_as_ever(parcels: Parcels) -> None:
    parcels.carrying(in_doubt="D")
    desk(parcels).answers = [unanswered(landed=False)]
    await swept(parcels, Parcel("P1", behind="OR1"))
    await parcels.stage.work()
    await swept(parcels, Parcel("P1", "2026-11-02T11:30:00Z", tracking="T1", behind="OR1"))
    await done(parcels)
    assert sorted(await causes(parcels.stage)) == ["earlier-in-doubt", "no-answer"]


async def test_one_that_is_held_lets_the_next_pass(parcels: Parcels) -> None:
    """Nothing of it is at the target, and a person may take days."""
    desk(parcels).answers = [Hold("no such carrier", code="unmapped")]
    await swept(parcels, Parcel("P1", behind="OR1"), Parcel("P2", behind="OR1"))
    await done(parcels)
    assert await parcels.stage.states() == {"P1": "held", "P2": "confirmed"}


async def test_behind_one_that_only_a_person_can_settle_it_waits_and_is_seen(
    parcels: Parcels,
) -> None:
    stage = parcels.stage
    parcels.carrying(in_doubt="D")
    desk(parcels).answers = [unanswered(landed=False)]
    await swept(parcels, Parcel("P1", behind="OR1"), Parcel("P2", behind="OR1"))
    await done(parcels)
    stage.clock.pass_(100_000)
    await done(parcels)
    assert await stage.states() == {"P1": "in_doubt", "P2": "waiting"}
    assert await path(stage, "P2") == ["captured", "waiting"]
    assert await causes(stage) == ["no-answer"]
    await aside(stage.engine, await held(stage), "kim", "it is not there")
    stage.clock.pass_(60)
    await done(parcels)
    assert await stage.states() == {"P1": "excluded", "P2": "confirmed"}

"""What its source tells nothing of any more, and was told: it is void once the count and a look
under its key both say so."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from flow_stage import Stage
from parcels import Depot, Parcel, Parcels, laid

from counterfoil.flows import timer, windows
from counterfoil.flows.balance import kept
from counterfoil.flows.census import Window, census
from counterfoil.kit.connector import Reading
from counterfoil.ledger.balance import Balance
from counterfoil.model.document import Measure
from counterfoil.values.clock import Instant, instant, later

ELEVEN = Window(instant("2026-11-02T11:00:00Z"), instant("2026-11-02T12:00:00Z"))


@dataclass
class Forgetful(Depot):
    """Where what is void is told of no more."""

    def vanished(self, source: bytes, at: Instant) -> Reading[Parcel]:
        before = msgspec.json.decode(source, type=Parcel)
        void = msgspec.structs.replace(before, void=True, updated=at.format_iso())
        return self.parse(msgspec.json.encode(before if before.void else void), at)


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    """Three parcels that were told."""
    parcels = await laid(stage, monkeypatch)
    parcels.depot = Forgetful()
    parcels.put(msgspec.structs.replace(parcels.route, source=parcels.depot))
    parcels.reading(vanishes_s=86_400.0)
    parcels.carrying(verbs=("write", "read", "amend", "cancel"), reads=50)
    parcels.depot.put(Parcel("P1"), Parcel("P2"), Parcel("P3"))
    await parcels.swept()
    await stage.work()
    return parcels


async def counted(parcels: Parcels, window: Window = ELEVEN, *, keep: bool = False) -> Balance:
    return await census(parcels.stage.engine, parcels.route, window, keep=keep)


async def test_what_was_told_and_vanished_is_taken_back_where_it_was_told(
    stage: Stage, parcels: Parcels
) -> None:
    del parcels.depot.parcels["P2"]
    assert (await counted(parcels)).phantom == ("P2",), "it is on its way"
    await stage.work()
    assert parcels.counter.held["P2"] == {"void": True}
    assert await parcels.state("P2") == "confirmed"
    sums = await counted(parcels)
    assert (sums.balances, sums.listed, sums.phantom, sums.ended) == (True, 2, (), ("P2",))
    assert stage.engine.fired["vanished"] == 1, "once, however often it is counted"


async def test_what_it_ended_in_stands_on_neither_side_of_what_was_kept(
    stage: Stage, parcels: Parcels
) -> None:
    del parcels.depot.parcels["P2"]
    await counted(parcels)
    await stage.work()
    assert (await counted(parcels, keep=True)).balances
    account = await kept(stage.database, parcels.route.id, parcels.route.name)
    assert (account.agrees, account.listed, account.ended) == (True, 2, ("P2",))
    await stage.database._pool.execute("update cursor set mark = null")
    stage.clock.pass_(parcels.route.plan.census_s + 1)
    await timer.tick(stage.engine)
    assert not stage.engine.fired["census-reopened"]


async def test_one_that_is_there_under_its_key_is_not_void(stage: Stage, parcels: Parcels) -> None:
    """The count may be behind; what is asked by its key holds."""
    real = parcels.depot.census

    async def without(start: Instant, end: Instant, cursor: str | None) -> object:
        page = await real(start, end, cursor)
        return msgspec.structs.replace(page, listed=page.listed[1:], count=2)

    parcels.depot.census = without  # type: ignore[method-assign,assignment]
    assert (await counted(parcels)).phantom == ("P1",)
    await stage.work()
    assert (await parcels.state("P1"), stage.engine.fired["vanished"]) == ("confirmed", 0)


@pytest.mark.parametrize("gone", [("P1", "P2"), ("P1", "P2", "P3")])
async def test_an_empty_report_undoes_nothing(
    stage: Stage, parcels: Parcels, gone: tuple[str, ...]
) -> None:
    for key in gone:
        del parcels.depot.parcels[key]
    assert (await counted(parcels)).phantom == gone
    await stage.work()
    assert stage.engine.fired["vanished"] == 0
    assert all(not fields.get("void") for fields in parcels.counter.held.values())


async def test_what_is_long_past_is_named_and_not_undone(stage: Stage, parcels: Parcels) -> None:
    del parcels.depot.parcels["P2"]
    stage.clock.pass_(86_400.0 + parcels.route.plan.window_s + 3_600.0)
    assert (await counted(parcels)).phantom == ("P2",)
    assert stage.engine.fired["vanished"] == 0


async def test_a_source_that_tells_of_all_it_makes_void_is_believed_in_nothing_else(
    stage: Stage, parcels: Parcels
) -> None:
    parcels.reading(vanishes_s=0.0)
    del parcels.depot.parcels["P2"]
    assert (await counted(parcels)).phantom == ("P2",)
    assert stage.engine.fired["vanished"] == 0


async def test_one_that_was_not_told_yet_is_left_out(stage: Stage, parcels: Parcels) -> None:
    parcels.depot.put(Parcel("P4", of=("nobody",)))
    await parcels.swept()
    await stage.work()
    assert await parcels.state("P4") == "waiting"
    del parcels.depot.parcels["P4"]
    await counted(parcels)
    await stage.work()
    sums = await counted(parcels)
    assert (await parcels.state("P4"), sums.ended, sums.balances) == ("excluded", ("P4",), True)
    assert sums.accounts["excluded"] == 0
    assert sums.money == {"pieces": sums.money["pieces"]}
    assert sums.money["pieces"].listed_minor == 3 * Measure(pieces=1).pieces


async def test_the_timer_looks_back_over_the_time_in_which_documents_vanish(
    stage: Stage, parcels: Parcels
) -> None:
    """Also at what was counted and closed long ago."""
    stage.clock.pass_(7_200.0)
    await timer.tick(stage.engine)
    del parcels.depot.parcels["P2"]
    stage.clock.pass_(parcels.route.plan.census_s + 1)
    await timer.tick(stage.engine)
    await stage.work()
    assert parcels.counter.held["P2"] == {"void": True}
    span = await windows.recent(stage.engine, parcels.route, stage.clock.now())
    assert span is not None
    assert span.start == later(ELEVEN.start, 0)
    parcels.reading(vanishes_s=0.0)
    assert await windows.recent(stage.engine, parcels.route, stage.clock.now()) is None

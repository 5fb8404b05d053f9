"""A batch is complete in itself: it waits until its source has all, and its window with it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import msgspec
import pytest
from flow_stage import Stage
from parcels import RULES, WORD, Gates, Parcel, Parcels, laid
from steps import causes

from counterfoil.flows import rulebook
from counterfoil.flows.balance import kept
from counterfoil.flows.census import Window, census
from counterfoil.flows.rules import stopped
from counterfoil.kit.connector import CensusPage
from counterfoil.model.document import Measure, adds_up
from counterfoil.store import census as census_store
from counterfoil.surfaces.cli import balance as balance_command
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk import balance
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold

HOUR = Window(instant("2026-11-02T11:00:00Z"), instant("2026-11-02T12:00:00Z"))


@dataclass(frozen=True)
class Payout:
    """As much of a payout as its sum needs."""

    measure: Measure
    entries: tuple[Measure, ...]


@pytest.mark.parametrize(
    ("entries", "adds"),
    [
        ([(6065, "GBP"), (-2160, "GBP"), (-112, "GBP")], True),
        ([(6065, "GBP"), (-2160, "GBP")], False),
        ([(3793, "EUR")], False),
        ([(3793, "")], False),
        ([], False),
    ],
)
def test_entries_come_to_the_net_in_its_own_currency(
    entries: list[tuple[int, str]], adds: bool
) -> None:
    payout = Payout(Measure(3793, "GBP"), tuple(Measure(*entry) for entry in entries))
    assert adds_up(payout) is adds  # type: ignore[arg-type]


def test_pieces_add_up_too() -> None:
    three = (Measure(pieces=1), Measure(pieces=2))
    assert adds_up(Payout(Measure(pieces=3), three))  # type: ignore[arg-type]
    assert not adds_up(Payout(Measure(pieces=4), three))  # type: ignore[arg-type]


def _check(parcel: Parcel) -> None:
    if parcel.tracking == "wrong":
        raise Hold("Its entries do not come to its net.", code="sums")


@pytest.fixture
async def batches(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    """Parcels as batches: one without a tracking number is not complete yet."""
    parcels = await laid(stage, monkeypatch)
    rules = msgspec.structs.replace(RULES, whole=lambda parcel: parcel.tracking != "", check=_check)
    monkeypatch.setitem(rulebook.RULEBOOK, WORD, rules)  # type: ignore[arg-type]
    parcels.reading(counts="batches")
    return parcels


async def sent(batches: Parcels, *parcels: Parcel) -> None:
    batches.depot.put(*parcels)
    await batches.swept()
    await batches.stage.work()


async def closed(batches: Parcels) -> list[bool]:
    await census(batches.stage.engine, batches.route, HOUR)
    rows = await census_store.windows(batches.stage.database, batches.route.id)
    return [row.closed for row in rows]


async def test_one_that_is_not_complete_waits_and_goes_when_its_source_has_the_rest(
    batches: Parcels,
) -> None:
    await sent(batches, Parcel("P1"))
    assert await batches.state("P1") == "waiting"
    assert not batches.counter.calls
    assert await closed(batches) == [False], "both sides agree, and it is not over"
    await sent(batches, Parcel("P1", "2026-11-02T11:30:00Z", tracking="all"))
    assert await batches.state("P1") == "confirmed"
    assert await closed(batches) == [True]


async def test_a_window_of_events_closes_over_what_waits(batches: Parcels) -> None:
    await sent(batches, Parcel("P1"))
    batches.reading(counts="events")
    assert await closed(batches) == [True]


async def test_a_window_whose_own_sum_is_another_does_not_close(batches: Parcels) -> None:
    """The source says what all payouts of the window come to, and lists one too few."""
    await sent(batches, Parcel("P1", tracking="all", pieces=3))
    real = batches.depot.census
    own = {"pieces": 4}

    async def summed(start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        return msgspec.structs.replace(await real(start, end, cursor), sums=own)

    batches.depot.census = summed  # type: ignore[method-assign]
    assert await closed(batches) == [False]
    own["pieces"] = 3
    assert await closed(batches) == [True]
    own["GBP"] = 1
    assert await closed(batches) == [False]


async def test_one_that_is_complete_and_does_not_add_up_is_held(batches: Parcels) -> None:
    await sent(batches, Parcel("P1", tracking="wrong"))
    assert await batches.state("P1") == "held"
    assert await causes(batches.stage) == ["sums"]


def test_what_is_left_out_is_left_out_however_complete_it_is() -> None:
    rules = msgspec.structs.replace(RULES, whole=lambda parcel: False)
    stop = stopped(rules, Parcel("P1", void=True), Gates(), None, Parcel("P1").born)
    assert stop is not None
    assert stop.code == "void"
    stop = stopped(rules, Parcel("P1"), Gates(), None, Parcel("P1").born)
    assert stop is not None
    assert stop.code == "incomplete"


async def test_the_balance_says_that_batches_were_counted(batches: Parcels) -> None:
    await sent(batches, Parcel("P1", tracking="all"))
    await census(batches.stage.engine, batches.route, HOUR)
    account = await kept(batches.stage.database, batches.route.id, "payouts")
    assert (account.counts, account.counted_at) == ("batches", None)
    whole = balance._together([account], [])
    assert (whole.counts, whole.routes[0].counts) == (None, "batches")
    out = io.StringIO()
    balance_command._show(Say(Flags(), out, io.StringIO()), whole)
    assert "Counted by batches, each complete in itself or waiting until it is." in out.getvalue()

"""What has no money is counted in pieces: on the record, in the balance and by the census."""

from __future__ import annotations

import io

import pytest
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from test_waits import sent

from counterfoil.flows import balance as flows_balance
from counterfoil.flows.census import Window, census
from counterfoil.ledger.balance import Sum
from counterfoil.store import census as census_store
from counterfoil.surfaces.cli import balance as balance_command
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk import balance
from counterfoil.surfaces.desk.exports import lines, write
from counterfoil.values.clock import instant

HOUR = Window(instant("2026-11-02T11:00:00Z"), instant("2026-11-02T12:00:00Z"))


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    return await laid(stage, monkeypatch)


async def test_both_sides_are_summed_in_pieces_and_no_currency_is_named(parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", pieces=3), Parcel("P2", pieces=4))
    sums = await census(parcels.stage.engine, parcels.route, HOUR)
    assert (sums.listed, sums.money) == (2, {"pieces": Sum(7, 7)})
    assert sums.balances


async def test_one_of_no_pieces_is_counted_all_the_same(parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", pieces=0))
    sums = await census(parcels.stage.engine, parcels.route, HOUR)
    assert (sums.listed, sums.accounted, sums.money) == (1, 1, {})
    assert sums.balances


async def test_a_piece_more_at_the_source_is_found(parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", pieces=3))
    parcels.depot.put(Parcel("P1", pieces=4))
    # Its version is the same, so the census finds what no listing would.
    sums = await census(parcels.stage.engine, parcels.route, HOUR)
    parcels.depot.put(Parcel("P1", pieces=3))
    assert parcels.stage.engine.fired["census-found-missing"] == 1
    assert sums.money == {"pieces": Sum(4, 4)}


async def test_a_closed_window_opens_only_where_its_pieces_are_others_now(
    parcels: Parcels,
) -> None:
    await sent(parcels, Parcel("P1", pieces=3))
    engine, database = parcels.stage.engine, parcels.stage.database
    assert (await census(engine, parcels.route, HOUR)).balances
    assert await census_store.reopen(database, parcels.route.id, None) == 0
    await sent(parcels, Parcel("P1", "2026-11-02T11:30:00Z", pieces=5))
    assert await census_store.reopen(database, parcels.route.id, None) == 1


async def test_the_balance_says_pieces_and_not_money(
    parcels: Parcels, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await sent(parcels, Parcel("P1", pieces=1_200))
    await census(parcels.stage.engine, parcels.route, HOUR)
    account = await flows_balance.kept(parcels.stage.database, parcels.route.id, "parcels")
    whole = balance._together([account], [])
    out = io.StringIO()
    balance_command._show(Say(Flags(), out, io.StringIO()), whole)
    assert "1,200 pieces listed, 1,200 accounted for, 0 between them.\n" in out.getvalue()
    path = tmp_path_factory.mktemp("balance") / "balance.csv"
    write(path, lines(whole.routes))
    assert ",pieces,1200,1200,0," in path.read_text("utf-8")

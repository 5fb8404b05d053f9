"""The house as a connection: levels come in, pools are reckoned, and what may be shown goes out."""

from __future__ import annotations

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from house_stage import INTO, ORDERS, OUT, Counting, counting

from counterfoil.flows.home import Lane
from counterfoil.flows.pools import Reckoner
from counterfoil.flows.round import round_of_all
from counterfoil.flows.route import HOUSE
from counterfoil.flows.stock import Gates
from counterfoil.ledger.balance import Balance
from counterfoil.store import levels
from counterfoil.store.levels import Buffer
from counterfoil.values.clock import later
from counterfoil.values.errors import Retry


@pytest.fixture
async def house(stage: Stage) -> Counting:
    return await counting(stage)


async def test_a_level_that_is_counted_reaches_the_channel(house: Counting) -> None:
    await house.counted(TEE="18", MUG="-2", TAPE="7.5")
    assert house.channel.shows == {"TEE@Online": 18, "MUG@Online": 0, "TAPE@Online": 7}
    assert set((await house.stage.states()).values()) == {"confirmed"}


async def test_one_call_tells_all_that_changed(house: Counting) -> None:
    await house.counted(TEE="18", MUG="4", TAPE="7")
    assert len(house.channel.calls) == 1
    await house.counted(MUG="3")
    assert house.channel.calls[1:] == [{"MUG@Online": 3}]


async def test_what_is_counted_as_before_is_not_told_again(house: Counting) -> None:
    await house.counted(TEE="18")
    await house.round()
    await house.round()
    assert house.channel.calls == [{"TEE@Online": 18}]


async def test_what_is_sold_and_not_at_the_office_yet_comes_off(house: Counting) -> None:
    await house.counted(TEE="18")
    await house.sold(order(1))
    await house.round()
    assert house.channel.shows["TEE@Online"] == 17


async def test_it_comes_off_once_when_the_office_has_it(house: Counting) -> None:
    await house.counted(TEE="18")
    await house.sold(order(1))
    await house.swept(ORDERS)
    assert len(house.stage.office.calls) == 1
    house.office.free["TEE", "MAIN"] = "17"
    await house.round()
    await house.round()
    await house.round()
    assert house.channel.shows["TEE@Online"] == 17
    assert [told["TEE@Online"] for told in house.channel.calls] == [18, 17]


# --- what is told first ---


async def test_with_one_call_what_is_expected_to_cost_most_is_told_first(
    house: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two levels fall at once, and a call has room for one: the one that customers buy."""
    monkeypatch.setattr("counterfoil.flows.pools._PAGE", 1)
    await house.counted(TEE="18", ZINC="18")
    house.gates(OUT, spend="expected-loss")
    await house.sold(order(1), order(2))  # each takes a TEE
    await house.round()
    await house.counted(TEE="2", ZINC="2")
    assert house.channel.shows["TEE@Online"] == 2
    assert house.channel.shows["ZINC@Online"] == 18
    await house.round()
    assert house.channel.shows["ZINC@Online"] == 2


async def test_what_the_channel_sold_itself_is_no_reason_to_tell_it_first(
    house: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel takes off what it sells: only what fell elsewhere is not shown there."""
    monkeypatch.setattr("counterfoil.flows.pools._PAGE", 1)
    await house.counted(TEE="18", ZINC="18")
    house.gates(OUT, spend="expected-loss")
    await house.sold(order(1))
    house.channel.shows["TEE@Online"] = 17
    house.office.free["ZINC", "MAIN"] = "2"
    await house.round()
    assert house.channel.shows["ZINC@Online"] == 2


async def test_a_day_has_so_many_calls(house: Counting) -> None:
    house.gates(OUT, spend="expected-loss", calls_a_day=1)
    for pieces in range(18, 8, -1):
        await house.counted(TEE=str(pieces))
    assert len(house.channel.calls) <= 2


async def test_what_is_scarce_is_shared_out_by_what_each_pools_customers_buy(
    house: Counting,
) -> None:
    gates = Gates(pools={"Online": ("MAIN",)}, scarce="share")
    market = msgspec.structs.replace(gates, pools={"Market": ("MAIN",)})
    lanes = [Lane("pools", "stock", HOUSE, "shop", gates),
             Lane("market", "stock", HOUSE, "office", market)]  # fmt: skip
    brought = house.home.into("stock")
    reckoner = Reckoner(house.home._replace(lanes=(*brought, *lanes)))
    now = house.stage.clock.now()
    for connection, purchases in ((1, 3000), (2, 1000)):
        await levels.sold(house.stage.database, connection, [("TEE", 2)] * purchases, now)

    async def shown(free: str) -> dict[str, int]:
        house.office.free["TEE", "MAIN"] = free
        house.stage.clock.pass_(1.0)
        await house.swept(INTO)
        await reckoner.reckon()
        rows = await levels.pools_of(house.stage.database, ["TEE"])
        return {row.pool: row.pieces for row in rows}

    assert await shown("18") == {"Online": 13, "Market": 4}
    assert await shown("100000") == {"Online": 100_000, "Market": 100_000}
    assert await shown("-3") == {"Online": 0, "Market": 0}


# --- what is not told, and why ---


async def test_a_place_that_nobody_has_named_blocks_its_pools_and_says_so(house: Counting) -> None:
    house.gates(INTO, places={"MAIN": "MAIN"})
    await house.counted(TEE="18", MUG="4")
    house.office.free["TEE", "9"] = "3"
    await house.counted(TEE="17")
    assert house.channel.shows == {"TEE@Online": 18, "MUG@Online": 4}
    assert await holds(house) == {"TEE at 9": "unmapped-place"}


async def test_it_goes_on_when_the_place_is_named_and_the_level_sent_again(house: Counting) -> None:
    house.gates(INTO, places={"MAIN": "MAIN"})
    house.office.free["TEE", "9"] = "3"
    await house.counted(TEE="17")
    house.gates(INTO, places={"MAIN": "MAIN", "9": "MAIN"})
    house.office.free["TEE", "9"] = "4"
    await house.round()
    await house.round()
    assert house.channel.shows == {"TEE@Online": 21}
    assert await holds(house) == {}


async def test_what_its_system_lists_no_more_is_shown_as_none(house: Counting) -> None:
    """A SKU is renamed at the office: what was counted under the old name is sold under the new."""
    await house.counted(TEE="18")
    house.office.free["SHIRT", "MAIN"] = house.office.free.pop(("TEE", "MAIN"))
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18, "SHIRT@Online": 18}
    assert (await counted(house, INTO)).phantom == ("TEE@MAIN",)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 0, "SHIRT@Online": 18}


async def test_what_is_gone_is_told_once_and_has_ended_then(house: Counting) -> None:
    await house.counted(TEE="18", MUG="4")
    house.office.free["SHIRT", "MAIN"] = house.office.free.pop(("TEE", "MAIN"))
    await house.round()
    first = await counted(house, INTO)
    assert (first.phantom, first.ended, first.balances) == (("TEE@MAIN",), (), False)
    for _ in range(2):
        sums = await counted(house, INTO)
        assert (sums.phantom, sums.ended) == ((), ("TEE@MAIN",))
        assert (sums.listed, sums.accounts, sums.balances) == (2, {"confirmed": 2}, True)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 0, "SHIRT@Online": 18, "MUG@Online": 4}
    house.office.free["TEE", "MAIN"] = house.office.free.pop(("SHIRT", "MAIN"))
    await house.round()
    await counted(house, INTO)
    sums = await counted(house, INTO)
    assert (sums.listed, sums.ended, sums.balances) == (2, ("SHIRT@MAIN",), True)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18, "SHIRT@Online": 0, "MUG@Online": 4}


async def test_what_is_listed_once_more_as_it_was_is_shown_again(house: Counting) -> None:
    await house.counted(TEE="18")
    del house.office.free["TEE", "MAIN"]
    await counted(house, INTO)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 0}
    await house.counted(TEE="18")
    assert (await counted(house, INTO)).phantom == ()
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18}


async def test_a_place_that_nobody_named_and_is_gone_blocks_nothing(house: Counting) -> None:
    house.gates(INTO, places={"MAIN": "MAIN"})
    house.office.free["TEE", "9"] = "3"
    await house.counted(TEE="17")
    assert house.channel.shows == {}
    del house.office.free["TEE", "9"]
    await counted(house, INTO)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 17}


async def test_a_place_that_counts_nowhere_on_purpose_blocks_nothing(house: Counting) -> None:
    house.gates(INTO, places={"MAIN": "MAIN", "9": ""})
    house.office.free["TEE", "9"] = "3"
    await house.counted(TEE="17")
    assert house.channel.shows == {"TEE@Online": 17}


async def test_nothing_is_told_while_what_came_in_is_old(house: Counting) -> None:
    await house.counted(TEE="18")
    house.gates(OUT, after=("levels",), fresh_s=60.0)
    await house.sold(order(1))
    house.stage.clock.pass_(61.0)
    with pytest.raises(Retry, match="levels of levels were last listed"):
        await house.swept(OUT)
    assert house.channel.shows == {"TEE@Online": 18}
    await house.round()
    assert house.channel.shows == {"TEE@Online": 17}


async def test_a_level_in_cases_is_told_in_pieces_or_is_held(house: Counting) -> None:
    house.office.unit = "case"
    await house.counted(TEE="2")
    assert await holds(house) == {"TEE at MAIN": "unknown-unit"}
    assert house.channel.shows == {}
    house.gates(INTO, units={"case": "12"})
    await house.counted(TEE="2.5")
    assert house.channel.shows == {"TEE@Online": 30}


async def test_one_bad_level_of_many_holds_itself_alone(house: Counting) -> None:
    house.channel.refuses = frozenset({"SKU-133"})
    await house.counted(**{f"SKU-{number}": "5" for number in range(250)})
    assert len(house.channel.shows) == 249
    assert await holds(house) == {"SKU-133 at Online": "bundle"}


async def test_what_is_kept_back_is_not_shown_until_its_time_is_over(house: Counting) -> None:
    await house.counted(TEE="18")
    until = later(house.stage.clock.now(), 3600.0).to_stdlib()
    async with house.stage.database.transaction() as unit:
        buffer = Buffer("TEE", "Online", 5, until, "a window display", "ada")
        await levels.keep_back(unit, buffer, house.stage.clock.now())
    await house.round()
    assert house.channel.shows == {"TEE@Online": 13}
    house.stage.clock.pass_(3600.0)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18}


async def test_two_places_are_one_pool_and_fractions_are_added_first(house: Counting) -> None:
    house.gates(OUT, pools={"Online": ("MAIN", "SHOP")})
    house.office.free["TAPE", "SHOP"] = "0.5"
    await house.counted(TAPE="3.5")
    assert house.channel.shows == {"TAPE@Online": 4}


async def test_an_order_that_is_left_out_takes_nothing(house: Counting) -> None:
    await house.counted(TEE="18")
    await house.sold(order(1, test=True))
    await house.swept(ORDERS)
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18}


# --- what is counted ---


async def test_the_round_of_the_pools_is_reckoned_anew_and_agrees(house: Counting) -> None:
    await house.counted(TEE="18", MUG="4")
    sums = await counted(house, OUT)
    assert (sums.listed, sums.missing, sums.phantom) == (2, (), ())


async def test_a_pool_that_is_blocked_is_not_gone(house: Counting) -> None:
    house.gates(INTO, places={"MAIN": "MAIN"})
    await house.counted(TEE="18", MUG="4")
    house.office.free["TEE", "9"] = "3"
    await house.counted(TEE="17")
    sums = await counted(house, OUT)
    assert (sums.listed, sums.missing, sums.phantom) == (2, (), ())


async def test_the_round_finds_a_pool_that_nobody_reckoned(house: Counting) -> None:
    """The listing is as blind as the table that it reads; the round reads the levels, and mends."""
    await house.counted(TEE="18")
    await house.stage.database._pool.execute("update level set available = 11")
    await house.round()
    assert house.channel.shows == {"TEE@Online": 18}
    await counted(house, OUT)
    assert house.stage.engine.fired["census-found-missing"] == 1
    await house.stage.work()
    assert house.channel.shows == {"TEE@Online": 11}


async def counted(house: Counting, number: int) -> Balance:
    """What the round of a route comes to."""
    (sums,) = await round_of_all(house.stage.engine, [house.stage.engine.routes[number]])
    return sums


async def holds(house: Counting) -> dict[str, str]:
    """By its number why each record is held."""
    rows = await house.stage.database._pool.fetch(
        "select r.number, h.cause from hold h join record r on r.id = h.record"
        " where h.closed_at is null order by r.number"
    )
    return {row["number"]: row["cause"] for row in rows}

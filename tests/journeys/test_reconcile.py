"""Payouts go from the shop into the books once, and are held against the orders that they pay."""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

import pytest
from payday import BANK, CLEARING, Payday, payday

from counterfoil.surfaces.desk import reconcile
from counterfoil.surfaces.desk.reconcile import Two
from counterfoil.twins.shopify.settlement import Happening
from counterfoil.values.errors import Misconfigured

BOTH = Two("payouts", "orders")


@pytest.fixture
async def house(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Payday]:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    async with payday(migrated_database, tmp_path) as made:
        yield made


async def test_a_payout_is_posted_once_and_leaves_the_clearing_account_at_zero(
    house: Payday,
) -> None:
    tee, mug = house.sell(1, 6065), house.sell(2, 1200)
    rows = [Happening("CHARGE", 6065, 112, order=tee), Happening("CHARGE", 1200, 48, order=mug),
            Happening("REFUND", -1200, order=mug), Happening("RESERVED_FUNDS", -500)]  # fmt: skip
    key = str(house.shop.payments.pay_out(rows))
    await house.moved()
    assert await house.states() == {key: "confirmed"}
    trade = Decimal("60.65")
    assert trade + house.at(CLEARING) == 0
    assert house.at(BANK) == Decimal("54.05")
    await house.moved()
    assert house.at(BANK) == Decimal("54.05"), "run again, nothing is due"


async def test_one_on_its_way_waits_and_goes_when_it_is_paid(house: Payday) -> None:
    key = house.shop.payments.pay_out([Happening("CHARGE", 6065, 112)], "IN_TRANSIT")
    await house.moved()
    assert await house.states() == {str(key): "waiting"}
    assert house.at(BANK) == 0
    house.shop.payments.befall(key, "PAID")
    await house.moved()
    assert await house.states() == {str(key): "confirmed"}


async def test_one_that_does_not_sum_is_held_and_posted_when_it_is_whole(house: Payday) -> None:
    key = house.shop.payments.pay_out([Happening("CHARGE", 6065, 112)], off=21)
    await house.moved()
    assert await house.states() == {str(key): "held"}
    assert await house.causes() == ["payout-differs"]
    assert house.at(BANK) == 0
    now_s = int(house.clock.now().timestamp())
    house.shop.payments.add(key, Happening("RESERVED_FUNDS_REVERSAL", 21), now_s)
    await house.moved()
    assert await house.states() == {str(key): "confirmed"}
    assert house.at(BANK) == Decimal("59.74")


async def test_what_was_paid_out_of_each_order_is_told(house: Payday, tmp_path: Path) -> None:
    tee, mug, cap = house.sell(1, 6065), house.sell(2, 1200), house.sell(3, 900)
    rows = [Happening("CHARGE", 6065, 112, order=tee)]
    rows += [Happening("CHARGE", 1200, 48, order=mug)] * 2
    rows += [Happening("CHARGE", 50, order=999)]
    key = str(house.shop.payments.pay_out(rows))
    await house.moved()
    desk = house.desk
    told = await reconcile.run(desk, BOTH)
    assert (told.payouts, told.orders, told.alike, told.others, told.explained) == (1, 3, 1, 2, 2)
    assert (told.open, told.open_minor, told.unread) == (1, {"GBP": 900}, 0)
    assert told.currencies["GBP"].unexplained_minor == 0
    missing, twice = await reconcile.show(desk, BOTH)
    assert (missing.key, missing.kind, missing.causes[0].cause) == ("999", "missing", "missing")
    assert (twice.key, twice.causes[0].cause) == (str(mug), "duplicate")
    explained = await reconcile.explain(desk, BOTH, key)
    assert explained.payout is not None
    assert explained.payout.left_minor == 0
    assert len(explained.tied) == 3
    assert [row.key for row in (await reconcile.explain(desk, BOTH, str(mug))).tied] == [str(mug)]
    written = await reconcile.export(desk, BOTH, tmp_path / "lines.csv")
    with written.path.open(newline="") as file:
        lines = [*csv.DictReader(file)]
    assert len(lines) == written.lines == 3
    assert {line["difference"] for line in lines} == {"0.00", "12.00", "0.50"}
    assert str(cap) not in {line["order"] for line in lines}


@pytest.mark.parametrize("two", [Two("orders", "payouts"), Two("nothing", "orders")])
async def test_routes_of_something_else_are_refused(house: Payday, two: Two) -> None:
    with pytest.raises(Misconfigured):
        await reconcile.run(house.desk, two)


async def test_a_number_that_nobody_has_is_told(house: Payday) -> None:
    with pytest.raises(Misconfigured, match="no payout and no order '7'"):
        await reconcile.explain(house.desk, BOTH, "7")

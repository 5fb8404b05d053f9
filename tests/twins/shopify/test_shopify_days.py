"""Days with their nights: what a shop pays back, and what its provider makes payouts of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from shopify_calls import World, sale

from counterfoil.twins.kit.sale.events import PAID_BACK
from counterfoil.twins.kit.sale.life import sent
from counterfoil.twins.shopify.profile import Calendar

DAY_S, DAYS, ORDERS = 100.0, 3, 60


@pytest.fixture(params=["none", "hostile"])
async def world(request: pytest.FixtureRequest) -> World:
    """A shop after three days and all that came of them; goods leave at once."""
    made = World(faults=request.param, calendar=Calendar(DAYS, DAY_S))
    made.twin.load_plan(
        sale(number, at_s=number * DAY_S * DAYS / ORDERS) for number in range(ORDERS)
    )
    for _ in range(DAYS * 20):
        await made.trade(DAY_S / 10)
        for order in made.twin.shop.every(0, ORDERS):
            if not order.sent:
                made.twin.trade.change(order.id, sent())
    return made


def entries(world: World) -> Iterator[tuple[str, int, str]]:
    """The order, the amount and the payout of each payment and repayment."""
    for entry in world.twin.book("account"):
        yield entry.reference, entry.measure.amount, str(entry.facts["account"])


async def test_everything_that_moved_is_an_entry_once(world: World) -> None:
    owed = Counter[str]()
    for order in world.twin.shop.every(0, ORDERS):
        for payment in order.payments:
            if (payment.gateway, payment.status) == ("shopify_payments", "SUCCESS"):
                sign = -1 if payment.kind == "REFUND" else 1
                owed[str(order.id)] += sign * payment.amount_minor
    found = Counter[str]()
    for order_id, amount, _ in entries(world):
        found[order_id] += amount
    assert found == owed


async def test_money_goes_back_in_every_way(world: World) -> None:
    befell = (await world.report())["befell"]
    assert befell.keys() >= PAID_BACK.keys()
    states = {state for row in world.twin.book("refund") for state in row.facts["states"]}  # type: ignore[union-attr]
    assert states == {"SUCCESS", "FAILURE"}


async def test_a_payout_is_what_its_entries_come_to(world: World) -> None:
    nets: dict[str, int] = defaultdict(int)
    for item in world.twin.payments.items("balanceTransactions", {}):
        row: dict[str, Any] = dict(item)
        payout = row["associatedPayout"]["id"]
        if payout and row["type"] != "TRANSFER":
            nets[payout.rpartition("/")[2]] += row["net"][0]
    payouts = {entry.key: entry for entry in world.twin.book("settlement")}
    paid = {key for key, entry in payouts.items() if entry.facts["status"] == "PAID"}
    assert len(paid) >= DAYS
    assert {key: payouts[key].measure.amount for key in paid} == {key: nets[key] for key in paid}
    assert paid == {payout for _, _, payout in entries(world) if payout}
    statuses = Counter(entry.facts["status"] for entry in payouts.values())
    assert statuses["SCHEDULED"] == 0


async def test_what_came_after_the_last_night_waits(world: World) -> None:
    assert any(not payout for _, _, payout in entries(world))
    assert (await world.report())["pending"] == 0


async def test_a_shop_without_days_pays_nothing_by_itself() -> None:
    world = World()
    world.place(*(sale(number) for number in range(20)))
    await world.trade(500.0)
    assert [*world.twin.book("refund"), *world.twin.book("settlement")] == []


async def test_a_shop_that_was_killed_pays_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path, world = str(tmp_path_factory.mktemp("shop") / "shop.db"), None
    for _ in range(12):
        world = World(path=path, clock=world.clock if world else None, calendar=Calendar(2, 40.0))
        world.twin.load_plan(sale(number, at_s=number * 2.0) for number in range(40))
        await world.trade(12.0)
    assert world is not None
    charges = Counter(row for row in entries(world) if row[1] > 0)
    assert len(charges) == charges.total() == 40

"""The twin by itself: bad days end with every order once, and it misbehaves only where it says."""

from __future__ import annotations

import random

import pytest

from counterfoil.kit.connector import Partly, Written
from counterfoil.twins.kit.faults import Weather
from counterfoil.values.errors import Hold, Retry, Settle
from tests.connectors.peoplevox.peoplevox_stage import sold
from tests.connectors.peoplevox.peoplevox_world import World, differing, world


async def ended(at: World, number: int) -> bool:
    """Write until an order is wholly there (True), or a person has to do with it."""
    intent = at.target.compose(sold(number))
    for _ in range(20):
        try:
            (answer,) = await at.target.write([intent])
        except Retry as again:
            at.clock.move(again.after_s)
        except Settle:
            at.clock.move(5.0)
        else:
            assert isinstance(answer, (Written, Partly, Hold))
            return isinstance(answer, Written)
    raise AssertionError("an order that never ends")


async def test_on_bad_days_every_order_lands_once_or_is_a_persons() -> None:
    at = world(Weather("hostile"), settings={"page_size": 100})
    whole = [number for number in range(1, 200) if await ended(at, number)]
    report = at.twin.report()
    assert report.duplicates == 0
    assert all(count for count in report.faults.values()), report.faults
    assert len(whole) >= 199 - report.faults["lines_failed"] - report.faults["row_refused"]
    at.twin.calm()
    for number in whole:
        intent = at.target.compose(sold(number))
        assert differing(intent, await at.seen(intent.reference)) == {}


async def test_the_same_order_again_changes_nothing() -> None:
    at = world()
    for _ in range(2):
        await ended(at, 1)
    assert at.twin.report().orders == 1
    assert len([*at.twin.book("order")]) == 1


async def test_what_is_too_wide_is_cut_without_a_word() -> None:
    at, order = world(), random.Random(1)
    key = "".join(order.choice("0123456789") for _ in range(40))
    cells = {"SalesOrderNumber": key, "Email": "a@example.com", "ContactName": "Ada",
             "TotalSale": "1.00", "CreatedDate": "2026-10-05 10:00:00", "PaymentMethod": "1",
             "ServiceType": "DPD-ND", "ChannelName": "Shop"}  # fmt: skip
    at.twin.orders.save("Sales orders", cells, 0)
    (entry,) = at.twin.book("order")
    assert entry.reference == key[:30]


async def test_more_than_fifteen_calls_in_fifteen_seconds_are_refused() -> None:
    at = world(calls=15)
    for _ in range(6):  # two calls each, after the three that sign in and read two more templates
        await at.session.probe()
    with pytest.raises(Retry):
        await at.session.probe()
    assert at.twin.report().over_limit == 1
    at.clock.move(15.0)
    await at.session.probe()

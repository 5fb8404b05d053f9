"""Products out of OrderWise: what the contract suite does not ask of every system."""

from __future__ import annotations

from collections import Counter

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.contract import at_stage
from counterfoil.values.clock import instant, later, seconds_between
from tests.connectors.orderwise.orderwise_stage import stage


async def test_what_is_made_in_the_hour_that_exists_twice_is_counted_once() -> None:
    """The clocks go back at 01:00 UTC: what was made before and after it has the same local hour,
    and each of the windows of a census lies at the change."""
    with at_stage(CONNECTOR, stage) as case:
        goods, source = case.stage.senders["product"], case.open().source("product")
        change = instant("2027-10-31T01:00:00Z")
        made = list[str]()
        for minutes in (-80, -50, -20, 5, 35, 70):
            moment = later(change, 60.0 * minutes)
            case.clock.move(seconds_between(case.clock.now(), moment))
            made.append(goods.add())
        counted: Counter[str] = Counter()
        for hours in range(-2, 2):
            start = later(change, 3600.0 * hours)
            page = await source.census(start, later(start, 3600.0), None)
            counted.update(row.key for row in page.listed)
        assert {key: counted[key] for key in made} == dict.fromkeys(made, 1)

"""The warehouse behind an OrderWise: whatever befalls goods, what was ordered leaves in the end."""

from __future__ import annotations

import random
from collections import Counter

import msgspec
import pytest

from counterfoil.twins.kit.faults import Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from counterfoil.twins.orderwise.fulfilment import MISHAPS
from counterfoil.twins.orderwise.order import OrderDesk
from tests.twins.orderwise.conftest import StandingClock

LINES = {"TEE": 3, "CAP": 1, "MUG": 5}


def made(**rates: float) -> tuple[OrderWiseTwin, StandingClock]:
    clock = StandingClock()
    besides = {name: Fault(MISHAPS[name].text, 0.0, rate) for name, rate in rates.items()}
    site = Site(despatches=True, pick_s=(1.0, 5.0))
    weather = Weather("hostile" if rates else "none", {}, besides)
    return OrderWiseTwin(Memory(), clock, random.Random(3), weather, site), clock


def ordered(twin: OrderWiseTwin, count: int = 20) -> None:
    desk = OrderDesk(Site(), twin.state.variant)
    for number in range(count):
        rows = [
            {"itemNumber": at, "variantCode": code, "quantity": pieces, "itemGross": 100,
             "taxRateId": 1, "calculateLineSystemPrice": False}
            for at, (code, pieces) in enumerate(LINES.items(), 1)
        ]  # fmt: skip
        body = {
            "customer": {"id": 1044},
            "orderHeader": {
                "orderDate": "2026-10-05T09:00:00", "eCommerceOrderNumber": str(5000 + number),
            },
            "customerDeliveryAddress": {"deliveryName": "Ada"},
            "orderLines": rows,
        }  # fmt: skip
        landed = twin.state.land(desk.read("12", msgspec.json.encode(body)), "2026-10-05T09:00:00")
        twin.warehouse.expect(landed.order_id)


def through(twin: OrderWiseTwin, clock: StandingClock) -> None:
    for _ in range(10_000):
        if not twin.report().pending:
            return
        clock.elapsed_s += 1.0
        twin.catch_up()
    raise AssertionError("there is no end of it")


@pytest.mark.parametrize(
    "rates", [{}, {"part_shipped": 0.5, "short_pick": 0.5, "several_parcels": 0.3},
              {"late_tracking": 0.5, "corrected": 0.3, "voided": 0.3}],
)  # fmt: skip
def test_what_was_ordered_leaves_once_in_the_end(rates: dict[str, float]) -> None:
    twin, clock = made(**rates)
    ordered(twin)
    through(twin, clock)
    left: dict[str, Counter[str]] = {}
    for entry in twin.book("fulfilment"):
        units = left.setdefault(entry.reference, Counter())
        if not entry.facts["void"]:
            units.update(entry.facts["units"])  # type: ignore[arg-type]
            assert entry.facts["tracking"], "every parcel is followed in the end"
    assert list(left) == [str(5000 + number) for number in range(20)] or len(left) == 20
    assert all(units == LINES for units in left.values())
    assert {name for name, count in twin.report().befell.items() if count} == set(rates)


def test_a_site_that_despatches_nothing_does_nothing() -> None:
    twin, clock = made()
    quiet = OrderWiseTwin(Memory(), clock, random.Random(3), Weather(), Site())
    ordered(quiet)
    assert quiet.report().pending == 0
    assert list(quiet.book("fulfilment")) == []
    del twin

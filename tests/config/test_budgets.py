"""The limits of an account: the vendor's, ours for what can wait, and the account's own word."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from counterfoil.app import ProcessContext, furnish
from counterfoil.config import Config, Connection
from counterfoil.config.shape import Budget, Estate, File, Map
from counterfoil.connectors import orderwise
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Plan
from counterfoil.kit import setup
from counterfoil.kit.manifest import Limit
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import BACKGROUND, BACKGROUND_RATE
from counterfoil.store.keys import Keys
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import Misconfigured


def limited(**limits: Budget) -> dict[str, Limit]:
    one = Connection("orderwise", "https://office.example", limits=limits)
    return setup.limits(one.account("office"), orderwise.CONNECTOR.manifest)


def test_an_account_that_says_nothing_has_the_manifest_s_limits_and_a_pace_for_what_can_wait() -> (
    None
):
    assert limited() == {**orderwise.CONNECTOR.manifest.limits, BACKGROUND: BACKGROUND_RATE}


def test_an_account_s_own_word_replaces_each_of_them() -> None:
    found = limited(slots=Budget(4), patient=Budget(10, 100.0))
    assert found["slots"] == Limit("slots", 4, "this account's own")
    assert found[BACKGROUND] == Limit("rate", 10, "this account's own", 100.0)
    assert found["calls"] == orderwise.CONNECTOR.manifest.limits["calls"]


def test_a_limit_that_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(Misconfigured, match="OrderWise has no limit 'call'") as said:
        limited(call=Budget(8, 8.0))
    assert said.value.do == "Did you mean 'calls'?"
    assert said.value.where == "connections.office.limits.call"


@pytest.mark.parametrize(
    ("bucket", "own"),
    [
        ("calls", Budget(8)),
        ("calls", Budget(0, 8.0)),
        ("calls", Budget(8, -1.0)),
        ("calls", Budget(8, math.nan)),
        ("calls", Budget(8, math.inf)),
        ("slots", Budget(0)),
        ("slots", Budget(2, 1.0)),
        (BACKGROUND, Budget(1, 0.0)),
    ],
)
def test_a_limit_that_would_let_nothing_through_for_ever_is_a_mistake(
    bucket: str, own: Budget
) -> None:
    with pytest.raises(Misconfigured, match="is no limit"):
        limited(**{bucket: own})


def test_an_empty_bucket_is_full_again_after_its_size_over_its_pace() -> None:
    assert Limit("rate", 100, "a quota of a minute", 100 / 60).refill_s == pytest.approx(60)
    assert Limit("slots", 8, "calls at once").refill_s == 0


async def test_a_route_waits_for_the_slowest_bucket_of_its_source(migrated_database: str) -> None:
    shop = Connection(
        "shopify",
        "https://shop.myshopify.com",
        secrets={"access_token": "env:TOKEN"},
        limits={"cost": Budget(6000, 100.0)},
    )
    office = Connection(
        "orderwise",
        "https://office.orderwisecloud.com",
        secrets={"user": "env:TOKEN", "password": "env:TOKEN"},
        settings={
            "session_id": 12, "customer_id": 1, "orders_definition": 1, "lines_definition": 2,
            "tax_map": {"0": 2},
        },
    )  # fmt: skip
    file = File(Estate("gifts"), {"shop": shop, "office": office}, {"delivery": Map({})})
    plan = Plan("order", "shop", "office", "operations")
    config = Config(
        Path("/nowhere"), file, {"orders": plan}, {"TOKEN": "t", "DATABASE_URL": migrated_database}
    )
    store, clock = await Database.open(migrated_database), SystemClock()
    process = ProcessContext(
        "w1", clock, random.Random(1), LocalQueue(clock), Sockets(), Keys(b"k" * 32)
    )
    house = await furnish(config, store, Server.at(Path("/nowhere")), process)
    await house.close()
    assert house.engine.route("orders").refill_s == 60.0

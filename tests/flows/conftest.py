"""An engine on a real database, between a shop and an office that are in memory."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
from ends import Office, Shop
from flow_stage import HandClock, Stage

from counterfoil.flows.engine import Engine
from counterfoil.flows.queue import LocalQueue
from counterfoil.flows.route import Plan, Route
from counterfoil.kit.manifest import Carries
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence


@pytest.fixture
async def stage(migrated_database: str) -> AsyncIterator[Stage]:
    clock = HandClock()
    store = await Database.open(migrated_database)
    shop, office = Shop(), Office()
    for name in ("shop", "office"):
        await store.run("name_connection", name)
    plan = Plan("order", "shop", "office", "operations", switch="on", settle_s=30.0)
    await store.run("name_route", "orders", "on", clock.now().to_stdlib())
    carries = Carries(("write", "read"), "a test", in_doubt="C", batch=1, reads=250)
    route = Route(1, "orders", plan, shop, office, carries, 1, 2)
    engine = Engine(
        store, clock, random.Random(7), Sequence(store), LocalQueue(clock), {1: route}, "w1"
    )
    yield Stage(engine, route, shop, office, clock, store)
    await store.close()

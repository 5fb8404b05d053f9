"""What a test of the flows holds in its hands: an engine, its two ends, and a clock."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import msgspec
from ends import Office, Shop

from counterfoil.flows.engine import Engine
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Plan, Route
from counterfoil.flows.work import work
from counterfoil.kit.manifest import Carries
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.values.clock import Instant, SystemClock, later, seconds_between
from counterfoil.values.ids import PageId


class HandClock(SystemClock):
    """A clock that a test moves by hand; where all that is left to do is wait, it moves itself.

    A long wait is left alone for a while first: it may belong to a background that is ended when
    the work beside it is done. Where a test has none (`alone`), no wait takes real time.
    """

    def __init__(self) -> None:
        self.alone = False
        self.moment = Instant.parse_iso("2026-11-02T12:00:00Z")
        self.passed = 0.0
        self.awaited: list[Instant] = []

    def now(self) -> Instant:
        return self.moment

    def monotonic(self) -> float:
        return self.passed

    def pass_(self, seconds: float) -> None:
        self.moment = later(self.moment, seconds)
        self.passed += seconds

    async def sleep(self, seconds: float) -> None:
        target = later(self.moment, seconds)
        self.awaited.append(target)
        try:
            while self.moment < target:
                await asyncio.sleep(0.002 if seconds <= 1 or self.alone else 0.3)
                if self.moment < target and target == min(self.awaited):
                    self.pass_(seconds_between(self.moment, target))
        finally:
            self.awaited.remove(target)


@dataclass
class Stage:
    """Everything a test of the flows holds in its hands."""

    engine: Engine
    route: Route
    shop: Shop
    office: Office
    clock: HandClock
    database: Database

    async def work(self, rounds: int = 8) -> None:
        """Do what is due, as a worker would; the clock stands still."""
        for _ in range(rounds):
            rows = await self.database.rows("idle_pages", self.clock.now().to_stdlib(), 0, 1000)
            if not rows:
                return
            for row in rows:
                await work(self.engine, PageId(row["id"]))

    async def states(self) -> dict[str, str]:
        """The state of the newest version of each order, by its number."""
        from counterfoil.ledger.account import State

        found = await self.database._pool.fetch(  # the test's own eyes
            "select r.number, r.state from thread t join record r on r.id = t.newest"
        )
        return {row["number"]: State(row["state"]).word for row in found}

    def again(self, **changes: object) -> Route:
        """The same route with other promises."""
        plan = msgspec.structs.replace(self.route.plan, **changes)
        self.route = msgspec.structs.replace(self.route, plan=plan)
        self.engine.routes = {self.route.id: self.route}
        return self.route


async def staged(store: Database) -> Stage:
    """A stage on this database, which is brought up to date."""
    clock = HandClock()
    await schema.upgrade(store, clock)
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
    return Stage(engine, route, shop, office, clock, store)

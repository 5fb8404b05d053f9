"""Levels on their way: an office that counts, the house between, and a shop that sells by pools.

Orders go from the shop to the office beside them, so that something is in the pipe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from flow_stage import Stage

from counterfoil.flows.feed import feeds
from counterfoil.flows.home import Home, Lane
from counterfoil.flows.house import opened
from counterfoil.flows.levels import CARRIES
from counterfoil.flows.route import HOUSE, Plan, Route
from counterfoil.flows.sweep import sweep_feed
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import CensusPage, Intent, Listed, Listing, Reading, Seen, Written
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import made
from counterfoil.model.order import Order
from counterfoil.model.stock import Stock
from counterfoil.store import connections
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import CounterfoilError, Hold

COUNTED = Carries(("read", "since", "census"), "a test", versions="digest")
SHOWN = Carries(
    ("read", "write"), "a test", in_doubt="A", batch=250, reads=250, manner="level", partial="all"
)
ORDERS = 1
INTO = 2
OUT = 3


@dataclass
class Counted:
    """The office's own count: free pieces by SKU and spot, read anew at every listing."""

    clock: Clock
    free: dict[tuple[str, str], str] = field(default_factory=dict)
    unit: str = "each"

    def _reading(self, sku: str, spot: str, free: str, at: Instant) -> Reading[Stock]:
        level = Stock(sku, spot, made(at), Decimal(free), "sellable", unit=self.unit)
        return reading_of(level, json.dumps([sku, spot, free, self.unit]).encode())

    def reread(self, source: bytes, at: Instant) -> Reading[Stock]:
        sku, spot, free, _ = json.loads(source)
        return self._reading(sku, spot, free, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Stock]]:
        listing = await self.since(None, None)
        return [reading for reading in listing.readings if reading.key in keys]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Stock]:
        now = self.clock.now()
        readings = (self._reading(*key, free, now) for key, free in sorted(self.free.items()))
        return Listing(tuple(readings), None, made(now))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        listing = await self.since(None, None)
        rows = (
            Listed(one.key, one.number, one.version, one.version, pieces=one.pieces)
            for one in listing.readings
        )
        return CensusPage(tuple(rows), None)


@dataclass
class Channel:
    """What the shop shows, by SKU and pool, and every call that told it. `refuses` are SKUs that it
    will not have; one of them, and all of its call is refused."""

    shows: dict[str, int] = field(default_factory=dict)
    calls: list[dict[str, int]] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()
    problem: CounterfoilError | None = None

    def compose(self, document: Stock) -> Intent:
        pieces = int(document.on_hand)
        payload = json.dumps([document.key, pieces]).encode()
        return Intent(document.key, payload, {"available": pieces})

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        if self.problem is not None:
            raise self.problem
        told = dict(json.loads(intent.payload) for intent in intents)
        self.calls.append(told)
        if self.refuses & {key.rpartition("@")[0] for key in told}:
            raise Hold("A bundle has no stock of its own.", code="bundle")
        self.shows |= told
        return [Written(key) for key in told]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            key: (Seen(key, key, {"available": self.shows[key]}),)
            for key in references
            if key in self.shows
        }


@dataclass
class Counting:
    """Three routes: orders from the shop to the office, its levels here, pools to the shop."""

    stage: Stage
    office: Counted
    channel: Channel
    home: Home

    async def swept(self, *routes: int) -> int:
        """List what these routes bring, and do what is due."""
        new = 0
        engine = self.stage.engine
        for number in routes:
            (feed,) = feeds([engine.routes[number]])
            rows = await self.stage.database._pool.fetch(
                "select mark from cursor where route = $1 and task = 'test'", number
            )
            mark = rows[0]["mark"] if rows else None
            reached, found = await sweep_feed(engine, feed, {number: mark})
            await self.stage.database._pool.execute(
                "insert into cursor (route, task, mark) values ($1, 'test', $2)"
                " on conflict (route, task) do update set mark = $2",
                number, reached[number],
            )  # fmt: skip
            new += found
            await self.stage.work()
        return new

    async def counted(self, **free: str) -> None:
        """The office counts so many of each SKU in MAIN, and everybody hears of it."""
        self.office.free |= {(sku, "MAIN"): amount for sku, amount in free.items()}
        await self.round()

    async def round(self) -> None:
        """A second later what came in and what goes out is listed and done."""
        self.stage.clock.pass_(1.0)
        await self.swept(INTO, OUT)

    async def sold(self, *orders: Order) -> None:
        """The shop sells; its orders are captured, and not sent yet."""
        self.stage.shop.put(*orders)
        (feed,) = feeds([self.stage.engine.routes[ORDERS]])
        await sweep_feed(self.stage.engine, feed, {})

    def gates(self, number: int, **gates: object) -> None:
        """Other gates for a route, as its file would say them."""
        routes = self.stage.engine.routes
        lanes = {route.name: route.plan for route in routes.values()}
        plan = lanes[routes[number].name]
        changed = msgspec.structs.replace(plan.gates, **gates)
        self._lay({**lanes, routes[number].name: msgspec.structs.replace(plan, gates=changed)})

    def _lay(self, plans: Mapping[str, Plan]) -> None:
        lanes = tuple(Lane.of(name, plan) for name, plan in plans.items())
        self.home = self.home._replace(lanes=lanes)
        self.stage.engine.routes = routes_of(
            self.stage, self.home, plans, self.office, self.channel
        )


def routes_of(
    stage: Stage, home: Home, plans: Mapping[str, Plan], office: Any, channel: Any
) -> dict[int, Route]:
    orders = msgspec.structs.replace(stage.route, claims=True)
    into, out = (opened(home, Lane.of(name, plans[name])) for name in ("levels", "pools"))
    house = home.numbers[HOUSE]
    return {
        ORDERS: orders,
        INTO: Route(
            INTO, "levels", plans["levels"], office, into.target("stock"), CARRIES, 2, house,
            source_carries=COUNTED,
        ),
        OUT: Route(
            OUT, "pools", plans["pools"], out.source("stock"), channel, SHOWN, house, 1,
            source_carries=CARRIES,
        ),
    }  # fmt: skip


async def counting(stage: Stage) -> Counting:
    """The routes, laid; whatever they wait for, they wait in no real time."""
    stage.clock.alone = True
    await connections.add(stage.database, HOUSE)
    numbers = await connections.ids(stage.database)
    plans = {
        "orders": stage.route.plan,
        "levels": Plan("stock", "office", HOUSE, "stores", switch="on"),
        "pools": Plan(
            "stock", HOUSE, "shop", "stores", switch="on", gates={"pools": {"Online": ["MAIN"]}}
        ),
    }
    for name in ("levels", "pools"):
        await stage.database.run("name_route", name, "on", stage.clock.now().to_stdlib())
    routes = {"orders": ORDERS, "levels": INTO, "pools": OUT}
    home = Home(stage.database, stage.clock, (), numbers, routes)
    made_ = Counting(stage, Counted(stage.clock), Channel(), home)
    made_._lay(plans)
    return made_

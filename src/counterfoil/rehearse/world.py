"""A world: the unmodified house between two twins, on one seed, from first sale to last count.

First chaos, in which only safety is judged; then calm, in which everything must drain. Workers
are processes of the simulation: they stop past their leases, and die anywhere, also at a named
crash point; what the database and the twins hold outlives them.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import asyncpg
import msgspec
import structlog

from counterfoil.app import House, furnish
from counterfoil.config.shape import Budget, Config, Connection, Estate, File, Map
from counterfoil.flows import timer
from counterfoil.flows.hands import Hands
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.queue import LocalQueue
from counterfoil.flows.route import Plan
from counterfoil.flows.work import work
from counterfoil.rehearse.line import Killed, Line, LineDatabase, Trouble
from counterfoil.rehearse.loop import PROCESS, Process, WorldLoop
from counterfoil.rehearse.passage import Letterbox, Mishaps, Passage
from counterfoil.rehearse.recipe import Recipe, catalogue
from counterfoil.rehearse.shop import SHIPPING_TITLES
from counterfoil.rehearse.trade import trade
from counterfoil.rehearse.variety import varied
from counterfoil.rehearse.watch import Watch
from counterfoil.store.server import Server
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.twins.shopify import Pace, Profile, ShopifyTwin
from counterfoil.twins.shopify import Site as ShopSite
from counterfoil.twins.shopify.faults import UNMAPPED_SHIPPING
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import CounterfoilError

EPOCH = Instant.from_utc(2026, 11, 3)
"""When every world begins."""
DRAIN_S = 7_200.0
"""Within this time after the chaos everything must be at rest."""
CORE_S = 20.0
"""A world that has not ended after so many seconds of core time never will."""

SECRETS = {
    "SHOP_CLIENT": "rehearsal",
    "SHOP_SECRET": "a secret of the shop",
    "OFFICE_USER": "counterfoil",
    "OFFICE_PASSWORD": "a secret of the office",
}
"""What opens the vendors' doors in a world."""
_SHOP, _OFFICE = "shop.myshopify.com", "office.orderwisecloud.com"
_TIMEOUT_S = 4.0
_HOUSE = "https://house.example/hooks/shop"
_TOPICS = ("orders/create", "orders/updated")
_LOOK_S = 5.0
_TAIL_S = (4.0, 20.0)  # how long the chaos outlasts what the recipe says
_BACK_S = (0.5, 6.0)  # how long a killed worker stays away
_MOST_LINES = 4
_BASKETS = 250
_FIRST_NUMBER = 100_001
_AT_ONCE = 8


class WorldClock:
    """The clock of a world: the loop's, from the same morning on in every world."""

    def __init__(self, loop: WorldLoop) -> None:
        self._loop = loop

    def now(self) -> Instant:
        return later(EPOCH, self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


@dataclass
class Worker:
    """A process of the house: door, worker and timers, as `counterfoil up` runs them."""

    house: House
    process: Process
    context: Context
    app: Any
    intake: Intake
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])


class World:
    """One seed's world. `reached` counts what went wrong, `fired` which guards acted, `broke`
    tells what no handler of the house foresaw, `said` is what the house logged."""

    def __init__(
        self, recipe: Recipe, loop: WorldLoop, dsn: str, *, core_s: float = CORE_S
    ) -> None:
        loop.allow(core_s)
        self.recipe = recipe
        self.loop = loop
        self.clock = WorldClock(loop)
        self.reached: Counter[str] = Counter()
        self.fired: Counter[str] = Counter()
        self.broke: list[str] = []
        self.said: list[str] = []
        self.calm_at: Instant | None = None
        self.drain_s = DRAIN_S
        self.drained_s = -1.0
        self.watch = Watch(self.clock)
        self._dsn = dsn
        self._chance = random.Random(f"world|{recipe.seed}")
        self._outside = copy_context()
        self.workers: list[Worker] = []
        self._gone: list[Worker] = []
        self._started = 0
        self.mishaps = Mishaps(self._own(), recipe.rates, self.reached)
        self.trouble = Trouble(self._own(), recipe.database, self.reached)
        letters = Letterbox(self._own(), self.mishaps, self._doors)
        self.shop = _shop(recipe, self.clock, self._own(), letters)
        self.office = _office(recipe, self.clock, self._own())
        self._passage = Passage(
            {
                _SHOP: self.watch.around(self.shop.app),
                _OFFICE: self.watch.around(self.office.app),
            },
            self.mishaps,
            self._outside,
        )
        self.line: Line | None = None
        self.shop.load_plan(self._varied(_sales(recipe)))
        if recipe.listening:
            self.shop.listen(_TOPICS, _HOUSE)

    # --- the run ---

    async def run(self, main: asyncpg.Connection, aside: asyncpg.Connection) -> None:
        """From the first sale until everything is at rest, or two hours after the calm began."""
        self.loop.set_exception_handler(self._unforeseen)
        self.line = Line(self.loop, main, aside, self.trouble)
        trade_ = asyncio.ensure_future(self.shop.run())
        for _ in range(self.recipe.workers):
            await self.start()
        gremlins = [asyncio.ensure_future(one()) for one in (self._pausing, self._killing)]
        chaos_s = self.recipe.spread_s + self.recipe.linger_s
        await asyncio.sleep(chaos_s + self._chance.uniform(*_TAIL_S))
        for gremlin in gremlins:
            gremlin.cancel()
        await self.calm()
        await self._drain()
        trade_.cancel()

    async def calm(self) -> None:
        """Nothing goes wrong from now on, and everybody is awake."""
        self.calm_at = self.clock.now()
        self.mishaps.calm()
        self.trouble.calm()
        self.shop.calm()
        self.office.calm()
        for worker in self.workers:
            self.loop.go_on(worker.process)
        self._line.look()
        while len(self.workers) < self.recipe.workers:
            await self.start()

    async def end(self) -> None:
        """Let every process go, dead ones too; nothing of them reaches the database any more."""
        everyone = [*self.workers, *self._gone]
        for worker in everyone:
            worker.process.dead = True
            self.fired.update(worker.house.engine.fired)
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        for worker in everyone:
            self.loop.release(worker.process)
        self._line.closed = True
        if tasks:
            await asyncio.wait(tasks, timeout=60.0)

    async def replayed(self) -> list[str]:
        """Every message of the inbox once more: what any of them changed."""
        worker = self.workers[0]
        connected = worker.house.connections["shop"]
        rows = await self._line.call(
            lambda: self._line.aside.fetch("select topic, number, body from inbox order by id")
        )
        routes = tuple(worker.house.engine.routes.values())
        messages = [
            Message(connected.id, row["topic"], row["number"], row["body"], routes) for row in rows
        ]
        taken = await asyncio.gather(*(worker.intake.take(one) for one in messages))
        return [f"message {at} was {one}" for at, one in enumerate(taken) if one != "known"]

    # --- workers ---

    async def start(self) -> Worker:
        """A new worker comes up."""
        self._started += 1
        process = Process(f"worker-{self._started}")
        context = self._outside.copy()
        context.run(PROCESS.set, process)
        task = self.loop.create_task(self._open(process, context), context=context)
        worker = await task
        self.workers.append(worker)
        return worker

    def kill(self, worker: Worker) -> bool:
        """A worker is gone between two of its steps; False where it is inside a unit of work."""
        if self._line.held_by(worker.process) or worker not in self.workers:
            return False
        self.bury(worker)
        return True

    def bury(self, worker: Worker) -> None:
        """A worker is gone; another takes its place after a while."""
        worker.process.dead = True
        self._line.forget(worker.process)
        if self._line.held_by(worker.process) and not self._line.ours:
            self.loop.create_task(self._line.abandon(), context=self._outside.copy())
        self.workers.remove(worker)
        self._gone.append(worker)
        self.reached["worker.killed"] += 1
        self.loop.create_task(self._replace(), context=self._outside.copy())

    def of(self, process: Process) -> Worker | None:
        """The living worker of a process."""
        return next((one for one in self.workers if one.process is process), None)

    async def _replace(self) -> None:
        await asyncio.sleep(self._chance.uniform(*_BACK_S))
        if len(self.workers) < self.recipe.workers:
            await self.start()

    async def _open(self, process: Process, context: Context) -> Worker:
        house = await self._furnished(process)
        engine = house.engine
        hands = Hands(partial(work, engine), _AT_ONCE)
        intake = Intake(engine, hands)
        # The doors are above this room; they are opened by name, as a program is.
        app = resolve_name("counterfoil.surfaces.api.web:application")(house, intake)
        worker = Worker(house, process, context, app, intake)
        stop = asyncio.Event()
        parts: list[Callable[[], Awaitable[None]]] = [
            intake.run,
            partial(engine.queue.serve, partial(work, engine), stop, _AT_ONCE),
            partial(timer.run, engine),
        ]
        worker.tasks = [asyncio.ensure_future(self._kept_up(part)) for part in parts]
        return worker

    async def _furnished(self, process: Process) -> House:
        database = LineDatabase(self._line, self._dsn)
        while True:
            try:
                house = await furnish(
                    _config(self.recipe),
                    database,
                    Server(self._dsn),
                    clock=self.clock,
                    chance=self._own(),
                    queue=LocalQueue(self.clock),
                    wire=self._passage,
                    holder=process.name,
                )
            except CounterfoilError:
                await self.clock.sleep(1.0)
                continue
            engine = house.engine
            engine.log = structlog.wrap_logger(None, processors=[self._note])
            engine.routes = {
                number: msgspec.structs.replace(
                    route,
                    carries=msgspec.structs.replace(
                        route.carries,
                        in_doubt=self.recipe.kind,
                        key_life_s=self.recipe.key_life_s or None,
                    ),
                )
                for number, route in engine.routes.items()
            }
            return house

    async def _kept_up(self, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part, and run it again when it dies, as `serve` does."""
        while True:
            try:
                await part()
            except Exception as error:  # noqa: BLE001 - what `serve` keeps up, this does
                if not isinstance(error, CounterfoilError):
                    self.broke.append(f"a part died: {error!r}")
                self.reached["part.died"] += 1
            await self.clock.sleep(0.5)

    def _doors(self) -> list[tuple[Process, Context, Any]]:
        return [(one.process, one.context, one.app) for one in self.workers]

    # --- what goes wrong ---

    async def _pausing(self) -> None:
        every_s = self.recipe.pause_every_s
        while every_s:
            await asyncio.sleep(self._chance.expovariate(1 / every_s))
            awake = [one for one in self.workers if not one.process.stopped]
            if awake:
                worker = self._chance.choice(awake)
                if not self._line.held_by(worker.process):
                    self.reached["worker.paused"] += 1
                    worker.process.stopped = True
                    pause_s = self._chance.uniform(*self.recipe.pause_s)
                    self.loop.call_later(pause_s, self._wake, worker.process)

    def _wake(self, process: Process) -> None:
        if process.stopped and not process.dead:
            self.loop.go_on(process)
            self._line.look()

    async def _killing(self) -> None:
        every_s = self.recipe.kill_every_s
        while every_s:
            await asyncio.sleep(self._chance.expovariate(1 / every_s))
            if self.workers:
                self.kill(self._chance.choice(self.workers))

    # --- being told ---

    def _note(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if method == "exception":
            self.broke.append(f"{event.get('event')}: {sys.exc_info()[1]!r}")
        self.said.append(repr(event))
        raise structlog.DropEvent

    def _unforeseen(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, Killed):
            self.broke.append(f"{context.get('message')}: {error!r}")

    # --- inside ---

    def _varied(self, sales: list[Sale]) -> list[Sale]:
        """The sales of a lively world, of many kinds."""
        rates, chance = self.recipe.rates_of("sale"), random.Random(f"variety|{self.recipe.seed}")
        found: list[Sale] = []
        for sale in sales:
            other, became = varied(sale, rates, chance) if rates else (sale, [])
            self.reached.update(f"sale.{name}" for name in became)
            found.append(other)
        return found

    @property
    def _line(self) -> Line:
        assert self.line is not None
        return self.line

    def _own(self) -> random.Random:
        return random.Random(self._chance.getrandbits(64))

    async def _drain(self) -> None:
        """Wait until every order of the shop is here, in its newest version, and at rest."""
        began = self.loop.time()
        while self.loop.time() - began < self.drain_s:
            if self._shop_quiet() and await self._at_rest():
                self.drained_s = self.loop.time() - began
                return
            await asyncio.sleep(_LOOK_S)

    def _shop_quiet(self) -> bool:
        report = self.shop.report()
        return report.orders == report.planned and report.pending == 0

    async def _at_rest(self) -> bool:
        wanted = {
            str(kept.id): kept.updated_s for kept in self.shop.shop.every(0, self.recipe.orders + 1)
        }
        door = self._line.aside
        rows = await self._line.call(
            lambda: door.fetch(
                "select key, extract(epoch from max(version))::bigint as version from record"
                " group by key order by key"
            )
        )
        here = {row["key"]: row["version"] for row in rows}
        if any(here.get(key, -1) < version for key, version in wanted.items()):
            return False
        busy = await self._line.call(
            lambda: door.fetchval(
                "select (select count(*) from page where stage < 9)"
                " + (select count(*) from record where due is not null)"
            )
        )
        return busy == 0


def _config(recipe: Recipe) -> Config:
    return Config(
        Path("/nowhere"),
        File(
            Estate("rehearsal"),
            {
                "shop": Connection(
                    "shopify",
                    f"https://{_SHOP}",
                    secrets={
                        "client_id": "env:SHOP_CLIENT",
                        "client_secret": "env:SHOP_SECRET",
                        "webhook_secret": "env:SHOP_SECRET",
                    },
                    settings={"sign_in": "client-credentials", "orders_per_page": recipe.page},
                    limits={"cost": Budget(16_000, 900.0)},
                    timeout_s=_TIMEOUT_S,
                ),
                "office": Connection(
                    "orderwise",
                    f"https://{_OFFICE}",
                    secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
                    settings=_office_settings(recipe),
                    limits={"calls": Budget(75, 540.0), "slots": Budget(recipe.slots)},
                    timeout_s=_TIMEOUT_S,
                ),
            },
            {"delivery": Map(dict.fromkeys(SHIPPING_TITLES, "7"))},
        ),
        {"orders": plan(recipe)},
        SECRETS,
    )


def plan(recipe: Recipe) -> Plan:
    """The route of a world: everything is read back, and waits are short."""
    return Plan(
        "order",
        "shop",
        "office",
        "operations",
        switch="on",
        cadence_s=recipe.cadence_s,
        overlap_s=30.0,
        settle_s=recipe.settle_s,
        attempts=recipe.attempts,
        census_s=20.0,
        window_s=recipe.window_s,
    )


def _office_settings(recipe: Recipe) -> dict[str, Any]:
    further = {
        "payment_method_id": 2,
        "required_days": 2,
        "currency_field": "orderHeader.currencyId",
        "extras_variant": "EXTRA",
    }
    return {
        "session_id": 12,
        "customer_id": 1044,
        "orders_definition": 101,
        "lines_definition": 102,
        "stock_location_id": 3,
        "tax_map": {"0.2": 1, "0": 2},
        **(further if recipe.lively else {}),
    }


def _shop(
    recipe: Recipe, clock: WorldClock, chance: random.Random, letters: Letterbox
) -> ShopifyTwin:
    day = "normal" if recipe.rates else "none"
    return ShopifyTwin(
        Memory(),
        clock,
        chance,
        Weather(day, catalogue(recipe, "shop"), catalogue(recipe, "life")),
        ShopSite(
            Profile(
                client_id=SECRETS["SHOP_CLIENT"],
                client_secret=SECRETS["SHOP_SECRET"],
                bucket_size=20_000.0,
                restore_per_s=1000.0,
                remembers=recipe.lively,
                token_s=660.0,
            ),
            Pace(
                patience_s=_TIMEOUT_S,
                late_s=(2.0, 12.0),
                edit_s=(1.0, 8.0),
                retries_s=(1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0),
            ),
        ),
        letters.send,
    )


def _office(recipe: Recipe, clock: WorldClock, chance: random.Random) -> OrderWiseTwin:
    day = "normal" if recipe.rates else "none"
    return OrderWiseTwin(
        Memory(),
        clock,
        chance,
        Weather(day, catalogue(recipe, "office"), catalogue(recipe, "keep")),
        Site(
            user=SECRETS["OFFICE_USER"],
            password=SECRETS["OFFICE_PASSWORD"],
            token_ttl_s=3000.0,
            calls_per_s=600.0,
            burst=150,
            slots=recipe.slots,
            read_lag_s=recipe.lag_s,
            patience_s=_TIMEOUT_S,
            unique_references=recipe.kind in ("A", "B"),
            pads_texts="site.pads_texts" in recipe.rates,
            blank_is_null="site.blank_is_null" in recipe.rates,
            unique_for_s=recipe.key_life_s or math.inf,
            thousandths="site.thousandths" in recipe.rates,
        ),
    )


@cache
def _day() -> tuple[Sale, ...]:
    """A day's baskets, from which every world draws its own."""
    return tuple(trade(date(2026, 11, 2), orders=_BASKETS))


def _sales(recipe: Recipe) -> list[Sale]:
    """The trade of a world: real baskets, cut short, since most of a long one teaches nothing."""
    chance = random.Random(f"sales|{recipe.seed}")
    apart_s = recipe.spread_s / recipe.orders * recipe.burst
    sales: list[Sale] = []
    for at in range(recipe.orders):
        sale = chance.choice(_day())
        start = chance.randrange(len(sale.lines))
        sales.append(
            msgspec.structs.replace(
                sale,
                number=str(_FIRST_NUMBER + at),
                at_s=at // recipe.burst * apart_s,
                lines=sale.lines[start : start + chance.randint(1, _MOST_LINES)],
            )
        )
    for at in range(recipe.unmapped):
        shipping = msgspec.structs.replace(sales[at].shipping[0], title=UNMAPPED_SHIPPING)
        sales[at] = msgspec.structs.replace(sales[at], shipping=(shipping,))
    return sales

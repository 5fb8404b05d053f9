"""A world: the unmodified house between two twins, on one seed, from first sale to last count.

First chaos, in which only safety is judged; then calm, in which everything must drain. Workers
are processes of the simulation: they stop past their leases, and die anywhere, also at a named
crash point; what the database and the twins hold outlives them.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from pkgutil import resolve_name

import asyncpg
import msgspec
import structlog

from counterfoil.app import House, ProcessContext, furnish
from counterfoil.flows import timer
from counterfoil.flows.hands import Hands
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.work import work
from counterfoil.kit.asgi import Application
from counterfoil.kit.webhook import mark
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.cast.twin import TargetTwin
from counterfoil.rehearse.worlds.customer import Clientele
from counterfoil.rehearse.worlds.database import (
    Killed,
    SharedConnection,
    SimulatedDatabase,
    Trouble,
)
from counterfoil.rehearse.worlds.goods import Telling
from counterfoil.rehearse.worlds.hanging import Hanging
from counterfoil.rehearse.worlds.loop import PROCESS, Process, WorldLoop
from counterfoil.rehearse.worlds.network import Courier, Mishaps, Network
from counterfoil.rehearse.worlds.order import sales
from counterfoil.rehearse.worlds.recipe import Recipe, conditions
from counterfoil.rehearse.worlds.routes import of_goods, routes
from counterfoil.rehearse.worlds.wiretap import Wiretap
from counterfoil.store.keys import Keys
from counterfoil.store.server import Server
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import CounterfoilError

EPOCH = Instant.from_utc(2026, 11, 3)
"""When every world begins."""
DRAIN_S = 7_200.0
"""Within this time after the chaos everything must be at rest."""
CORE_S = 20.0
"""A world that has not ended after so many seconds of core time never will."""

_LOOK_S = 5.0
_TAIL_S = (4.0, 20.0)  # how long the chaos outlasts what the recipe says
_BACK_S = (0.5, 6.0)  # how long a killed worker stays away
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
    app: Application
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
        self.wiretap = Wiretap(self.clock)
        self._dsn = dsn
        self._chance = random.Random(f"world|{recipe.seed}")
        self._outside = copy_context()
        self.workers: list[Worker] = []
        self._gone: list[Worker] = []
        self._started = 0
        self.mishaps = Mishaps(self._own(), recipe.rates, self.reached)
        self.trouble = Trouble(self._own(), recipe.database, self.reached)
        courier = Courier(self._own(), self.mishaps, self._doors)
        cast = estate.in_world(
            *(conditions(recipe), self.clock, self._own, courier.send), target=recipe.target
        )
        self.source, self.target = cast.source, cast.target
        doors = {
            cast.source_host: self.wiretap.around(self.source),
            cast.target_host: self.wiretap.around(self.target),
        }
        self.depot: Hanging[TargetTwin] | None = None
        self.outlet: Hanging[estate.Shop] | None = None
        doors |= self._second(courier)
        self._network = Network(doors, self.mishaps, self._outside)
        self.connection: SharedConnection | None = None
        self.telling = self._telling(cast.goods) if of_goods(recipe) else None
        self.clientele: Clientele | None = None
        if recipe.customers and cast.counters is not None:
            self.clientele = Clientele(recipe, cast.counters, self.reached)
        self.source.load_plan(sales(recipe, self.reached))
        if recipe.listening:
            self.source.listen(estate.WEBHOOKS)

    # --- the run ---

    async def run(self, main: asyncpg.Connection, aside: asyncpg.Connection) -> None:
        """From the first sale until everything is at rest, or two hours after the calm began."""
        self.loop.set_exception_handler(self._unforeseen)
        self.connection = SharedConnection(self.loop, main, aside, self.trouble)
        actors = [self.source.run()]
        if self.recipe.target != estate.TARGET or self.recipe.despatches:
            actors.append(self.target.run())  # which does something by itself
        trade_ = [asyncio.ensure_future(actor) for actor in actors]
        for _ in range(self.recipe.workers):
            await self.start()
        gremlins = [asyncio.ensure_future(gremlin()) for gremlin in (self._pausing, self._killing)]
        if self.telling is not None:
            gremlins += map(asyncio.ensure_future, self.telling.people())
        if self.clientele is not None:
            gremlins.append(asyncio.ensure_future(self.clientele.run()))
        chaos_s = self.recipe.spread_s + self.recipe.linger_s
        await asyncio.sleep(chaos_s + self._chance.uniform(*_TAIL_S))
        for gremlin in gremlins:
            gremlin.cancel()
        await self.calm()
        await self._drain()
        for actor in trade_:
            actor.cancel()

    async def calm(self) -> None:
        """Nothing goes wrong from now on, and everybody is awake."""
        self.calm_at = self.clock.now()
        self.mishaps.calm()
        self.trouble.calm()
        self.source.calm()
        self.target.calm()
        for second in filter(None, (self.depot, self.outlet)):
            second.calm()
        for worker in self.workers:
            self.loop.go_on(worker.process)
        self._connection.look()
        while len(self.workers) < self.recipe.workers:
            await self.start()

    async def end(self) -> None:
        """Let every process go, dead ones too; nothing of them reaches the database any more."""
        everyone = [*self.workers, *self._gone]
        for worker in everyone:
            worker.process.dead = True
            self.fired.update(worker.house.engine.fired)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        for worker in everyone:
            self.loop.release(worker.process)
        self._connection.closed = True
        if tasks:
            await asyncio.wait(tasks, timeout=60.0)

    async def replayed(self) -> list[str]:
        """Every message of the inbox once more: what any of them changed."""
        worker = self.workers[0]
        connected = worker.house.connections[estate.SOURCE]
        rows = await self._connection.call(
            lambda: self._connection.aside.fetch(
                "select topic, number, body from inbox order by id"
            )
        )
        routes = tuple(worker.house.engine.routes.values())
        hook = connected.connector.manifest.webhook
        messages = [
            Message(
                connected.id, row["topic"], row["number"], row["body"], routes,
                mark=mark(hook, row["number"], row["body"]) if hook else b"",
            )
            for row in rows
        ]  # fmt: skip
        fates = await asyncio.gather(*(worker.intake.take(message) for message in messages))
        return [
            f"message {index} was {fate}" for index, fate in enumerate(fates) if fate != "known"
        ]

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
        if self._connection.held_by(worker.process) or worker not in self.workers:
            return False
        self.bury(worker)
        return True

    def bury(self, worker: Worker) -> None:
        """A worker is gone; another takes its place after a while."""
        worker.process.dead = True
        self._connection.forget(worker.process)
        if self._connection.held_by(worker.process) and not self._connection.ours:
            self.loop.create_task(self._connection.abandon(), context=self._outside.copy())
        self.workers.remove(worker)
        self._gone.append(worker)
        self.reached["worker.killed"] += 1
        self.loop.create_task(self._replace(), context=self._outside.copy())

    def of(self, process: Process) -> Worker | None:
        """The living worker of a process."""
        return next((worker for worker in self.workers if worker.process is process), None)

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
        database = SimulatedDatabase(self._connection, self._dsn)
        while True:
            try:
                house = await furnish(
                    estate.world_config(conditions(self.recipe), routes(self.recipe)),
                    database,
                    Server(self._dsn),
                    ProcessContext(
                        holder=process.name,
                        clock=self.clock,
                        chance=self._own(),
                        queue=LocalQueue(self.clock),
                        wire=self._network,
                        keys=Keys(bytes(32)),
                    ),
                )
            except CounterfoilError:
                await self.clock.sleep(1.0)
                continue
            engine = house.engine
            engine.hands = _AT_ONCE
            engine.log = structlog.wrap_logger(None, processors=[self._note])
            engine.routes = {**engine.routes} | {
                number: msgspec.structs.replace(
                    route,
                    carries=msgspec.structs.replace(
                        route.carries,
                        in_doubt=self.recipe.kind,
                        key_life_s=self.recipe.key_life_s or None,
                    ),
                )
                for number, route in engine.routes.items()
                if route.name in (estate.ROUTE, estate.SECOND_ROUTE)
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

    def _doors(self) -> list[tuple[Process, Context, Application]]:
        return [(worker.process, worker.context, worker.app) for worker in self.workers]

    # --- what goes wrong ---

    async def _pausing(self) -> None:
        every_s = self.recipe.pause_every_s
        while every_s:
            await asyncio.sleep(self._chance.expovariate(1 / every_s))
            awake = [worker for worker in self.workers if not worker.process.stopped]
            if awake:
                worker = self._chance.choice(awake)
                if not self._connection.held_by(worker.process):
                    self.reached["worker.paused"] += 1
                    worker.process.stopped = True
                    pause_s = self._chance.uniform(*self.recipe.pause_s)
                    self.loop.call_later(pause_s, self._wake, worker.process)

    def _wake(self, process: Process) -> None:
        if process.stopped and not process.dead:
            self.loop.go_on(process)
            self._connection.look()

    async def _killing(self) -> None:
        every_s = self.recipe.kill_every_s
        while every_s:
            await asyncio.sleep(self._chance.expovariate(1 / every_s))
            if self.workers:
                self.kill(self._chance.choice(self.workers))

    # --- being told ---

    def _note(
        self, logger: object, method: str, event: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        if method == "exception":
            self.broke.append(f"{event.get('event')}: {sys.exc_info()[1]!r}")
        self.said.append(repr(event))
        raise structlog.DropEvent

    def _unforeseen(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, Killed):
            self.broke.append(f"{context.get('message')}: {error!r}")

    # --- inside ---

    @property
    def _connection(self) -> SharedConnection:
        assert self.connection is not None
        return self.connection

    def _own(self) -> random.Random:
        return random.Random(self._chance.getrandbits(64))

    async def _drain(self) -> None:
        """Wait until every order and despatch is here, in its newest version, and at rest."""
        began = self.loop.time()
        while self.loop.time() - began < self.drain_s:
            resting = self.source.at_rest() and self.target.at_rest()
            if resting and await self._at_rest():
                self.drained_s = self.loop.time() - began
                return
            await asyncio.sleep(_LOOK_S)

    async def _at_rest(self) -> bool:
        versions = self.source.versions() | {
            despatch.key: despatch.changed_s for despatch in self.target.despatches()
        }
        if self.recipe.repaid:
            versions |= {refund.key: refund.changed_s for refund in self.source.refunds()}
        if self.recipe.days:
            versions |= {payout.key: payout.changed_s for payout in self.source.payouts()}
        telling = self.telling
        versions |= telling.versions() if telling is not None else {}
        clients = self.clientele.clients() if self.clientele is not None else ()
        versions |= {client.key: client.changed_s for client in clients}
        database = self._connection.aside
        rows = await self._connection.call(
            lambda: database.fetch(
                "select key, extract(epoch from max(version))::bigint as version from record"
                " group by key order by key"
            )
        )
        captured = {row["key"]: row["version"] for row in rows}
        if any(captured.get(key, -1) < version for key, version in versions.items()):
            return False
        busy = await self._connection.call(
            lambda: database.fetchval(
                "select (select count(*) from page where stage < 9)"
                " + (select count(*) from record where due is not null)"
            )
        )
        if busy or telling is None:
            return busy == 0
        calm_at = (self.calm_at or EPOCH).to_stdlib()
        return await self._connection.call(lambda: telling.at_rest(database, calm_at))

    def _second(self, courier: Courier) -> dict[str, Application]:
        """The second target, where the world has one, by its host."""
        if not self.recipe.hanging:
            return {}
        wiretap, conditions_ = Wiretap(self.clock), conditions(self.recipe)
        if of_goods(self.recipe):
            shop = estate.outlet_in_world(conditions_, self.clock, self._own(), courier.send)
            self.outlet = Hanging(shop, wiretap)
            return {estate.OUTLET_HOST: self.outlet.app}
        office = estate.second_in_world(conditions_, self.clock, self._own())
        self.depot = Hanging(office, wiretap)
        return {estate.SECOND_HOST: self.depot.app}

    def _telling(self, goods: estate.Goods | None) -> Telling:
        assert goods is not None, "only worlds whose target is an office tell of goods"
        if self.outlet is not None:
            goods.shelves[estate.OUTLET] = self.outlet.twin
        return Telling(self.recipe, goods, self.reached)

"""A drill: what people do in a world in which an old copy of the database is put back.

The day of the shop is the same with and without the restore: its moments are fixed before.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Literal

import msgspec

from counterfoil.flows import hold
from counterfoil.flows.switch import turn
from counterfoil.rehearse.worlds.database import SharedConnection, SimulatedDatabase
from counterfoil.rehearse.worlds.loop import Work
from counterfoil.rehearse.worlds.recipe import Kind, Recipe, quiet
from counterfoil.rehearse.worlds.world import World
from counterfoil.store import holds
from counterfoil.store.restored import script
from counterfoil.values import strike
from counterfoil.values.errors import Misconfigured, Refuse

Moment = Literal["before the first", "in hand", "marked", "on its way", "at rest"]
MOMENTS: Final[tuple[Moment, ...]] = (
    "at rest", "in hand", "on its way", "marked", "before the first",
)  # fmt: skip
"""When the copy is made: before anything, in the middle of a page (taken; its intent marked; its
request sent), or while nothing moves."""
KINDS: Final[tuple[Kind, ...]] = ("C", "A", "B", "D")
Broken = Literal["", "half-way", "before its commit", "after its commit"]
BROKEN: Final[tuple[Broken, ...]] = ("", "half-way", "before its commit", "after its commit")
"""Where a first attempt to restore dies, "" where none does; the second one succeeds."""

_ORDERS = 24
_POINTS: Final[Mapping[Moment, str]] = {"in hand": "C4", "marked": "C8", "on its way": "C9"}
_DOWN_S = 30.0
_LOOK_S = 5.0
_MOST_LOOKS = 100
_PERSON = "kim"
_ROUTE = "orders"


class Drill(msgspec.Struct, frozen=True):
    """One restore: of which seed, to a target of which class, of a copy that is `lost_s` old when
    it is put back and was made when, and broken off where at first."""

    seed: int
    number: int
    kind: Kind
    moment: Moment
    broken: Broken
    lost_s: float

    @classmethod
    def of(cls, seed: int, number: int, lost_s: float = 3_600.0) -> Drill:
        """The drills of a seed: after twenty of them each moment has met each class."""
        broken = BROKEN[(number + number // 4) % len(BROKEN)]
        moment = MOMENTS[number % len(MOMENTS)]
        return cls(seed, number, KINDS[number % len(KINDS)], moment, broken, lost_s)

    @property
    def copied_s(self) -> float:
        """About when the copy is made."""
        return self.lost_s / 15

    def recipe(self) -> Recipe:
        """The world: trade before, in and after the lost time, and no fault but the restore."""
        return msgspec.structs.replace(
            quiet(self.seed, _ORDERS),
            kind=self.kind,
            spread_s=self.copied_s + 1.4 * self.lost_s,
            linger_s=180.0,
        )


class Told(msgspec.Struct):
    """What was seen on the way. `lost` writes reached the target after the copy was made, `between`
    after it was put back and before a person switched the route on; `found` are the orders and
    changes of the lost time that were here by then."""

    lost: int = 0
    between: int = 0
    refused: int = 0
    found: int = 0
    done: bool = False
    wrong: list[str] = []


class Undisturbed:
    """The day of a world, with nothing but what people do."""

    def __init__(self, world: World, drill: Drill) -> None:
        self.world = world
        self.drill = drill
        self._chance = random.Random(f"restore|{drill.seed}")

    def begin(self) -> None:
        """Let the day begin with the world."""
        self._start(self._day())

    def _start(self, part: Work[None]) -> asyncio.Task[None]:
        return self.world.loop.create_task(part)

    async def _day(self) -> None:
        """In the lost time orders are changed and cancelled, and one is set aside."""
        await asyncio.sleep(self.drill.copied_s + self.drill.lost_s * 0.6)
        for order in self._some(4):
            self.world.source.touch(order)
        await self._set_aside()
        await asyncio.sleep(self.drill.lost_s * 0.2)
        for order in self._some(2):
            self.world.source.cancel(order)

    def _some(self, count: int) -> list[str]:
        """Orders that the shop has, save those that nobody can send."""
        orders = list(self.world.source.versions())
        return self._chance.sample(orders[2:], count)

    async def _set_aside(self) -> None:
        """A person decides about the first of the orders that nobody can send."""
        engine = self.world.workers[0].house.engine
        rows = await holds.open_now(engine.database, None, "unmapped-value", 10)
        if rows:
            first = min(rows, key=lambda held: held.key)
            await hold.aside(engine, [first.record], _PERSON, "a test order")


class Drilled(Undisturbed):
    """The same day; but the house dies, and an old copy is put back."""

    def __init__(self, world: World, drill: Drill) -> None:
        super().__init__(world, drill)
        self.told = Told()
        self._struck = asyncio.Event()
        self._recipe = world.recipe

    def begin(self) -> None:
        super().begin()
        self._start(self._conducted())

    def close(self) -> None:
        """Let the crash points go."""
        strike.install(None)

    async def _conducted(self) -> None:
        try:
            await self._conduct()
            self.told.done = True
        except Exception as error:  # noqa: BLE001 - whatever it is, the drill tells it
            self.told.wrong.append(f"the drill broke: {error!r}")

    async def _conduct(self) -> None:
        copy = Copy(await self._connection())
        await self._moment()
        before = len(self.world.wiretap.writes)
        await copy.make()
        await asyncio.sleep(self.drill.lost_s)
        await self._die()
        self.told.lost = len(self.world.wiretap.writes) - before
        del self.world.wiretap.writes[before:]  # the journal that is judged knows nothing of them
        await self._put_back(copy)
        await self._switch_on()
        await asyncio.sleep(_DOWN_S)
        await self._set_aside()

    async def _connection(self) -> SharedConnection:
        while self.world.connection is None:  # noqa: ASYNC110 - the world has no event for its beginning
            await asyncio.sleep(0)
        return self.world.connection

    async def _moment(self) -> None:
        if self.drill.moment == "before the first":
            return
        await asyncio.sleep(self.drill.copied_s)
        point = _POINTS.get(self.drill.moment)
        if point is not None:
            strike.install(lambda passed: self._struck.set() if passed == point else None)
            await self._struck.wait()
            strike.install(None)

    async def _die(self) -> None:
        """Every worker is gone, and nobody starts another."""
        self.world.recipe = msgspec.structs.replace(self._recipe, workers=0)
        while self.world.workers:
            for worker in list(self.world.workers):
                self.world.kill(worker)
            await asyncio.sleep(0.001)
        await asyncio.sleep(_DOWN_S)

    async def _put_back(self, copy: Copy) -> None:
        doubt = script(self.world.clock.now(), _PERSON)
        if self.drill.broken:
            await copy.put_back(doubt, self.drill.broken)
            await asyncio.sleep(_DOWN_S)
            doubt = script(self.world.clock.now(), _PERSON)
        await copy.put_back(doubt)
        if not await self._switched():
            self.told.refused += 1
        else:
            self.told.wrong.append("the route could be switched on before anything was counted")

    async def _switch_on(self) -> None:
        """The house comes up; a person tries the switch until it gives, and looks at what moved."""
        before = len(self.world.wiretap.writes)
        versions = self.world.source.versions()
        self.world.recipe = self._recipe
        while len(self.world.workers) < self._recipe.workers:
            await self.world.start()
        await asyncio.sleep(_DOWN_S)  # whatever would leave by itself has left by then
        captured: dict[str, int] = {}
        for _ in range(_MOST_LOOKS):
            await asyncio.sleep(_LOOK_S)
            captured = await self._here()
            self.told.between = len(self.world.wiretap.writes) - before
            if await self._switched():
                break
            self.told.refused += 1
        missing = [key for key, updated_s in versions.items() if captured.get(key, -1) < updated_s]
        self.told.found = len(versions) - len(missing)
        if missing:
            self.told.wrong.append(f"switched on, and {len(missing)} orders were not found again")
        if self.told.between:
            self.told.wrong.append(f"{self.told.between} writes before a person switched on")

    async def _switched(self) -> bool:
        """Whether the switch gave."""
        now = self.world.clock.now()
        with suppress(Refuse, Misconfigured):  # nor is there a route where the copy has none
            await turn(self._database(), _ROUTE, "on", now, _PERSON, "counted")
            return True
        return False

    async def _here(self) -> dict[str, int]:
        """The newest version of every order that the journal knows."""
        connection = await self._connection()
        rows = await connection.call(
            lambda: connection.aside.fetch(
                "select key, extract(epoch from max(version))::bigint as version from record"
                " group by key order by key"
            )
        )
        return {row["key"]: row["version"] for row in rows}

    def _database(self) -> SimulatedDatabase:
        assert self.world.connection is not None
        return SimulatedDatabase(self.world.connection, "")


class Copy:
    """A copy of every table, aside in the same database, and its way back."""

    def __init__(self, connection: SharedConnection) -> None:
        self._connection = connection

    async def make(self) -> None:
        """Copy every table as it is at this instant."""
        await self._once(
            "drop schema if exists kept_aside cascade; create schema kept_aside;"
            + "".join(
                f"create table kept_aside.{name} as table public.{name};"
                for name in await self._tables()
            )
        )

    async def put_back(self, doubt: str, broken: Broken = "") -> None:
        """Put the copy back with `doubt`, in one unit of work; or break off in it."""
        names = await self._tables()
        back = [
            f"delete from public.{name}; insert into public.{name} table kept_aside.{name};"  # noqa: S608
            for name in names
        ]
        if broken == "half-way":
            await self._once("begin;" + "".join(back[: len(back) // 2]) + "rollback;")
        elif broken == "before its commit":
            await self._once("begin;" + "".join(back) + doubt + "rollback;")
        else:
            await self._once("begin;" + "".join(back) + doubt + "commit;")

    async def _tables(self) -> list[str]:
        rows = await self._connection.call(lambda: self._connection.aside.fetch(_TABLES))
        return [row["name"] for row in rows]

    async def _once(self, statements: str) -> None:
        """Run statements while nobody else is in a unit of work."""
        await self._connection.take(None)
        try:
            await self._connection.call(
                lambda: self._connection.main.execute(statements), turn=False
            )
        finally:
            self._connection.give()


_TABLES = (
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace"
    " and relkind in ('r', 'p') and not relispartition"
    " and relname not like 'pgqueuer%' and relname <> 'schema_version' order by relname"
)

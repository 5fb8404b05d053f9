"""The watch's loop on a real database and a real channel, and the house's eye on the watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from house import PLAN, ROUTE

from counterfoil.store import workers
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Instant, SystemClock, instant, later
from counterfoil.values.errors import Misconfigured, Retry
from counterfoil.watch.books import Books
from counterfoil.watch.channels import Apprise
from counterfoil.watch.keeping import EVERY_S, Keeper, keep, watch_the_watch
from counterfoil.watch.look import Watch, Watched
from counterfoil.watch.message import Message
from counterfoil.watch.notebook import Notebook

START = instant("2026-11-02T12:00:00Z")


class QuickClock(SystemClock):
    """A pause is over at once, and as long as it was to be."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> Instant:
        return later(START, self.passed)

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


class Heard:
    """What people were told."""

    def __init__(self, *missed: str) -> None:
        self.messages: list[Message] = []
        self.missed = missed

    async def send(self, message: Message) -> Sequence[str]:
        self.messages.append(message)
        return self.missed


async def until(condition: Callable[[], bool], work: Awaitable[None]) -> None:
    """Let work go on until a condition holds."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the work has no event to tell of it
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})


def keeper(connect: Callable[[], Awaitable[Database]], heard: Heard, clock: QuickClock) -> Keeper:
    notebook = Notebook()
    watch = Watch(Watched("Estate", {ROUTE: PLAN}), notebook)
    return Keeper("watch-1", connect, notebook, watch, heard, clock)


async def test_a_worker_that_died_is_told_and_the_watch_signs_on_and_off(
    migrated_database: str,
) -> None:
    database = await Database.open(migrated_database)
    await workers.sign_on(database, "up-1", "up", START)
    heard, clock = Heard(), QuickClock()

    async def connect() -> Database:
        return await Database.open(migrated_database)

    await until(lambda: bool(heard.messages), keep(keeper(connect, heard, clock)))
    assert heard.messages[0].title == (
        "Estate: Nobody has been at work since 2026-11-02 12:00 UTC."
    )
    assert [row.role for row in await workers.every(database)] == ["up"]
    await database.close()


async def test_books_that_are_away_are_told_by_a_watch_that_needs_nothing_of_them() -> None:
    heard, clock = Heard(), QuickClock()

    async def connect() -> Database:
        raise Retry("The database is away.", code="database-away")

    await until(lambda: bool(heard.messages), keep(keeper(connect, heard, clock)))
    assert "cannot read the books of Estate" in heard.messages[0].body


async def test_one_channel_that_is_away_does_not_bring_the_others_the_same_again() -> None:
    heard, clock = Heard("oncall"), QuickClock()

    async def connect() -> Database:
        raise Retry("The database is away.", code="database-away")

    await until(lambda: clock.passed > 600, keep(keeper(connect, heard, clock)))
    assert len(heard.messages) == 1


@pytest.mark.parametrize("looks", [0, 2])
async def test_a_watch_that_breaks_is_missed_by_the_house(
    migrated_database: str, looks: int
) -> None:
    """It does not sign off, and one that breaks at every look never signs on."""
    database = await Database.open(migrated_database)
    heard, clock = Heard(), QuickClock()

    async def connect() -> Database:
        return await Database.open(migrated_database)

    class Breaking(Watch):
        def look(self, books: Books | None, now: Instant) -> Message | None:
            if clock.passed >= looks * EVERY_S:
                raise RuntimeError("It broke.")
            return super().look(books, now)

    notebook = Notebook()
    watch = Breaking(Watched("Estate", {ROUTE: PLAN}), notebook)
    with pytest.raises(RuntimeError, match="It broke"):
        await keep(Keeper("watch-1", connect, notebook, watch, heard, clock))
    assert [row.role for row in await workers.every(database)] == ["watch"] * bool(looks)
    await database.close()


async def test_a_house_that_was_down_gives_its_watch_the_time_to_begin(
    migrated_database: str,
) -> None:
    database = await Database.open(migrated_database)
    clock, moments = QuickClock(), list[float]()

    class Timed(Heard):
        async def send(self, message: Message) -> Sequence[str]:
            moments.append(clock.passed)
            return ()

    await workers.sign_on(database, "watch-1", "watch", later(START, -3600.0))
    await until(lambda: bool(moments), watch_the_watch(database, Timed(), clock))
    assert 60 < moments[0] < 120
    await database.close()


async def test_the_house_tells_once_of_a_watch_that_is_not_seen(migrated_database: str) -> None:
    database = await Database.open(migrated_database)
    heard, clock = Heard(), QuickClock()
    await workers.sign_on(database, "watch-1", "watch", START)
    await until(lambda: clock.passed > 600, watch_the_watch(database, heard, clock))
    assert [message.title for message in heard.messages] == ["The watch is silent"]
    await database.close()


async def test_a_house_that_never_had_a_watch_does_not_miss_it(migrated_database: str) -> None:
    database = await Database.open(migrated_database)
    heard, clock = Heard(), QuickClock()
    await until(lambda: clock.passed > 600, watch_the_watch(database, heard, clock))
    assert heard.messages == []
    await database.close()


@asynccontextmanager
async def door(status: int) -> AsyncIterator[tuple[str, list[Any]]]:
    """A channel of somebody else's: its address, and what it took."""
    took: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        took.append(msgspec.json.decode(await request.read()))
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"json://127.0.0.1:{port}/", took
    await runner.cleanup()


async def test_a_message_reaches_a_channel_as_it_is() -> None:
    async with door(200) as (address, took):
        await Apprise({"oncall": address}).send(Message("A title", "Four\nsentences <b>&"))
    assert took[0]["title"] == "A title"
    assert took[0]["message"] == "Four\nsentences <b>&"


async def test_a_channel_that_does_not_take_a_message_is_named_and_the_others_have_it() -> None:
    async with door(200) as (good, took), door(500) as (bad, _):
        channels = Apprise({"oncall": bad, "mail": good})
        assert await channels.send(Message("A title", "Text")) == ["oncall"]
        await channels.send(Message("Another", "Text"))
    assert [message["message"] for message in took] == [
        "Text",
        "Text\n\nChannel oncall did not take a message."
        " `counterfoil watch test` tries every channel.",
    ]


async def test_a_message_that_no_channel_takes_has_not_left() -> None:
    async with door(500) as (bad, _):
        with pytest.raises(Retry, match="Channel oncall did not take a message"):
            await Apprise({"oncall": bad}).send(Message("A title", "Text"))


def test_an_address_of_no_known_kind_is_refused_without_being_quoted() -> None:
    with pytest.raises(Misconfigured) as refused:
        Apprise({"oncall": "carrier-pigeon://hunter2"})
    assert "hunter2" not in str(refused.value)
    assert refused.value.where == "watch.channels.oncall"

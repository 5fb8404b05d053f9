"""Many workers on one database: each page in one pair of hands, and nothing twice, whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from ends import order
from flow_stage import HandClock, Stage
from steps import causes, colleague, held, path, swept, unanswered

from counterfoil.flows.balance import proven
from counterfoil.flows.hold import aside, resend
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.queue import Job
from counterfoil.flows.shared_queue import SharedQueue
from counterfoil.flows.sweep import sweep_pages
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Written
from counterfoil.store import pages
from counterfoil.store.postgres import Transaction
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError, Retry
from counterfoil.values.ids import PageId


async def due(stage: Stage) -> list[PageId]:
    rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 1000)
    return [PageId(row["id"]) for row in rows]


class Stuck:
    """An office that takes a write and never answers until it is let go."""

    def __init__(self, stage: Stage, *, lands: bool = True) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self._lands = lands
        self._write = stage.office.write
        stage.office.write = self.write  # type: ignore[method-assign]

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        answers = await self._write(intents) if self._lands else []
        self.reached.set()
        await self.open.wait()
        return answers or await self._write(intents)


async def test_two_workers_share_the_pages_and_write_nothing_twice(stage: Stage) -> None:
    for at in range(8):
        stage.shop.put(*(order(number) for number in range(at * 25, at * 25 + 25)))
        await swept(stage)
    first, second = stage.engine, colleague(stage, "w2")
    numbers = await due(stage)
    await asyncio.gather(*(work(one, page) for page in numbers for one in (first, second)))
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    assert len(stage.office.calls) == len(set(stage.office.calls)) == 200


async def test_a_page_that_is_asked_for_twice_is_worked_on_once(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    (page,) = await due(stage)
    await asyncio.gather(*(work(stage.engine, page) for _ in range(5)))
    assert len(stage.office.calls) == 1


async def test_a_killed_worker_s_page_is_finished_by_another_after_its_lease(stage: Stage) -> None:
    stage.shop.put(order(1), order(2))
    await swept(stage)
    (page,) = await due(stage)
    stuck = Stuck(stage)
    dying = asyncio.create_task(work(stage.engine, page))
    await stuck.reached.wait()
    dying.cancel()
    await asyncio.wait([dying])
    stuck.open.set()

    other = colleague(stage, "w2")
    await work(other, page)
    assert await stage.states() == {"#1": "sending", "#2": "sending"}, "its lease still holds"
    stage.clock.pass_(pages.LEASE_S + 1)
    await work(other, page)
    assert await stage.states() == {"#1": "in_doubt", "#2": "in_doubt"}
    for _ in range(4):
        stage.clock.pass_(31)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed", "#2": "confirmed"}
    assert sorted(stage.office.calls) == ["6000001", "6000002"]


async def test_a_worker_that_comes_back_after_its_lease_is_fenced_off(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    (page,) = await due(stage)
    stuck = Stuck(stage)
    slow = asyncio.create_task(work(stage.engine, page))
    await stuck.reached.wait()
    stage.clock.pass_(pages.LEASE_S + 1)
    await work(colleague(stage, "w2"), page)
    stuck.open.set()
    await slow
    assert stage.engine.fired["fenced"] + stage.engine.fired["overtaken"] == 1
    assert await stage.states() == {"#1": "in_doubt"}, "the late answer changed nothing"
    for _ in range(4):
        stage.clock.pass_(31)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]
    assert (await proven(stage.database)).holds


async def test_a_worker_whose_lease_ran_out_sends_nothing_more(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    (page,) = await due(stage)
    real = stage.office.compose

    def slowly(document: object) -> Intent:
        stage.clock.pass_(pages.LEASE_S + 1)
        return real(document)  # type: ignore[arg-type]

    stage.office.compose = slowly  # type: ignore[method-assign,assignment]
    await work(stage.engine, page)
    assert stage.office.calls == []
    assert stage.engine.fired["fence"] == 1


async def test_a_version_waits_for_the_one_that_is_in_flight(stage: Stage) -> None:
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    await stage.work()
    assert stage.office.calls == ["6000001"], "the first is in doubt: the second must not leave"
    assert stage.engine.fired["one-in-flight"] >= 1
    for _ in range(4):
        stage.clock.pass_(31)
        await stage.work()
    assert stage.office.calls == ["6000001"]
    assert await causes(stage) == ["changed-after-sent"]


async def test_a_test_order_and_a_cancelled_one_are_excluded_by_name(stage: Stage) -> None:
    stage.shop.put(order(1, test=True), order(2, cancelled=True), order(3))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "excluded", "#2": "excluded", "#3": "confirmed"}
    rules = await stage.database._pool.fetch("select detail from line where path[1] = 10")
    assert len(rules) == 2
    assert stage.office.calls == ["6000003"]


async def test_cancelled_after_it_was_sent_is_for_a_person(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, version=1, cancelled=True))
    await swept(stage)
    await stage.work()
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "was cancelled at the shop after it had been sent" in hold["said"]


# --- people and workers at the same page ---


class Patient(HandClock):
    """A clock whose waiting is the worker's chance to end."""

    def __init__(self, stuck: Stuck, working: asyncio.Task[None]) -> None:
        super().__init__()
        self.waits = 0
        self._stuck = stuck
        self._working = working

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        self._stuck.open.set()
        await self._working


async def test_a_person_waits_for_the_worker_so_that_the_chain_stays_whole(stage: Stage) -> None:
    stage.shop.put(order(1, note="unmapped"), order(2))
    stage.office.answers = [Retry("busy", after_s=5)]
    await swept(stage)
    await stage.work()
    (record,) = await held(stage)
    stage.clock.pass_(10)
    (page,) = await due(stage)
    stuck = Stuck(stage)
    working = asyncio.create_task(work(stage.engine, page))
    await stuck.reached.wait()
    desk = colleague(stage, "desk")
    desk.clock = Patient(stuck, working)
    assert await aside(desk, [record], "kim", "a test") == 1
    assert desk.clock.waits == 1, "the page was in a worker's hands"
    assert await stage.states() == {"#1": "excluded", "#2": "confirmed"}
    assert (await proven(stage.database)).holds


async def test_a_page_that_is_never_let_go_is_said_to_be_busy(stage: Stage) -> None:
    stage.shop.put(order(1, note="unmapped"))
    await swept(stage)
    await stage.work()
    await stage.database._pool.execute("update page set holder = 'w9', lease_until = '2027-01-01Z'")
    with pytest.raises(Retry, match="in a worker's hands"):
        await resend(stage.engine, await held(stage), "kim")


# --- the queue ---


async def jobs(stage: Stage) -> int:
    return await stage.database._pool.fetchval("select count(*) from pgqueuer")


async def test_a_job_is_kept_or_undone_with_the_unit_that_asked_for_it(stage: Stage) -> None:
    queue = SharedQueue(stage.database.dsn)

    async def undone() -> None:
        async with stage.database.transaction() as unit:
            await queue.enqueue(unit, [Job(PageId(1), 80)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await jobs(stage) == 0
    async with stage.database.transaction() as unit:
        await queue.enqueue(unit, [Job(PageId(1), 80)])
    assert await jobs(stage) == 1


async def test_two_jobs_of_one_key_wait_once(stage: Stage) -> None:
    queue = SharedQueue(stage.database.dsn)
    for _ in range(3):
        async with stage.database.transaction() as unit:
            await queue.enqueue(unit, [Job(PageId(1), 80, key="page-1")])
    assert await jobs(stage) == 1


class Served:
    """A queue at work in the background, until the block ends."""

    def __init__(self, queue: SharedQueue | LocalQueue) -> None:
        self.pages: list[PageId] = []
        self.at: list[float] = []
        self._came = asyncio.Condition()
        self._queue = queue
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Served:
        self._task = asyncio.create_task(self._queue.serve(self._handle, self._stop, 4))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.wait_for(self._task, 10)

    async def _handle(self, page: PageId) -> None:
        async with self._came:
            self.pages.append(page)
            self.at.append(asyncio.get_running_loop().time())
            self._came.notify_all()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10), self._came:
            await self._came.wait_for(lambda: len(self.pages) >= count)


@pytest.mark.parametrize("kind", ["postgres", "local"])
async def test_jobs_are_served_now_or_when_they_are_due(stage: Stage, kind: str) -> None:
    queue = SharedQueue(stage.database.dsn) if kind == "postgres" else LocalQueue(SystemClock())
    start = asyncio.get_running_loop().time()
    async with stage.database.transaction() as unit:
        await queue.enqueue(unit, [Job(PageId(2), 80, after_s=0.8), Job(PageId(1), 80)])
    async with Served(queue) as served:
        await served.until(2)
    assert served.pages == [1, 2]
    assert served.at[1] - start >= 0.75


async def test_the_postgres_queue_carries_orders_from_end_to_end(stage: Stage) -> None:
    queue = SharedQueue(stage.database.dsn)
    stage.engine.clock = clock = SystemClock()
    stage.engine.queue = queue
    stage.shop.put(*(order(number) for number in range(1, 31)))
    await swept(stage)
    stop = asyncio.Event()

    async def handle(page: PageId) -> None:
        await work(stage.engine, page)

    serving = asyncio.create_task(queue.serve(handle, stop, 4))
    async with asyncio.timeout(15):
        while set((await stage.states()).values()) != {"confirmed"}:
            await clock.sleep(0.05)
    stop.set()
    await asyncio.wait_for(serving, 10)
    assert len(stage.office.calls) == 30
    assert (await proven(stage.database)).holds


async def test_a_page_without_a_job_is_found_by_the_broom(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    empty = colleague(stage, "w2")
    assert await sweep_pages(empty) == 0, "its job may still be on the way"
    stage.clock.pass_(3)
    assert await sweep_pages(empty) == 1
    assert await sweep_pages(empty) == 1, "asked for again, and waiting once"
    assert isinstance(empty.queue, LocalQueue)
    assert len(empty.queue) == 1


async def test_a_page_that_breaks_is_tried_again_and_breaks_no_other(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    real = stage.office.compose

    def broken(document: object) -> Intent:
        raise ZeroDivisionError

    stage.office.compose = broken  # type: ignore[method-assign,assignment]
    await stage.work(rounds=1)
    assert await stage.states() == {"#1": "captured"}
    stage.office.compose = real  # type: ignore[method-assign]
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_while_the_database_is_away_nothing_is_lost(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    (page,) = await due(stage)
    real = Transaction.rows

    async def away(self: Transaction, name: str, *values: object) -> object:
        if name == "chain_page" and stage.office.calls:
            raise ConnectionResetError
        return await real(self, name, *values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "rows", away)
        await work(stage.engine, page)
    for _ in range(6):
        stage.clock.pass_(31)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == ["6000001"]
    assert "in_doubt" in await path(stage, "#1")

"""What lies in a queue is stored before it is acknowledged, whoever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from steps import colleague

from counterfoil.flows import timer
from counterfoil.flows.feed import feed_of
from counterfoil.flows.pull import pull_feed
from counterfoil.kit.queue import Laid, MessageQueue, Pulled, Queued
from counterfoil.model.order import Order
from counterfoil.values import strike
from counterfoil.values.clock import later
from counterfoil.values.digest import canonical
from counterfoil.values.errors import CounterfoilError, Halt, Retry

AT_ONCE = 2


class Killed(BaseException):
    """The worker is no more."""


@dataclass
class Journal:
    """A system's journal: it gives the oldest that are not acknowledged, and forgets what is."""

    entries: list[Laid] = field(default_factory=list[Laid])
    pulls: int = 0
    acknowledged: list[str] = field(default_factory=list[str])
    forgets: bool = True

    def lay(self, *orders: Order) -> None:
        self.entries += [
            Laid("orders/create", canonical(one), f"j-{len(self.entries) + at}")
            for at, one in enumerate(orders)
        ]

    async def pull(self) -> Pulled | None:
        self.pulls += 1
        rows = self.entries[:AT_ONCE]
        return Pulled(tuple(rows), rows[-1].number) if rows else None

    async def acknowledge(self, receipt: str) -> None:
        self.acknowledged.append(receipt)
        numbers = [row.number for row in self.entries]
        if self.forgets and receipt in numbers:
            del self.entries[: numbers.index(receipt) + 1]


def _port(journal: Journal) -> MessageQueue:
    return journal  # it has the shape that the kit asks for


def with_queue(stage: Stage, **declared: object) -> Journal:
    """The stage's shop lays down what happens, too."""
    journal = Journal()
    queued = msgspec.structs.replace(Queued("a test"), **declared)
    stage.route = msgspec.structs.replace(stage.route, queue=_port(journal), queued=queued)
    stage.engine.routes = {1: stage.route}
    return journal


@pytest.fixture
def journal(stage: Stage) -> Journal:
    return with_queue(stage)


@pytest.fixture
def dies_at() -> Iterator[list[str]]:
    """The crash points at which the worker dies, once each."""
    points: list[str] = []

    def striker(point: str) -> None:
        if point in points:
            points.remove(point)
            raise Killed(point)

    strike.install(striker)
    yield points
    strike.install(None)


async def stored(stage: Stage) -> int:
    return await stage.database._pool.fetchval("select count(*) from inbox")


async def test_a_queue_is_emptied_and_what_it_said_goes_its_way(
    stage: Stage, journal: Journal
) -> None:
    journal.lay(order(1), order(2), order(3))
    assert await pull_feed(stage.engine, feed_of(stage.route)) == 3
    assert not journal.entries
    assert journal.acknowledged == ["j-1", "j-2"]
    await stage.work()
    assert await stage.states() == dict.fromkeys(("#1", "#2", "#3"), "confirmed")


async def test_who_dies_before_acknowledging_is_given_it_again_and_it_counts_once(
    stage: Stage, journal: Journal, dies_at: list[str]
) -> None:
    journal.lay(order(1), order(2))
    dies_at.append("C2")  # stored, and not acknowledged
    with pytest.raises(Killed):
        await pull_feed(stage.engine, feed_of(stage.route))
    assert (await stored(stage), journal.acknowledged) == (2, [])
    next_ = colleague(stage, "w2")
    assert await pull_feed(next_, feed_of(stage.route)) == 0, "nothing of it is new"
    assert (await stored(stage), journal.acknowledged) == (2, ["j-1"])
    await stage.work()
    assert stage.office.calls == ["6000001", "6000002"]


async def test_who_dies_before_storing_has_acknowledged_nothing(
    stage: Stage, journal: Journal
) -> None:
    journal.lay(order(1))
    real = stage.database.transaction

    def broken() -> object:
        raise Retry("The database is away.", code="database")

    stage.database.transaction = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(Retry):
        await pull_feed(stage.engine, feed_of(stage.route))
    stage.database.transaction = real  # type: ignore[method-assign]
    assert (await stored(stage), journal.acknowledged) == (0, [])
    assert len(journal.entries) == 1


async def test_the_same_content_under_another_number_is_known_and_acknowledged(
    stage: Stage, journal: Journal
) -> None:
    journal.lay(order(1))
    journal.lay(order(1))
    assert await pull_feed(stage.engine, feed_of(stage.route)) == 1
    assert not journal.entries


async def test_what_only_names_a_document_is_news_each_time(stage: Stage) -> None:
    journal = with_queue(stage, carries="identity")
    journal.lay(order(1))
    journal.lay(order(1))
    assert await pull_feed(stage.engine, feed_of(stage.route)) == 2
    assert await stored(stage) == 2


async def test_a_message_that_cannot_be_kept_keeps_its_batch_in_the_queue(
    stage: Stage, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.lay(order(1))

    async def full(self: object, messages: object) -> list[CounterfoilError]:
        return [Retry("The intake is full.", code="full")]

    monkeypatch.setattr("counterfoil.flows.intake.Intake.take_all", full)
    with pytest.raises(Retry, match="full"):
        await pull_feed(stage.engine, feed_of(stage.route))
    assert not journal.acknowledged


async def test_a_queue_that_forgets_nothing_is_no_loop(
    stage: Stage, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.flows.pull._MOST", 3)
    journal.forgets = False
    journal.lay(order(1))
    with pytest.raises(Halt) as stopped:
        await pull_feed(stage.engine, feed_of(stage.route))
    assert stopped.value.code == "no-end"
    assert await stored(stage) == 1


async def test_the_timer_pulls_at_the_pace_that_is_declared(stage: Stage, journal: Journal) -> None:
    journal.lay(order(1))
    await timer.tick(stage.engine)
    assert (await stored(stage), stage.engine.fired["pulled"]) == (1, 1)
    rows = {row["task"]: row["due"] for row in await stage.database.rows("cursors")}
    assert rows["pull"] == later(stage.clock.now(), 5.0).to_stdlib()


async def test_a_route_on_a_schedule_is_told_nothing_by_messages(
    stage: Stage, journal: Journal
) -> None:
    stage.again(mode="schedule")
    journal.lay(order(1))
    await timer.tick(stage.engine)
    assert (journal.pulls, await stored(stage)) == (0, 0)


async def test_no_queue_costs_no_statement(stage: Stage) -> None:
    await timer.tick(stage.engine)
    rows = await stage.database.rows("cursors")
    assert "pull" not in {row["task"] for row in rows}
    assert await pull_feed(stage.engine, feed_of(stage.route)) == 0

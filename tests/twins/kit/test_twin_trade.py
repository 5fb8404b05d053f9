"""What happens by itself: each sale once, each event in its stages, each in its moment."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from counterfoil.twins.kit.courier import Courier
from counterfoil.twins.kit.faults import MESSAGES, Fault, Faults
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.trade import Agenda, Background, Plan, Sales
from counterfoil.twins.kit.webhooks import Dialect, Webhooks
from counterfoil.twins.world import Sale, SaleLine

LINES = (SaleLine("TEE", "Tee", 1, 100, 0),)


def sale(number, at_s=0.0):
    return Sale(at_s=at_s, number=str(number), placed="", currency="GBP", lines=LINES)


class Post:
    """A background whose listener keeps what it is sent and answers as it is told."""

    def __init__(self, memory, clock, works=(), always="", **dialect):
        rates = {name: Fault(name, float(name == always), 0.0) for name in MESSAGES}
        faults = Faults(rates, "normal", random.Random(1), memory)
        self.clock = clock
        self.status = 200
        self.heard = []
        pace = Pace(retries_s=(1.0, 5.0))
        told = Dialect(
            lambda delivery: {"id": delivery.webhook_id, "kind": delivery.kind},
            lambda body: body + b"?",
            **dialect,
        )
        self.webhooks = Webhooks(memory, faults, pace, told, random.Random(2))
        self.background = Background(
            clock, works, Courier(self.webhooks, faults, pace, clock, self.send)
        )

    async def send(self, address, headers, body):
        self.heard.append((headers["kind"], headers["id"], body))
        if isinstance(self.status, Exception):
            raise self.status
        return self.status

    async def run(self, seconds):
        end_s = self.clock.elapsed_s + seconds
        running = asyncio.create_task(self.background.run())
        while self.clock.elapsed_s < end_s:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def test_a_plan_is_loaded_once_and_each_sale_is_due_once(memory):
    plan = Plan(memory)
    assert plan.load([sale(2, 5.0), sale(1, 1.0)]) == 2
    assert Plan(memory).load([sale(3)]) == 2
    assert [each.number for each in plan.due(4.0)] == ["1"]
    assert plan.next_at_s() == 5.0
    assert [each.number for each in plan.due(9.0)] == ["2"]
    assert (plan.due(9.0), plan.next_at_s(), plan.planned) == ([], None, 2)


def test_a_sale_that_could_not_be_placed_is_due_again(memory, clock):
    plan = Plan(memory)
    plan.load([sale(1)])

    def fails(one):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Sales(plan, memory, clock, fails).advance()
    placed = []
    sales = Sales(plan, memory, clock, placed.append)
    assert [sales.advance(), sales.advance()] == [True, False]
    assert [one.number for one in placed] == ["1"]


def test_an_event_goes_through_its_stages_and_agendas_are_apart(memory, clock):
    began_s, taken = unix_s(clock.now()), []

    def take(turn):
        taken.append((turn.document, turn.stage, turn.at, turn.units))
        return unix_s(clock.now()) + 10.0 if turn.stage < 1 else None

    life, other = Agenda("life", memory, clock, take), Agenda("other", memory, clock, take)
    life.add(7, "returned", began_s + 1.0, at=2, units=3)
    assert (life.advance(), other.advance(), life.pending, other.pending) == (False, False, 1, 0)
    clock.elapsed_s = 1.0
    assert life.advance()
    assert life.next_s() == began_s + 11.0
    clock.elapsed_s = 11.0
    assert life.advance()
    assert taken == [(7, 0, 2, 3), (7, 1, 2, 3)]
    assert (life.pending, life.next_s()) == (0, None)


async def test_the_loop_places_in_its_moment_and_delivers(memory, clock):
    plan = Plan(memory)
    works: list[Sales] = []
    post = Post(memory, clock, works)

    def place(one):
        post.webhooks.promise("made", one.number.encode, clock.now())

    works.append(Sales(plan, memory, clock, place))
    plan.load([sale(number, number * 10.0) for number in range(3)])
    post.webhooks.listen(["made"], "there", clock.now())
    await post.run(15.0)
    assert [body for _, _, body in post.heard] == [b"0", b"1"]
    assert post.webhooks.counts()["accepted"] == 2
    assert post.webhooks.untold == 0


@pytest.mark.parametrize("status", [500, 0, OSError("gone"), TimeoutError()])
@pytest.mark.parametrize("given_up", ["deleted", "deactivated"])
async def test_a_listener_that_never_takes_it_is_given_up(memory, clock, status, given_up):
    post = Post(memory, clock, given_up=given_up)
    post.status = status
    post.webhooks.listen(["made"], "there", clock.now())
    post.webhooks.promise("made", lambda: b"news", clock.now())
    await post.run(30.0)
    assert len(post.heard) == 3
    assert len({key for _, key, _ in post.heard}) == 1
    counts = post.webhooks.counts()
    assert (counts["refused"], counts[f"subscriptions_{given_up}"]) == (3, 1)
    assert post.webhooks.listeners("made") == []
    assert len(post.webhooks.subscriptions()) == (given_up == "deactivated")


@pytest.mark.parametrize(
    ("fault", "kinds", "same"),
    [
        ("webhook_duplicate", ["promised", "duplicated"], True),
        ("webhook_replayed", ["promised", "replayed"], False),
        ("webhook_forged", ["promised", "forged"], False),
    ],
)
async def test_what_strangers_add(memory, clock, fault, kinds, same):
    post = Post(memory, clock, always=fault)
    post.webhooks.listen(["made"], "there", clock.now())
    post.webhooks.promise("made", lambda: b"news", clock.now())
    await post.run(10.0)
    assert [kind for kind, _, _ in post.heard] == kinds
    assert (post.heard[0][1] == post.heard[1][1]) == same
    assert (post.heard[0][2] == post.heard[1][2]) == (fault != "webhook_forged")


def test_who_listens_to_a_family_of_topics_hears_each_of_them(memory, clock):
    webhooks = Post(memory, clock).webhooks
    webhooks.listen(["orders/*", "orders/made"], "there", clock.now())
    webhooks.listen(["orders/*"], "there", clock.now())
    assert len(webhooks.subscriptions()) == 2
    assert len(webhooks.listeners("orders/made")) == 2
    assert len(webhooks.listeners("orders/changed")) == 1
    assert webhooks.listeners("products/made") == []


async def test_what_was_taken_is_listed_page_by_page(memory, clock):
    post = Post(memory, clock)
    post.webhooks.listen(["made"], "there", clock.now())
    for number in range(5):
        body = str(number).encode()
        post.webhooks.tell("made", body, clock.now())
    await post.run(3.0)
    after, found = ("", ""), []
    while page := post.webhooks.accepted(after, 2):
        found += page
        after = page[-1]
    assert len(set(found)) == 5

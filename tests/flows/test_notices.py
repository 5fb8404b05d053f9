"""Messages that only name their documents: read by their keys before anything is captured."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
import pytest
from ends import Shop, order, reading
from flow_stage import Stage
from steps import causes

from counterfoil.flows.capture import listed
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.trace import stories
from counterfoil.kit.connector import Hint, Reading
from counterfoil.kit.manifest import Webhook
from counterfoil.kit.webhook import mark
from counterfoil.model.order import Order
from counterfoil.store import search
from counterfoil.surfaces.desk import evidence
from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError, Refuse, Retry, SignIn

HOOK = Webhook("hmac-sha256-base64", "sign", {"news": "order"}, 600, "a test")


@dataclass
class Newsagent(Shop):
    """A shop whose messages name orders, and tell nothing of them; `full` have theirs whole, and
    one may be an order itself."""

    full: bool = False
    asked: int = 0

    def parse(self, body: bytes, at: Instant) -> Sequence[Reading[Order] | Hint]:  # type: ignore[override]
        if body.startswith(b"{"):
            return [super().parse(body, at)]
        keys = tuple(body.decode().split())
        if not self.full:
            return [Hint(keys)]
        return [super(Newsagent, self).parse(msgspec.json.encode(self.orders[key]), at)
                for key in keys]  # fmt: skip

    def reread(self, source: bytes, at: Instant) -> Reading[Order]:
        return super().parse(source, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        self.asked += 1
        return await super().read(keys)


@pytest.fixture
def shop(stage: Stage) -> Newsagent:
    shop = stage.shop = Newsagent()
    stage.route = msgspec.structs.replace(stage.route, source=shop)
    stage.engine.routes = {stage.route.id: stage.route}
    return shop


async def news(stage: Stage, *orders: int, number: str, hook: Webhook = HOOK) -> str:
    """A message about these orders; what was said to it."""
    return await taken(stage, " ".join(order(one).key for one in orders).encode(), number, hook)


async def taken(stage: Stage, body: bytes, number: str, hook: Webhook = HOOK) -> str:
    """A message with this body; what was said to it."""
    intake = Intake(stage.engine)
    flusher = asyncio.create_task(intake.run())
    try:
        message = Message(1, "news", number, body, (stage.route,), mark=mark(hook, number, body))
        return await intake.take(message)
    except Refuse as error:
        return error.code
    finally:
        flusher.cancel()


async def test_what_a_message_names_is_read_and_sent(stage: Stage, shop: Newsagent) -> None:
    shop.put(order(1))
    await news(stage, 1, number="d1")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.engine.fired["hinted"] == 1


async def test_one_message_may_name_many_and_they_are_asked_for_together(
    stage: Stage, shop: Newsagent
) -> None:
    shop.put(*(order(number) for number in range(1, 121)))
    await news(stage, *range(1, 121), number="d1")
    await stage.work(rounds=30)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert (len(await stage.states()), shop.asked) == (120, 3)


async def test_one_message_may_have_many_whole(stage: Stage, shop: Newsagent) -> None:
    shop.full = True
    shop.put(order(1), order(2))
    await news(stage, 1, 2, number="d1")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed", "#2": "confirmed"}
    assert shop.asked == 0


async def test_news_of_what_is_not_there_is_counted_and_no_record(
    stage: Stage, shop: Newsagent
) -> None:
    shop.put(order(1))
    await news(stage, 1, 2, number="d1")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.engine.fired["hinted-and-absent"] == 1


async def test_what_the_source_refuses_to_tell_is_held_under_its_key(
    stage: Stage, shop: Newsagent
) -> None:
    shop.read = _failing(Refuse("It is not for you.", code="forbidden"), shop.read)  # type: ignore[method-assign]
    await news(stage, 1, number="d1")
    await stage.work()
    rows = await stage.database._pool.fetch("select key, state from record")
    assert [(row["key"], row["state"]) for row in rows] == [(order(1).key, 9)]


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [(Retry("busy", after_s=40.0, code="busy"), 41), (SignIn("no entry"), 31)],
    ids=["away", "let in by nobody"],
)
async def test_a_source_that_is_away_is_asked_again_and_nothing_waits_for_a_lease(
    stage: Stage, shop: Newsagent, error: CounterfoilError, wait_s: float
) -> None:
    shop.put(order(1))
    whole, shop.read = shop.read, _failing(error, shop.read)  # type: ignore[method-assign]
    await news(stage, 1, number="d1")
    await stage.work(rounds=1)
    (row,) = await stage.database._pool.fetch("select stage, holder, lease_until, due from page")
    assert (row["stage"], row["holder"], row["lease_until"]) == (0, None, None)
    shop.read = whole  # type: ignore[method-assign]
    stage.clock.pass_(wait_s)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


Read = Callable[[Sequence[str]], Awaitable[Sequence[Reading[Order]]]]


def _failing(error: CounterfoilError, whole: Read) -> Read:
    async def read(keys: Sequence[str]) -> Sequence[Reading[Order]]:
        raise error

    return read


# --- what makes a message another one ---


async def test_the_same_news_under_another_number_may_be_of_another_change(
    stage: Stage, shop: Newsagent
) -> None:
    hook = msgspec.structs.replace(HOOK, carries="identity")
    shop.put(order(1, cancelled=True))
    assert await news(stage, 1, number="d1", hook=hook) == "stored"
    await stage.work()
    assert await stage.states() == {"#1": "excluded"}
    shop.put(order(1, version=1))
    assert await news(stage, 1, number="d2", hook=hook) == "stored"
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert await news(stage, 1, number="d2", hook=hook) == "known"


async def test_the_same_content_under_another_number_is_a_replay_where_only_it_is_signed(
    stage: Stage, shop: Newsagent
) -> None:
    shop.put(order(1))
    assert await news(stage, 1, number="d1") == "stored"
    assert await news(stage, 1, number="d2") == "replayed"


async def test_where_the_number_is_signed_nobody_else_can_have_made_it(
    stage: Stage, shop: Newsagent
) -> None:
    hook = msgspec.structs.replace(HOOK, signs="delivery")
    shop.put(order(1))
    assert await news(stage, 1, number="d1", hook=hook) == "stored"
    assert await news(stage, 1, number="d2", hook=hook) == "stored"
    assert await news(stage, 1, number="d1", hook=hook) == "known"
    await stage.work()
    assert (await stage.states(), await causes(stage)) == ({"#1": "confirmed"}, [])


async def test_what_was_read_because_a_message_named_it_is_shown_as_such(
    stage: Stage, shop: Newsagent
) -> None:
    shop.put(order(1))
    await news(stage, 1, number="d1")
    await stage.work()
    await taken(stage, msgspec.json.encode(order(2)), "d2")
    await stage.work()
    await listed(stage.engine, stage.route, [reading(order(3))], 80)
    await stage.work()
    ways = {number: (await _shown(stage, number))[0].what for number in ("#1", "#2", "#3")}
    assert ways == {"#1": "read", "#2": "message", "#3": "listing"}


async def _shown(stage: Stage, number: str) -> Sequence[evidence.Exchange]:
    documents = await search.by_name(stage.database, [number])
    found = await stories(stage.database, {"orders": stage.route.plan}, documents)
    return await evidence.exchanges(stage.database, found)

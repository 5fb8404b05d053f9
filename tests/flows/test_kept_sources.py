"""What the source said is kept, so that news from the shop is told from news of ours."""

from __future__ import annotations

from typing import Any

import msgspec
from ends import order, reading
from flow_stage import Stage
from msgspec.structs import replace
from steps import held, swept

from counterfoil.flows import hold
from counterfoil.flows.capture import listed
from counterfoil.flows.intake import Intake, Message
from counterfoil.kit.connector import Reading
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Hold

MANY = 500


class Otherwise:
    """A source whose field table has changed: it reads the same messages with another note."""

    def __init__(self, stage: Stage) -> None:
        self._parse = stage.shop.parse
        stage.shop.parse = self.parse  # type: ignore[method-assign]

    def parse(self, body: bytes, at: Instant) -> Reading[Order]:
        found = self._parse(body, at)
        assert found.document is not None
        return msgspec.structs.replace(found, document=changed(found.document))


def changed(one: Order) -> Order:
    return replace(one, note="read by another table")


async def relisted(stage: Stage, *orders: Order, spelt: bytes = b"") -> int:
    """List the same orders again, as the changed table reads them, their bytes `spelt` before."""
    rows = [
        replace(reading(one), document=changed(one), source=spelt + msgspec.json.encode(one))
        for one in orders
    ]
    return await listed(stage.engine, stage.route, rows, 80)


async def test_a_changed_table_makes_no_known_order_new(stage: Stage) -> None:
    orders = [order(number) for number in range(1, MANY + 1)]
    for at in range(0, MANY, 250):
        await listed(stage.engine, stage.route, [reading(one) for one in orders[at : at + 250]], 80)
    Otherwise(stage)
    assert await relisted(stage, *orders) == 0
    assert await stage.database._pool.fetchval("select count(*) from record") == MANY


async def test_ten_thousand_known_orders_listed_again_are_none_new(stage: Stage) -> None:
    orders = [order(number) for number in range(1, 10_001)]
    pages = [orders[at : at + 250] for at in range(0, len(orders), 250)]
    for page in pages:
        await listed(stage.engine, stage.route, [reading(one) for one in page], 80)
    assert [await listed(stage.engine, stage.route, [reading(one) for one in page], 80)
            for page in pages] == [0] * len(pages)  # fmt: skip
    Otherwise(stage)
    assert [await relisted(stage, *page) for page in pages] == [0] * len(pages)
    assert [await relisted(stage, *page, spelt=b" ") for page in pages] == [0] * len(pages)
    for counted in ("record", "line"):
        assert await stage.database._pool.fetchval(f"select count(*) from {counted}") == 10_000


async def test_the_same_is_known_also_where_it_came_in_another_shape(stage: Stage) -> None:
    await listed(stage.engine, stage.route, [reading(order(1))], 80)
    Otherwise(stage)
    other = replace(
        reading(order(1)), document=changed(order(1)), source=b" " + msgspec.json.encode(order(1))
    )
    assert await listed(stage.engine, stage.route, [other], 80) == 0


async def test_a_real_change_of_the_same_moment_is_news_all_the_same(stage: Stage) -> None:
    await listed(stage.engine, stage.route, [reading(order(1))], 80)
    Otherwise(stage)
    assert await relisted(stage, replace(order(1), email="new@example.com")) == 1


async def pushed(stage: Stage, *orders: Order) -> None:
    """Messages about the orders, captured together."""
    intake = Intake(stage.engine)
    for number, one in enumerate(orders):
        message = Message(1, "orders", f"{one.updated}{number}", msgspec.json.encode(one),
                          (stage.route,))  # fmt: skip
        await intake._store([message])
    await stage.work()


async def test_of_two_messages_of_one_second_the_source_says_which_holds(stage: Stage) -> None:
    older, newer = order(1, pence=100), order(1, pence=200)
    stage.shop.put(newer)
    await pushed(stage, newer, older)
    assert await stage.states() == {"#1": "confirmed"}
    ((_, fields),) = stage.office.held["6000001"]
    assert fields["total"] == 200
    assert stage.engine.fired["equal-stamps"] >= 1


async def test_two_of_one_second_on_one_page_are_asked_about_too(stage: Stage) -> None:
    older, newer = order(1, pence=100), order(1, pence=200)
    stage.shop.put(newer)
    intake = Intake(stage.engine)
    await intake._store(
        [
            Message(1, "orders", str(at), msgspec.json.encode(one), (stage.route,))
            for at, one in enumerate((newer, older))
        ]
    )
    await stage.work()
    ((_, fields),) = stage.office.held["6000001"]
    assert fields["total"] == 200
    assert len(stage.office.calls) == 1


class Blind:
    """A source that understands no message, until it is mended."""

    def __init__(self, stage: Stage, key: str = "6000001") -> None:
        self._parse, self.mended, self._key = stage.shop.parse, False, key
        stage.shop.parse = self.parse  # type: ignore[method-assign]

    def parse(self, body: bytes, at: Instant) -> Any:
        if self.mended:
            return self._parse(body, at)
        problem = Hold("A member is of another kind.", do="Mend the table.", code="bad-field")
        if not self._key:
            raise problem
        return Reading(self._key, "#1", order(1).version, 0, "GBP", problem=problem)


async def test_what_could_not_be_read_is_read_again_from_its_bytes(stage: Stage) -> None:
    blind = Blind(stage)
    await pushed(stage, order(1))
    assert await stage.states() == {"#1": "held"}
    blind.mended = True  # the shop itself is never asked: it does not know the order
    await hold.resend(stage.engine, await held(stage), "kim")
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_a_message_without_an_order_is_understood_at_last(stage: Stage) -> None:
    blind = Blind(stage, key="")
    await pushed(stage, order(1))
    assert list((await stage.states()).values()) == ["held"]
    blind.mended = True
    await hold.resend(stage.engine, await held(stage), "kim")
    await stage.work()
    assert (await stage.states())["#1"] == "confirmed"
    assert sorted((await stage.states()).values()) == ["confirmed", "excluded"]


async def test_a_message_that_tells_a_part_is_read_whole(stage: Stage) -> None:
    stage.shop.put(order(1))
    parse = stage.shop.parse

    def partly(body: bytes, at: Instant) -> Reading[Order]:
        found = parse(body, at)
        assert found.document is not None
        part = replace(found.document, lines=(), total_minor=0, tax_minor=0)
        return msgspec.structs.replace(found, document=part, partial=True)

    stage.shop.parse = partly  # type: ignore[method-assign]
    await pushed(stage, order(1))
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.engine.fired["read-whole"] == 1


async def test_unreadable_and_cancelled_or_for_a_test_is_left_out(stage: Stage) -> None:
    problem = Hold("It does not add up.", code="bad-field")
    rows = [
        Reading(str(number), f"#{number}", order(number).version, 0, "GBP", problem=problem, **what)  # type: ignore[arg-type]
        for number, what in ((1, {"test": True}), (2, {"cancelled": True}), (3, {}))
    ]
    await listed(stage.engine, stage.route, rows, 80)
    assert await stage.states() == {"#1": "excluded", "#2": "excluded", "#3": "held"}


async def test_unreadable_and_cancelled_after_it_was_known_is_seen(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    gone = Reading(
        order(1).key, "#1", order(1, version=1).version, 0, "GBP",
        problem=Hold("It does not add up.", code="bad-field"), cancelled=True,
    )  # fmt: skip
    await listed(stage.engine, stage.route, [gone], 80)
    assert await stage.states() == {"#1": "held"}

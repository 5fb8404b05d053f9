"""A record is judged by the rules under which it was sent, whatever was changed since."""

from __future__ import annotations

import msgspec
from ends import order
from flow_stage import Stage
from steps import causes, held, of_class, path, swept, unanswered

from counterfoil.flows.recheck import recheck
from counterfoil.kit.connector import Intent
from counterfoil.model.order import Order


class Mapped:
    """An office whose value map says `method`; what it was sent it holds."""

    def __init__(self, stage: Stage, method: int) -> None:
        self.method = method
        stage.office.compose = self.compose  # type: ignore[method-assign]

    def compose(self, document: Order) -> Intent:
        fields = {"reference": document.key, "method": self.method}
        return Intent(document.key, msgspec.json.encode(fields), fields)


async def sent_and_unseen(stage: Stage) -> Mapped:
    """An order that the office took, and does not show yet."""
    office, read = Mapped(stage, 7), stage.office.read

    async def hidden(references: object) -> dict[str, object]:
        return {}

    stage.office.read = hidden  # type: ignore[assignment]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    stage.office.read = read  # type: ignore[method-assign]
    stage.clock.pass_(5)
    return office


async def test_a_map_changed_before_the_read_back_makes_no_false_drift(stage: Stage) -> None:
    office = await sent_and_unseen(stage)
    office.method = 99
    await stage.work()
    assert await stage.states() == {"#1": "held"}
    assert await causes(stage) == ["rules-changed"]


async def test_nor_does_it_make_a_false_confirmation(stage: Stage) -> None:
    office = await sent_and_unseen(stage)
    ((name, fields),) = stage.office.held["6000001"]
    stage.office.held["6000001"] = [(name, {**fields, "method": 99})]
    office.method = 99
    await stage.work()
    assert await causes(stage) == ["rules-changed"]


async def test_a_map_that_was_put_back_is_read_back(stage: Stage) -> None:
    await sent_and_unseen(stage)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_one_in_doubt_is_looked_up_all_the_same(stage: Stage) -> None:
    office = Mapped(stage, 7)
    of_class(stage, "C")
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    office.method = 99
    for _ in range(4):
        stage.clock.pass_(31)
        await stage.work()
    assert len(stage.office.calls) == 1
    assert await causes(stage) == ["rules-changed"]


async def test_a_record_held_so_is_confirmed_when_the_rule_is_put_back_and_it_is_read_again(
    stage: Stage,
) -> None:
    office = await sent_and_unseen(stage)
    office.method = 99
    await stage.work()
    records = await held(stage)
    (still,) = await recheck(stage.engine, records, "kim")
    assert (still.state, await causes(stage)) == ("held", ["rules-changed"])
    assert "still differs: method was sent as 99 and is 7" in still.said
    office.method = 7
    (done,) = await recheck(stage.engine, records, "kim")
    assert done.state == "confirmed"
    assert await causes(stage) == []
    assert (await path(stage, "#1"))[-2:] == ["delivered", "confirmed"]

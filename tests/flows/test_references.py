"""Two sources feed one target: what they call their own never meets under one reference."""

from __future__ import annotations

import msgspec
import pytest
from ends import Office, order
from flow_stage import Stage
from steps import swept, unanswered

from counterfoil.flows.intent import intended
from counterfoil.flows.item import made
from counterfoil.flows.route import Plan
from counterfoil.kit.connector import Intent
from counterfoil.model.order import Order

PREFIX = "shop-"
KEY = order(1).key


class Ending(Office):
    """An office that can end what it holds."""

    def cancellation(self, document: Order, identity: str) -> Intent:
        return Intent(document.key, identity.encode(), {})


def test_without_a_prefix_the_reference_is_the_source_s_key(stage: Stage) -> None:
    intent = intended(stage.route.plan, stage.office.compose, order(1))
    assert (intent.reference, intent.expect["reference"]) == (KEY, KEY)


def test_the_prefix_stands_before_it_in_what_is_sent_and_in_what_is_looked_up(stage: Stage) -> None:
    plan = stage.again(reference_prefix=PREFIX).plan
    intent = intended(plan, stage.office.compose, order(1))
    assert intent.reference == intent.expect["reference"] == PREFIX + KEY
    assert f'"{PREFIX}{KEY}"'.encode() in intent.payload


async def test_an_order_is_written_and_read_back_under_it(stage: Stage) -> None:
    stage.again(reference_prefix=PREFIX)
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert list(stage.office.held) == [PREFIX + KEY]


async def test_an_unanswered_write_is_looked_up_under_it_and_not_written_again(
    stage: Stage,
) -> None:
    """The other source's order of the same key, which stands there already, is not taken for it."""
    stage.again(reference_prefix=PREFIX)
    stage.office.held[KEY] = [("OTHER", {"reference": KEY})]
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.clock.pass_(31)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.office.calls == [PREFIX + KEY]


def test_what_is_ended_is_known_by_it_too(stage: Stage) -> None:
    ending = Ending()
    route = msgspec.structs.replace(stage.again(reference_prefix=PREFIX), target=ending)
    assert made(route, "cancel", order(1), "OR1").reference == PREFIX + KEY


@pytest.mark.parametrize("wrong", ["shop", "-", "a-b-", "shop_", "ein laden-", "x" * 17 + "-"])
def test_a_prefix_ends_with_its_only_dash(wrong: str) -> None:
    written = {
        "document": "order",
        "source": "shop",
        "target": "office",
        "owner": "operations",
        "reference_prefix": wrong,
    }
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, Plan)
    assert msgspec.convert({**written, "reference_prefix": "shop-"}, Plan)

"""A target that refuses a whole call for one bad document: the others land, it alone is held."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import pytest
from ends import Office, order
from flow_stage import Stage
from steps import causes, swept

from counterfoil.kit.connector import Intent, Written
from counterfoil.values.errors import CounterfoilError, Refuse, Settle

MANY = 64
BAD = order(17).key


class Strict(Office):
    """Takes all of a call or nothing; `unsure`: and says of the whole call that nobody knows."""

    unsure = False

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        self.most_at_once += 1
        if any(intent.reference == BAD for intent in intents):
            if self.unsure:
                raise Settle("no answer")
            raise Refuse("One of them has no stock code.", code="bad-one")
        return [self._write(intent) for intent in intents]


def strict(stage: Stage, partial: str) -> Strict:
    office = stage.office = Strict()
    carries = msgspec.structs.replace(stage.route.carries, batch=MANY, partial=partial)
    stage.route = msgspec.structs.replace(stage.route, target=office, carries=carries)
    stage.engine.routes = {1: stage.route}
    stage.shop.put(*(order(number) for number in range(MANY)))
    return office


async def test_one_bad_document_is_held_and_the_rest_land_in_few_calls(stage: Stage) -> None:
    office = strict(stage, "all")
    await swept(stage)
    await stage.work()
    states = await stage.states()
    assert states.pop("#17") == "held"
    assert set(states.values()) == {"confirmed"}
    assert (len(states), await causes(stage)) == (MANY - 1, ["bad-one"])
    assert office.most_at_once == 1 + 2 * math.log2(MANY)


async def test_nothing_is_asked_again_where_each_is_answered_for_itself(stage: Stage) -> None:
    office = strict(stage, "each")
    await swept(stage)
    await stage.work()
    assert set((await stage.states()).values()) == {"held"}
    assert office.most_at_once == 1


@pytest.mark.parametrize("partial", ["all", "each"])
async def test_a_call_that_nobody_answered_is_never_halved(stage: Stage, partial: str) -> None:
    office = strict(stage, partial)
    office.unsure = True
    await swept(stage)
    await stage.work(rounds=1)
    assert set((await stage.states()).values()) == {"in_doubt"}
    assert office.most_at_once == 1

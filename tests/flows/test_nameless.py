"""A message in which no document can be found is kept as one; no document is taken for it."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import Stage
from steps import held, swept

from counterfoil.flows import timer
from counterfoil.flows.balance import kept
from counterfoil.flows.hold import resend
from counterfoil.flows.intake import Intake, Message
from counterfoil.kit.connector import Listing, Reading
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Refuse

KEY = "delivery-4711"


async def test_an_order_whose_key_reads_like_a_message_s_is_in_the_balance(stage: Stage) -> None:
    stage.shop.put(order(1, key=KEY))
    await swept(stage)
    await stage.work()
    stage.clock.pass_(3600)
    await timer.tick(stage.engine)
    found = await kept(stage.database, stage.route.id, stage.route.name)
    assert (found.listed, found.accounts["confirmed"], found.agrees) == (1, 1, True)


async def test_an_order_that_is_refused_is_refused_whatever_its_key(stage: Stage) -> None:
    moment = Instant.parse_iso("2026-11-02T11:00:00Z")
    bad = Reading(KEY, "#1", moment, 0, "GBP", problem=Refuse("It has no lines."), created=moment)

    async def since(mark: str | None, cursor: str | None) -> Listing[object]:
        return Listing((bad,), None)  # type: ignore[arg-type]

    stage.shop.since = since  # type: ignore[method-assign,assignment]
    await swept(stage)
    assert await stage.states() == {"#1": "refused"}


async def test_a_message_without_a_document_is_held_and_not_in_the_balance(stage: Stage) -> None:
    await Intake(stage.engine)._store(
        [Message(1, "orders/create", "d-1", b"{not json", (stage.route,))]
    )
    await stage.work()
    found = await kept(stage.database, stage.route.id, stage.route.name)
    assert (sum(found.accounts.values()), found.uncounted) == (0, 0)
    with pytest.raises(Refuse, match="no order could be found"):
        await resend(stage.engine, await held(stage), "kim")

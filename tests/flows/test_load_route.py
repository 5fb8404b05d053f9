"""A listing on demand, the initial load, and what shadow kept waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from ends import Shop, order, reading
from flow_stage import Stage

from counterfoil.flows.load import initial, listing_now
from counterfoil.kit.connector import Listing
from counterfoil.kit.mark import made
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Refuse, Retry


class Warehouse(Shop):
    """A shop that can give everything at once."""

    async def load(self, start: Instant | None) -> AsyncIterator[Listing[Order]]:
        for one in self.orders.values():
            yield Listing((reading(one),), None)


async def cursor(stage: Stage) -> dict[str, object]:
    rows = {row["task"]: row for row in await stage.database.rows("cursors")}
    return dict(rows["listing"])


async def test_a_listing_on_demand_moves_the_mark(stage: Stage) -> None:
    stage.shop.put(order(1), order(2))
    assert await listing_now(stage.engine, stage.route) == 2
    assert (await cursor(stage))["mark"] == made(order(2).version)
    assert await listing_now(stage.engine, stage.route) == 0


async def test_two_listings_of_one_route_are_never_at_once(stage: Stage) -> None:
    await listing_now(stage.engine, stage.route)
    now = stage.clock.now().to_stdlib()
    await stage.database.run("hurry_cursor", 1, "listing", now)
    until = Instant.parse_iso("2026-11-02T13:00:00Z").to_stdlib()
    assert await stage.database.rows("take_cursor", 1, "listing", "other", until, now)
    with pytest.raises(Retry):
        await listing_now(stage.engine, stage.route)


async def test_a_listing_that_fails_lets_the_next_one_begin(stage: Stage) -> None:
    async def away(mark: object, place: object) -> None:
        raise Retry("shop is away.")

    well = stage.shop.since
    stage.shop.since = away  # type: ignore[assignment]
    with pytest.raises(Retry):
        await listing_now(stage.engine, stage.route)
    stage.shop.since = well
    stage.shop.put(order(1))
    assert await listing_now(stage.engine, stage.route) == 1


async def test_the_initial_load_takes_everything_once_and_listings_go_on(stage: Stage) -> None:
    house = Warehouse()
    house.put(*(order(n) for n in range(1, 6)))
    route = msgspec.structs.replace(stage.route, source=house)
    seen: list[tuple[int, int]] = []
    assert await initial(stage.engine, route, None, lambda *told: seen.append(told)) == 5
    assert seen[-1] == (5, 5)
    assert (await cursor(stage))["mark"] == made(stage.clock.now())
    assert await initial(stage.engine, route, None, lambda *told: None) == 0


async def test_a_source_without_a_way_to_give_all_is_said_so(stage: Stage) -> None:
    with pytest.raises(Refuse) as caught:
        await initial(stage.engine, stage.route, None, lambda *told: None)
    assert caught.value.code == "no-bulk"


async def test_what_waited_in_shadow_is_sent_when_the_route_is_switched_on(stage: Stage) -> None:
    now = stage.clock.now().to_stdlib()
    await stage.database.rows("switch_route", "orders", "shadow", now, "ann", "to look first")
    stage.shop.put(order(1), order(2))
    await listing_now(stage.engine, stage.route)
    await stage.work()
    assert set((await stage.states()).values()) == {"mapped"}
    assert stage.office.calls == []
    await stage.database.rows("switch_route", "orders", "on", now, "ann", "looked")
    assert len(await stage.database.rows("wake_shadowed", "orders", now)) == 1
    await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}

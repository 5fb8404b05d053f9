"""What happens by itself: sales are placed once, news is promised and kept, faults are faults."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from shopify_calls import HOOK, SECRET, VirtualClock, World, sale
from test_shopify_http import struck_by

from counterfoil.twins.kit.signing import body_hmac as signature
from counterfoil.twins.shopify import Pace
from counterfoil.twins.shopify.faults import UNMAPPED_SHIPPING


class TestPlacing:
    async def test_each_sale_is_placed_when_its_moment_comes(self, world: World) -> None:
        world.twin.load_plan(sale(number, at_s=number * 10.0) for number in range(1, 5))
        await world.trade(25.0)
        assert (await world.report())["orders"] == 2
        await world.trade(30.0)
        report = await world.report()
        assert (report["orders"], report["planned"]) == (4, 4)

    async def test_orders_have_the_moment_when_they_were_placed(self, world: World) -> None:
        world.twin.load_plan([sale(1, at_s=10.0)])
        await world.trade(20.0)
        (order,) = world.twin.shop.every(0, 10)
        assert order.created_s - world.clock.now().timestamp() in range(-12, -8)

    async def test_a_killed_shop_goes_on_and_places_nothing_twice(self, tmp_path: Path) -> None:
        path, clock = str(tmp_path / "shop.db"), VirtualClock()
        plan = [sale(number, at_s=float(number)) for number in range(100)]
        lives = [World(path=path, clock=clock) for _ in range(10)]
        for world in lives:  # each ends without a farewell: nothing is closed
            world.twin.load_plan(plan)
            await world.trade(11.0)
        names = [order.name for order in lives[-1].twin.shop.every(0, 1000)]
        assert names == [f"#{number}" for number in range(100)]

    async def test_nothing_is_placed_where_placing_fails_half_way(self, world: World) -> None:
        broken = msgspec.structs.replace(sale(2), placed="yesterday")
        world.twin.load_plan([sale(1), broken])
        with pytest.raises(Exception, match="not a moment"):
            world.twin.trade.sales.place_due(10.0)
        assert world.twin.shop.every(0, 10) == []
        assert world.twin.trade.plan.next_at_s() == 0.0


class TestNews:
    async def test_a_new_order_is_told_with_a_right_signature(self, world: World) -> None:
        await world.subscribe("ORDERS_CREATE")
        world.place(sale(1001))
        await world.trade(1.0)
        ((url, headers, body),) = world.listener.heard
        assert url == HOOK
        assert headers["X-Shopify-Topic"] == "orders/create"
        assert headers["X-Shopify-Hmac-SHA256"] == signature(SECRET, body)
        assert headers["X-Shopify-Shop-Domain"] == "twin.myshopify.com"
        assert headers["X-Shopify-API-Version"] == "2026-10"
        assert {"X-Shopify-Webhook-Id", "X-Shopify-Event-Id", "X-Shopify-Triggered-At"} <= set(
            headers
        )
        assert msgspec.json.decode(body)["name"] == "#1001"

    def test_the_signature_is_shopifys(self) -> None:
        body = b'{"hello":"world"}'
        assert signature("hush", body) == "0qgAiZj+St/dOktwfRHyqrd5hPy1tVi7miu0TOYKc3s="

    async def test_only_the_topics_that_somebody_listens_to(self, world: World) -> None:
        await world.subscribe("ORDERS_UPDATED")
        (number,) = world.place(sale(1001))
        world.clock.passed_s += 5
        world.twin.trade.touch(number)
        await world.trade(1.0)
        (body,) = world.listener.bodies("orders/updated")
        assert len(world.listener.heard) == 1
        assert body["updated_at"] == "2026-11-02T09:00:05+00:00"
        assert body["total_price"] == "27.75"
        assert sale(1001).total_minor == 2775

    async def test_what_is_not_accepted_is_repeated_as_it_was(self, world: World) -> None:
        await world.subscribe("ORDERS_CREATE")
        world.listener.status = 500
        (number,) = world.place(sale(1001))
        await world.trade(2.0)
        world.twin.trade.touch(number)
        world.listener.status = 200
        await world.trade(10.0)
        first, *_, last = world.listener.heard
        assert last[2] == first[2]
        assert last[1]["X-Shopify-Webhook-Id"] == first[1]["X-Shopify-Webhook-Id"]
        hooks = (await world.report())["webhooks"]
        assert (hooks["accepted"], hooks["refused"]) == (1, hooks["sent"] - 1)

    async def test_after_eight_repeats_the_subscription_is_deleted(self, world: World) -> None:
        await world.subscribe("ORDERS_CREATE")
        world.listener.status = 503
        world.place(sale(1001), sale(1002))
        await world.trade(sum(Pace().retries_s) + 10)
        listed = await world.data("{ webhookSubscriptions(first: 9) { nodes { id } } }")
        assert listed["webhookSubscriptions"]["nodes"] == []
        assert len(world.listener.heard) >= 9
        assert (await world.report())["webhooks"]["subscriptions_deleted"] == 1

    async def test_a_promise_outlives_the_shop(self, tmp_path: Path) -> None:
        path = str(tmp_path / "shop.db")
        killed = World(path=path)
        await killed.subscribe("ORDERS_CREATE")
        killed.place(sale(1001))
        world = World(path=path, clock=killed.clock)
        await world.trade(1.0)
        assert [body["name"] for body in world.listener.bodies("orders/create")] == ["#1001"]

    async def test_a_listener_can_go_and_nobody_listens_twice(self, world: World) -> None:
        (made,) = await world.subscribe("ORDERS_CREATE")
        query = """mutation ($uri: String!) {
          webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: $uri}) {
            webhookSubscription { id } userErrors { field message } } }"""
        again = (await world.data(query, uri=HOOK))["webhookSubscriptionCreate"]
        assert again["webhookSubscription"] is None
        assert "already been taken" in again["userErrors"][0]["message"]
        delete = """mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) {
          deletedWebhookSubscriptionId userErrors { message } } }"""
        assert await world.data(delete, id=made) == {
            "webhookSubscriptionDelete": {"deletedWebhookSubscriptionId": made, "userErrors": []}
        }
        gone = (await world.data(delete, id=made))["webhookSubscriptionDelete"]
        assert gone["userErrors"]


class TestFaults:
    async def told(self, fault: str, **more: Any) -> World:
        world = World(**more)
        await world.subscribe("ORDERS_CREATE", "ORDERS_UPDATED")
        struck_by(world, fault)
        world.place(sale(1001))
        return world

    async def test_lost(self) -> None:
        world = await self.told("webhook_lost")
        await world.trade(60.0)
        assert world.listener.heard == []
        hooks = (await world.report())["webhooks"]
        assert (hooks["lost"], hooks["promised"]) == (1, 0)

    async def test_late(self) -> None:
        world = await self.told("webhook_late")
        await world.trade(Pace().late_s[0] - 0.5)
        assert world.listener.heard == []
        await world.trade(Pace().late_s[1])
        assert len(world.listener.heard) == 1

    async def test_reordered(self) -> None:
        world = await self.told("webhook_reordered")
        await world.trade(10.0)
        topics = [headers["X-Shopify-Topic"] for _, headers, _ in world.listener.heard]
        assert topics == ["orders/updated", "orders/create"]

    async def test_duplicate(self) -> None:
        world = await self.told("webhook_duplicate")
        await world.trade(10.0)
        first, second = world.listener.heard
        assert first == second
        assert (await world.report())["webhooks"]["duplicated"] == 1

    async def test_forged(self) -> None:
        world = await self.told("webhook_forged")
        await world.trade(10.0)
        hooks = (await world.report())["webhooks"]
        assert (hooks["accepted"], hooks["forged_refused"]) == (1, 1)
        _, (_, headers, body) = world.listener.heard
        assert headers["X-Shopify-Hmac-SHA256"] != signature(SECRET, body)
        assert world.twin.shop.order(msgspec.json.decode(body)["id"]) is None

    async def test_replayed(self) -> None:
        world = await self.told("webhook_replayed")
        await world.trade(10.0)
        first, second = world.listener.heard
        assert second[2] == first[2]
        assert second[1]["X-Shopify-Webhook-Id"] != first[1]["X-Shopify-Webhook-Id"]

    async def test_edited_later(self) -> None:
        world = await self.told("edited_later")
        await world.trade(20.0)
        (order,) = world.twin.shop.every(0, 10)
        assert order.updated_s > order.created_s
        assert (await world.report())["edited"] == 1
        assert len(world.listener.bodies("orders/updated")) == 1

    async def test_an_unmapped_value_moves_no_money(self) -> None:
        world = await self.told("unmapped_value")
        (order,) = world.twin.shop.every(0, 10)
        assert order.sale.shipping[0].title == UNMAPPED_SHIPPING
        assert order.sale.total_minor == sale(1001).total_minor

    async def test_search_lag(self) -> None:
        world = await self.told("search_lag")
        count = "{ ordersCount { count } }"
        assert (await world.data(count))["ordersCount"]["count"] == 0
        world.clock.passed_s += Pace().lag_s[1]
        assert (await world.data(count))["ordersCount"]["count"] == 1

    async def test_what_happened_is_remembered_beyond_a_restart(self, tmp_path: Path) -> None:
        path = str(tmp_path / "shop.db")
        killed = World(path=path)
        struck_by(killed, "unmapped_value")
        killed.place(sale(1))
        killed.twin.calm()
        world = World(path=path, faults="hostile")
        world.place(*(sale(number) for number in range(2, 60)))
        report = await world.report()
        assert report["faults"]["unmapped_value"] == 1
        assert sum(report["faults"].values()) == 1

    async def test_the_same_seed_makes_the_same_day(self) -> None:
        first, second, other = [await _day(seed) for seed in (7, 7, 8)]
        assert first == second
        assert first != other

    async def test_a_hostile_day_reaches_every_fault_of_the_shops_own(self) -> None:
        world = World(faults="hostile")
        await world.subscribe("ORDERS_CREATE", "ORDERS_UPDATED")
        world.twin.load_plan(sale(number, at_s=number * 0.1) for number in range(300))
        await world.trade(90.0)
        reached = (await world.report())["faults"]
        own = [name for name in reached if name.startswith(("webhook", "edited", "unmapped"))]
        assert all(reached[name] for name in own), reached
        assert (await world.report())["webhooks"].get("forged_accepted", 0) == 0


async def _day(seed: int) -> tuple[str, Any]:
    world = World(faults="hostile", seed=seed)
    await world.subscribe("ORDERS_CREATE", "ORDERS_UPDATED")
    world.twin.load_plan(sale(number, at_s=number * 0.5) for number in range(60))
    await world.trade(60.0)
    heard = hashlib.sha256(repr(world.listener.heard).encode()).hexdigest()
    return heard, await world.report()

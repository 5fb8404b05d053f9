"""Limits with their headers, and every fault, each met by a caller or a listener."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest
from bigcommerce_calls import HOOK, SECRET, World, opened, sale

from counterfoil.twins.bigcommerce import CATALOGUE
from counterfoil.twins.bigcommerce.hooks import CREATED, UPDATED
from counterfoil.twins.bigcommerce.life import LIFE
from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.kit.signing import standard_webhook

LEFT, RESET = "x-rate-limit-requests-left", "x-rate-limit-time-reset-ms"


class TestLimits:
    async def test_a_window_is_used_up_and_begins_anew(self) -> None:
        async with opened(quota=3) as world:
            world.clock.passed_s = 20.0
            seen = [await world.call("GET", "/v2/orders/count") for _ in range(4)]
            assert [status for status, _, _ in seen] == [200, 200, 200, 429]
            assert [headers[LEFT] for _, headers, _ in seen] == ["2", "1", "0", "0"]
            assert {headers[RESET] for _, headers, _ in seen} == {"10000"}
            assert seen[3][1]["x-rate-limit-time-window-ms"] == "30000"
            assert seen[3][1]["x-rate-limit-requests-quota"] == "3"
            world.clock.passed_s += 10.0
            assert (await world.call("GET", "/v2/orders/count"))[0] == 200
            report = world.twin.report()
            assert (report.calls, report.over_limit, report.over_slots) == (5, 1, 0)

    async def test_the_quota_is_150_in_30_seconds(self, world: World) -> None:
        _, headers, _ = await world.call("GET", "/v2/orders/count")
        assert (headers[LEFT], headers[RESET]) == ("149", "30000")

    async def test_a_stranger_to_the_store_uses_up_the_quota_too(self) -> None:
        async with opened(quota=1) as world:
            assert (await world.call("GET", "/v2/orders", token="wrong"))[0] == 401
            assert (await world.call("GET", "/v2/orders"))[0] == 429


class TestAnswers:
    async def test_another_app_has_used_up_the_window(self) -> None:
        async with opened(always="too_many") as world:
            status, headers, body = await world.call("GET", "/v2/orders")
            assert (status, headers[LEFT], headers[RESET]) == (429, "0", "30000")
            assert msgspec.json.decode(body)[0]["status"] == 429
            assert world.twin.report().over_limit == 0

    async def test_a_refusal_for_load_says_nothing_or_that_calls_are_left(self) -> None:
        async with opened(always="overload") as world:
            seen = [await world.call("GET", "/v2/orders") for _ in range(20)]
            assert {(status, body) for status, _, body in seen} == {(429, b"")}
            left = [headers.get(LEFT) for _, headers, _ in seen]
            assert 0 < left.count(None) < 20
            assert all(int(shown) > 100 for shown in left if shown)

    async def test_the_server_fails(self) -> None:
        async with opened(always="server_error") as world:
            statuses = {(await world.call("GET", "/v2/orders"))[0] for _ in range(20)}
            assert statuses == {500, 502, 503}

    async def test_a_page_of_the_edge_or_no_body_comes_with_200(self) -> None:
        for fault, begins in (("html_error_page", b"<!DOCTYPE"), ("empty_page", b"")):
            async with opened(always=fault) as world:
                status, _, body = await world.call("GET", "/v2/orders")
                assert (status, body[:9]) == (200, begins)

    @pytest.mark.parametrize("fault", ["read_timeout", "reset"])
    async def test_no_whole_answer_comes(self, fault: str) -> None:
        async with opened(always=fault) as world:
            (key,) = world.place(sale(1))
            with pytest.raises(aiohttp.ClientError):
                await world.call("GET", f"/v2/orders/{key}")
            waited = world.clock.passed_s > 30.0
            assert waited == (fault == "read_timeout")

    async def test_a_slow_answer_is_a_whole_one(self) -> None:
        async with opened(always="slow") as world:
            world.place(sale(1))
            assert len(await world.get("/v2/orders")) == 1
            assert 0.3 <= world.clock.passed_s <= 2.0

    async def test_a_write_that_was_cut_off_has_landed(self) -> None:
        async with opened(always="reset") as world:
            (key,) = world.place(sale(1))
            with pytest.raises(aiohttp.ClientError):
                await world.call("PUT", f"/v2/orders/{key}", {"external_order_id": "R-1"})
            world.twin.calm()
            assert (await world.get(f"/v2/orders/{key}"))["external_order_id"] == "R-1"

    async def test_a_listing_knows_an_order_later_than_its_own_address(self) -> None:
        async with opened(always="search_lag") as world:
            (key,) = world.place(sale(1))
            assert await world.get("/v2/orders") is None
            assert (await world.get(f"/v2/orders/{key}"))["id"] == key
            world.clock.passed_s += 3.0
            assert [one["id"] for one in await world.get("/v2/orders")] == [key]
            assert world.twin.report().faults["search_lag"] == 1


class TestMessages:
    async def told(self, world: World, seconds: float = 30.0) -> int:
        await world.hook(CREATED)
        (key,) = world.place(sale(1))
        await world.trade(seconds)
        return key

    async def test_one_is_lost(self) -> None:
        async with opened(always="webhook_lost") as world:
            await self.told(world)
            assert world.listener.heard == []
            assert world.twin.report().webhooks["lost"] == 1

    async def test_one_is_late(self) -> None:
        async with opened(always="webhook_late") as world:
            await self.told(world)
            assert 3.0 <= world.listener.heard[0][0] <= 16.0

    async def test_one_comes_twice_under_one_name(self) -> None:
        async with opened(always="webhook_duplicate") as world:
            await self.told(world)
            (_, first, body), (_, second, again) = world.listener.heard
            assert (first, body) == (second, again)

    async def test_a_replay_is_signed_rightly_and_is_the_old_message(self) -> None:
        async with opened(always="webhook_replayed") as world:
            await self.told(world)
            (_, first, body), (_, second, again) = world.listener.heard
            assert (first, body) == (second, again)
            assert world.twin.report().webhooks["replayed"] == 1

    async def test_a_forgery_names_an_order_that_does_not_exist(self) -> None:
        async with opened(always="webhook_forged") as world:
            key = await self.told(world)
            _, headers, body = world.listener.heard[1]
            named = (headers["webhook-id"], headers["webhook-timestamp"])
            assert headers["webhook-signature"] != standard_webhook(SECRET, *named, body)
            forged = msgspec.json.decode(body)["data"]["id"]
            assert forged != key
            assert (await world.call("GET", f"/v2/orders/{forged}"))[0] == 404

    async def test_the_news_of_a_change_comes_first(self) -> None:
        async with opened(always="webhook_reordered") as world:
            await world.hook(UPDATED)
            key = await self.told(world, 2.5)
            assert world.listener.told[:2] == [(UPDATED, key), (CREATED, key)]

    async def test_somebody_edits_an_order_later(self) -> None:
        async with opened(always="edited_later") as world:
            key = await self.told(world)
            assert (await world.get(f"/v2/orders/{key}"))["staff_notes"] == "Please call."


async def test_every_fault_is_met_on_a_hostile_day() -> None:
    besides = {name: Fault(fault.text, 0.1, 0.1) for name, fault in LIFE.items()}
    async with opened(day="hostile", besides=besides, slots=10) as world:
        world.twin.listen((CREATED, UPDATED), HOOK)
        world.twin.trade.plan.load([sale(number, at_s=number / 2) for number in range(150)])
        for _ in range(60):
            await world.trade(2.0)
            for _ in range(3):
                try:
                    await world.call("GET", "/v2/orders?limit=5")
                except aiohttp.ClientError:
                    continue
        world.twin.calm()
        await world.trade(400.0)
        report = world.twin.report()
        assert report.faults.keys() == CATALOGUE.keys()
        assert [name for name, count in report.faults.items() if not count] == []
        assert [name for name, count in report.befell.items() if not count] == []
        assert (report.orders, report.pending) == (150, 0)


async def test_the_same_seed_gives_the_same_store() -> None:
    async def played(seed: int) -> list[object]:
        async with opened(day="hostile", besides=LIFE, seed=seed) as world:
            world.twin.listen(["store/order/*"], HOOK)
            world.twin.trade.plan.load([sale(number, at_s=number / 4) for number in range(60)])
            await world.trade(60.0)
            return [world.listener.told, world.twin.report(), list(world.twin.book("order"))]

    first, again, other = await played(3), await played(3), await played(4)
    assert first == again != other


async def test_the_control_room_is_neither_counted_nor_guarded(world: World) -> None:
    (key,) = world.place(sale(7))
    async with world.client.get("/_twin/book/order") as answer:
        (entry,) = (await answer.json())["entries"]
    assert (entry["key"], entry["reference"]) == (str(key), "7")
    assert entry["measure"] == [sale(7).total_minor, "GBP"]
    async with world.client.post("/_twin/calm") as answer:
        assert await answer.json() == {"calm": True}
    async with world.client.get("/_twin/report") as answer:
        assert (await answer.json())["calls"] == 0

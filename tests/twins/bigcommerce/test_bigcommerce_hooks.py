"""Webhooks: who hears what, how a message is signed, when it is tried again, and until when."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from bigcommerce_calls import HOOK, SECRET, World, opened, sale

from counterfoil.twins.bigcommerce.hooks import CREATED, STATUS_UPDATED, UPDATED
from counterfoil.twins.bigcommerce.life import EVENTS
from counterfoil.twins.bigcommerce.site import RETRIES_S
from counterfoil.twins.kit.signing import standard_webhook

SHARED = Path(__file__).resolve().parents[4] / "shared"


def true(headers: dict[str, str], body: bytes) -> bool:
    """Whether a message is signed by who knows the secret."""
    named = (headers["webhook-id"], headers["webhook-timestamp"])
    return headers["webhook-signature"] == standard_webhook(SECRET, *named, body)


def test_the_signature_is_that_of_the_worked_example() -> None:
    file = SHARED / "specs" / "bigcommerce" / "examples" / "constructed" / "webhook_signed.json"
    if not file.exists():
        pytest.skip("the worked example is not beside this checkout")
    example = json.loads(file.read_text("utf-8"))
    headers = example["headers"]
    named = (headers["webhook-id"], headers["webhook-timestamp"])
    made = standard_webhook(example["client_secret"], *named, example["raw_body"].encode())
    assert made == headers["webhook-signature"]


class TestMessages:
    async def test_a_message_names_its_order_and_nothing_of_it(self, world: World) -> None:
        await world.hook(CREATED, headers={"x-own": "opener"})
        (key,) = world.place(sale(1))
        await world.trade(1.0)
        ((_, headers, body),) = world.listener.heard
        told = msgspec.json.decode(body)
        assert told.keys() == {"producer", "hash", "created_at", "store_id", "scope", "data"}
        assert told["data"] == {"type": "order", "id": key}
        assert (told["producer"], told["store_id"]) == ("stores/examplehash", "1003163076")
        assert (headers["x-own"], headers["webhook-id"]) == ("opener", told["hash"])
        assert true(headers, body)

    async def test_an_order_that_nobody_paid_is_told_before_its_status_moves(
        self, world: World
    ) -> None:
        await world.hook("store/order/*")
        (key,) = world.place(sale(1))
        await world.trade(10.0)
        assert world.listener.told == [(CREATED, key), (STATUS_UPDATED, key), (UPDATED, key)]
        moved = msgspec.json.decode(world.listener.heard[1][2])["data"]["status"]
        assert moved == {"previous_status_id": 0, "new_status_id": 11}

    async def test_a_write_of_the_same_value_tells_nothing(self, world: World) -> None:
        (key,) = world.place(sale(1, channel="580111"))
        await world.hook("store/order/*")
        await world.call("PUT", f"/v2/orders/{key}", {"status_id": 11})
        await world.trade(5.0)
        assert world.listener.told == []

    async def test_what_is_archived_is_told_as_such(self, world: World) -> None:
        (key,) = world.place(sale(1, channel="580111"))
        await world.hook("store/order/archived")
        world.twin.trade.change(key, EVENTS["archived"])
        await world.trade(1.0)
        assert world.listener.told == [("store/order/archived", key)]

    async def test_two_changes_of_one_second_have_one_name(self, world: World) -> None:
        (key,) = world.place(sale(1, channel="580111"))
        await world.hook(UPDATED)
        for _ in range(2):
            world.twin.trade.change(key, EVENTS["edited"])
        await world.trade(1.0)
        assert len({headers["webhook-id"] for _, headers, _ in world.listener.heard}) == 1
        assert len(world.listener.heard) == 2


class TestRetries:
    async def test_it_is_tried_eleven_times_more_and_then_the_hook_is_deactivated(
        self, world: World
    ) -> None:
        hook = await world.hook(CREATED)
        world.listener.status = 500
        world.place(sale(1))
        await world.trade(sum(RETRIES_S) + 60.0)
        moments = [heard_s for heard_s, _, _ in world.listener.heard]
        waits = [after - before for before, after in pairwise(moments)]
        assert waits == pytest.approx(list(RETRIES_S), abs=1.5)  # the time that sending takes
        shown = (await world.get(f"/v3/hooks/{hook}"))["data"]
        assert shown["is_active"] is False
        assert world.twin.report().webhooks["subscriptions_deactivated"] == 1
        world.listener.status = 200
        world.place(sale(2))
        await world.trade(5.0)
        assert len(moments) == len(world.listener.heard)
        await world.call("PUT", f"/v3/hooks/{hook}", {"is_active": True})
        (last,) = world.place(sale(3))
        await world.trade(5.0)
        assert world.listener.told[-1] == (CREATED, last)

    @pytest.mark.parametrize("again", [False, True])
    async def test_whose_moment_a_retry_is_signed_with_is_a_matter_of_the_site(
        self, again: bool
    ) -> None:
        async with opened(signs_again=again) as world:
            await world.hook(CREATED)
            world.listener.status = 503
            world.place(sale(1))
            await world.trade(70.0)
            stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in world.listener.heard]
            assert len(stamps) == 2
            assert stamps[1] - stamps[0] in ((60, 61, 62) if again else (0,))
            assert all(true(headers, body) for _, headers, body in world.listener.heard)

    async def test_a_killed_store_keeps_its_promises(self, tmp_path: Path) -> None:
        path = str(tmp_path / "store.db")
        async with opened(path=path) as world:
            await world.hook(CREATED)
            (key,) = world.place(sale(1))
        async with opened(path=path) as world:
            await world.trade(1.0)
            assert world.listener.told == [(CREATED, key)]


class TestSubscriptions:
    async def test_they_are_made_listed_and_deleted(self, world: World) -> None:
        assert (await world.get("/v3/hooks"))["data"] == []
        hook = await world.hook(CREATED)
        (shown,) = (await world.get("/v3/hooks"))["data"]
        assert (shown["id"], shown["headers"], shown["is_active"]) == (hook, None, True)
        assert (await world.get("/v3/hooks"))["meta"]["pagination"]["total"] == 1
        assert (await world.call("DELETE", f"/v3/hooks/{hook}"))[0] == 200
        assert (await world.call("GET", f"/v3/hooks/{hook}"))[0] == 404

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"scope": CREATED}, 422),
            ({"scope": CREATED, "destination": "http://shop.example/hook"}, 422),
            ({"scope": CREATED, "destination": HOOK}, 409),
            ({"scope": 5}, 422),
        ],
    )
    async def test_what_is_not_allowed_is_refused_in_v3s_shape(
        self, world: World, asked: object, status: int
    ) -> None:
        await world.hook(CREATED)
        found, _, body = await world.call("POST", "/v3/hooks", asked)
        assert found == status
        assert msgspec.json.decode(body).keys() == {"status", "title", "type", "errors"}

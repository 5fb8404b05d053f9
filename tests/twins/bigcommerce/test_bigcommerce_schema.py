"""Every answer of the twin against the vendor's published schemas."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bigcommerce_calls import HOOK, World, beside, opened, sale
from openapi import broken, loaded

from counterfoil.twins.bigcommerce.hooks import CREATED
from counterfoil.twins.bigcommerce.life import EVENTS
from counterfoil.twins.world import Buyer

SPECS = Path(__file__).resolve().parents[4] / "shared" / "specs" / "bigcommerce"

# What recorded answers have and the schemas do not know (test_bigcommerce_recorded.py holds each).
RECORDED_OTHERWISE = {
    "order.staff_notes: None is no string",
    "order.customer_message: None is no string",
    "order.cart_id: None is no string",
    "order.payment_provider_id: None is none of its kinds",
    "order.credit_card_type: unknown",
    "order.custom_status: unknown",
    "product.fulfillment_source: unknown",
    "status.order: unknown",
    "count.statuses[].order: unknown",
    "hook.events_history_enabled: unknown",
    "hook.headers: None is no object",
}


def schemas(file: str) -> dict[str, Any]:
    path = SPECS / file
    if not path.exists():
        pytest.skip("the vendor's schemas are not beside this checkout")
    return loaded(gzip.decompress(path.read_bytes()).decode())["components"]["schemas"]


@pytest.fixture(scope="module")
def v2() -> dict[str, Any]:
    return schemas("orders.v2.oas2.yml.gz")


@pytest.fixture(scope="module")
def v3() -> dict[str, Any]:
    return schemas("webhooks.v3.yml.gz")


def complaints(known: dict[str, Any], name: str, schema: str, value: Any) -> set[str]:
    rows = value if isinstance(value, list) else [value]
    return {text for row in rows for text in broken(row, known[schema], known, name)}


async def everything(world: World) -> list[tuple[str, str, Any]]:
    """Every kind of answer, of orders with everything and with nothing."""
    keys = world.place(
        sale(1, buyer=Buyer(9), attributes=(("Gift", "yes"),), note="Ring"),
        beside(2),
        sale(3, channel="580111", lines=(), shipping=(), discounts=()),
        sale(4, channel="shopify_draft_order"),
        *(sale(number) for number in range(5, 13)),
    )
    await world.trade(10.0)
    for key, change in zip(keys[4:], EVENTS.values(), strict=True):
        world.twin.trade.change(key, change)
    orders = [*await world.get("/v2/orders"), *await world.get("/v2/orders?is_deleted=true")]
    assert len(orders) == len(keys)
    found: list[tuple[str, str, Any]] = [("order", "order_Resp", orders)]
    for name, part, schema in (
        ("product", "products", "orderProducts"),
        ("address", "shipping_addresses", "orderShippingAddress"),
        ("coupon", "coupons", "orderCoupons_Base"),
        ("tax", "taxes", "orderTaxes_Base"),
    ):
        rows = [row for key in keys for row in await world.get(f"/v2/orders/{key}/{part}") or ()]
        assert rows
        found.append((name, schema, rows))
    found.append(("status", "orderStatus_Base", await world.get("/v2/order_statuses")))
    found.append(("count", "ordersCount_Full", await world.get("/v2/orders/count")))
    return found


async def test_every_answer_about_orders_is_as_published(v2: dict[str, Any], world: World) -> None:
    seen: set[str] = set()
    for name, schema, value in await everything(world):
        seen |= complaints(v2, name, schema, value)
    assert seen == {text for text in RECORDED_OTHERWISE if not text.startswith("hook")}


async def test_a_hook_is_as_published(v3: dict[str, Any], world: World) -> None:
    await world.hook(CREATED)
    await world.hook("store/order/*", headers={"x-own": "1"})
    hooks = (await world.get("/v3/hooks"))["data"]
    seen = complaints(v3, "hook", "webhook_Full", hooks)
    assert seen <= {text for text in RECORDED_OTHERWISE if text.startswith("hook")}
    assert [hook["destination"] for hook in hooks] == [HOOK, HOOK]


async def test_a_refusal_of_v3_is_as_published(v3: dict[str, Any], world: World) -> None:
    _, _, body = await world.call("GET", "/v3/hooks/9")
    assert complaints(v3, "error", "errorDetailed_Full", msgspec.json.decode(body)) == set()


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"id": "1"}, "order.id: '1' is no integer"),
        ({"total_tax": 1.5}, "order.total_tax: 1.5 is no string"),
        ({"payment_status": "Captured"}, "order.payment_status: 'Captured' is not in the list"),
        ({"sum": "1.0000"}, "order.sum: unknown"),
        ({"billing_address": {}}, "order.billing_address.zip: missing"),
    ],
)
async def test_what_is_not_as_published_is_seen(
    v2: dict[str, Any], spoilt: dict[str, Any], said: str
) -> None:
    async with opened() as world:
        (key,) = world.place(sale(1))
        order = await world.get(f"/v2/orders/{key}") | spoilt
        assert said in complaints(v2, "order", "order_Resp", order)

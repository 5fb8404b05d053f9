"""The twin's answers against recorded ones: the same members, spelt as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bigcommerce_calls import World, beside, opened, sale

from counterfoil.twins.bigcommerce.hooks import CREATED, UPDATED
from counterfoil.twins.bigcommerce.life import EVENTS
from counterfoil.twins.bigcommerce.site import SINCE_2026
from counterfoil.twins.world import Buyer, SaleDiscount

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "bigcommerce"
_FORMS = {
    "money": re.compile(r"-?\d+\.\d{4}"),
    "rate": re.compile(r"\d+\.\d{10}"),
    "date": re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "empty": re.compile(r""),
}


def exchange(path: str) -> Any:
    """A recorded exchange, or what was kept of one."""
    file = CASES / path
    if not file.exists():
        pytest.skip("the recordings are not beside this checkout")
    return json.loads(file.read_text("utf-8"))


def recording(path: str) -> Any:
    """What was answered in it."""
    found = exchange(path)
    return found["response"] if isinstance(found, dict) and "response" in found else found


def form(value: Any) -> str:
    """What kind of value stands there: a text's form where it has one."""
    if not isinstance(value, str):
        return type(value).__name__
    return next((name for name, shape in _FORMS.items() if shape.fullmatch(value)), "text")


def forms(rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    return {name: {form(row[name]) for row in rows if name in row} for row in rows for name in row}


ORDERS = (
    "live-2022-paid-outside-bigcommerce",
    "live-v2-get",
    "live-v2-put-shipped-manual-discount-2026",
    "live-v2-update",
    "live-v2-web-guest-cod-2024",
)


async def ours(world: World, part: str = "") -> list[dict[str, Any]]:
    """Orders of every source and age, or a part of them."""
    keys = world.place(
        sale(1, payment="pending"),
        beside(2, channel="580111", note=""),
        sale(3, channel="580111", attributes=(("Other Info", "{}"),), buyer=Buyer(5)),
        sale(4, discounts=(SaleDiscount("manual", "Manual"),), note="Ring the bell"),
        sale(5),
    )
    await world.trade(10.0)
    world.twin.trade.change(keys[3], EVENTS["shipped_by_hand"])
    (begun,) = world.place(sale(6))
    for key in (keys[0], keys[2]):
        world.twin.trade.change(key, EVENTS["edited"])
    if not part:
        return await world.get("/v2/orders")
    return [row for key in (*keys, begun) for row in await world.get(f"/v2/orders/{key}/{part}")]


@pytest.mark.parametrize("name", ORDERS)
async def test_an_order_has_the_members_of_every_recorded_year(name: str) -> None:
    recorded = recording(f"orders/{name}.json")
    async with opened() as world:
        whole = (await ours(world))[0].keys()
        assert recorded.keys() <= whole
    async with opened(omits=whole - recorded.keys()) as world:
        for order in await ours(world):
            assert order.keys() == recorded.keys()
            assert order["billing_address"].keys() == recorded["billing_address"].keys()


@pytest.mark.parametrize("name", ORDERS)
async def test_every_value_of_a_recorded_order_has_a_form_that_the_twin_gives(
    world: World, name: str
) -> None:
    recorded = recording(f"orders/{name}.json")
    given = forms(await ours(world))
    # Of a person's text, or of what the platform knows of a browser, only the kind matters.
    free = {"staff_notes", "customer_message", "status", "custom_status", "geoip_country"}
    free |= {"ip_address", "geoip_country_iso2", "tax_provider_id"}
    wrong = {
        name: (form(value), given[name])
        for name, value in recorded.items()
        if form(value) not in given[name] and not (name in free and isinstance(value, str))
    }
    assert wrong == {}


async def test_what_the_schemas_do_not_know_is_recorded() -> None:
    found = recording("orders/live-v2-get.json")
    nulls = ("staff_notes", "customer_message", "cart_id", "payment_provider_id")
    assert [found[name] for name in nulls] == [None] * 4
    assert {"credit_card_type", "custom_status"} <= found.keys()
    assert "fulfillment_source" in recording("order_products/live-v2-products.json")[0]
    assert "order" in recording("orders/live-v2-order-statuses.json")[0]
    hook = recording("webhooks/live-2024-hook-create-answer.json")["data"]
    assert hook["headers"] is None
    assert hook["events_history_enabled"] is False


async def test_members_of_the_older_years_are_those_that_were_absent_then() -> None:
    older = recording("orders/live-v2-web-guest-cod-2024.json")
    newer = recording("orders/live-v2-get.json")
    assert newer.keys() - older.keys() == SINCE_2026


@pytest.mark.parametrize(
    ("part", "file"),
    [
        ("products", "order_products/live-v2-products.json"),
        ("shipping_addresses", "order_shipping_addresses/live-v2-shipping-addresses.json"),
    ],
)
async def test_a_part_has_the_recorded_members_in_the_recorded_forms(
    world: World, part: str, file: str
) -> None:
    (recorded,) = recording(file)
    rows = await ours(world, part)
    given = forms(rows)
    assert {frozenset(row) for row in rows} == {frozenset(recorded)}
    texts = {"text", "empty"}
    wrong = {
        name: (form(value), given[name])
        for name, value in recorded.items()
        if form(value) not in given[name] and not ({form(value)} | given[name] <= texts)
    }
    assert wrong == {}


async def test_statuses_have_the_recorded_members_and_names(world: World) -> None:
    recorded = {row["id"]: row for row in recording("orders/live-v2-order-statuses.json")}
    rows = await world.get("/v2/order_statuses")
    assert {row["id"]: row["system_label"] for row in rows} == {
        key: row["system_label"] for key, row in recorded.items()
    }
    assert all(row.keys() == recorded[row["id"]].keys() for row in rows)


async def test_an_answer_has_the_recorded_headers(world: World) -> None:
    _, headers, _ = await world.call("GET", "/v2/orders/count")
    recorded = exchange("orders/live-v2-get.json")["headers"]
    limits = {name for name in recorded if name.startswith("x-rate-limit")}
    assert limits == {name for name in headers if name.startswith("x-rate-limit")}


async def test_a_hook_and_its_messages_have_the_recorded_members(world: World) -> None:
    made = recording("webhooks/live-2024-hook-create-answer.json")
    await world.hook(CREATED)
    (hook,) = (await world.get("/v3/hooks"))["data"]
    assert hook.keys() == made["data"].keys()
    (key,) = world.place(sale(1, channel="580111"))
    await world.trade(1.0)
    _, headers, body = world.listener.heard[0]
    recorded = recording("webhooks/live-order-created.json")
    told = msgspec.json.decode(body)
    assert list(told) == list(recorded)
    assert (told["scope"], told["data"]) == (recorded["scope"], {"type": "order", "id": key})
    assert {name: type(value) for name, value in told.items()} == {
        name: type(value) for name, value in recorded.items()
    }
    assert len(told["hash"]) == len(recorded["hash"])
    named = recording("webhooks/live-2026-product-updated-with-headers.json")["headers"]
    assert {name for name in named if name.startswith("webhook-")} <= headers.keys()


async def test_a_duplicate_is_the_same_message_as_recorded() -> None:
    first, second = recording("webhooks/live-2026-duplicate-delivery.json")["deliveries"]
    assert first["hash"] == second["hash"]
    async with opened(always="webhook_duplicate") as world:
        world.twin.listen([UPDATED, CREATED], "http://127.0.0.1:9/hooks")
        world.place(sale(1, channel="580111"))
        await world.trade(5.0)
        hashes = [msgspec.json.decode(body)["hash"] for _, _, body in world.listener.heard]
        assert hashes[0] == hashes[1]


async def test_a_refusal_has_the_recorded_shape(world: World) -> None:
    recorded = recording("errors/v2-array-400.json")
    status, _, body = await world.call("GET", "/v2/orders?min_id=x")
    (refusal,) = msgspec.json.decode(body)
    assert refusal.keys() == recorded[0].keys()
    assert refusal["status"] == status == recorded[0]["status"]

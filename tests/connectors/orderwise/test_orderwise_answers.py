"""What each answer of OrderWise means, for a write and for a read; and how the house signs in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.kit.connector import Answer, Session, Target, Written
from counterfoil.kit.transport import recording
from counterfoil.model.order import Order
from counterfoil.values.errors import (
    CounterfoilError,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)

MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]

TAKEN = '{"orderId":90233,"orderNumber":"OR104233","eCommerceOrderNumber":"5778316361911"}'
PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>"


async def written(target: Target[Order], document: Order) -> Answer:
    (answer,) = await target.write([target.compose(document)])
    return answer


def signed_in(wire: Any) -> int:
    return sum(url.endswith("/token/gettoken") for _, url, _, _ in wire.sent)


async def test_an_order_is_posted_to_its_session(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    wire.will(201, TAKEN)
    assert await written(target, order()) == Written(identity="90233", number="OR104233")
    method, url, headers, body = wire.sent[-1]
    assert (method, url) == ("POST", "http://127.0.0.1/sales/order?session_id=12")
    assert headers["Authorization"] == "Bearer token-1"
    assert body == target.compose(order()).payload


@pytest.mark.parametrize("text", ["Period 7 is locked", '{"Message":"Period 7 is locked"}'])
async def test_a_refusal_is_held_in_orderwises_own_words(
    target: Target[Order], wire: Any, order: MakeOrder, text: str
) -> None:
    wire.will(400, text)
    refused = await written(target, order())
    assert isinstance(refused, Hold)
    assert refused.code == "orderwise-refused"
    assert text in refused.said


async def test_a_refusal_without_a_word_is_held_too(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    wire.will(400)
    refused = await written(target, order())
    assert isinstance(refused, Hold)
    assert "(no reason given)" in refused.said


@pytest.mark.parametrize("status", [418, 302, 405])
async def test_a_status_that_no_table_knows_is_refused(
    target: Target[Order], wire: Any, order: MakeOrder, status: int
) -> None:
    wire.will(status, "?")
    assert isinstance(await written(target, order()), Refuse)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 524])
async def test_a_write_that_failed_in_doubt_is_settled(
    target: Target[Order], wire: Any, order: MakeOrder, status: int
) -> None:
    wire.will(status, "An error has occurred")
    with pytest.raises(Settle):
        await written(target, order())


@pytest.mark.parametrize(
    "body",
    [
        "",
        PAGE,
        "[]",
        "{}",
        '{"orderId":null,"orderNumber":null,"eCommerceOrderNumber":"5778316361911"}',
        '{"orderId":0,"orderNumber":"","eCommerceOrderNumber":"5778316361911"}',
        '{"orderId":9,"orderNumber":"OR9","eCommerceOrderNumber":"another"}',
        '{"orderId":9,"orderNumber":"OR9"}',
    ],
)
async def test_a_good_status_around_something_else_is_settled(
    target: Target[Order], wire: Any, order: MakeOrder, body: str
) -> None:
    wire.will(200, body)
    with pytest.raises(Settle):
        await written(target, order())


async def test_another_reference_field_is_not_looked_for_in_the_answer(
    opened: Opened, wire: Any, order: MakeOrder
) -> None:
    target = opened(external_ref_field="orderHeader.customerOrderRef").target("order")
    wire.will(200, '{"orderId":9,"orderNumber":"OR9","eCommerceOrderNumber":null}')
    assert await written(target, order()) == Written("9", "OR9")


@pytest.mark.parametrize(
    ("status", "headers", "after_s"),
    [
        (429, {"retry_after": "7"}, 7.0),
        (429, {"retry_after": "Mon, 05 Oct 2026 09:00:30 GMT"}, 30.0),
        (429, {"retry_after": "Mon, 05 Oct 2026 08:00:00 GMT"}, 0.0),
        (429, {"retry_after": "86400"}, 300.0),
        (429, {"retry_after": "soon"}, 5.0),
        (423, {}, 5.0),
    ],
)
async def test_patience_is_as_long_as_it_is_asked_for(
    target: Target[Order],
    wire: Any,
    order: MakeOrder,
    status: int,
    headers: dict[str, str],
    after_s: float,
) -> None:
    wire.will(status, "busy", **headers)
    with pytest.raises(Retry) as busy:
        await written(target, order())
    assert busy.value.after_s == after_s


@pytest.mark.parametrize(("status", "said"), [(403, "may not do"), (404, "nothing at")])
async def test_what_a_person_must_set_right_at_the_site(
    target: Target[Order], wire: Any, order: MakeOrder, status: int, said: str
) -> None:
    wire.will(status, "no")
    with pytest.raises(Misconfigured) as wrong:
        await written(target, order())
    assert said in wrong.value.said


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 429])
async def test_a_read_that_failed_is_read_again(
    target: Target[Order], wire: Any, status: int
) -> None:
    wire.will(status)
    with pytest.raises(Retry):
        await target.read(["1"])


@pytest.mark.parametrize("body", ["", PAGE, '{"rows":[]}', "[1]", '[{"extRef":NaN}]'])
async def test_an_unreadable_read_is_read_again(
    target: Target[Order], wire: Any, body: str
) -> None:
    wire.will(200, body)
    with pytest.raises(Retry):
        await target.read(["1"])


async def test_a_definition_that_refuses_its_parameters_is_a_setting(
    target: Target[Order], wire: Any
) -> None:
    wire.will(400, "no parameter @refs")
    with pytest.raises(Misconfigured, match="no parameter @refs"):
        await target.read(["1"])


async def test_one_sign_in_serves_many_calls(target: Target[Order], wire: Any) -> None:
    for _ in range(10):
        wire.will(200, "[]")
    await asyncio.gather(*(target.read(["1"]) for _ in range(10)))
    assert signed_in(wire) == 1
    assert wire.sent[0][2]["Authorization"] == "Basic YXBpOnMzY3JldA=="


async def test_a_token_is_fetched_again_when_its_time_is_up(
    target: Target[Order], wire: Any, clock: Any
) -> None:
    for _ in range(3):
        wire.will(200, "[]")
    await target.read(["1"])
    await clock.sleep(49 * 60)
    await target.read(["1"])
    assert signed_in(wire) == 1
    await clock.sleep(60)
    await target.read(["1"])
    assert signed_in(wire) == 2


async def test_a_dead_token_is_replaced_once_and_the_write_made_again(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    wire.will(401)
    wire.will(200, TAKEN)
    assert isinstance(await written(target, order()), Written)
    assert signed_in(wire) == 2


async def test_two_401_are_a_wrong_credential(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    wire.will(401)
    wire.will(401)
    with pytest.raises(SignIn):
        await written(target, order())
    assert len(wire.sent) == 4  # never more: a locked account helps nobody


async def test_a_token_in_an_object_is_a_token(target: Target[Order], wire: Any) -> None:
    wire.sign_in = type(wire.sign_in)(200, {}, b'{"token":"abc"}')
    wire.will(200, "[]")
    await target.read(["1"])
    assert wire.sent[-1][2]["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "", SignIn),
        (403, "", Misconfigured),
        (404, "", Misconfigured),
        (400, "", Misconfigured),
        (200, '""', Misconfigured),
        (200, '"a\\nb"', Misconfigured),
        (200, '{"key":"a"}', Misconfigured),
        (200, PAGE, Retry),
        (500, "", Retry),
    ],
)
async def test_a_sign_in_that_fails_sends_nothing(
    target: Target[Order],
    wire: Any,
    order: MakeOrder,
    status: int,
    body: str,
    kind: type[CounterfoilError],
) -> None:
    wire.sign_in = type(wire.sign_in)(status, {}, body.encode())
    with pytest.raises(kind):
        await written(target, order())
    assert all(method == "GET" for method, _, _, _ in wire.sent)


async def test_a_site_without_tokens_signs_every_call(opened: Opened, wire: Any) -> None:
    wire.will(200, "[]")
    await opened(auth="basic").target("order").read(["1"])
    assert [headers["Authorization"] for _, _, headers, _ in wire.sent] == [
        "Basic YXBpOnMzY3JldA=="
    ]


async def test_no_credential_is_ever_evidence(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    wire.will(200, TAKEN)
    with recording() as tape:
        await written(target, order())
    assert [exchange.method for exchange in tape] == ["POST"]
    assert "token-1" not in repr(tape)
    assert "YXBpOnMzY3JldA" not in repr(tape)


async def test_the_probe_says_what_answered(opened: Opened, wire: Any) -> None:
    wire.will(200, json.dumps([{"id": 1, "name": "T1"}, {"id": 2, "name": "T0"}]))
    assert "2 tax rates" in await opened().probe()
    assert wire.sent[-1][1].endswith("/value-lists/2")


async def test_the_probe_finds_a_tax_rate_that_is_not_there(opened: Opened, wire: Any) -> None:
    wire.will(200, json.dumps([{"id": 1, "name": "T1"}, {"id": 5, "name": "T9"}]))
    with pytest.raises(Misconfigured, match="no tax rate with the id 2") as wrong:
        await opened().probe()
    assert "5 (T9)" in wrong.value.do

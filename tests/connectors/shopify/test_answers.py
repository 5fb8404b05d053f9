"""What Shopify's answers mean, and what is done about each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.kit.connector import Source
from counterfoil.kit.transport import Answer, Lost, NotSent, recording
from counterfoil.kit.webhook import verify
from counterfoil.model.order import Order
from counterfoil.values.errors import (
    CounterfoilError,
    Halt,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    SignIn,
)
from tests.connectors.shopify.conftest import (
    Open,
    Opened,
    answer,
    example,
    failing,
    graphql,
    needs_shared,
)

SHOP = {"name": "Acme", "myshopifyDomain": "acme-uk.myshopify.com", "currencyCode": "GBP"}
GRANT = {"client_id": "id", "client_secret": "secret"}


async def asked(opened: Opened) -> str:
    return await opened.session.probe()


async def failed(opened: Opened, *answers: Any) -> CounterfoilError:
    opened.shop.will(*answers)
    with pytest.raises(CounterfoilError) as caught:
        await asked(opened)
    return caught.value


async def test_the_probe_says_who_answered(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(graphql({"shop": SHOP}))
    assert await asked(opened) == "Acme (acme-uk.myshopify.com) answered; it books in GBP."
    sent = opened.shop.sent[0]
    assert sent.url == "https://acme-uk.myshopify.com/admin/api/2026-10/graphql.json"
    assert sent.headers["x-shopify-access-token"] == "shpat_1"


async def test_a_retired_version_is_seen(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(answer({"data": {"shop": SHOP}}, x_shopify_api_version="2027-01"))
    assert "answered as API 2027-01, not 2026-10" in await asked(opened)


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        (failing("ACCESS_DENIED", requiredAccess="`read_orders`"), Misconfigured, "access-denied"),
        (failing("SHOP_INACTIVE"), Misconfigured, "shop-inactive"),
        (failing("INTERNAL_SERVER_ERROR"), Retry, "internal-error"),
        (failing("MAX_COST_EXCEEDED"), Refuse, "max-cost"),
        (failing("undefinedField"), Halt, "bad-query"),
        (failing("BAD_REQUEST"), Halt, "bad-query"),
        (failing("A_CODE_OF_TOMORROW"), Hold, "unknown-code"),
        (graphql(errors=[{"message": "syntax error"}]), Halt, "bad-query"),
        (failing("BAD_REQUEST", "Invalid cursor for current pagination sort."), Retry,
         "cursor-expired"),
        (answer({"errors": "Unavailable Shop"}, 402), Misconfigured, "http-402"),
        (answer({"errors": "No"}, 403), Misconfigured, "http-403"),
        (answer({"errors": "Not Found"}, 404), Misconfigured, "http-404"),
        (answer({"errors": "Locked"}, 423), Misconfigured, "http-423"),
        (answer({"errors": "slow"}, 429, retry_after="2.0"), Retry, "http-429"),
        (answer({}, 430), Retry, "http-430"),
        (answer({}, 503), Retry, "http-503"),
        (answer({}, 418), Refuse, "http-418"),
        (answer({}, 302), Refuse, "http-302"),
        (Answer(200, {}, b"<html>Maintenance</html>"), Retry, "not-json"),
        (Answer(200, {}, b""), Retry, "not-json"),
        (Answer(200, {}, b'{"data": {"a": 1, "a": 2}}'), Retry, "not-json"),
        (Answer(200, {}, b"[]"), Refuse, "bad-shape"),
        (Answer(200, {}, b'{"data": {"shop": null}}'), Refuse, "bad-shape"),
        (NotSent("no route"), Retry, "unreachable"),
        (Lost("reset"), Retry, "no-answer"),
    ],
)  # fmt: skip
async def test_each_answer_has_its_kind(
    open_shop: Open, given: Any, kind: type[CounterfoilError], code: str
) -> None:
    error = await failed(open_shop(), given)
    assert (type(error), error.code) == (kind, code)


async def test_a_throttled_query_waits_until_the_bucket_holds_it(open_shop: Open) -> None:
    opened = open_shop()
    throttled = graphql(
        cost=(752, None, 310),
        errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    )
    error = await failed(opened, throttled)
    assert isinstance(error, Retry)
    assert error.after_s == pytest.approx(4.42)
    assert opened.book.corrected == [(310.0, 1.0)]


async def test_retry_after_is_in_seconds(open_shop: Open) -> None:
    error = await failed(open_shop(), answer({}, 429, retry_after="2.5"))
    assert isinstance(error, Retry)
    assert error.after_s == 2.5


async def test_a_query_is_paid_for_at_the_price_it_had_last_time(open_shop: Open) -> None:
    opened = open_shop()
    opened.shop.will(graphql({"shop": SHOP}, cost=(412, 96, 1904)), graphql({"shop": SHOP}))
    await asked(opened)
    await asked(opened)
    assert opened.book.taken[-1] == ("cost", 412)
    assert opened.book.corrected[1] == (1980.0, 392.0)


async def test_a_fixed_token_that_is_refused_needs_a_person(open_shop: Open) -> None:
    opened = open_shop()
    error = await failed(opened, answer({"errors": "[API] Invalid API key"}, 401))
    assert isinstance(error, SignIn)
    assert len(opened.shop.sent) == 1


async def test_a_granted_token_is_kept_renewed_in_time_and_never_on_tape(open_shop: Open) -> None:
    opened = open_shop(GRANT, sign_in="client-credentials")
    opened.shop.will(
        answer({"access_token": "t1", "scope": "read_orders", "expires_in": 86399}),
        graphql({"shop": SHOP}),
        graphql({"shop": SHOP}),
        answer({"access_token": "t2", "scope": "read_orders", "expires_in": 86399}),
        graphql({"shop": SHOP}),
    )
    with recording() as tape:
        await asked(opened)
        await asked(opened)
        await opened.clock.sleep(86399 - 500)
        await asked(opened)
    sent = [request.headers.get("x-shopify-access-token") for request in opened.shop.sent]
    assert sent == [None, "t1", "t1", None, "t2"]
    assert opened.shop.sent[0].url.endswith("/admin/oauth/access_token")
    assert len(tape) == 3
    assert not any(b"secret" in exchange.sent for exchange in tape)


async def test_a_granted_token_that_died_is_renewed_once(open_shop: Open) -> None:
    opened = open_shop(GRANT, sign_in="client-credentials")
    grant = answer({"access_token": "t", "scope": "", "expires_in": 86399})
    opened.shop.will(grant, answer({}, 401), grant, graphql({"shop": SHOP}))
    assert "Acme" in await asked(opened)
    error = await failed(opened, answer({}, 401), grant, answer({}, 401))
    assert isinstance(error, SignIn)


async def test_callers_at_the_same_time_ask_for_one_token(open_shop: Open) -> None:
    opened = open_shop(GRANT, sign_in="client-credentials")
    grant = answer({"access_token": "t", "scope": "", "expires_in": 86399})
    opened.shop.will(grant, *[graphql({"shop": SHOP})] * 3)
    await asyncio.gather(*(asked(opened) for _ in range(3)))
    assert [sent.url.endswith("access_token") for sent in opened.shop.sent].count(True) == 1


async def test_a_wrong_client_secret_says_so(open_shop: Open) -> None:
    opened = open_shop(GRANT, sign_in="client-credentials")
    error = await failed(opened, answer({"error": "invalid_client"}, 400))
    assert isinstance(error, SignIn)


@pytest.mark.parametrize(
    "settings",
    [{"sign_in": "magic"}, {"orders_per_page": 251}, {"lines_per_order": 0}, {"most_lines": "x"}],
)
def test_a_wrong_setting_is_found_before_anything_moves(
    open_shop: Open, settings: dict[str, Any]
) -> None:
    with pytest.raises(Misconfigured):
        open_shop(**settings)


def test_webhooks_are_signed_with_base64_over_the_raw_body() -> None:
    hook = CONNECTOR.manifest.webhook
    assert hook is not None
    headers = {
        "x-shopify-hmac-sha256": "0qgAiZj+St/dOktwfRHyqrd5hPy1tVi7miu0TOYKc3s=",
        "x-shopify-topic": "orders/updated",
        "x-shopify-webhook-id": "b54557e4",
    }
    delivery = verify(hook, ["new", "hush"], headers, b'{"hello":"world"}')
    assert (delivery.document, delivery.number) == ("order", "b54557e4")
    with pytest.raises(Refuse):
        verify(hook, ["hush"], headers, b'{"hello": "world"}')


@needs_shared
def test_the_signed_example_beside_the_vendors_schema() -> None:
    hook, sent = CONNECTOR.manifest.webhook, example("webhook_orders_updated")
    assert hook is not None
    headers = {name.lower(): text for name, text in sent["headers"].items()}
    assert verify(hook, [sent["secret"]], headers, sent["raw_body"].encode()).document == "order"


def test_the_session_offers_what_the_manifest_declares(open_shop: Open) -> None:
    session = open_shop().session
    source: Source[Order] = session.source("order")
    assert isinstance(source, OrderSource)
    declared = CONNECTOR.manifest.documents.keys()
    assert declared == session.sources.keys() | session.targets.keys()

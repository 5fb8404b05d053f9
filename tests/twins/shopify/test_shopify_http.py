"""The doors of the shop: tokens, versions, refusals, and bad days on the wire."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import msgspec
import pytest
import uvicorn
from shopify_calls import SECRET, VirtualClock, World, call, sale

from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify import CATALOGUE, Pace, Profile, ShopifyTwin, Site
from counterfoil.values.clock import SystemClock

TOKEN_DOOR = "/admin/oauth/access_token"
GRAPH_DOOR = "/admin/api/2026-10/graphql.json"
SHOP = msgspec.json.encode({"query": "{ shop { name } }"})


def struck_by(world: World, fault: str) -> None:
    """From now on that fault happens every time, and no other does."""
    faults = world.twin.faults
    faults.calm = False
    faults.rates = dict.fromkeys(CATALOGUE, 0.0) | {fault: 1.0}


class TestTokens:
    @pytest.mark.parametrize("form", ["json", "url"])
    async def test_client_credentials_give_a_token_for_a_day(self, world: World, form: str) -> None:
        asked = {"client_id": "app", "client_secret": SECRET, "grant_type": "client_credentials"}
        body = msgspec.json.encode(asked)
        if form == "url":
            body = "&".join(f"{name}={text}" for name, text in asked.items()).encode()
        answer = await call(world.twin.app, "POST", TOKEN_DOOR, body=body)
        assert answer.status == 200
        assert answer.json()["expires_in"] == 86_399
        headers = {"X-Shopify-Access-Token": answer.json()["access_token"]}
        assert await self._status(world, headers) == 200
        world.clock.passed_s += 86_400
        assert await self._status(world, headers) == 401

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"client_secret": "wrong"}, 401), ({"client_id": ""}, 401), ({"grant_type": "x"}, 400)],
    )
    async def test_wrong_credentials_are_refused(
        self, world: World, change: dict[str, str], status: int
    ) -> None:
        asked = {"client_id": "app", "client_secret": SECRET, "grant_type": "client_credentials"}
        body = msgspec.json.encode(asked | change)
        answer = await call(world.twin.app, "POST", TOKEN_DOOR, body=body)
        assert answer.status == status

    async def test_a_wrong_or_missing_token_is_401(self, world: World) -> None:
        assert await self._status(world, {"X-Shopify-Access-Token": "guess"}) == 401
        assert await self._status(world, {}) == 401

    async def _status(self, world: World, headers: dict[str, str]) -> int:
        answer = await call(world.twin.app, "POST", GRAPH_DOOR, headers=headers, body=SHOP)
        return answer.status


class TestVersions:
    @pytest.mark.parametrize(
        ("asked", "served"),
        [("2026-10", "2026-10"), ("2026-07", "2026-07"), ("2024-01", "2026-01")],
    )
    async def test_a_retired_version_falls_forward_and_says_so(
        self, world: World, asked: str, served: str
    ) -> None:
        answer = await world.post("{ shop { name } }", version=asked)
        assert answer.headers["x-shopify-api-version"] == served
        assert answer.headers["x-request-id"]

    @pytest.mark.parametrize("asked", ["2031-01", "latest"])
    async def test_a_version_that_never_was_is_not_found(self, world: World, asked: str) -> None:
        assert (await world.post("{ shop { name } }", version=asked)).status == 404


class TestRefusals:
    async def test_a_field_that_shopify_does_not_have(self, world: World) -> None:
        (error,) = (await world.ask("{ orders(first: 1) { nodes { grandTotal } } }"))["errors"]
        assert error["message"] == "Field 'grandTotal' doesn't exist on type 'Order'"
        assert error["extensions"]["code"] == "undefinedField"
        assert error["locations"] == [{"line": 1, "column": 30}]

    async def test_an_argument_that_shopify_does_not_have(self, world: World) -> None:
        (error,) = (await world.ask("{ orders(top: 1) { nodes { id } } }"))["errors"]
        assert error["extensions"]["code"] == "argumentNotAccepted"

    @pytest.mark.parametrize(
        "query",
        [
            "{ orders(first: 1",
            "{ order { id } }",
            '{ orders(first: "1") { nodes { id } } }',
            "{ }",
            "{ shop { } }",
            "{ shop }",
            "",
        ],
    )
    async def test_what_is_no_valid_query(self, world: World, query: str) -> None:
        answer = await world.ask(query)
        assert answer["errors"]
        assert "data" not in answer

    async def test_a_variable_that_does_not_fit(self, world: World) -> None:
        answer = await world.ask("query ($id: ID!) { order(id: $id) { id } }")
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"

    async def test_a_scope_that_is_missing(self) -> None:
        answer = await World(scopes=()).ask("{ orders(first: 1) { nodes { id } } }")
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
        assert answer["errors"][0]["path"] == ["orders"]

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
    async def test_a_body_that_is_no_question(self, world: World, body: bytes) -> None:
        headers = {"X-Shopify-Access-Token": "known"}
        answer = await call(world.twin.app, "POST", GRAPH_DOOR, headers=headers, body=body)
        assert answer.status == 400


class TestTheLanguage:
    async def test_aliases_fragments_and_directives(self, world: World) -> None:
        world.place(sale(7))
        query = """
        query Named($yes: Boolean!, $no: Boolean!) {
          __typename
          first: orders(first: 1) { ...page }
          again: orders(first: 1, reverse: true) { ...page ... on OrderConnection { __typename } }
        }
        fragment page on OrderConnection {
          edges { __typename node { called: name id @skip(if: $yes) note @include(if: $no) } }
          edges { node { currencyCode } }
        }"""
        data = await world.data(query, yes=True, no=False)
        node = {"called": "#7", "currencyCode": "GBP"}
        assert data["__typename"] == "QueryRoot"
        assert data["first"] == {"edges": [{"__typename": "OrderEdge", "node": node}]}
        assert data["again"]["__typename"] == "OrderConnection"

    async def test_an_object_of_which_everything_is_left_out_is_empty(self, world: World) -> None:
        assert await world.data("{ shop { name @skip(if: true) } }") == {"shop": {}}

    async def test_the_shop_knows_itself(self, world: World) -> None:
        data = await world.data("{ shop { myshopifyDomain currencyCode timezoneOffset url } }")
        assert data["shop"] == {
            "myshopifyDomain": "twin.myshopify.com",
            "currencyCode": "GBP",
            "timezoneOffset": "+0000",
            "url": "https://twin.myshopify.com",
        }

    async def test_a_mutation_under_one_key_happens_once(self, world: World) -> None:
        query = """mutation ($uri: String!, $key: String!) {
          webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: $uri})
            @idempotent(key: $key) { webhookSubscription { id } userErrors { message } }
        }"""
        first = await world.data(query, uri="https://a.example/", key="one")
        assert await world.data(query, uri="https://a.example/", key="one") == first
        other = await world.ask(query, uri="https://b.example/", key="one")
        assert "different operation parameters" in other["errors"][0]["message"]
        blank = await world.ask(query, uri="https://b.example/", key=" ")
        assert blank["data"] == {"webhookSubscriptionCreate": None}
        listed = await world.data("{ webhookSubscriptions(first: 9) { nodes { uri } } }")
        assert listed["webhookSubscriptions"]["nodes"] == [{"uri": "https://a.example/"}]


class TestBadDays:
    async def test_server_errors(self, world: World) -> None:
        struck_by(world, "server_error")
        seen = {(await world.post("{ shop { name } }")).status for _ in range(40)}
        assert seen == {500, 502, 503}

    async def test_a_read_that_outlasts_patience(self, world: World) -> None:
        struck_by(world, "read_timeout")
        assert (await world.post("{ shop { name } }")).status == 504
        assert world.clock.passed_s == Pace().patience_s

    async def test_a_connection_that_breaks(self, world: World) -> None:
        struck_by(world, "reset")
        answer = await world.post("{ shop { name } }")
        assert answer.broken
        assert 0 < len(answer.body) < int(answer.headers["content-length"])

    async def test_a_page_for_people_and_no_page_at_all(self, world: World) -> None:
        struck_by(world, "html_error_page")
        answer = await world.post("{ shop { name } }")
        assert (answer.status, answer.headers["content-type"][:9]) == (200, "text/html")
        struck_by(world, "empty_page")
        answer = await world.post("{ shop { name } }")
        assert (answer.status, answer.body) == (200, b"")

    async def test_an_expired_cursor(self, world: World) -> None:
        world.place(sale(1), sale(2))
        query = """query ($after: String) {
          orders(first: 1, after: $after) { pageInfo { endCursor } } }"""
        after = (await world.data(query))["orders"]["pageInfo"]["endCursor"]
        struck_by(world, "cursor_expired")
        answer = await world.ask(query, after=after)
        assert answer["errors"][0]["message"] == "Invalid cursor for current pagination sort."

    async def test_a_drained_bucket(self, world: World) -> None:
        struck_by(world, "throttled")
        answer = await world.ask("{ shop { name } }")
        assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert (await world.report())["over_limit"] == 0

    async def test_writes_are_spared(self, world: World) -> None:
        for fault in ("server_error", "read_timeout", "reset", "html_error_page", "empty_page"):
            struck_by(world, fault)
            await world.data('mutation { webhookSubscriptionDelete(id: "x") { __typename } }')

    async def test_after_a_calm_word_nothing_happens_any_more(self, world: World) -> None:
        struck_by(world, "server_error")
        assert (await call(world.twin.app, "POST", "/_twin/calm")).status == 200
        assert (await world.post("{ shop { name } }")).status == 200
        assert set((await world.report())["faults"]) == set(CATALOGUE)


class TestTheControlRoom:
    async def test_every_order_in_pages(self, world: World) -> None:
        world.place(*(sale(number) for number in range(1, 6)))
        seen, after = [], 0
        while after is not None:
            path = f"/_twin/orders?after={after}&limit=2"
            page = (await call(world.twin.app, "GET", path)).json()
            seen += page["orders"]
            after = page["next"]
        assert [one["name"] for one in seen] == ["#1", "#2", "#3", "#4", "#5"]
        assert sum(one["total_minor"] for one in seen) == 5 * sale(1).total_minor
        assert seen[0]["created"] == "2026-11-02T09:00:00Z"
        report = await world.report()
        assert report["orders"] == 5
        assert report["totals_minor"] == {"GBP": 5 * sale(1).total_minor}


async def test_over_real_sockets() -> None:
    async def send(url: str, headers: object, body: bytes) -> int:
        return 200

    profile = Profile(client_id="app", client_secret=SECRET, token="known")
    twin = ShopifyTwin(Memory(), SystemClock(), random.Random(1), Weather(), Site(profile), send)
    twin.trade.place(sale(1001), VirtualClock().now())
    config = uvicorn.Config(twin.app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"X-Shopify-Access-Token": "known"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
        asked = {"query": "{ orders(first: 1) { nodes { name } } }"}
        async with session.post(GRAPH_DOOR, json=asked) as answer:
            assert (await answer.json())["data"] == {"orders": {"nodes": [{"name": "#1001"}]}}
        twin.faults.rates["reset"] = 1.0
        with pytest.raises(aiohttp.ClientError):
            async with session.post(GRAPH_DOOR, json=asked) as answer:
                await answer.read()
    server.should_exit = True
    await serving
    twin.close()

"""The one caller on a real server: signed, judged by one table, paid for, asked page by page."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from counterfoil.kit.api import oauth2, paging
from counterfoil.kit.api.api import Api, Remaining, Usage
from counterfoil.kit.api.auth import Auth, basic, header
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Fault, Faults, WaitHeader, asked, member
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.api.oauth1 import Keys, OAuth1, sign
from counterfoil.kit.contract import StoppedClock
from counterfoil.kit.transport import recording
from counterfoil.values.clock import instant
from counterfoil.values.errors import (
    CounterfoilError,
    Halt,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)
from tests.kit.api.vendor import Vendor, vendor

NOW = instant("2026-11-02T09:00:00Z")
Rows = list[dict[str, Any]]


def api(
    acme: Vendor,
    auth: Auth | None = None,
    faults: Faults | None = None,
    remaining: tuple[Remaining, ...] = (),
    **more: Any,
) -> Api:
    opening = acme.opening
    auth = auth or header(opening.secret, "X-Auth-Token", "key")
    return Api(opening, "Acme", auth, faults or Faults(), Usage({"calls": 1.0}, remaining), **more)


def coded(status: int, text: str = "no", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=text, headers=named)


async def error_of(caller: Api, *, writes: bool) -> CounterfoilError:
    call = caller.call("POST" if writes else "GET", "/orders", writes=writes)
    with pytest.raises(CounterfoilError) as caught:
        await caller.ask(call, dict[str, Any], b"{}" if writes else b"")
    return caught.value


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (400, Refuse, Refuse),
        (401, SignIn, SignIn),
        (403, Misconfigured, Misconfigured),
        (404, Misconfigured, Misconfigured),
        (405, Refuse, Refuse),
        (408, Retry, Settle),
        (409, Retry, Settle),
        (418, Refuse, Refuse),
        (422, Refuse, Refuse),
        (423, Retry, Retry),
        (429, Retry, Retry),
        (500, Retry, Settle),
        (503, Retry, Settle),
        (599, Retry, Settle),
        (302, Refuse, Refuse),
    ],
)
async def test_each_status_is_one_kind_of_error(
    status: int, read: type[CounterfoilError], write: type[CounterfoilError]
) -> None:
    async with vendor(lambda _: coded(status)) as acme:
        caller = api(acme)
        assert type(await error_of(caller, writes=False)) is read
        assert type(await error_of(caller, writes=True)) is write


async def test_a_vendor_overrides_by_status_and_by_a_code_in_the_body() -> None:
    faults = Faults(
        statuses={422: Fault("hold", "{title} refused {call}: {quoted}", "Mend it.", "refused")},
        codes={
            "LOCKED": Fault("retry", "{where} is locked.", code="locked", after_s=9.0),
            "22004": Fault("misconfigured", "x", written=Fault("hold", "held", "", "sku")),
        },
        code_at=("errors", 0, "code"),
    )  # fmt: skip
    bodies = iter(
        ['{"errors":[]}', '{"errors":[{"code":"LOCKED"}]}', '{"errors":[{"code":22004}]}', "<html>"]
    )
    async with vendor(lambda _: coded(422, next(bodies))) as acme:
        caller = api(acme, faults=faults)
        plain = await error_of(caller, writes=True)
        assert (type(plain), plain.code, plain.do) == (Hold, "refused", "Mend it.")
        assert plain.said == 'Acme refused POST /orders: {"errors":[]}'
        locked = await error_of(caller, writes=False)
        assert isinstance(locked, Retry)
        assert (locked.code, locked.after_s) == ("locked", 9.0)
        assert (await error_of(caller, writes=True)).code == "sku"
        assert (await error_of(caller, writes=True)).code == "refused"


async def test_a_good_status_around_something_else_is_doubtful() -> None:
    bodies = iter(["<html>", "", "[]", "<html>"])
    async with vendor(lambda _: coded(200, next(bodies))) as acme:
        caller = api(acme)
        for _ in range(3):
            assert isinstance(await error_of(caller, writes=True), Settle)
        assert isinstance(await error_of(caller, writes=False), Retry)


async def test_an_answer_without_content_is_what_the_caller_says_it_is() -> None:
    async with vendor(lambda _: web.Response(status=204)) as acme:
        caller = api(acme)
        call = caller.call("GET", "/orders", writes=False, query={"page": "2", "q": "a b&c"})
        assert await caller.ask(call, Rows, empty=[]) == []
        assert acme.seen[0].query == {"page": "2", "q": "a b&c"}
        assert isinstance(await error_of(caller, writes=True), Settle)


@pytest.mark.parametrize(
    ("text", "unit", "wait_s"),
    [
        ("7", "s", 7.0),
        ("2.5", "s", 2.5),
        ("1500", "ms", 1.5),
        ("Mon, 02 Nov 2026 09:00:30 GMT", "s", 30.0),
        ("Mon, 02 Nov 2026 08:00:00 GMT", "s", 0.0),
        ("soon", "s", None),
        ("", "s", None),
        ("-1", "s", None),
        ("1e9", "s", None),
        ("\u0661", "s", None),
        ("9" * 100, "s", float("9" * 40)),
        ("Mon, 02 Nov 2026 09:00:30 +9999999999", "s", None),
    ],
)
def test_how_long_a_header_asks_to_wait(text: str, unit: Any, wait_s: float | None) -> None:
    assert asked(text, unit, NOW) == wait_s


async def test_the_wait_is_believed_up_to_a_limit_and_by_the_vendors_own_header() -> None:
    own = (WaitHeader("x-rate-limit-time-reset-ms", "ms"), WaitHeader())
    answers = iter([{"x_rate_limit_time_reset_ms": "1200"}, {"retry_after": "86400"}, {}])
    async with vendor(lambda _: coded(429, **next(answers))) as acme:
        caller = api(acme, faults=Faults(waits=own, wait_s=4.0, wait_most_s=60.0))
        waits = [await error_of(caller, writes=True) for _ in range(3)]
        assert [one.after_s for one in waits if isinstance(one, Retry)] == [1.2, 60.0, 4.0]


async def test_a_header_of_every_answer_says_how_long_to_wait_with_a_refusal_only() -> None:
    resets = WaitHeader("x-rate-limit-time-reset-ms", "ms", only=frozenset({429}))
    statuses = iter([429, 503])
    answered = {"x_rate_limit_time_reset_ms": "1200"}
    async with vendor(lambda _: coded(next(statuses), **answered)) as acme:
        caller = api(acme, faults=Faults(waits=(resets,), wait_s=4.0))
        waits = [await error_of(caller, writes=False) for _ in range(2)]
        assert [one.after_s for one in waits if isinstance(one, Retry)] == [1.2, 4.0]


async def test_what_is_left_of_a_budget_is_believed() -> None:
    lefts = iter(["35", "soon", "0"])
    async with vendor(lambda _: coded(200, "{}", x_left=next(lefts))) as acme:
        caller = api(acme, remaining=(Remaining("calls", "x-left"),))
        for _ in range(3):
            await caller.ask(caller.call("GET", "/", writes=False), dict[str, Any])
        assert acme.book.corrected == [(35.0, 0.0), (0.0, 0.0)]


# --- signing in ---


async def test_fixed_credentials_go_with_every_call_and_are_not_renewed() -> None:
    async with vendor(lambda _: coded(401)) as acme:
        secret = acme.opening.secret
        for auth in (
            header(secret, "Authorization", "key", "Bearer {}"),
            basic(secret, "user", "password"),
        ):
            assert isinstance(await error_of(api(acme, auth), writes=False), SignIn)
        assert acme.headers("Authorization") == ["Bearer k-1", "Basic am86cGE6c3M="]


def tokens(life_s: Any = 3600) -> Any:
    """A vendor that grants t1, t2, ... and knows the newest only."""
    granted: list[str] = []

    async def answering(request: web.Request) -> Any:
        if request.path == "/token":
            form = await request.post()
            if form.get("client_secret") != "hush" and "Authorization" not in request.headers:
                return coded(401)
            granted.append(f"t{len(granted) + 1}")
            return {
                "access_token": granted[-1],
                "expires_in": life_s,
                "scope": form.get("scope", ""),
            }
        given = request.headers.get("Authorization")
        return [] if granted and given == f"Bearer {granted[-1]}" else coded(401)

    answering.granted = granted  # type: ignore[attr-defined]
    return answering


def granting(acme: Vendor, grant: Any = oauth2.client_credentials, **more: Any) -> Granted:
    opening, endpoint = acme.opening, oauth2.Endpoint("/token", **more)

    async def ask() -> Grant:
        return await grant(opening, endpoint, Faults(), scope="read")

    return Granted(ask, opening.clock, margin_s=60.0)


@pytest.mark.parametrize("client", ["form", "basic"])
@pytest.mark.parametrize("grant", [oauth2.client_credentials, oauth2.password])
async def test_a_token_is_granted_once_for_all_renewed_in_time_and_never_evidence(
    client: Any, grant: Any
) -> None:
    clock, answering = StoppedClock(), tokens()
    async with vendor(answering, clock) as acme:
        caller = api(acme, granting(acme, grant, client=client))
        call = caller.call("GET", "/orders", writes=False)
        with recording() as tape:
            await asyncio.gather(*(caller.ask(call, Rows) for _ in range(8)))
            assert answering.granted == ["t1"]
            await clock.sleep(3600 - 61)
            await caller.ask(call, Rows)
            assert answering.granted == ["t1"]
            await clock.sleep(2)
            await caller.ask(call, Rows)
        assert answering.granted == ["t1", "t2"]
        assert len(tape) == 10
        assert b"hush" not in b"".join(one.sent + one.answered for one in tape)


async def test_a_token_that_died_is_replaced_once_however_many_notice() -> None:
    answering = tokens()
    async with vendor(answering) as acme:
        caller = api(acme, granting(acme))
        call = caller.call("POST", "/orders", writes=True)
        await caller.ask(call, Rows, b"{}")
        answering.granted.append("elsewhere")
        await asyncio.gather(*(caller.ask(call, Rows, b"{}") for _ in range(8)))
        assert answering.granted == ["t1", "elsewhere", "t3"]


async def test_a_grant_that_is_refused_or_unreadable_says_so() -> None:
    answers: Any = iter(
        [coded(400), coded(503), coded(200, "<html>"), {"access_token": "a b"}, {"expires_in": 5},
         {"access_token": "x", "expires_in": -1}]
    )  # fmt: skip
    async with vendor(lambda _: next(answers)) as acme:
        caller = api(acme, granting(acme, do="Look at the app."))
        kinds = [type(await error_of(caller, writes=True)) for _ in range(6)]
        assert kinds == [SignIn, Retry, Refuse, Refuse, Refuse, Refuse]


def test_the_example_of_rfc_5849() -> None:
    keys = Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    told = {
        "file": "vacation.jpg", "size": "original", "oauth_consumer_key": keys.consumer_key,
        "oauth_token": keys.token, "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202", "oauth_nonce": "chapoH",
    }  # fmt: skip
    url = "http://photos.example.net/photos"
    assert sign("get", url, told, keys, "sha1") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="
    assert "kd94hf93k423kf44" not in repr(keys)


async def test_each_call_is_signed_over_its_method_address_and_query() -> None:
    keys = Keys("ck", "cs", "tk", "ts")
    nonces = iter(["n1", "n2"])
    async with vendor(lambda _: {}, StoppedClock()) as acme:
        caller = api(acme, OAuth1(lambda: keys, realm="123456_SB1", nonce=lambda: next(nonces)))
        for query in ({"q": "a b"}, {"q": "a c"}):
            call = caller.call("GET", "/record/v1/salesOrder", writes=False, query=query)
            await caller.ask(call, dict[str, Any])
        first, second = (str(one) for one in acme.headers("Authorization"))
        assert first.startswith(
            'OAuth realm="123456_SB1", oauth_consumer_key="ck", oauth_nonce="n1"'
        )
        assert first.partition("oauth_signature=")[2] != second.partition("oauth_signature=")[2]


# --- pages ---

ORDERS: Rows = [{"id": at} for at in range(1, 8)]


async def listed(kind: paging.Paging, answering: Any, rows_at: tuple[str, ...] = ("rows",)) -> Rows:
    """Every row that a listing of this kind gives."""
    found: Rows = []
    place: str | None = None
    async with vendor(answering) as acme:
        caller = api(acme)
        for _ in range(20):
            path = place if place and place.startswith("http") else "/orders"
            call = caller.call("GET", path, writes=False, query=kind.query(place))
            body: Any = await caller.ask(call, dict[str, Any])
            rows = member(body, rows_at)
            assert isinstance(rows, list)
            found += rows
            place = kind.after(place, body, rows)
            if place is None:
                return found
    raise AssertionError("a listing without end")


def sliced(request: web.Request, start: int, size: int) -> Rows:
    return ORDERS[start : start + size]


async def test_every_kind_of_listing_gives_every_row_once() -> None:
    def numbered(request: web.Request) -> Any:
        page, size = int(request.query["page"]), int(request.query["limit"])
        pages = -(-len(ORDERS) // size)
        return {"rows": sliced(request, (page - 1) * size, size), "meta": {"pages": pages}}

    def offset(request: web.Request) -> Any:
        return {"rows": sliced(request, int(request.query["offset"]), 3), "total": len(ORDERS)}

    def cursor(request: web.Request) -> Any:
        start = int(request.query.get("after", "0"))
        more = start + 3 < len(ORDERS)
        return {"rows": sliced(request, start, 3), "next": str(start + 3) if more else None}

    def linked(request: web.Request) -> Any:
        start = int(request.query.get("skip", "0"))
        link = str(request.url.with_query({"skip": start + 3})) if start + 3 < 7 else ""
        return {"rows": sliced(request, start, 3), "@odata.nextLink": link}

    def keyset(request: web.Request) -> Any:
        last = int(request.query.get("filter", "id gt 0").rpartition(" ")[2])
        return {"rows": [row for row in ORDERS if row["id"] > last][:3]}

    def filters(last: str) -> str:
        return f"id gt {last}"

    kinds: list[tuple[paging.Paging, Any]] = [
        (paging.Numbered(3, pages_at=("meta", "pages")), numbered),
        (paging.Numbered(3), numbered),
        (paging.Offset(3, total_at=("total",)), offset),
        (paging.Offset(3), offset),
        (paging.Cursor("after", ("next",)), cursor),
        (paging.Cursor("skip", ("@odata.nextLink",), link=True), linked),
        (paging.NextLink(("@odata.nextLink",)), linked),
        (paging.Keyset("id", "filter", filters, 3, "top"), keyset),
    ]
    for kind, answering in kinds:
        assert await listed(kind, answering) == ORDERS, kind


async def test_fewer_rows_than_asked_for_are_no_end_where_the_vendor_tells_the_pages() -> None:
    """BigCommerce answers 10 rows to limit=50 where parts are included, without a word."""

    def stingy(request: web.Request) -> Any:
        start = (int(request.query["page"]) - 1) * 2
        return {"rows": sliced(request, start, 2), "meta": {"pages": 4}}

    assert await listed(paging.Numbered(50, pages_at=("meta", "pages")), stingy) == ORDERS


async def test_every_row_of_a_short_listing_is_read() -> None:
    asked: list[Any] = []

    async def ask(query: Any) -> Any:
        asked.append(query)
        return {"rows": [{"id": len(asked)}], "pages": 2}

    kind = paging.Numbered(50, size_param="most", pages_at=("pages",))
    assert await paging.every(kind, ask, "rows") == [{"id": 1}, {"id": 2}]
    assert asked == [{"page": "1", "most": "50"}, {"page": "2", "most": "50"}]


async def test_the_same_place_twice_stops_the_listing() -> None:
    stuck: Any = {"rows": ORDERS[:1], "next": "a", "@odata.nextLink": "http://127.0.0.1/x"}
    kinds: list[paging.Paging] = [
        paging.Cursor("after", ("next",)),
        paging.Keyset("id", "f", str, 1, "top"),
    ]
    for kind in kinds:
        with pytest.raises(Halt) as caught:
            await listed(kind, lambda _: stuck)
        assert caught.value.code == "same-cursor"
    with pytest.raises(Halt):
        paging.NextLink(("next",)).after("a", stuck, [])
    with pytest.raises(Halt):
        paging.Cursor("after", ("none",), more_at=("more",)).after(None, {"more": True}, [])
    with pytest.raises(Refuse):
        paging.Keyset("key", "f", str, 1, "top").after(None, {}, ORDERS)


async def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    away: Any = {"rows": [], "next": "https://evil.example/orders"}
    with pytest.raises(Refuse) as caught:
        await listed(paging.NextLink(("next",)), lambda _: away)
    assert caught.value.code == "foreign-host"


def test_a_place_in_a_body_is_found_or_is_nothing() -> None:
    body = {"a": [{"b": 1}], "c": None}
    assert member(body, ("a", 0, "b")) == 1
    assert member(body, ("a", -1, "b")) == 1
    for place in (("a", 1), ("a", "b"), ("c", "d"), (0,), ("x",), ("a", 0, "b", "c")):
        assert member(body, place) is None


def test_a_call_says_what_it_is() -> None:
    assert str(Call("acme", "Acme", "GET", "/x", "https://a/x", False, NOW)) == "GET /x"

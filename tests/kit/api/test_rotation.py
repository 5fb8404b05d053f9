"""A sign-in whose renewal ends the one before: one worker at a time, and durable before use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from counterfoil.kit.api import oauth2
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.faults import Faults
from counterfoil.kit.api.grant import Grant
from counterfoil.kit.api.rotation import Chain, Rotating
from counterfoil.kit.connector import Opening
from counterfoil.kit.nowhere import NoTokens
from counterfoil.store import schema
from counterfoil.store.keys import Keys
from counterfoil.store.postgres import Database
from counterfoil.store.tokens import Tokens
from counterfoil.values import strike
from counterfoil.values.clock import SystemClock, instant, later
from counterfoil.values.errors import Misconfigured, SignIn
from counterfoil.values.token import Token
from tests.kit.api.vendor import Vendor, vendor

AT = instant("2026-11-02T09:00:00Z")
ENDPOINT = oauth2.Endpoint("/token", client="basic", do="Sign in anew.")


@pytest.fixture
async def store(database: str) -> AsyncIterator[Tokens]:
    opened = await Database.open(database)
    await schema.upgrade(opened, SystemClock())
    yield Tokens(opened, Keys(b"k" * 32))
    await opened.close()


class Authority:
    """A vendor that gives each refresh token one use, and calls with the newest token only."""

    def __init__(self, life_s: int = 1800) -> None:
        self.life_s = life_s
        self.refresh, self.token = "r0", ""
        self.grants = self.spent = 0

    async def answer(self, request: web.Request) -> Any:
        if request.path != "/token":
            given = request.headers.get("Authorization")
            return [] if given == f"Bearer {self.token}" else web.Response(status=401)
        form = await request.post()
        if form["refresh_token"] != self.refresh:
            self.spent += 1
            return web.Response(status=400, text="invalid_grant")
        self.grants += 1
        self.refresh, self.token = f"r{self.grants}", f"t{self.grants}"
        await asyncio.sleep(0.02)
        return {
            "access_token": self.token,
            "refresh_token": self.refresh,
            "expires_in": self.life_s,
        }


def rotating(opening: Opening, store: Any, holder: str, seed: str = "r0", **more: Any) -> Rotating:
    async def ask(refresh: str) -> Grant:
        return await oauth2.refresh_token(opening, ENDPOINT, Faults(), refresh)

    chain = Chain(store, "books", holder, lambda: seed)
    return Rotating(ask, chain, clock=opening.clock, **more)


async def called(acme: Vendor, auth: Rotating, times: int = 1) -> None:
    api = Api(acme.opening, "Acme", auth, Faults(), Usage({}))
    call = api.call("GET", "/invoices", writes=False)
    await asyncio.gather(*(api.ask(call, list[Any]) for _ in range(times)))


async def test_many_workers_spend_each_refresh_token_once(store: Tokens) -> None:
    authority = Authority()
    async with vendor(authority.answer) as acme:
        workers = [rotating(acme.opening, store, f"w{at}") for at in range(6)]
        await asyncio.gather(*(called(acme, worker, 4) for worker in workers))
        assert (authority.grants, authority.spent) == (1, 0)
        authority.token = "revoked"
        await asyncio.gather(*(called(acme, worker, 4) for worker in workers))
        assert (authority.grants, authority.spent) == (2, 0)


async def test_a_worker_that_starts_anew_goes_on_from_the_last_token(store: Tokens) -> None:
    authority = Authority(life_s=61)
    async with vendor(authority.answer) as acme:
        await called(acme, rotating(acme.opening, store, "before"))
        await asyncio.sleep(1.1)  # a minute before its end a token is renewed
        await called(acme, rotating(acme.opening, store, "after"))
        assert (authority.grants, authority.spent) == (2, 0)
        kept = await store.read("books")
        assert kept is not None
        assert (kept.token, kept.refresh, kept.version) == ("t2", "r2", 2)


async def test_a_person_who_signs_in_anew_begins_another_chain(store: Tokens) -> None:
    authority = Authority()
    async with vendor(authority.answer) as acme:
        await called(acme, rotating(acme.opening, store, "w1"))
        authority.refresh, authority.token = "by hand", ""
        with pytest.raises(SignIn, match="does not accept the refresh token") as refused:
            await called(acme, rotating(acme.opening, store, "w2"))
        assert refused.value.do == "Sign in anew."
        await called(acme, rotating(acme.opening, store, "w3", seed="by hand"))
        assert authority.spent == 1


class _Died(BaseException):
    """A worker's death."""


async def test_a_death_before_the_token_is_kept_never_leaves_a_half(store: Tokens) -> None:
    authority = Authority()

    def strikes(point: str) -> None:
        if point == "C15":
            strike.install(None)
            raise _Died

    async with vendor(authority.answer) as acme:
        strike.install(strikes)
        try:
            with pytest.raises(_Died):
                await called(acme, rotating(acme.opening, store, "w1"))
        finally:
            strike.install(None)
        assert await store.read("books") is None
        authority.refresh = "r0"  # the vendor's time of grace: the old one once more
        await called(acme, rotating(acme.opening, store, "w2"))
        assert (authority.grants, authority.spent) == (2, 0)


async def test_a_granted_token_that_was_not_kept_is_not_used(store: Tokens) -> None:
    """A lease that lapsed: another one kept its token first, and that one is carried."""
    authority = Authority()

    async with vendor(authority.answer) as acme:
        quick = rotating(acme.opening, store, "quick")
        slow = rotating(acme.opening, store, "slow")
        asked = slow._ask

        async def overtaken(refresh: str) -> Grant:
            granted = await asked(refresh)
            authority.refresh = "r0"  # as though the vendor had taken the second one too
            await store.release("books", "slow")
            await called(acme, quick)
            return granted

        slow._ask = overtaken
        await called(acme, slow)
        assert [one for one in acme.headers("Authorization") if one and "t1" in one] == []
        kept = await store.read("books")
        assert kept is not None
        assert kept.token == "t2"


async def test_one_that_has_no_place_to_keep_it_does_not_begin() -> None:
    authority = Authority()
    async with vendor(authority.answer) as acme:
        with pytest.raises(Misconfigured) as refused:
            await called(acme, rotating(acme.opening, NoTokens(), "trial"))
        assert refused.value.code == "no-token-store"
        assert authority.grants == 0


# --- the store ---

ONE = Token("t", AT, "r", "s")


async def test_a_token_is_kept_by_who_saw_the_last_one_only(store: Tokens) -> None:
    assert await store.read("a") is None
    assert not await store.swap("a", ONE, 0), "nobody has claimed it"
    assert await store.claim("a", "w1", later(AT, 60), AT)
    assert await store.read("a") is None
    assert await store.swap("a", ONE, 0)
    assert not await store.swap("a", ONE, 0)
    found = await asyncio.gather(*(store.swap("a", ONE, 1) for _ in range(8)))
    assert found.count(True) == 1
    kept = await store.read("a")
    assert kept == Token("t", AT, "r", "s", 2)
    assert "t'" not in repr(kept)


async def test_one_at_a_time_renews_until_its_lease_is_over(store: Tokens) -> None:
    until = later(AT, 60)
    found = await asyncio.gather(*(store.claim("a", f"w{at}", until, AT) for at in range(8)))
    assert found.count(True) == 1
    assert not await store.claim("a", "w9", later(AT, 100), later(AT, 59))
    assert await store.claim("b", "w9", until, AT)
    await store.release("a", "somebody else")
    assert not await store.claim("a", "w9", until, AT)
    assert await store.claim("a", "w9", later(AT, 120), until), "a dead worker's lease lapses"
    await store.release("a", "w9")
    assert await store.claim("a", "w1", later(AT, 180), later(AT, 61))

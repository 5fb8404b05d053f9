"""Tokens: in whose name a program asks and for how long; nothing that is kept gives one away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from program import program

from counterfoil.surfaces.desk import tokens, users
from counterfoil.surfaces.desk.opening import acting
from counterfoil.surfaces.desk.tokens import TokenAsked
from counterfoil.values.clock import Instant, SystemClock, later
from counterfoil.values.errors import Misconfigured, Refuse
from tests.surfaces.web.counter import Counter


class InAMonth(SystemClock):
    def now(self) -> Instant:
        return later(super().now(), 31 * 86_400.0)


async def test_a_token_is_good_for_as_long_as_its_person_and_its_days(shop: Counter) -> None:
    desk = shop.desk
    mine, other = await program(shop, "operator"), await program(shop, "operator")
    assert (await mine.get("/me")).data["role"] == "operator"
    async with desk.database._pool.acquire() as connection:
        kept = str(await connection.fetch("select * from person_token"))
    assert mine.token not in kept

    await users.set_role(desk, "operator", "viewer")
    assert (await mine.get("/me")).data["role"] == "viewer", "a role that is taken away is gone"
    number = (await mine.get("/tokens")).data[0]["number"]
    assert (await other.ask("DELETE", f"/tokens/{number}")).status == 200
    assert (await mine.get("/me")).status == 401
    assert (await other.ask("DELETE", f"/tokens/{number}")).status == 404

    bearer = await tokens.bearer(desk.database, desk.clock, other.token)
    assert (bearer.name, bearer.role) == ("operator", "viewer")
    for clock, word in ((InAMonth(), other.token), (desk.clock, "cfl_guessed"), (desk.clock, "")):
        with pytest.raises(Refuse, match="needs a token that is good"):
            await tokens.bearer(desk.database, clock, word)
    await users.remove(desk, "operator")
    assert (await other.get("/me")).status == 401
    await users.add(desk, "operator", "admin")
    assert (await other.get("/me")).status == 401, "whoever comes back makes new ones"


async def test_only_an_admin_makes_and_ends_another_s_and_a_token_makes_none(
    shop: Counter,
) -> None:
    admin = shop.desk
    viewer = acting(admin, "viewer", "viewer")
    asked = TokenAsked("viewer", "reports", ("read",), 30)
    made = await tokens.make(viewer, asked)
    with pytest.raises(Refuse, match="“user add” is for the role admin"):
        await tokens.make(viewer, TokenAsked("admin", "reports", ("read",), 30))
    with pytest.raises(Refuse, match="not for “user token add”"):
        await tokens.make(replace(viewer, scopes=("read", "act")), asked)
    others = await tokens.make(admin, TokenAsked("operator", "reports", ("read",), 30))
    with pytest.raises(Misconfigured, match="There is no token"):
        await tokens.end(viewer, others.token.number)
    assert [token.number for token in await tokens.tokens(viewer)] == [made.token.number]
    with pytest.raises(Refuse):
        await tokens.tokens(viewer, all=True)
    assert len(await tokens.tokens(admin, all=True)) == 2
    await tokens.end(admin, others.token.number)


WRONG = {
    "nobody named 'nobody'": TokenAsked("nobody", "reports", ("read",), 30),
    "says what it is for": TokenAsked("viewer", " ", ("read",), 30),
    "for some scope": TokenAsked("viewer", "reports", (), 30),
    "'everything' is no scope": TokenAsked("viewer", "reports", ("everything",), 30),
    "good for 1 to 366 days": TokenAsked("viewer", "reports", ("read",), 367),
}


async def test_a_token_that_will_not_do_is_refused_in_a_sentence(shop: Counter) -> None:
    for said, asked in WRONG.items():
        with pytest.raises((Misconfigured, Refuse), match=said):
            await tokens.make(shop.desk, asked)

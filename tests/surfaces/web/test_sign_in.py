"""Coming in: by a link once, by a password then; and how those are met who should not."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import PASSWORD, Counter, counter

from counterfoil.surfaces.desk import users
from counterfoil.values.clock import Instant, SystemClock, later


class Later(SystemClock):
    """A clock that is ahead."""

    def __init__(self, ahead_s: float) -> None:
        self.ahead_s = ahead_s

    def now(self) -> Instant:
        return later(super().now(), self.ahead_s)


async def test_every_page_asks_who_is_there_and_leads_back(shop: Counter) -> None:
    browser = shop.browser()
    page = await browser.get("/trace?q=1001")
    assert (page.status, page.sentence) == (200, "Sign in")
    assert page.fields["next"] == ["/trace?q=1001"]
    fields = {"name": "viewer", "password": PASSWORD, "next": page.fields["next"]}
    page = await browser.post("/sign-in", fields)
    assert page.url == "/trace?q=1001"
    assert "#1001 is confirmed" in page.sentence


@pytest.mark.parametrize("way", ["//evil.example/", "/\\evil.example", "https://evil.example", "x"])
async def test_nobody_is_led_elsewhere(shop: Counter, way: str) -> None:
    fields = {"name": "viewer", "password": PASSWORD, "next": way}
    assert (await shop.browser().post("/sign-in", fields)).url == "/"


async def test_the_first_start_makes_one_admin_by_a_link_that_is_good_once(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    async with counter(folder, database, staffed=False) as found:
        desk = found.desk
        older = await users.first_link(desk.database, desk.clock)
        link = await users.first_link(desk.database, desk.clock)
        assert older is not None
        assert link is not None
        assert (link.role, link.name) == ("admin", "")
        stranger, browser = found.browser(), found.browser()
        assert (await stranger.get(f"/welcome/{older.word}")).status == 410, "only the last is good"
        assert (await stranger.get("/welcome/guessed")).status == 410
        fields = {"name": "Priya", "password": PASSWORD, "again": PASSWORD}
        short = await browser.post(f"/welcome/{link.word}", {**fields, "password": "short"})
        assert "not the same" in short.words
        short = await browser.post(
            f"/welcome/{link.word}", {"name": "Priya", "password": "short", "again": "short"}
        )
        assert (short.status, "12 to 256 characters" in short.words) == (422, True)
        page = await browser.post(f"/welcome/{link.word}", fields)
        assert (page.status, page.url) == (200, "/")
        assert (await stranger.post(f"/welcome/{link.word}", fields)).status == 410
        assert await users.first_link(desk.database, desk.clock) is None
        assert [(user.name, user.role, user.ready) for user in await users.users(desk)] == [
            ("Priya", "admin", True)
        ]


async def test_a_link_ages_and_a_new_one_ends_the_one_before(shop: Counter) -> None:
    desk = shop.desk
    first = await users.add(desk, "newcomer", "viewer")
    second = await users.add(desk, "newcomer", "admin")
    assert second.role == "viewer", "a link gives nobody another role"
    assert await users.link(desk.database, desk.clock, first.word) is None
    assert await users.link(desk.database, desk.clock, second.word) is not None
    assert await users.link(desk.database, Later(users.LINK_S + 1), second.word) is None


async def test_a_session_is_new_with_each_sign_in_and_ends_with_it(shop: Counter) -> None:
    browser, thief = shop.browser(), shop.browser()
    browser.client.cookie_jar.update_cookies({"counterfoil": "chosen-by-somebody-else"})
    await browser.sign_in("viewer")
    first = browser.cookie
    assert first != "chosen-by-somebody-else"
    await browser.sign_in("viewer")
    assert browser.cookie != first
    thief.client.cookie_jar.update_cookies({"counterfoil": first})
    assert (await thief.get("/")).sentence == "Sign in", "signing in again ends the one before"
    last = browser.cookie
    page = await browser.get("/")
    await browser.post("/sign-out", {"form": page.fields["form"][0]})
    thief.client.cookie_jar.update_cookies({"counterfoil": last})
    assert (await thief.get("/")).sentence == "Sign in"


async def test_a_session_ends_by_itself_and_with_its_person(shop: Counter) -> None:
    desk, browser = shop.desk, await shop.person("viewer")
    assert await users.session(desk.database, desk.clock, browser.cookie)
    assert await users.session(desk.database, Later(12 * 3600 + 60), browser.cookie) is None
    assert await users.session(desk.database, Later(8 * 86_400), browser.cookie) is None
    await users.remove(desk, "viewer")
    assert (await browser.get("/")).sentence == "Sign in"
    assert "do not belong together" in (await browser.sign_in("viewer")).words


async def test_the_cookie_cannot_be_read_by_a_script_nor_sent_by_another_site(
    shop: Counter,
) -> None:
    browser = shop.browser()
    fields = {"name": "viewer", "password": PASSWORD}
    async with browser.client.post(
        f"{shop.base}/sign-in", data=fields, headers={"origin": shop.base}, allow_redirects=False
    ) as answer:
        said = answer.headers["set-cookie"]
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert PASSWORD not in said


async def test_who_there_is_cannot_be_told_from_the_answer(shop: Counter) -> None:
    wrong = await shop.browser().sign_in("admin", "not the password")
    nobody = await shop.browser().sign_in("nobody", "not the password")
    assert (wrong.status, nobody.status) == (401, 401)
    assert wrong.words == nobody.words


async def test_whoever_guesses_is_slowed_down_whichever_name_it_is(shop: Counter) -> None:
    browser = shop.browser()
    for _ in range(5):
        assert (await browser.sign_in("nobody", "a wrong password")).status == 401
    page = await browser.sign_in("admin", PASSWORD)
    assert page.status == 429, "from this address it was tried too often, right or wrong"
    assert "Too many sign-ins failed" in page.words


async def test_the_last_admin_stays(shop: Counter) -> None:
    browser = await shop.person("admin")
    form = (await browser.get("/setup")).fields["form"][0]
    page = await browser.post("/setup/people/part", {"form": form, "name": "admin"})
    assert (page.status, page.sentence) == (403, "admin is the only admin.")


async def test_an_admin_lets_somebody_in_by_a_link_that_is_shown_once(shop: Counter) -> None:
    browser = await shop.person("admin")
    form = (await browser.get("/setup")).fields["form"][0]
    page = await browser.post("/setup/people", {"form": form, "name": "Tom", "role": "operator"})
    assert "A way in for Tom, as operator" in page.words
    way = next(word for word in page.words.split() if "/welcome/" in word)
    newcomer = shop.browser()
    path = way.removeprefix(shop.base)
    fields = {"name": "Tom", "password": PASSWORD, "again": PASSWORD}
    assert (await newcomer.post(path, fields)).status == 200
    assert "/welcome/" not in (await browser.get("/setup")).words


REAL = users._hasher
"""As it is outside the tests, which are in a hurry."""


def test_a_password_costs_whoever_guesses_much_memory_and_some_time() -> None:
    hashed = REAL().hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=2$")
    assert PASSWORD not in hashed

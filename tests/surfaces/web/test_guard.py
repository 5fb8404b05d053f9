"""What holds for every page: nothing of a stranger runs, nobody acts through another's browser, and
who only looks cannot do anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from counter import Counter

from counterfoil.flows.capture import listed
from counterfoil.flows.work import work
from counterfoil.surfaces.web.assets import _assets
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId
from tests.journeys.filled import opened, order, reading
from tests.journeys.journeys_environment import SECRETS

SCREENS = ("/", "/desk", "/trace", "/trace?q=1001", "/trace?q=1001&grain=evidence", "/balance",
           "/close", "/changes", "/setup", "/sign-in", "/nothing-here")  # fmt: skip


@pytest.mark.parametrize("path", SCREENS)
async def test_a_page_runs_and_fetches_only_what_is_ours(shop: Counter, path: str) -> None:
    page = await (await shop.person("admin")).get(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "server" not in page.headers
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "action", "formaction"):
            assert not re.match(r"\w+:|//", attributes.get(name) or ""), attributes
    assert not re.search(r"<script(?![^>]*src=)", page.source)
    assert not re.search(r"<style", page.source)


async def test_script_and_style_are_small_and_kept_under_their_digest(shop: Counter) -> None:
    import gzip

    sizes = {path: len(gzip.compress(body)) for path, (_, body) in _assets().items()}
    assert sum(size for path, size in sizes.items() if path.endswith(".js")) <= 30_000
    assert sum(size for path, size in sizes.items() if path.endswith(".css")) <= 20_000
    for path in sizes:
        page = await shop.browser().get(f"/static/{path}")
        assert (page.status, "immutable" in page.headers["cache-control"]) == (200, True)
    assert (await shop.browser().get("/static/..%2Fframe.html")).status == 404


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"origin": "https://evil.example"}, "did not come from a page of this desk"),
        ({"origin": "null"}, "did not come from a page of this desk"),
        ({"origin": ""}, "did not come from a page of this desk"),
        ({"host": "evil.example"}, "not known under that name"),
    ],
)
async def test_what_another_site_sends_does_nothing(
    shop: Counter, headers: dict[str, str], said: str
) -> None:
    browser = await shop.person("operator")
    form = (await browser.get("/desk")).fields["form"][0]
    page = await browser.post("/sign-out", {"form": form}, **headers)
    assert (page.status, said in page.source) == (403, True)
    assert (await browser.get("/")).sentence != "Sign in"


async def test_a_form_without_the_page_s_own_word_does_nothing(shop: Counter) -> None:
    browser, other = await shop.person("operator"), await shop.person("admin")
    strange = (await other.get("/desk")).fields["form"][0]
    for form in ("", "guessed", strange, "ü"):
        page = await browser.post("/sign-out", {"form": form})
        assert (page.status, "older than your sign-in" in page.words) == (403, True)
    assert (await browser.get("/")).sentence != "Sign in"


async def test_a_form_that_is_too_large_or_none_is_refused(shop: Counter) -> None:
    browser = await shop.person("operator")
    page = await browser.post("/sign-out", {"form": "x" * 300_000})
    assert (page.status, page.source) == (403, "This form is too large.\n")
    async with browser.client.post(
        f"{shop.base}/sign-out", data=b"\xff\xfe=%", headers={"origin": shop.base}
    ) as answer:
        assert answer.status == 403


EVIL = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>{{ 7*7 }}\u202e=HYPERLINK("x")'


async def test_words_from_outside_are_inert_wherever_they_are_shown(
    shop: Counter, folder: Path, database: str
) -> None:
    from msgspec.structs import replace

    house = await opened(folder, {"DATABASE_URL": database, **SECRETS})
    (route,) = house.engine.routes.values()
    strange = replace(order(1077, "unmapped"), number=EVIL)
    await listed(house.engine, route, [reading(strange)], 80)
    now = SystemClock().now().to_stdlib()
    for row in await house.engine.database.rows("idle_pages", now, 0, 9):
        await work(house.engine, PageId(row["id"]))
    await house.close()
    browser = await shop.person("admin")
    desk = await browser.get("/desk")
    cause = desk.link("Drone")
    met = 0
    for path in ("/", "/desk", cause, f"{cause}/send", f"{cause}/aside", "/trace?q=6001077",
                 "/trace?q=6001077&grain=evidence", "/trace?route=orders&state=held"):  # fmt: skip
        page = await browser.get(path)
        assert page.status == 200, path
        assert "<img src=x" not in page.source, path
        assert "<script>alert" not in page.source, path
        assert "49" not in page.source.partition("<script>alert")[2], path
        assert "\u202e" not in page.source, path
        met += "<script>alert(1)</script>" in page.words
    assert met >= 5, "it is shown, as text"


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", '"><img src=x onerror=x>', "a\r\nb: c"]
)
async def test_what_is_typed_comes_back_as_text(shop: Counter, typed: str) -> None:
    from urllib.parse import quote

    page = await (await shop.person("admin")).get(f"/trace?q={quote(typed)}")
    assert page.status == 200
    assert "<script>alert" not in page.source
    assert "<img src=x" not in page.source
    assert "b" not in page.headers, "no line of ours is made of what somebody types"


async def test_a_viewer_sees_every_screen_and_is_refused_politely_everywhere(
    shop: Counter,
) -> None:
    browser = await shop.person("viewer")
    cause = (await browser.get("/desk")).link("Drone")
    for path in (*SCREENS[:-2], cause):
        assert (await browser.get(path)).status == 200, path
    page = await browser.get(cause)
    assert "You are here to look." in page.words
    assert "Plan to" not in page.words
    form = page.fields["form"][0]
    before = (await browser.get("/desk")).sentence
    for deed in ("send", "aside"):
        plan = await browser.get(f"{cause}/{deed}")
        assert "An operator can do this." in plan.words
        operators = await (await shop.person("operator")).get(f"{cause}/{deed}")
        (mark,) = operators.fields["mark"]
        refused = await browser.post(f"{cause}/{deed}", {"form": form, "mark": mark, "why": "x y"})
        assert refused.status == 403
        assert "for the role operator" in refused.words
        assert "Nothing was done." in refused.words
    for path in ("/setup/people", "/setup/people/part"):
        refused = await browser.post(path, {"form": form, "name": "x", "role": "admin"})
        assert (refused.status, "for the role admin" in refused.words) == (403, True)
    refused = await browser.get("/trace?q=ann@example.org")
    assert (refused.status, "for the role operator" in refused.words) == (403, True)
    assert "People" not in (await browser.get("/setup")).words
    assert (await browser.get("/desk")).sentence == before

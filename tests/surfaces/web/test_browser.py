"""The screens in a real Chromium: journeys by mouse and by key, at both widths, light and dark.

`COUNTERFOIL_SHOTS=DIR` keeps a picture of each screen there;
those in docs/screens are wide and light.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from counter import PASSWORD, Counter

axe = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

AXE = next(Path(axe.__file__).parent.rglob("axe*.js"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is here (Debian: apt-get install chromium)"
)

WIDTHS = {"wide": 1280, "phone": 390}


class Tab:
    """A tab of a real browser that keeps what its console says."""

    def __init__(self, page, base: str) -> None:
        self.page = page
        self.base = base
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))

    async def sign_in(self, name: str) -> None:
        await self.page.goto(f"{self.base}/sign-in")
        await self.page.fill("#name", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"{self.base}/")

    async def sentence(self) -> str:
        return " ".join((await self.page.inner_text("h1")).split())


@pytest.fixture
async def tab(shop: Counter) -> AsyncIterator[Tab]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        found = Tab(page, shop.base)
        yield found
        await browser.close()
        assert found.console == [], "nothing is refused by the policy, and nothing breaks"
        assert all(url.startswith(shop.base) for url in found.asked), "nothing from elsewhere"


async def test_operations_by_mouse(tab: Tab) -> None:
    await tab.sign_in("operator")
    await tab.page.click("text='Drone' is not in the value map")
    await tab.page.click("text=Plan to send 2 again")
    assert await tab.sentence() == "Send 2 documents, £25.00, to office again?"
    await tab.page.click("text=Send 2, £25.00")
    assert await tab.sentence() == "operator sent 2 documents, £25.00, again."


async def test_operations_by_key_alone(tab: Tab) -> None:
    press = tab.page.keyboard.press
    await tab.sign_in("operator")
    await press("g")
    await press("d")
    await tab.page.wait_for_url(f"{tab.base}/desk")
    await press("j")
    await press("Enter")
    await tab.page.wait_for_selector("#ex")
    assert "Drone" in await tab.sentence()
    await press("/")
    await tab.page.keyboard.type("1001")
    await press("Enter")
    await tab.page.wait_for_selector(".story")
    assert await tab.sentence() == "#1001 is confirmed: £12.50 at shop and at office."


async def test_every_box_is_ticked_by_one(tab: Tab) -> None:
    await tab.sign_in("operator")
    await tab.page.click("text='Drone' is not in the value map")
    await tab.page.check("#every")
    await tab.page.click("text=Plan for those picked")
    assert await tab.sentence() == "Send 2 documents, £25.00, to office again?"


async def test_every_page_works_without_its_script(shop: Counter) -> None:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(java_script_enabled=False)
        tab = Tab(await context.new_page(), shop.base)
        await tab.sign_in("operator")
        await tab.page.click("text='Drone' is not in the value map")
        await tab.page.click("text=Plan to send 2 again")
        await tab.page.click("text=Send 2, £25.00")
        assert "sent 2 documents" in await tab.sentence()
        await browser.close()


async def test_ink_is_kept_for_who_wants_it(tab: Tab) -> None:
    await tab.sign_in("viewer")
    await tab.page.click("summary")
    await tab.page.click("text=Dark")
    await tab.page.wait_for_selector("html[data-theme=dark]")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await tab.page.evaluate(ground) == "rgb(20, 23, 29)"
    await tab.page.goto(f"{tab.base}/balance")
    assert await tab.page.evaluate(ground) == "rgb(20, 23, 29)"


async def violations(page) -> list[str]:
    """What axe finds wrong on the page, by its rules of WCAG 2.2 AA: the rule and the place."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{each['id']}: {each['nodes'][0]['html'][:90]}" for each in found["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_every_screen_fits_its_width_and_can_be_read_by_everybody(
    tab: Tab, width: str, theme: str
) -> None:
    await tab.page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    await tab.page.emulate_media(color_scheme=theme)
    await tab.sign_in("admin")
    await tab.page.goto(f"{tab.base}/desk")
    cause = await tab.page.get_attribute("a.why", "href")
    screens = {
        "today": "/", "desk": "/desk", "hold": cause, "plan": f"{cause}/send", "trace": "/trace",
        "story": "/trace?q=1001", "evidence": "/trace?q=1001&grain=evidence",
        "found": "/trace?q=100", "balance": "/balance", "close": "/close", "changes": "/changes",
        "setup": "/setup",
    }  # fmt: skip
    wrong: list[str] = []
    for name, path in screens.items():
        await tab.page.goto(f"{tab.base}{path}")
        wide = await tab.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WIDTHS[width], name
        wrong += [f"{name}: {violation}" for violation in await violations(tab.page)]
        if "COUNTERFOIL_SHOTS" in os.environ:
            shot = Path(os.environ["COUNTERFOIL_SHOTS"]) / f"{name}-{width}-{theme}.png"
            await tab.page.screenshot(path=shot, full_page=True)
    assert wrong == []

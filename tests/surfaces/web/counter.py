"""The desk on a real socket, before a house in which two orders arrived and three things wait."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import aiohttp

from counterfoil.app import House
from counterfoil.surfaces import serve
from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.listening import listening
from counterfoil.values.clock import SystemClock
from tests.journeys.filled import opened
from tests.journeys.journeys_environment import SECRETS

PASSWORD = "four words to remember"
ROLES = ("viewer", "operator", "admin")


INLINE = frozenset({"a", "b", "code", "span", "time"})


class Page(HTMLParser):
    """A page as a reader meets it: its words, its links, its fields and its scripts."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str], url: str) -> None:
        super().__init__()
        self.status = status
        self.source = text
        self.headers = headers
        self.url = url
        self.links: dict[str, str] = {}
        self.fields: dict[str, list[str]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self._href = ""
        self._link: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in INLINE:
            self._words.append(" ")
        self.tags.append((tag, named))
        if tag == "a":
            self._href, self._link = named.get("href") or "", []
        if tag == "input" and named.get("type") == "hidden":
            self.fields.setdefault(named["name"] or "", []).append(named.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href:
            self.links.setdefault(" ".join("".join(self._link).split()), self._href)
            self._href = ""

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        self._link.append(data)

    @property
    def words(self) -> str:
        """All words of the page, with single spaces."""
        return " ".join("".join(self._words).split())

    @property
    def sentence(self) -> str:
        """What the page opens with."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.source, re.DOTALL)
        return Page(0, found[1], {}, "").words if found else ""

    def link(self, word: str) -> str:
        """Where the first link leads whose words have `word` in them."""
        return next(href for text, href in self.links.items() if word in text)


@dataclass
class Browser:
    """Somebody's browser, with its cookies."""

    base: str
    client: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page, and follow where it leads."""
        async with self.client.get(self.base + path, headers=headers) as answer:
            return await _page(answer)

    async def post(self, path: str, fields: Mapping[str, str | list[str]], **headers: str) -> Page:
        """Send a form as a page of ours does."""
        said = {"origin": self.base, **headers}
        pairs = [
            (name, word)
            for name, words in fields.items()
            for word in (words if isinstance(words, list) else [words])
        ]
        async with self.client.post(self.base + path, data=pairs, headers=said) as answer:
            return await _page(answer)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        return await self.post("/sign-in", {"name": name, "password": password, "next": "/"})

    @property
    def cookie(self) -> str:
        """What the browser holds of its session."""
        cookies = {cookie.key: cookie.value for cookie in self.client.cookie_jar}
        return cookies.get("counterfoil", "")


async def _page(answer: aiohttp.ClientResponse) -> Page:
    return Page(answer.status, await answer.text(), answer.headers, answer.url.path_qs)


@dataclass
class Counter:
    """The open desk: where it is, what is behind it, and who is at it."""

    base: str
    desk: StaffedDesk
    house: House
    clients: list[aiohttp.ClientSession] = field(default_factory=list)

    def browser(self) -> Browser:
        """A browser that has never been here."""
        client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.clients.append(client)
        return Browser(self.base, client)

    async def person(self, role: str) -> Browser:
        """Somebody of this role, signed in; their name is their role."""
        browser = self.browser()
        page = await browser.sign_in(role)
        assert page.status == 200, page.words
        return browser


async def staff(desk: StaffedDesk) -> None:
    """One person of each role, who has come in by a link and chosen a password."""
    for role in ROLES:
        link = await users.add(desk, role, role)
        await users.come_in(desk.database, desk.clock, link.word, role, PASSWORD)


@asynccontextmanager
async def counter(folder: Path, database: str, *, staffed: bool = True) -> AsyncIterator[Counter]:
    """A desk that is open."""
    house = await opened(folder, {"DATABASE_URL": database, **SECRETS})
    desk = StaffedDesk(house.config, SystemClock(), "tester", house.engine.database, house)
    if staffed:
        await staff(desk)
    stop = asyncio.Event()
    with listening("127.0.0.1", 0) as sockets:
        ready = asyncio.Event()
        running = asyncio.create_task(serve.serve_desk(desk, stop, sockets, ready.set))
        async with asyncio.timeout(10):
            await ready.wait()
        found = Counter(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", desk, house)
        try:
            yield found
        finally:
            for client in found.clients:
                await client.close()
            stop.set()
            await running
            await house.close()

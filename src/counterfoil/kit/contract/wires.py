"""Wires for tests: to a vendor in this process, and past a postman who can lose what he carries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from counterfoil.kit.transport import Answer, Lost, NotSent, Wire

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI application, as https://asgi.readthedocs.io specifies it."""


class AsgiWire:
    """`kit.transport.Wire` to an ASGI application in this process.

    An application that raises `OSError` has cut the connection: the answer is `Lost`, as it is
    where none comes in time.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        answered: list[Message] = []

        async def receive() -> Message:
            if not asked:
                await asyncio.Event().wait()  # nobody hangs up
            return asked.pop()

        async def send(message: Message) -> None:
            answered.append(message)

        try:
            async with asyncio.timeout(timeout_s):
                await self._app(_scope(method, url, headers), receive, send)
        except OSError as error:  # TimeoutError is one too
            raise Lost(str(error)) from None
        return _answer(answered)

    async def close(self) -> None: ...


def _scope(method: str, url: str, headers: Mapping[str, str]) -> Message:
    parts = urlsplit(url)
    named = {"host": parts.netloc, **{name.lower(): text for name, text in headers.items()}}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "server": (parts.hostname, parts.port or 443),
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in named.items()],
    }


def _answer(messages: list[Message]) -> Answer:
    start, *rest = messages
    headers = {name.decode().lower(): text.decode() for name, text in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))


class Sent(NamedTuple):
    """One request as it left."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Postman:
    """Carries every request to `wire` and remembers it; answers in the vendor's stead, or loses
    the vendor's answer, for as long as he is told to."""

    def __init__(self, wire: Wire) -> None:
        self.sent: list[Sent] = []
        self.most_at_once = 0
        self._at_once = 0
        self._wire = wire
        self._instead: Callable[[], Answer] | None = None
        self._loses: Callable[[], bool] | None = None

    @contextmanager
    def answering(self, status: int, body: bytes = b"", **headers: str) -> Generator[None]:
        """Answer every request so; the vendor hears of none. `_` stands for `-` in a header."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self._instead = lambda: Answer(status, named, body)
        yield
        self._instead = None

    @contextmanager
    def failing(self, failure: Lost | NotSent) -> Generator[None]:
        """Carry nothing, and say so."""

        def fail() -> Answer:
            raise failure

        self._instead = fail
        yield
        self._instead = None

    @contextmanager
    def losing(self, when: Callable[[], bool]) -> Generator[None]:
        """Carry every request, and lose each answer for which `when` is true once it is there."""
        self._loses = when
        yield
        self._loses = None

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        self.sent.append(Sent(method, url, headers, body))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)  # others have their turn, as on a real wire
            if self._instead is not None:
                return self._instead()
            answer = await self._wire.send(method, url, headers, body, timeout_s)
        finally:
            self._at_once -= 1
        if self._loses is not None and self._loses():
            raise Lost("the answer was lost on its way")
        return answer

    async def close(self) -> None:
        await self._wire.close()

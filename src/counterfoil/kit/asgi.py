"""A wire to a vendor that lives in this process: to a twin, and for the rules of the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from counterfoil.kit.transport import Answer, Lost

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
        requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        answered: list[Message] = []

        async def receive() -> Message:
            if not requests:
                await asyncio.Event().wait()  # nobody hangs up
            return requests.pop()

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
    start, *parts = messages
    headers = {name.decode().lower(): text.decode() for name, text in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

"""A postman for tests: he keeps count of what he carries, and can lose it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from counterfoil.kit.transport import Answer, Lost, NotSent, Wire


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

    @contextmanager
    def honestly(self) -> Generator[None]:
        """Carry every request and each answer, whatever else he was told to do."""
        before = self._instead, self._loses
        self._instead = self._loses = None
        yield
        self._instead, self._loses = before

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

"""The way between the processes of a world: no sockets, but delays, cuts and losses at will.

What arrives at a twin is the twin's business from then on: the caller may stop, die or lose
patience, and the twin goes on. Likewise a message that a house has been handed.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import Context
from urllib.parse import urlsplit

from counterfoil.kit.asgi import Application, AsgiWire
from counterfoil.kit.transport import Answer, Lost, NotSent
from counterfoil.rehearse.cast.estate import LISTENER_PATIENCE_S, landing
from counterfoil.rehearse.worlds.loop import PROCESS, Process
from counterfoil.values.strike import strike

_FOREVER_S = 86_400.0
_LATE_S = (0.5, 6.0)
_SLOW_S = (0.05, 0.8)


class Mishaps:
    """What can happen on the way: rates by name, and how often each was really met."""

    def __init__(
        self, chance: random.Random, rates: Mapping[str, float], reached: Counter[str]
    ) -> None:
        self._chance = chance
        self._rates = dict(rates)
        self.reached = reached

    def calm(self) -> None:
        """Nothing more goes wrong."""
        self._rates.clear()

    def strikes(self, name: str) -> bool:
        """Whether it happens now; a True is counted."""
        rate = self._rates.get(name, 0.0)
        if not rate or self._chance.random() >= rate:
            return False
        self.reached[name] += 1
        return True

    def draw(self, between_s: tuple[float, float]) -> float:
        """A duration in seconds."""
        return self._chance.uniform(*between_s)


class Network:
    """`kit.transport.Wire` from a house to the twins, by host name. `outside` is the context in
    which the twins' side runs: that of no process."""

    def __init__(self, apps: Mapping[str, Application], mishaps: Mishaps, outside: Context) -> None:
        self._wires = {host: AsgiWire(app) for host, app in apps.items()}
        self._mishaps = mishaps
        self._outside = outside

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        parts = urlsplit(url)
        mishaps = self._mishaps
        if mishaps.strikes("wire.refused"):
            raise NotSent("connection refused")
        if mishaps.strikes("wire.lost_before"):
            raise Lost("the connection broke before the request arrived")
        delay_s = mishaps.draw(_SLOW_S) if mishaps.strikes("wire.slow") else 0.0
        if mishaps.strikes("wire.late"):
            delay_s = timeout_s + mishaps.draw(_LATE_S)
        wire = self._wires[parts.netloc]

        async def carried() -> Answer:
            if delay_s:
                await asyncio.sleep(delay_s)
            return await wire.send(method, url, headers, body, _FOREVER_S)

        task = asyncio.get_running_loop().create_task(carried(), context=self._outside.copy())
        task.add_done_callback(_forgotten)
        if landing(method, parts.path, body) is not None:
            strike("C9")
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
        if not done:
            raise Lost(f"no answer within {timeout_s:g} s")
        answer = task.result()
        if mishaps.strikes("wire.lost_after"):
            raise Lost("the connection broke before the answer was read")
        return answer

    async def close(self) -> None: ...


class Courier:
    """Where the shop's messages go: to one of the houses that are awake, drawn by the seed."""

    def __init__(
        self,
        chance: random.Random,
        mishaps: Mishaps,
        doors: Callable[[], list[tuple[Process, Context, Application]]],
    ) -> None:
        self._chance = chance
        self._mishaps = mishaps
        self._doors = doors

    async def send(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        """Hand a message over: the HTTP status, 0 where none came in time."""
        doors = self._doors()
        if not doors:
            return 0
        if self._mishaps.strikes("hook.slow"):
            await asyncio.sleep(self._mishaps.draw(_SLOW_S))
        process, context, app = self._chance.choice(doors)
        if process.dead:
            return 0

        async def handed() -> Answer:
            return await AsgiWire(app).send("POST", address, headers, body, _FOREVER_S)

        ours = context.copy()
        ours.run(PROCESS.set, process)
        task = asyncio.get_running_loop().create_task(handed(), context=ours)
        task.add_done_callback(_forgotten)
        done, _ = await asyncio.wait({task}, timeout=LISTENER_PATIENCE_S)
        if not done or task.cancelled() or task.exception() is not None:
            return 0
        return 0 if self._mishaps.strikes("hook.unheard") else task.result().status


def _forgotten(task: asyncio.Task[Answer]) -> None:
    """Whoever waited may be dead: how it ended is nobody's surprise."""
    if not task.cancelled():
        task.exception()

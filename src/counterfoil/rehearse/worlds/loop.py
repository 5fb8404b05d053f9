"""A seeded event loop with a clock of its own: the same seed gives the same interleaving.

One handle a turn, taken at a seeded place of those that are ready. Where none is ready, time
jumps to the next timer. A call to the database is one instant: everybody else stands still, the
clock too, so that no timer can fire at a query in flight. Processes are told apart by a variable
of their context: one that is stopped keeps its handles until it goes on, one that was killed for
ever.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from math import inf
from typing import Any, NoReturn, Protocol, TypeVar, cast

T = TypeVar("T")

_LOOK_TURNS = 1000  # so often the loop looks at the real clock


class Deadlock(Exception):
    """Nothing is ready, no timer is set and no database call is out: nobody will ever go on."""


class Overrun(Deadlock):
    """Somebody goes on and on: the world took more of this machine than it may."""


class Process:
    """What stops, goes on and dies as one. `name` is for people."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopped = False
        self.dead = False
        self.kept: list[events.Handle] = []

    @property
    def still(self) -> bool:
        """Whether it does nothing at present."""
        return self.stopped or self.dead


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)
"""Whose code is running; None: the world's own."""


Work = Coroutine[Any, Any, T]
"""A coroutine that comes to a `T`; what it yields is between it and the loop."""


class NumberedTask(asyncio.Task[object]):
    """A task whose hash is the number of its creation, so that sets of tasks keep one order."""

    made = 0

    def __init__(self, coro: Work[object], **more: Any) -> None:
        NumberedTask.made += 1
        self._number = NumberedTask.made
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class _Handle(Protocol):
    """What we touch of asyncio's handles."""

    _cancelled: bool
    _scheduled: bool
    _when: float
    _context: Context

    def _run(self) -> None: ...


class WorldLoop(asyncio.SelectorEventLoop):
    """Real until `begin`, simulated until `end`."""

    # Names of asyncio's own loop, which its type stubs keep to themselves.
    _ready: deque[Any]
    _scheduled: list[Any]
    _selector: Any
    _process_events: Callable[[Any], None]

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._now_s: float | None = None
        self._until_s = inf
        self.turns = 0
        self.set_task_factory(cast(Any, _numbered))

    def begin(self) -> None:
        """From now on the clock and the order of all things are ours; the clock shows 0."""
        NumberedTask.made = 0
        self._scheduled.clear()
        self._now_s = 0.0

    def allow(self, core_s: float) -> None:
        """Raise `Overrun` after so many seconds of this process's core time from now on."""
        self._until_s = time.process_time() + core_s

    def end(self) -> None:
        """Back to the real clock."""
        self._scheduled.clear()
        self._now_s = None

    def time(self) -> float:
        return super().time() if self._now_s is None else self._now_s

    async def instant(self, call: Work[T]) -> T:
        """What `call` gives, while nobody else moves and no time passes."""
        if self._now_s is None:
            return await call
        parked, self._ready = self._ready, deque()
        try:
            return self._driven(call)
        finally:
            parked.extend(self._ready)
            self._ready = parked

    def go_on(self, process: Process) -> None:
        """A stopped process goes on where it stood."""
        process.stopped = False
        self._ready.extend(process.kept)
        process.kept.clear()

    def release(self, process: Process) -> None:
        """A dead process's tasks may end, now that nothing of them can reach anybody."""
        process.dead = False
        self.go_on(process)

    def call_soon_threadsafe(self, *args: Any, **more: Any) -> events.Handle:
        if self._now_s is not None:
            _forbidden("call_soon_threadsafe")
        return super().call_soon_threadsafe(*args, **more)

    def run_in_executor(self, *args: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self._now_s is not None:
            _forbidden("run_in_executor")
        return super().run_in_executor(*args)

    def _run_once(self) -> None:
        if self._now_s is None:
            super()._run_once()  # type: ignore[misc]
        else:
            self._turn()

    def _driven(self, call: Work[T]) -> T:
        """Run a call to its end without a turn of the loop: only the socket moves."""
        try:
            while True:
                waited: asyncio.Future[object] | None = call.send(None)
                if waited is not None:
                    waited._asyncio_future_blocking = False
                    while not waited.done():
                        self._serve_socket()
        except StopIteration as end:
            return end.value

    def _serve_socket(self) -> None:
        """What the socket brings, in the order in which it comes."""
        if not self._ready:
            self._process_events(self._selector.select(None))
        while self._ready:
            _run(self._ready.popleft())

    def _turn(self) -> None:
        self.turns += 1
        if not self.turns % _LOOK_TURNS:
            self._look_at_the_clock()
        if not self._ready:
            self._jump()
        ready = self._ready
        index = int(self._chance.random() * len(ready)) if len(ready) > 1 else 0
        handle = ready[index]
        del ready[index]
        process = handle._context.get(PROCESS)
        if process is not None and process.still:
            process.kept.append(handle)
        else:
            _run(handle)

    def _look_at_the_clock(self) -> None:
        if time.process_time() > self._until_s:
            self._until_s = inf  # what ends the world may take its time
            raise Overrun("the world did not end in the core time that it may take")

    def _jump(self) -> None:
        """Let time pass until the next timer."""
        timers = self._scheduled
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not timers:
            raise Deadlock("nothing is ready, and nothing is waited for")
        self._now_s = max(self._now_s or 0.0, timers[0]._when)
        while timers and timers[0]._when <= self._now_s:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            if not timer._cancelled:
                self._ready.append(timer)


def _run(handle: _Handle) -> None:
    if not handle._cancelled:  # pyright: ignore[reportPrivateUsage]
        handle._run()  # pyright: ignore[reportPrivateUsage]


def _numbered(loop: asyncio.AbstractEventLoop, coro: Work[object], **more: Any) -> NumberedTask:
    return NumberedTask(coro, loop=loop, **more)


def _forbidden(what: str) -> NoReturn:
    raise RuntimeError(f"{what} would leave the seed's order")

"""What every flow is handed: store, clock, queue and routes. Nothing reaches around it."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from counterfoil.flows.breaker import Breaker
from counterfoil.flows.queue import Job, Queue
from counterfoil.flows.releases import Release
from counterfoil.flows.route import Route
from counterfoil.store.keys import Keys
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.clock import Clock


@dataclass
class Engine:
    """One worker's surroundings. `holder` names the worker; `fired` counts guards that acted.

    `hands` is how many pages the process works on at a time (0: no limit is known), `engaged` at
    how many of them each target's connection is being written to now, `crowded` the pages that wait
    for a hand at it, `breakers` what this process has met of late at each.
    `keys` know again who was erased (None: nobody ever was). `release` numbers the configuration
    that the process began with (0: it has no number).
    """

    database: Database
    clock: Clock
    chance: random.Random
    numbers: Numbers
    queue: Queue
    routes: Mapping[int, Route]
    holder: str
    hands: int = 0
    keys: Keys | None = None
    release: int = 0
    engaged: Counter[int] = field(default_factory=Counter[int])
    crowded: defaultdict[int, deque[Job]] = field(default_factory=lambda: defaultdict(deque))
    breakers: defaultdict[int, Breaker] = field(default_factory=lambda: defaultdict(Breaker))
    fired: Counter[str] = field(default_factory=Counter[str])
    log: structlog.stdlib.BoundLogger = field(default_factory=structlog.get_logger)

    def open(self, number: int) -> Release:
        """The release under which this process works on a page whose route stands at `number`: the
        one that it began with, which is told where that is another one."""
        if number not in (0, self.release):
            self.fired["other-release"] += 1
        return Release(self.release, self.routes)

    def route(self, name: str) -> Route:
        """The route named `name` (KeyError where there is none)."""
        return next(route for route in self.routes.values() if route.name == name)

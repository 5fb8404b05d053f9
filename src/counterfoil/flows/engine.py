"""What every flow is handed: store, clock, queue and routes. Nothing reaches around it."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from counterfoil.flows.breaker import Breaker
from counterfoil.flows.queue import Job, Queue
from counterfoil.flows.route import Route
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.clock import Clock


@dataclass
class Engine:
    """One worker's surroundings. `holder` names the worker; `fired` counts guards that acted.

    `hands` is how many pages the process works on at a time (0: no limit is known), `engaged` at
    how many of them each target's connection is being written to now, `crowded` the pages that wait
    for a hand at it, `breakers` what this process has met of late at each.
    """

    database: Database
    clock: Clock
    chance: random.Random
    numbers: Numbers
    queue: Queue
    routes: Mapping[int, Route]
    holder: str
    hands: int = 0
    engaged: Counter[int] = field(default_factory=Counter[int])
    crowded: defaultdict[int, deque[Job]] = field(default_factory=lambda: defaultdict(deque))
    breakers: defaultdict[int, Breaker] = field(default_factory=lambda: defaultdict(Breaker))
    fired: Counter[str] = field(default_factory=Counter[str])
    log: structlog.stdlib.BoundLogger = field(default_factory=structlog.get_logger)

    def route(self, name: str) -> Route:
        """The route named `name` (KeyError where there is none)."""
        return next(route for route in self.routes.values() if route.name == name)

"""A feed: the routes that read one word from one connection. Their source is asked once for all.

A route keeps a mark of its own, so that one that is new, or was off, misses nothing: a feed is
listed from the mark of the route that is furthest behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from counterfoil.flows.route import HOUSE, Route
from counterfoil.kit.connector import Source
from counterfoil.kit.manifest import Carries
from counterfoil.model.words import Word

Marks = Mapping[int, str | None]
"""By route, where its next listing goes on, as the source says it; None: nothing was listed yet."""


class Feed(msgspec.Struct, frozen=True):
    """One listing and one census for `routes`, of which there is at least one.

    `hours` are those of a batch; empty: any hour. Two batches of other hours share no listing.
    """

    connection: int
    word: Word
    hours: tuple[str, ...]
    routes: tuple[Route, ...]

    @property
    def source(self) -> Source[Any]:
        """Whom all its routes read."""
        return self.routes[0].source

    @property
    def carries(self) -> Carries:
        """What their source declares of the document."""
        return self.routes[0].source_carries

    @property
    def refill_s(self) -> float:
        """How long the slowest of the source's budgets takes to refill."""
        return self.routes[0].refill_s

    @property
    def name(self) -> str:
        """Its routes, for people."""
        return ", ".join(route.name for route in self.routes)

    def only(self, numbers: Iterable[int]) -> Feed:
        """The feed with these of its routes."""
        ids = frozenset(numbers)
        routes = tuple(route for route in self.routes if route.id in ids)
        return msgspec.structs.replace(self, routes=routes)


def feed_of(*routes: Route) -> Feed:
    """The feed of routes that share it."""
    first = routes[0]
    return Feed(first.source_connection, first.plan.document, _hours(first), routes)


def hearing(routes: Iterable[Route], connection: int, word: str) -> tuple[Route, ...]:
    """Those of the routes that take what is said of a word by the messages of a connection."""
    return tuple(
        route
        for route in routes
        if route.source_connection == connection
        and route.plan.document == word
        and route.plan.mode == "near-real-time"
    )


def feeds(routes: Iterable[Route]) -> list[Feed]:
    """Every feed of these routes, in the order of their first routes. The house lists other things
    for each of its routes: each is a feed of its own."""
    by_feed: dict[tuple[int, Word, tuple[str, ...], int], list[Route]] = {}
    for route in routes:
        own = route.id if route.plan.source == HOUSE else 0
        key = (route.source_connection, route.plan.document, _hours(route), own)
        by_feed.setdefault(key, []).append(route)
    return [feed_of(*shared) for shared in by_feed.values()]


def _hours(route: Route) -> tuple[str, ...]:
    plan = route.plan
    return (plan.batch_from, plan.batch_until) if plan.mode == "batch" else ()

"""A second target that takes every call and answers none: it must slow no other route (P16).

The world has a second route, from the same source to a second twin. While it hangs the first route
keeps its latency; when it answers again everything lands there too, and both routes are judged by
every law.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar

import asyncpg

from counterfoil.kit.asgi import Message
from counterfoil.rehearse.cast.twin import Receive, Send, Twin
from counterfoil.rehearse.worlds.recipe import Recipe, goods_names
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.wiretap import Wiretap

LATENCY_S: Final = 5.0
"""Within which what the other route carries is at its target, from when its source tells of it."""

_DELIVERED = 4
_BY_ROUTE = {
    "record": "route = {}",
    "thread": "route = {}",
    "page": "route = {}",
    "hold": "route = {}",
    "census": "route = {}",
    "cursor": "route = {}",
    "route": "id = {}",
    "posting": "page in (select id from public.page where route = {})",
    "run": "page in (select id from public.page where route = {})",
    "entry": "record in (select id from public.record where route = {})",
}


T = TypeVar("T", bound=Twin)


class Hanging(Generic[T]):
    """The second target of a world, and the watch over its door."""

    def __init__(self, twin: T, wiretap: Wiretap) -> None:
        self.twin = twin
        self.wiretap = wiretap
        self.held_up = 0
        self._answers = asyncio.Event()
        self._watched = wiretap.around(twin)

    async def app(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, once it is calm; of what came before nothing is ever done."""
        if scope["type"] == "http" and not self._answers.is_set():
            self.held_up += 1
            await self._answers.wait()
            raise ConnectionResetError("the caller has gone away")
        await self._watched(scope, receive, send)

    def calm(self) -> None:
        """It answers from now on."""
        self._answers.set()
        self.twin.calm()


@asynccontextmanager
async def of_route(database: asyncpg.Connection, number: int) -> AsyncGenerator[None]:
    """The tables as if there were this route alone: what stands in a session's own schema is found
    before what bears its name elsewhere."""
    for table, where in _BY_ROUTE.items():
        text = f"select * from public.{table} where {where.format(number)}"  # noqa: S608
        await database.execute(f"create temp view {table} as {text}")
    try:
        yield
    finally:
        for table in reversed(_BY_ROUTE):
            await database.execute(f"drop view pg_temp.{table}")


def nothing_else_slows(recipe: Recipe) -> bool:
    """Whether nothing but the other target keeps a world from going on: then it is asked how long
    everything takes."""
    slow = recipe.database or recipe.pause_every_s or recipe.kill_every_s
    return not slow and recipe.rates.keys() <= {*goods_names()}


def p16_others_go_on(snapshot: Snapshot, told_in_s: float = 0.0) -> Iterator[str]:
    """Everything of this route is at its target in time, while the other target hangs; `told_in_s`:
    by when its source tells of a change."""
    changed = {row["id"]: row["version"] for row in snapshot.tables["record"]}
    for row in snapshot.entries():
        if _DELIVERED in row["path"]:
            late_s = (row["at"] - changed[row["record"]]).total_seconds()
            if late_s > LATENCY_S + told_in_s:
                yield f"p16_others_go_on: record {row['record']} was {late_s:.1f} s on its way"

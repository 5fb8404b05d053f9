"""Pipe: what was sold by documents that we have, and that the levels' master may not know yet.

Only this house knows it. It comes off every pool until the master's own levels show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.store import levels
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query, moment
from counterfoil.values.clock import Instant


class Claim(NamedTuple):
    """How many pieces of a SKU a document takes."""

    subject: int
    sku: str
    pieces: int


class InPipe(NamedTuple):
    """How many pieces of a SKU documents of one connection take that are in the pipe."""

    sku: str
    connection: int
    pieces: int


class Ends(NamedTuple):
    """A route by its number, with the connections from which and to which it leads."""

    route: int
    source: int
    target: int


class Master(NamedTuple):
    """Whose levels show what the pipe holds: the connection, the route by which they come here,
    and the word of what comes."""

    connection: int
    route: int
    word: str


class _Sku(NamedTuple):
    sku: str


class _Unsettled(NamedTuple):
    left_over: int


_LEAVE = Query("leave_pipe", _Sku)
_SHOWN = Query("shown_of_pipe", _Sku)
_OF = Query("pipe_of", InPipe)
_UNSETTLED = Query("unsettled", _Unsettled)
_LISTED = Query("listed_at", moment)


async def enter(db: Executor, ends: Ends, subjects: Sequence[int], claims: Sequence[Claim]) -> None:
    """Let what these documents take by their newest versions stand in the pipe, and nothing else of
    them; what the target has already is not touched."""
    before = [row.sku for row in await _LEAVE.rows(db, ends.route, subjects)]
    if claims:
        columns = [[*column] for column in zip(*claims, strict=True)]
        await db.run("enter_pipe", ends.route, *columns, ends.source, ends.target)
    skus = [*before, *(claim.sku for claim in claims)]
    if skus:
        await levels.reckon_again(db, skus, told=False)


async def there(db: Executor, route: int, subjects: Sequence[int], at: Instant) -> None:
    """Note that the target has these documents since then, at the latest."""
    await db.run("there_of_pipe", route, subjects, at.to_stdlib())


async def leave(db: Executor, route: int, subjects: Sequence[int]) -> None:
    """Let go of documents that are not to get to the target at all."""
    skus = [row.sku for row in await _LEAVE.rows(db, route, subjects)]
    if skus:
        await levels.reckon_again(db, skus, told=False)


async def listed(db: Executor, route: int) -> Instant | None:
    """When a listing of this route last came to its end."""
    return await _LISTED.first(db, route)


async def shown(db: Executor, master: Master) -> None:
    """Let go of what the master's levels show by now."""
    ended = await listed(db, master.route)
    if ended is None:
        return
    moment_ = ended.to_stdlib()
    await db.run("listed_of_pipe", master.connection, moment_)
    rows = await _SHOWN.rows(db, master.connection, moment_, master.route, master.word)
    if rows:
        await levels.reckon_again(db, [row.sku for row in rows], told=False)


async def settled(db: Executor) -> bool:
    """Whether nothing is left to reckon, and nothing in the pipe that the target has already."""
    return not (await _UNSETTLED.only(db)).left_over


async def of(db: Executor, skus: Sequence[str]) -> list[InPipe]:
    """What the pipe holds of these SKUs, by the connection at which it was sold."""
    return await _OF.rows(db, skus)

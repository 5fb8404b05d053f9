"""Rounds: where the documents of a state stand here, and the last time all of it was counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from counterfoil.ledger.account import State
from counterfoil.ledger.balance import Balance, Standing
from counterfoil.model.document import Measure
from counterfoil.store.bindings import Namespace
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.ids import PageId, RecordId


class Stands(NamedTuple):
    """Where one document stands by its newest version; `ended`: it was left out or cancelled."""

    key: str
    id: RecordId
    page: PageId
    state: int
    minor: int
    currency: str
    pieces: int
    version: datetime
    ended: bool

    @property
    def measure(self) -> Measure:
        """What is at stake in it."""
        return Measure(self.minor, self.currency, self.pieces)

    @property
    def standing(self) -> Standing:
        """The document as a balance counts it."""
        return Standing(State(self.state), self.currency, 1, self.minor, self.pieces)


class _Every(NamedTuple):
    subject: int
    key: str
    id: RecordId
    page: PageId
    state: int
    minor: int
    currency: str
    pieces: int
    version: datetime
    ended: bool


class _Kept(NamedTuple):
    began: datetime
    ended: datetime
    counted: int | None
    balance: str
    closed: bool


class Round(NamedTuple):
    """What was counted of a route from `began` on; `closed` where both sides agreed."""

    began: Instant
    balance: Balance
    closed: bool


_STANDING = Query("round_standing", Stands)
_EVERY = Query("round_every", _Every)
_ENTERED = Query("entered_since", RecordId)
_LAST = Query("last_round", _Kept)
_BORN = Query("born_since", int)


async def standing(
    db: Executor, route: int, namespace: Namespace, keys: Sequence[str]
) -> dict[str, Stands]:
    """Where the documents with these keys stand; one that is not here is left out."""
    rows = await _STANDING.rows(db, route, *namespace, keys)
    return {row.key: row for row in rows}


async def every(db: Executor, route: int, after: int, limit: int) -> tuple[list[Stands], int]:
    """Where at most `limit` documents of a route stand, by their numbers from beyond `after`, and
    the last of these numbers."""
    rows = await _EVERY.rows(db, route, after, limit)
    return [Stands(*row[1:]) for row in rows], rows[-1].subject if rows else after


async def entered_since(db: Executor, rows: Sequence[Stands], since: Instant) -> set[RecordId]:
    """Of these versions those that were captured since then."""
    if not rows:
        return set()
    ids, pages = [row.id for row in rows], [row.page for row in rows]
    return {*await _ENTERED.rows(db, ids, pages, since.to_stdlib())}


async def keep(
    db: Executor, route: int, began: Instant, sums: Balance, counted: int | None, *, closed: bool,
    at: Instant,
) -> None:  # fmt: skip
    """Keep what a round that began then and ended `at` came to, in the place of the one before."""
    text = msgspec.json.encode(sums).decode()
    await db.run("keep_round", route, began.to_stdlib(), at.to_stdlib(), counted, text, closed)


async def last(db: Executor, route: int) -> Round | None:
    """The last round of a route; None where there was none."""
    row = await _LAST.first(db, route)
    if row is None:
        return None
    sums = msgspec.json.decode(row.balance, type=Balance)
    return Round(from_stdlib(row.began), sums, row.closed)


async def born_since(db: Executor, route: int, moment: Instant) -> int:
    """How many documents of a route came to be since then."""
    return await _BORN.only(db, route, moment.to_stdlib())

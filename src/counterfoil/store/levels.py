"""Levels: what systems say stands where, and the pools of places that are reckoned from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant, later

_REMEMBERED_S = 28 * 86_400.0


class Level(NamedTuple):
    """What a system says of one SKU at one of its spots, and what of it is free to sell.

    `place` is the spot as we call it: None where nobody has said which it is, "" where it counts
    nowhere. All amounts are exact, in pieces.
    """

    sku: str
    connection: int
    spot: str
    place: str | None
    on_hand: Decimal
    allocated: Decimal | None
    quarantined: Decimal | None
    incoming: Decimal | None
    available: Decimal
    as_of: datetime


class PoolLevel(NamedTuple):
    """What a pool may show of a SKU. `based_on` is the moment of the oldest level in it, `blocked`
    names the spots of which nobody has said to which place they belong."""

    sku: str
    pool: str
    pieces: int
    based_on: datetime
    changed_at: datetime
    blocked: str


class StalePool(NamedTuple):
    """A pool that was not told as it is: what was told last, what was sold of that since, and what
    people buy, in purchases and pieces of which those of a week ago count half."""

    sku: str
    pool: str
    pieces: int
    based_on: datetime
    changed_at: datetime
    blocked: str
    last_pieces: int
    sold_since: int
    purchases: float
    bought: float


class Bought(NamedTuple):
    """What people buy of a SKU at a connection, in purchases and pieces of which those of a week
    ago count half."""

    sku: str
    connection: int
    purchases: float
    bought: float


class Telling(NamedTuple):
    """Who tells pools, the route by its number; as what its documents are known; and to whom."""

    route: int
    connection: int
    word: str
    target: int


class ToldPool(NamedTuple):
    """What a route's target has of a pool level, since when; how the newest version of it stands,
    and why a person is asked about it."""

    key: str
    route: str
    pieces: int | None
    told_at: datetime | None
    newest: datetime
    state: int
    cause: str | None


class CapturedPool(NamedTuple):
    """A pool level by its key, as a route captured it last."""

    key: str
    pieces: int
    version: datetime


class PoolBehind(NamedTuple):
    """A pool whose target was not told it as it is; no state: it was not even captured so."""

    sku: str
    pool: str
    pieces: int
    changed_at: datetime
    blocked: str
    last_pieces: int | None
    told_at: datetime | None
    state: int | None
    cause: str | None


class ToReckon(NamedTuple):
    """A SKU whose pools are to be reckoned again; `is_news`: one of its levels was told anew."""

    sku: str
    is_news: bool


class Stranded(NamedTuple):
    """What can be sold of a SKU and stands at places that no pool has."""

    sku: str
    places: str
    available: Decimal


class Buffer(NamedTuple):
    """Pieces of a SKU that a person keeps back from a pool until a moment."""

    sku: str
    pool: str
    pieces: int
    until: datetime
    why: str
    by: str


class _Sku(NamedTuple):
    sku: str


class _Last(NamedTuple):
    changed_at: datetime | None


_AT = Query("levels_at", Level)
_OF = Query("levels_of", Level)
_AFTER = Query("skus_after", _Sku)
_TAKE = Query("take_reckoning", ToReckon)
_AFTER_PLACE = Query("pools_after", PoolLevel)
_LAST = Query("last_change", _Last)
_POOLS = Query("pools_of", PoolLevel)
_STALE = Query("stale_pools", StalePool)
_DEMAND = Query("demand_of", Bought)
_TOLD = Query("told_pools", ToldPool)
_CAPTURED = Query("captured_pools", CapturedPool)
_BEHIND = Query("pools_behind", PoolBehind)
_STRANDED = Query("stranded", Stranded)
_LAPSED = Query("lapse_buffers", _Sku)
_BUFFERS = Query("buffers_of", Buffer)


class Place(NamedTuple):
    """A place in a listing of pools by their changes."""

    changed_at: datetime
    sku: str
    pool: str


async def put(db: Executor, connection: int, levels: Sequence[Level]) -> None:
    """Keep these levels of a connection, each where no newer one is here; their pools are to be
    reckoned again."""
    columns = [[*column] for column in zip(*levels, strict=True)]
    names, _, *amounts = columns
    await db.run("put_levels", connection, names, *amounts)
    await reckon_again(db, names, told=True)


async def at(db: Executor, connection: int, spots: Sequence[tuple[str, str]]) -> list[Level]:
    """The levels of a connection at these spots, each a SKU and how the spot is called there."""
    return await _AT.rows(db, connection, [sku for sku, _ in spots], [spot for _, spot in spots])


async def of(db: Executor, skus: Sequence[str]) -> list[Level]:
    """Every level of these SKUs."""
    return await _OF.rows(db, skus)


async def skus(db: Executor, after: str, most: int) -> list[str]:
    """The SKUs that any system has a level of, in the order of their names, beyond `after`."""
    return [row.sku for row in await _AFTER.rows(db, after, most)]


async def reckon_again(db: Executor, skus: Sequence[str], *, told: bool) -> None:
    """Let the pools of these SKUs be reckoned again; `told`: a level of each was told anew."""
    await db.run("reckon_again", sorted(set(skus)), told)


async def take(db: Executor, most: int) -> dict[str, bool]:
    """SKUs whose pools are to be reckoned, with whether a level was told anew; whoever asks is the
    only one who reckons until the unit of work ends."""
    await db.run("lock_pools")
    skus: dict[str, bool] = {}
    for row in await _TAKE.rows(db, most):
        skus[row.sku] = skus.get(row.sku, False) or row.is_news
    return skus


async def put_pools(db: Executor, pools: Sequence[PoolLevel]) -> None:
    """Keep what pools may show."""
    if pools:
        await db.run("put_pools", *([*column] for column in zip(*pools, strict=True)))


async def last_change(db: Executor) -> datetime | None:
    """When any pool changed last."""
    return (await _LAST.only(db)).changed_at


async def pools_after(
    db: Executor, pools: Sequence[str], place: Place, most: int
) -> list[PoolLevel]:
    """What these pools may show, by their changes beyond `place`; nothing that is blocked."""
    return await _AFTER_PLACE.rows(db, pools, *place, most)


async def stale(
    db: Executor, telling: Telling, pools: Sequence[str], since: datetime, now: Instant, most: int
) -> list[StalePool]:
    """What these pools may show, and their target was not told yet, of what changed after `since`:
    the oldest change first."""
    values = (*telling, pools, now.to_stdlib(), since, most)
    return await _STALE.rows(db, *values)


async def sold(
    db: Executor, connection: int, sales: Sequence[tuple[str, int]], now: Instant
) -> None:
    """Note what was bought at a connection, each a SKU and its pieces."""
    columns = [sku for sku, _ in sales], [pieces for _, pieces in sales]
    await db.run("keep_sales", connection, now.to_stdlib(), *columns)


async def demand(db: Executor, skus: Sequence[str], now: datetime) -> list[Bought]:
    """What people buy of these SKUs, at each connection where they did."""
    return await _DEMAND.rows(db, skus, now)


async def pools_of(db: Executor, skus: Sequence[str]) -> list[PoolLevel]:
    """What any pool may show of these SKUs."""
    return await _POOLS.rows(db, skus)


async def told(db: Executor, connection: int, word: str, keys: Sequence[str]) -> list[ToldPool]:
    """What each route's target has of these pool levels, which are known at the connection."""
    return await _TOLD.rows(db, connection, word, keys)


async def captured(db: Executor, telling: Telling, keys: Sequence[str]) -> list[CapturedPool]:
    """How a route captured these pool levels last; one that it never did is left out."""
    return await _CAPTURED.rows(db, telling.route, telling.connection, telling.word, keys)


async def behind(
    db: Executor, telling: Telling, pools: Sequence[str], before: Instant, most: int
) -> list[PoolBehind]:
    """Pools that a route has not told as they are since then, the longest first."""
    route, connection, word, _ = telling
    return await _BEHIND.rows(db, route, connection, word, pools, before.to_stdlib(), most)


async def stranded(db: Executor, places: Sequence[str], most: int) -> list[Stranded]:
    """What can be sold and stands at none of these places."""
    return await _STRANDED.rows(db, places, most)


async def keep_back(db: Executor, buffer: Buffer, now: Instant) -> None:
    """Keep pieces back from a pool."""
    await db.run("keep_back", *buffer, now.to_stdlib())
    await reckon_again(db, [buffer.sku], told=False)


async def lapse(db: Executor, now: Instant) -> None:
    """Let go of the buffers whose time is over, and of sales that tell nothing any more."""
    await db.run("forget_sales", later(now, -_REMEMBERED_S).to_stdlib())
    skus = [row.sku for row in await _LAPSED.rows(db, now.to_stdlib())]
    if skus:
        await reckon_again(db, skus, told=False)


async def buffers(db: Executor, skus: Sequence[str]) -> list[Buffer]:
    """The buffers of these SKUs."""
    return await _BUFFERS.rows(db, skus)

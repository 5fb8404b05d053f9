"""Stock: what stands where, what each pool may show of it, what each channel was told, how old that
is, and what nobody can buy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from counterfoil.flows.home import Home
from counterfoil.flows.house import home_of
from counterfoil.flows.pools import WORD, key_of, pools_of
from counterfoil.flows.pools import Pool as PoolOf
from counterfoil.flows.route import HOUSE
from counterfoil.ledger.account import State
from counterfoil.store import connections, levels, pipe, routes
from counterfoil.store.levels import Buffer, Level, PoolBehind, PoolLevel, Telling, ToldPool
from counterfoil.store.pipe import InPipe
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.duties import owner, owner_of_document
from counterfoil.surfaces.desk.figures import instant_of
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, from_stdlib, later, seconds_between
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Standing(msgspec.Struct, frozen=True):
    """What a system says of a SKU at one of its places, in pieces and exact. `place` is what we
    call it: null where nobody has said, empty where it counts nowhere. `age_s` is how long ago the
    system was last asked for all that changed."""

    system: str
    spot: str
    place: str | None
    on_hand: Decimal
    allocated: Decimal | None
    quarantined: Decimal | None
    incoming: Decimal | None
    available: Decimal
    as_of: Instant
    age_s: float | None


class Told(msgspec.Struct, frozen=True):
    """What a channel was told of a pool: by which route, how many pieces, since when, and how the
    newest level stands. `behind_s`: so long it has not been told what holds now; 0 where it was."""

    route: str
    channel: str
    pieces: int | None
    told_at: Instant | None
    state: str
    cause: str
    behind_s: float


class KeptBack(msgspec.Struct, frozen=True):
    """Pieces that a person keeps back, until when, why, and who."""

    pieces: int
    until: Instant
    why: str
    by: str


class Pool(msgspec.Struct, frozen=True):
    """What a pool may show of a SKU, and of what it is made. `blocked` names places of which nobody
    has said where they belong: then nothing is told. `age_s` is that of its oldest part."""

    pool: str
    pieces: int
    available: Decimal
    in_our_pipe: int
    kept_back: KeptBack | None
    blocked: str
    changed_at: Instant
    age_s: float | None
    channels: tuple[Told, ...]


class Shown(msgspec.Struct, frozen=True):
    """One SKU: where it stands, and what each pool may show."""

    sku: str
    levels: tuple[Standing, ...]
    pools: tuple[Pool, ...]


class Behind(msgspec.Struct, frozen=True):
    """A pool that its channel does not show as it is, for how long, and why."""

    sku: str
    pool: str
    channel: str
    pieces: int
    last_pieces: int | None
    behind_s: float
    why: str


class Feed(msgspec.Struct, frozen=True):
    """How long ago a route into the house was last listed to its end; null: never."""

    route: str
    system: str
    age_s: float | None


class Stale(msgspec.Struct, frozen=True):
    """How old the truth is: of each system that counts, and of each pool that is behind."""

    feeds: tuple[Feed, ...]
    behind: tuple[Behind, ...]


class StrandedSku(msgspec.Struct, frozen=True):
    """What can be sold of a SKU and nobody can buy: at places that no pool has, or because a
    channel has nothing with this SKU. `owner` is asked."""

    sku: str
    pieces: int
    where: str
    why: str
    owner: str = ""


class StrandedStock(msgspec.Struct, frozen=True):
    """Everything that nobody can buy, and how many pieces that is."""

    pieces: int
    skus: tuple[StrandedSku, ...]


class BufferAsked(msgspec.Struct, frozen=True):
    """So many pieces of a SKU are to be kept back from a pool until a moment, and why."""

    sku: str
    pool: str
    pieces: int
    until: Instant
    why: str


class _Shop(msgspec.Struct, frozen=True):
    """The house as it is asked here."""

    home: Home
    systems: dict[int, str]
    ages_s: dict[str, float | None]


async def _shop(desk: Desk) -> _Shop:
    numbers = await connections.ids(desk.database)
    ids = {row.name: row.id for row in await routes.every(desk.database)}
    home = home_of(desk.config.routes, desk.clock)
    home = home._replace(numbers={**numbers, HOUSE: numbers.get(HOUSE, 0)}, routes=ids)
    now = desk.clock.now()
    ages: dict[str, float | None] = {}
    for lane in home.into(WORD):
        listed = await pipe.listed(desk.database, ids.get(lane.name, 0))
        ages[lane.source] = None if listed is None else seconds_between(listed, now)
    return _Shop(home, {number: name for name, number in numbers.items()}, ages)


@asks("stock show")
async def show(desk: Desk, sku: str) -> Shown:
    """Show one SKU: where it stands, what each pool may show, and what each channel was told.

    Raises `Misconfigured` where no system has told a level of it.
    """
    shop = await _shop(desk)
    rows = await levels.of(desk.database, [sku])
    if not rows:
        skus = await levels.skus(desk.database, "", 1000)
        raise Misconfigured(
            f"No system has told a level of {sku[:60]!r}.",
            do=near(sku, skus) if skus else "Nothing has come into the house yet.",
            code="no-such-sku",
        )
    kept_pools = await levels.pools_of(desk.database, [sku])
    keys = [key_of(row) for row in kept_pools]
    by_key: dict[str, list[ToldPool]] = {}
    for row in await levels.told(desk.database, shop.home.numbers[HOUSE], WORD, keys):
        by_key.setdefault(row.key, []).append(row)
    buffers = {buffer.pool: buffer for buffer in await levels.buffers(desk.database, [sku])}
    sold = await pipe.of(desk.database, [sku])
    made_of = {pool.name: pool for pool in pools_of(shop.home)}
    channels = frozenset(seller for pool in made_of.values() for seller in pool.sellers)
    now = desk.clock.now()
    pools = [
        _pool(
            shop,
            row,
            [level for level in rows if level.place in made_of[row.pool].places],
            _in_the_pipe(sold, made_of[row.pool], channels),
            buffers.get(row.pool),
            tuple(_told(shop, row, told, now) for told in by_key.get(key_of(row), ())),
        )
        for row in kept_pools
        if row.pool in made_of
    ]
    return Shown(sku, tuple(_standing(shop, row) for row in rows), tuple(pools))


def _in_the_pipe(sold: Sequence[InPipe], pool: PoolOf, channels: frozenset[int]) -> int:
    """What comes off a pool for what is sold and not at the master of its levels yet."""
    return sum(
        claim.pieces
        for claim in sold
        if claim.connection in pool.sellers or claim.connection not in channels
    )


@asks("stock stale")
async def stale(desk: Desk, older_s: float, most: int) -> Stale:
    """List how old the truth is: of each system, and of each pool that its channel shows otherwise
    for longer than so many seconds."""
    shop, now = await _shop(desk), desk.clock.now()
    feeds = [Feed(lane.name, lane.source, shop.ages_s[lane.source])
             for lane in shop.home.into(WORD)]  # fmt: skip
    behind: list[Behind] = []
    for lane in shop.home.out_of(WORD):
        telling = Telling(shop.home.routes.get(lane.name, 0), shop.home.numbers[HOUSE], WORD, 0)
        names, before = sorted(lane.gates.pools), later(now, -older_s)
        rows = await levels.behind(desk.database, telling, names, before, most)
        behind += [_behind(row, lane.target, now) for row in rows]
    return Stale(tuple(feeds), tuple(sorted(behind, key=lambda row: -row.behind_s)[:most]))


@asks("stock stranded")
async def stranded(desk: Desk, most: int) -> StrandedStock:
    """List what can be sold and nobody can buy."""
    shop, now = await _shop(desk), desk.clock.now()
    places = sorted({place for pool in pools_of(shop.home) for place in pool.places})
    whose = owner_of_document(desk.config, WORD)
    skus = [
        StrandedSku(row.sku, int(row.available), row.places, "no pool has this place", whose)
        for row in await levels.stranded(desk.database, places, most)
    ]
    for lane in shop.home.out_of(WORD):
        telling = Telling(shop.home.routes.get(lane.name, 0), shop.home.numbers[HOUSE], WORD, 0)
        rows = await levels.behind(desk.database, telling, sorted(lane.gates.pools), now, most)
        skus += [
            StrandedSku(
                row.sku,
                row.pieces,
                row.pool,
                f"{lane.target} has no such SKU",
                owner(desk.config, lane.name, row.cause),
            )
            for row in rows
            if row.cause == "no-item" and row.pieces
        ]
    return StrandedStock(sum(row.pieces for row in skus), tuple(skus[:most]))


@changes(
    "stock buffer",
    undo="Set it to 0 pieces; it also ends by itself.",
    reversible=True,
)
async def keep_back(desk: Desk, asked: BufferAsked) -> KeptBack:
    """Keep pieces of a SKU back from a pool until a moment: then they are shown again.

    Raises `Misconfigured` where there is no such pool, the moment is past, or no reason is given.
    """
    names = [pool.name for pool in pools_of((await _shop(desk)).home)]
    if asked.pool not in names:
        raise Misconfigured(
            f"There is no pool named {asked.pool[:60]!r}.", do=near(asked.pool, names)
        )
    if asked.until <= desk.clock.now() or not asked.why.strip():
        raise Misconfigured(
            "A buffer has an end that is to come, and a reason.",
            do="Give --until a moment that is to come, and say why with --why.",
        )
    until = asked.until.to_stdlib()
    buffer = Buffer(asked.sku, asked.pool, asked.pieces, until, asked.why.strip(), desk.person)
    async with desk.database.transaction() as unit:
        await levels.keep_back(unit, buffer, desk.clock.now())
    return KeptBack(buffer.pieces, asked.until, buffer.why, buffer.by)


def _standing(shop: _Shop, row: Level) -> Standing:
    system = shop.systems.get(row.connection, "")
    return Standing(
        system, row.spot, row.place, row.on_hand, row.allocated, row.quarantined, row.incoming,
        row.available, from_stdlib(row.as_of), shop.ages_s.get(system),
    )  # fmt: skip


def _pool(
    shop: _Shop,
    row: PoolLevel,
    mine: Sequence[Level],
    in_our_pipe: int,
    buffer: Buffer | None,
    channels: tuple[Told, ...],
) -> Pool:
    ages = [shop.ages_s.get(shop.systems.get(level.connection, "")) for level in mine]
    ages_s = [age for age in ages if age is not None]
    back = buffer and KeptBack(buffer.pieces, from_stdlib(buffer.until), buffer.why, buffer.by)
    return Pool(
        pool=row.pool,
        pieces=row.pieces,
        available=sum((level.available for level in mine), Decimal(0)),
        in_our_pipe=in_our_pipe,
        kept_back=back,
        blocked=row.blocked,
        changed_at=from_stdlib(row.changed_at),
        age_s=max(ages_s) if len(ages_s) == len(ages) and ages_s else None,
        channels=channels,
    )


def _told(shop: _Shop, row: PoolLevel, told: ToldPool, now: Instant) -> Told:
    lane = next((lane for lane in shop.home.lanes if lane.name == told.route), None)
    state = State(told.state)
    current = told.newest >= row.changed_at and state in (State.DELIVERED, State.CONFIRMED)
    return Told(
        told.route,
        lane.target if lane else "",
        told.pieces,
        instant_of(told.told_at),
        state.word,
        told.cause or "",
        0.0 if current else seconds_between(from_stdlib(row.changed_at), now),
    )


def _behind(row: PoolBehind, channel: str, now: Instant) -> Behind:
    why = f"held: {row.cause}" if row.cause else "not told yet"
    if row.blocked:
        why = f"blocked: nobody has said where {row.blocked} belongs"
    behind_s = seconds_between(from_stdlib(row.changed_at), now)
    return Behind(row.sku, row.pool, channel, row.pieces, row.last_pieces, behind_s, why)

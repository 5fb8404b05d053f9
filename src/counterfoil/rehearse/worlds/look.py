"""Reading a world that has ended: both twins, the tables, and what reached the vendors' doors.

With SQL of its own, and with none of the house's readers.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from urllib.parse import quote_plus

import asyncpg
import msgspec
import zstandard

from counterfoil.rehearse.cast.estate import CONFIDENTIAL
from counterfoil.rehearse.cast.twin import Sold, TargetTwin
from counterfoil.rehearse.worlds.snapshot import Row, Snapshot
from counterfoil.rehearse.worlds.wiretap import Wiretap
from counterfoil.rehearse.worlds.world import World

_TABLES = {
    "record": "select id, subject, page, key, version, created, minor, currency, state, seq,"
    " attempts, due from record order by id",
    "thread": "select subject, newest, flight, sent, identity from thread order by subject",
    "entry": "select record, seq, posting, at, before, path, detail from entry"
    " order by record, seq",
    "run": "select page, posting, place, at, seq, before, path, records, details from run"
    " order by posting, place",
    "posting": "select id, page, at, prior, digest from posting order by id",
    "page": "select id, stage, due, chain from page order by id",
    "hold": "select record, state, cause, said, advice, owner, minor, currency, opened_at,"
    " closed_at from hold order by record, opened_at",
    "census": "select start, until, listed, missing, phantom, closed from census order by start",
    "inbox": "select id, topic, number, digest from inbox order by id",
    "route": "select id, switch, switched_at from route order by id",
    "cursor": "select route, task, due from cursor order by route, task",
}
_MEANT = {("inbox", "body"), ("page", "bodies"), ("page", "sources"), ("evidence", "body")}
_COLUMNS = """
select c.relname as place, a.attname as name, t.typname as type
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and not c.relispartition and c.relname not like 'pgqueuer%'
    and a.attnum > 0 and not a.attisdropped
    and t.typname in ('text', '_text', 'varchar', 'json', 'jsonb', 'bytea')
order by c.relname, a.attnum
"""


async def look(world: World, database: asyncpg.Connection, ended_at: datetime) -> Snapshot:
    """Read both twins, the tables and the watch of a world that ended at `ended_at`."""
    source, target, wiretap = world.source, world.target, world.wiretap
    shelves = world.telling.goods.shelves if world.telling is not None else {}
    return Snapshot(
        recipe=world.recipe,
        sold=source.sold(),
        held=target.held(),
        tables=await tables(database),
        drained_s=world.drained_s,
        broke=world.broke,
        calm_at=world.calm_at and world.calm_at.to_stdlib(),
        ended_at=ended_at,
        writes=wiretap.writes,
        over_limit={**source.figures().over_limit, **target.figures().over_limit},
        secrets=_secrets(world),
        papers={
            **await _papers(database),
            "what was logged": "\n".join([*world.said, *world.broke]),
        },
        evidence=await _evidence(database),
        states=_states(world),
        units=target.units(),
        altered=target.altered() if world.recipe.lively else {},
        despatches=target.despatches() if world.recipe.despatches else (),
        told=source.told() if world.recipe.despatches else (),
        shows={name: shelf.shows() for name, shelf in shelves.items()},
        listed={name: shelf.listed() for name, shelf in shelves.items()},
    )


async def tables(database: asyncpg.Connection) -> dict[str, list[Row]]:
    """The tables that are judged, as the session sees them."""
    return {name: [dict(row) for row in await database.fetch(sql)] for name, sql in _TABLES.items()}


def seen_at(snapshot: Snapshot, target: TargetTwin, wiretap: Wiretap) -> Snapshot:
    """The same ending as another target's book and watch tell it."""
    return msgspec.structs.replace(
        snapshot,
        held=target.held(),
        writes=wiretap.writes,
        over_limit={**snapshot.over_limit, **target.figures().over_limit},
        units=target.units(),
        altered=target.altered() if snapshot.recipe.lively else {},
    )


def _states(world: World) -> dict[str, list[Sold]]:
    """Every state that the source's orders were in, where the world remembers them."""
    every = world.source.versions() if world.recipe.lively else ()
    return {key: world.source.states(key) for key in every}


def _secrets(world: World) -> frozenset[str]:
    """What opened a door, also as it stands in an address."""
    secrets = {*CONFIDENTIAL, *world.wiretap.credentials}
    return frozenset(secrets | {quote_plus(secret) for secret in secrets})


async def _papers(database: asyncpg.Connection) -> dict[str, str]:
    """The text of every table, less the columns that are meant for what came and went."""
    columns: dict[str, list[str]] = defaultdict(list)
    for row in await database.fetch(_COLUMNS):
        if (row["place"], row["name"]) not in _MEANT:
            text = "encode({}, 'escape')" if row["type"] == "bytea" else "{}::text"
            columns[row["place"]].append(text.format(row["name"]))
    papers: dict[str, str] = {}
    for place, texts in columns.items():
        whole = f"string_agg(concat_ws(' ', {', '.join(texts)}), E'\\n')"
        papers[place] = await database.fetchval(f"select {whole} from {place}") or ""  # noqa: S608
    return papers


async def _evidence(database: asyncpg.Connection) -> bytes:
    rows = await database.fetch("select body from evidence order by page, posting")
    return b"\n".join(zstandard.decompress(row["body"]) for row in rows)

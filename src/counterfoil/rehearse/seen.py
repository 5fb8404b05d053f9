"""What is judged of a world: both twins, the tables, and what reached the vendors' doors.

Read with SQL of its own, and with none of the house's readers.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

import asyncpg
import msgspec
import zstandard

from counterfoil.rehearse.recipe import Recipe
from counterfoil.rehearse.watch import Write
from counterfoil.rehearse.world import SECRETS, World
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.twins.shopify.order import Kept

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
_ENTRY = ("record", "seq", "posting", "at", "before", "path", "detail")
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


class Held(msgspec.Struct, frozen=True):
    """An order at the target: pennies, and the texts that it can spoil."""

    id: int
    reference: str
    gross: int
    lines: int
    postcode: str
    email: str


class Seen(msgspec.Struct):
    """Everything that is judged.

    `sold` are the shop's orders by key; `held` the target's by reference; `tables` the house's
    rows; `broke` what no handler foresaw. `writes` reached the target's door; `over_limit` are the
    calls that each vendor had to refuse for a limit. `secrets` opened doors; `papers` are the
    texts of every table that is not meant for people's data, and what was logged; `evidence` is
    what is kept of the exchanges, unpacked. Of a lively world also: `states` are all that an order
    of the shop was in, by key; `units` of each stock code, and the fields that the office keeps
    `altered`, by the office's number.
    """

    recipe: Recipe
    sold: dict[str, Any]
    held: dict[str, list[Held]]
    tables: Mapping[str, list[Any]]
    drained_s: float
    broke: Sequence[str]
    calm_at: datetime | None
    ended_at: datetime
    writes: Sequence[Write]
    over_limit: Mapping[str, int]
    secrets: frozenset[str]
    papers: Mapping[str, str]
    evidence: bytes
    states: Mapping[str, list[Kept]] = {}
    units: Mapping[int, Counter[str]] = {}
    altered: Mapping[int, list[str]] = {}

    def newest(self) -> dict[str, Any]:
        """The newest version's record of each document, by its key."""
        records = {row["id"]: row for row in self.tables["record"]}
        found = (records[row["newest"]] for row in self.tables["thread"])
        return {row["key"]: row for row in found}

    def versions(self) -> dict[str, list[Any]]:
        """Every record of each document, by its key."""
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self.tables["record"]:
            found[row["key"]].append(row)
        return found

    def entries(self) -> list[Any]:
        """Every record's entries, each record's in their order: those of a run one by one, and
        those that were kept so. Where a run says nothing of a record, its detail is None."""
        found = [dict(row) for row in self.tables["entry"]]
        for run in self.tables["run"]:
            said = run["details"] * (len(run["records"]) if len(run["details"]) == 1 else 1)
            move = {name: run[name] for name in ("seq", "posting", "at", "before", "path")}
            for place, record in enumerate(run["records"]):
                detail = said[place] if place < len(said) else None
                found.append({"record": record, "detail": detail, **move})
        return sorted(found, key=lambda row: (row["record"], row["seq"]))

    def open_causes(self) -> dict[int, list[str]]:
        """The causes of each record's open holds."""
        found: dict[int, list[str]] = defaultdict(list)
        for row in self.tables["hold"]:
            if row["closed_at"] is None:
                found[row["record"]].append(row["cause"])
        return found


async def look(world: World, door: asyncpg.Connection, ended_at: datetime) -> Seen:
    """Read both twins, the tables and the watch of a world that ended at `ended_at`."""
    office = world.office.report()
    shop = world.shop.report()
    return Seen(
        recipe=world.recipe,
        sold={str(kept.id): kept for kept in world.shop.shop.every(0, 1_000_000)},
        held=_held(world.office),
        tables={name: await door.fetch(sql) for name, sql in _TABLES.items()},
        drained_s=world.drained_s,
        broke=world.broke,
        calm_at=world.calm_at and world.calm_at.to_stdlib(),
        ended_at=ended_at,
        writes=world.watch.writes,
        over_limit={
            "shop": msgspec.convert(shop["over_limit"], int),
            "office": office.over_limit,
            "slots of the office": office.over_slots,
        },
        secrets=_secrets(world),
        papers={**await _papers(door), "what was logged": "\n".join([*world.said, *world.broke])},
        evidence=await _evidence(door),
        states=_states(world),
        units=_units(world.office),
        altered=_altered(world.office) if world.recipe.lively else {},
    )


def _states(world: World) -> dict[str, list[Kept]]:
    """Every state that the shop's orders were in, where the world remembers them."""
    shop = world.shop.shop
    every = shop.every(0, 1_000_000) if world.recipe.lively else ()
    return {str(kept.id): shop.states(kept.id) for kept in every}


def _units(office: OrderWiseTwin) -> dict[int, Counter[str]]:
    database = office._state.database  # pyright: ignore[reportPrivateUsage]
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for order_id, sku, units in database.execute(
        "select oli_oh_id, vad_variant_code, oli_qty from order_line_item"
        " join variant_detail on vad_id = oli_vad_id order by oli_id"
    ):
        found[order_id][sku] += units
    return found


def _altered(office: OrderWiseTwin) -> dict[int, list[str]]:
    found = {one.ow_order_id: office.altered(one.ow_order_id) for one in office.orders()}
    return {order_id: names for order_id, names in found.items() if names}


def _secrets(world: World) -> frozenset[str]:
    """What opened a door, also as it stands in an address."""
    known = {SECRETS["SHOP_SECRET"], SECRETS["OFFICE_PASSWORD"], *world.watch.credentials}
    return frozenset(known | {quote_plus(one) for one in known})


async def _papers(door: asyncpg.Connection) -> dict[str, str]:
    """The text of every table, less the columns that are meant for what came and went."""
    columns: dict[str, list[str]] = defaultdict(list)
    for row in await door.fetch(_COLUMNS):
        if (row["place"], row["name"]) not in _MEANT:
            text = "encode({}, 'escape')" if row["type"] == "bytea" else "{}::text"
            columns[row["place"]].append(text.format(row["name"]))
    found: dict[str, str] = {}
    for place, texts in columns.items():
        whole = f"string_agg(concat_ws(' ', {', '.join(texts)}), E'\\n')"
        found[place] = await door.fetchval(f"select {whole} from {place}") or ""  # noqa: S608
    return found


async def _evidence(door: asyncpg.Connection) -> bytes:
    rows = await door.fetch("select body from evidence order by page, posting")
    return b"\n".join(zstandard.decompress(row["body"]) for row in rows)


def digest(seen: Seen) -> str:
    """One number for the whole end: both twins and every table (P15)."""
    whole = hashlib.sha256()
    for key, kept in sorted(seen.sold.items()):
        whole.update(f"{key}|{kept.updated_s}|{kept.sale.total_minor}".encode())
    for reference in sorted(seen.held):
        whole.update(repr(seen.held[reference]).encode())
    entries = [tuple(row[name] for name in _ENTRY) for row in seen.entries()]
    for name, rows in seen.tables.items():
        if name != "run":  # it stands among the entries: how they are gathered says nothing more
            whole.update(name.encode())
            told = entries if name == "entry" else [tuple(row.values()) for row in rows]
            for row in told:
                whole.update(repr(row).encode())
    return whole.hexdigest()


def _held(office: OrderWiseTwin) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    database = office._state.database  # pyright: ignore[reportPrivateUsage]
    rows = database.execute(
        "select oh_id, oh_ecommerce_order_number, oh_gross,"
        " (select count(*) from order_line_item where oli_oh_id = oh_id),"
        " ohd_delivery_postcode, ohd_delivery_email"
        " from order_header join order_header_detail on ohd_oh_id = oh_id order by oh_id"
    )
    for row in rows:
        found[row[1]].append(Held(*row))
    return found

"""A project that knows two customers, by what was pushed, listed, sent and answered of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import zstandard
from filled import Office, Shop, _say

from counterfoil.app import House, build
from counterfoil.config import load
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Written
from counterfoil.model.order import Order
from counterfoil.values.ids import PageId
from tests.connectors.shopify.shapes import Item, Told, hook

NAME, MAIL = "Renée O'Brien-Müller", "renee.obrien@example.org"
PHONE, STREET = "+44 7700 900123", "17 Königin-Straße"
TOLD = (NAME, MAIL, PHONE, STREET)
"""All that nobody may read after an erasure."""
BORN = "2026-11-02T09:00:00Z"
NEIGHBOUR = ("Tom Fielding", "tom.fielding@example.org", "+44 7700 900456", "9 Quarry Lane")


class Depot(Office):
    """A target that is told of several people in one call, and answers with them."""

    def compose(self, document: Order) -> Intent:
        super().compose(document)  # it takes no order whose note says so
        to = document.deliver_to
        fields = {"reference": document.key, "total": document.total_minor}
        sent = {**fields, "email": document.email, "name": to.name, "street": to.line1}
        return Intent(document.key, msgspec.json.encode(sent), fields)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written]:
        bodies = [json.loads(intent.payload) for intent in intents]
        _say("POST", json.dumps({"orders": bodies}).encode(), _statement(bodies))
        return [Written(f"OR-{intent.reference}", f"OR-{intent.reference}") for intent in intents]


def _statement(bodies: Sequence[Mapping[str, Any]]) -> bytes:
    """The answer, in a format that nobody here reads."""
    rows = "".join(f"<order><mail>{body['email'].upper()}</mail></order>" for body in bodies)
    return f"<answer>{rows}</answer>".encode()


def told(
    number: int, person: Sequence[str], *, hour: int = 9, note: str = "", born: str = BORN
) -> bytes:
    """The message that a shop pushes of an order of this person."""
    name, mail, phone, street = person
    order = hook(Told(lines=(Item(1, 1250),), total=1250, note=note, customer=9000 + number % 2))
    moment = f"2026-11-02T{hour:02d}:00:{number % 60:02d}Z"
    address = {**order["shipping_address"], "name": name, "address1": street, "phone": phone}
    first, _, last = name.partition(" ")
    key = 6_000_000 + number
    order |= {
        "id": key, "admin_graphql_api_id": f"gid://shopify/Order/{key}",
        "name": f"#{number}", "email": mail, "phone": phone, "browser_ip": "203.0.113.7",
        "created_at": born, "updated_at": moment,
        "customer": {"id": 9000 + number % 2, "email": mail, "first_name": first},
        "shipping_address": {**address, "first_name": first, "last_name": last},
    }  # fmt: skip
    return msgspec.json.encode(order)


@asynccontextmanager
async def house(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[House]:
    """The project's own house, its target in memory, its source silent."""
    opened = await build(load(folder, environment))
    engine = opened.engine
    engine.routes = {
        number: msgspec.structs.replace(route, target=Depot(), source=Shop(route.source))
        for number, route in engine.routes.items()
    }
    try:
        yield opened
    finally:
        await opened.close()


async def push(opened: House, *bodies: bytes) -> None:
    """Let a shop push messages, and let them be worked on until nothing is due."""
    engine = opened.engine
    (route,) = engine.routes.values()
    messages = [Message(1, "orders/updated", f"d-{hash(body)}", body, (route,)) for body in bodies]
    await Intake(engine)._store(messages)
    for _ in range(3):
        for row in await engine.database.rows("idle_pages", engine.clock.now().to_stdlib(), 0, 100):
            await work(engine, PageId(row["id"]))


_COLUMNS = """
select c.relname as place, a.attname as name, t.typname as type
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and not c.relispartition and a.attnum > 0 and not a.attisdropped
    and t.typname in ('text', '_text', 'varchar', 'json', 'jsonb', 'bytea', '_bytea')
order by c.relname, a.attnum
"""


async def everything(dsn: str) -> dict[str, bytes]:
    """Every text and every byte of every table, unpacked, by table and column."""
    door = await asyncpg.connect(dsn)
    try:
        parts: dict[str, bytes] = {}
        for row in await door.fetch(_COLUMNS):
            place = f"{row['place']}.{row['name']}"
            values = await door.fetch(f'select "{row["name"]}" as v from {row["place"]}')
            parts[place] = b"\n".join(_plain(value["v"]) for value in values)
        return parts
    finally:
        await door.close()


def _plain(value: object) -> bytes:
    if isinstance(value, bytes):
        packed = value.startswith(b"\x28\xb5\x2f\xfd")
        return zstandard.decompress(value) if packed else value
    return str(value).encode()


def spellings(text: str) -> set[bytes]:
    """A text as it may rest somewhere: as it is, in capitals, escaped in JSON, in Latin-1."""
    cases = {text, text.upper(), text.lower()}
    escaped = {json.dumps(case)[1:-1] for case in cases}
    latin = {case.encode("latin-1", "ignore") for case in cases}
    return {case.encode() for case in cases | escaped} | latin


def hits(parts: Mapping[str, bytes], texts: Sequence[str] = TOLD) -> dict[str, set[str]]:
    """Where any of these texts can be read, in whatever spelling."""
    found: dict[str, set[str]] = {}
    for place, body in parts.items():
        for text in texts:
            if any(spelling in body for spelling in spellings(text)):
                found.setdefault(place, set()).add(text)
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

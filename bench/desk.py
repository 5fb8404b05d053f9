"""The desk with a great deal behind it: how soon each door answers, over its own HTTP.

The documents are made in the database itself, in pages of 250 with their journal, so that a million
take a minute; the holds pass the trigger that keeps their cause, as every hold does.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec

from bench.figure import Figure
from bench.house import Ground
from counterfoil.app import build
from counterfoil.config import load
from counterfoil.surfaces import serve
from counterfoil.surfaces.desk import tokens, users
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.desk.tokens import TokenAsked
from counterfoil.surfaces.listening import listening
from counterfoil.values.clock import SystemClock

_FILL = Path(__file__).with_suffix(".sql")
_LIST_MS, _SEARCH_MS, _TRACE_MS, _PLAN_MS = 100.0, 150.0, 200.0, 5000.0
_MANY = 10_000  # holds that one plan is for

_ESTATE = """\
[estate]
name = "bench"
[connections.shop]
system = "shopify"
url = "http://127.0.0.1:9"
hosts = ["127.0.0.1"]
[connections.shop.secrets]
access_token = "env:SHOP_TOKEN"
webhook_secret = "env:SHOP_SECRET"
[connections.office]
system = "orderwise"
url = "http://127.0.0.1:9"
hosts = ["127.0.0.1"]
[connections.office.secrets]
user = "env:OFFICE_USER"
password = "env:OFFICE_PASSWORD"
[connections.office.settings]
session_id = 12
customer_id = 1044
orders_definition = 101
lines_definition = 102
tax_map = { "0.2" = 1, "0" = 2 }
[maps.delivery.values]
"Next day" = "3"
"""
_ROUTE = """\
document = "order"
source = "shop"
target = "office"
owner = "operations"
switch = "on"
"""
_SECRETS = {
    "SHOP_TOKEN": "shpat_bench",
    "SHOP_SECRET": "hush",
    "OFFICE_USER": "counterfoil",
    "OFFICE_PASSWORD": "hush",
}


class _Door(msgspec.Struct, frozen=True):
    """An address that is asked, and within which time it is to answer at 95 of 100 times."""

    what: str
    path: str
    aim_ms: float = _LIST_MS
    times: int = 40


async def desk(ground: Ground) -> list[Figure]:
    """How soon each door of the desk answers, at 95 of 100 times."""
    documents, holds = ground.size(1_000_000, 20_000), ground.size(50_000, 2_000)
    figures: list[Figure] = []
    async with ground.database() as dsn, _open(ground, dsn) as (desk_, base):
        start_s = time.monotonic()
        await _fill(dsn, documents, holds)
        filled_s = time.monotonic() - start_s
        async with aiohttp.ClientSession(headers=await _token(desk_)) as client:
            for door in await _doors(client, base, documents):
                took_ms = [await _took_ms(client, base + door.path) for _ in range(door.times)]
                figures.append(_figure(door, sorted(took_ms)))
    note = f"{documents:,} documents, {holds:,} of them held, by the desk's own HTTP, one by one."
    return [
        msgspec.structs.replace(figure, note=note, raw=dict(figure.raw) | {"filled_s": filled_s})
        for figure in figures
    ]


def _figure(door: _Door, took_ms: list[float]) -> Figure:
    middle, late = (took_ms[int(len(took_ms) * share)] for share in (0.5, 0.95))
    raw = {"path": door.path, "p50_ms": middle, "p95_ms": late, "times": len(took_ms)}
    return Figure(f"desk: {door.what}, p95", "ms", late, door.aim_ms, most=True, raw=raw)


async def _doors(client: aiohttp.ClientSession, base: str, documents: int) -> list[_Door]:
    causes = (await _asked(client, f"{base}/api/v1/causes?limit=1"))["data"]
    cause = f"/api/v1/causes/{causes[0]['id']}"
    listed = await _asked(client, f"{base}/api/v1/holds?limit=500")
    record = listed["data"]["records"][0]["record"]
    middle = documents // 2
    return [
        _Door("today", "/api/v1/today", times=5),
        _Door("holds", "/api/v1/holds"),
        _Door("holds, page on", f"/api/v1/holds?cursor={listed['page']['next']}"),
        _Door("causes", "/api/v1/causes"),
        _Door("one cause", cause),
        _Door("holds of a cause", f"{cause}/holds"),
        _Door("one hold", f"/api/v1/holds/{record}"),
        _Door("plan", f"{cause}/send"),
        _Door(f"plan for {_MANY:,}", f"{cause}/send?most={_MANY}", _PLAN_MS, 5),
        _Door("trace", f"/api/v1/trace?identity=%23{middle}", _TRACE_MS),
        _Door("trace with evidence", f"/api/v1/trace?identity={middle}&evidence=true", _TRACE_MS),
        _Door("search, a number", f"/api/v1/search?text={middle}", _SEARCH_MS),
        _Door("search, an identity", f"/api/v1/search?text=OR-{middle}", _SEARCH_MS),
        _Door("search, an amount", "/api/v1/search?amount=123.45", _SEARCH_MS),
        _Door("search, what is held", "/api/v1/search?state=held", _SEARCH_MS, 5),
        _Door("search, a day", "/api/v1/search?created_from=2026-10-01", _SEARCH_MS, 5),
        _Door("routes", "/api/v1/routes"),
        _Door("balance", "/api/v1/balance", times=5),
        _Door("metrics", "/metrics"),
    ]


async def _asked(client: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with client.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()


async def _took_ms(client: aiohttp.ClientSession, url: str) -> float:
    start_s = time.monotonic()
    async with client.get(url) as answer:
        answer.raise_for_status()
        await answer.read()
    return (time.monotonic() - start_s) * 1000


async def _fill(dsn: str, documents: int, holds: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("create temporary table size (documents integer, holds integer)")
        await connection.execute("insert into size values ($1, $2)", documents, holds)
        await connection.execute(_FILL.read_text("utf-8"))
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


@asynccontextmanager
async def _open(ground: Ground, dsn: str) -> AsyncGenerator[tuple[StaffedDesk, str]]:
    """A desk on an empty database, and where it is opened."""
    folder = ground.folder / "desk"
    (folder / "routes").mkdir(parents=True, exist_ok=True)
    (folder / "counterfoil.toml").write_text(_ESTATE)
    (folder / "routes" / "orders.toml").write_text(_ROUTE)
    os.environ["DATABASE_URL"] = dsn
    try:
        house = await build(load(folder, {"DATABASE_URL": dsn, **_SECRETS}), role="web")
    finally:
        del os.environ["DATABASE_URL"]
    desk_ = StaffedDesk(house.config, SystemClock(), "bench", house.engine.database, house)
    stop, ready = asyncio.Event(), asyncio.Event()
    with listening("127.0.0.1", 0) as sockets:
        running = asyncio.create_task(serve.serve_desk(desk_, stop, sockets, ready.set))
        await ready.wait()
        try:
            yield desk_, f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        finally:
            stop.set()
            await running
            await house.close()


async def _token(desk_: StaffedDesk) -> dict[str, str]:
    await users.add(desk_, "bench", "admin")
    asked = TokenAsked("bench", "a bench", ("read", "people", "act", "admin", "metrics"), 1)
    return {"authorization": f"Bearer {(await tokens.make(desk_, asked)).word}"}

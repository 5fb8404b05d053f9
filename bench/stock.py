"""Stock: how soon a level that changed is shown, and how long it takes to count all of them."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench import shelves
from bench.doorway import free_ports
from bench.figure import Figure
from bench.house import Ground
from bench.stockroom import Part
from counterfoil.config import load
from counterfoil.rehearse.demo import processes
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.values.clock import SystemClock

_SKUS, _MOVED, _PER_S = 2000, 1000, 10
_ROUND_NOTE = (
    "A round of {pools:,} pools of {skus:,} SKUs, each reckoned anew and held against the journal,"
    " after a round of the levels that they are made of; {cpu:.0f} s of it are the house's own"
    " processor's. Before it {told:,} levels came in and went out in {first:.0f} s. One process,"
    " the most memory that it held, office and channel in memory; load {load}."
)
_WAY_NOTE = (
    "Seconds from a count at the office's twin to the same number at the shop's: `up` in one"
    " process, both twins in another, real sockets, the office listed every"
    " second and the house twice as often, the shop's points as on"
    " its smallest plan (2,000, 100 a second); load {load}."
)


async def stock(ground: Ground) -> list[Figure]:
    """The round, a thousand levels at once, and ten a second."""
    return [*await _rounds(ground), *await _ways(ground)]


async def _rounds(ground: Ground) -> list[Figure]:
    skus = ground.size(100_000, 5_000)
    async with ground.database() as dsn:
        database = await Database.open(dsn)
        await schema.upgrade(database, SystemClock())
        await database.close()
        words = (sys.executable, "-m", "bench.stockroom", dsn, str(skus))
        child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
        assert child.returncode == 0, "The stockroom of the bench ended; its reason stands above."
    told = json.loads(out)
    parts = {row["name"]: msgspec.convert(row, Part) for row in told["parts"]}
    levels, pools = parts["round of levels"], parts["round of pools"]
    first = [parts["levels in"], parts["pools out"]]
    note = _ROUND_NOTE.format(
        pools=pools.documents, skus=skus, cpu=levels.cpu_s + pools.cpu_s,
        told=sum(part.documents for part in first), first=sum(part.seconds for part in first),
        load=_load(),
    )  # fmt: skip
    seconds = levels.seconds + pools.seconds
    return [
        Figure("a full round of levels and pools", "s", seconds, 120.0, most=True, note=note,
               raw=told),
        Figure("memory of that round", "MB", told["peak_kib"] / 1024, 300.0, most=True, note=note),
    ]  # fmt: skip


async def _ways(ground: Ground) -> list[Figure]:
    async with _open(ground) as twins:
        await twins.told("settle")
        moved = await twins.told(f"move {_MOVED}")
        drip = await twins.told(f"drip {_PER_S} {_PER_S * ground.size(60, 10)}")
    cut = statistics.quantiles(drip, n=100, method="inclusive")
    note = _WAY_NOTE.format(load=_load())
    return [
        Figure(f"{_MOVED:,} levels that changed at once, shown", "s", max(moved), 10.0, most=True,
               note=note, raw={"seconds": sorted(moved)}),
        Figure(f"a level that changed, {_PER_S}/s, p50", "s", cut[49], 2.0, most=True, note=note),
        Figure(f"a level that changed, {_PER_S}/s, p99", "s", cut[98], 6.0, most=True, note=note,
               raw={"seconds": sorted(drip)}),
    ]  # fmt: skip


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


class Twins:
    """The process with both twins."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self, order: str) -> list[float]:
        """Do as `order` says; the seconds that each change took."""
        assert self._process.stdin is not None
        self._process.stdin.write(order.encode() + b"\n")
        return json.loads(await self.line())

    async def line(self) -> bytes:
        """The next line that it says."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "The twins of the bench ended; their reason stands above."
        return line


@asynccontextmanager
async def _open(ground: Ground) -> AsyncGenerator[Twins]:
    """Both twins, and the product's own `up` between them."""
    office, shop, web = free_ports(3)
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-m", "bench.shelves", str(office), str(shop), str(_SKUS))
    child = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, limit=1 << 22)
    twins = Twins(child)
    try:
        await twins.line()
        config = load(_folder(ground, office, shop, web))
        async with ground.database() as dsn:
            os.environ["DATABASE_URL"] = dsn
            try:
                up = await processes.start(
                    config, "up", "counterfoil", "up", "--project", str(config.folder), "--quiet"
                )
            finally:
                del os.environ["DATABASE_URL"]
            try:
                await processes.wait(up, f"http://127.0.0.1:{web}/ready", SystemClock())
                yield twins
            finally:
                await up.end()
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _folder(ground: Ground, office: int, shop: int, web: int) -> Path:
    """A project folder with two routes: levels into the house, and a pool out of it."""
    place = ground.folder / "stock"
    for folder in (place / "routes", place / "secrets", place / ".counterfoil"):
        folder.mkdir(parents=True, exist_ok=True)
    secrets = {"user": shelves.USER, "password": shelves.PASSWORD, "token": shelves.TOKEN}
    for name, text in secrets.items():
        (place / "secrets" / name).write_text(text, "utf-8")
    (place / "counterfoil.toml").write_text(_ESTATE.format(
        web=web, office=office, shop=shop, location=shelves.LOCATION), "utf-8")  # fmt: skip
    for name, gates in _GATES.items():
        source, target = ("office", "house") if name == "levels" else ("house", "shop")
        cadence_s = _CADENCES_S[name]
        text = _ROUTE.format(source=source, target=target, gates=gates, cadence_s=cadence_s)
        (place / "routes" / f"{name}.toml").write_text(text, "utf-8")
    return place


_ESTATE = """\
[estate]
name = "bench"
[web]
port = {web}
[connections.office]
system = "orderwise"
url = "http://127.0.0.1:{office}"
hosts = ["127.0.0.1"]
secrets = {{ user = "file:user", password = "file:password" }}
[connections.office.limits]
calls = {{ size = 1000, per_s = 1000.0 }}
[connections.office.settings]
session_id = 12
customer_id = 1044
orders_definition = 101
lines_definition = 102
stock_definition = 103
tax_map = {{ "0.2" = 1, "0" = 2 }}
delivery_map = ""
[connections.shop]
system = "shopify"
url = "http://127.0.0.1:{shop}"
hosts = ["127.0.0.1"]
secrets = {{ access_token = "file:token" }}
settings = {{ location_map = "places" }}
[maps.places.values]
Online = "{location}"
"""
_CADENCES_S = {"levels": 1.0, "pools": 0.5}
_GATES = {
    "levels": f'places = {{ "{shelves.PLACE}" = "MAIN" }}',
    "pools": 'pools = { Online = ["MAIN"] }\nafter = ["levels"]',
}
_ROUTE = """\
document = "stock"
source = "{source}"
target = "{target}"
owner = "stores"
switch = "on"
confirm = "off"
cadence_s = {cadence_s}
overlap_s = 2.0
census_s = 3600.0
[gates]
{gates}
"""

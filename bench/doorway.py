"""The doorway: a whole house on real sockets between a sender of webhooks and a sink; and a peer.

The house is the product's own `up`, in a project folder as a rehearsal writes it. The peer is the
least that anybody would write by hand: a Starlette application that inserts the body into
PostgreSQL (one commit) and posts it on.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from bench import shopify
from bench.house import Ground
from bench.sink import seen, sink
from counterfoil.config import Config, load
from counterfoil.rehearse.cast import office
from counterfoil.rehearse.demo import processes, project
from counterfoil.rehearse.traffic.sales import Traffic
from counterfoil.values.clock import SystemClock

_NO_TRAFFIC = Traffic("a bench", "GBP", 0, 0, 0, 0, {}, 0, 0, 0, "", "")
_READ_BACK = 'confirm = "every"'
_PATIENCE_S = 60.0
_LOOK_S = 0.02


class Doorway(msgspec.Struct, frozen=True):
    """Where webhooks go in, the secret that signs them, and the port of the sink."""

    url: str
    secret: str
    sink: int

    async def send(self, client: aiohttp.ClientSession, number: int) -> float:
        """Send order `number`; the moment of its first byte. Raises where it is not taken."""
        body = shopify.hook(number)
        headers = shopify.headers(self.secret, body, number)
        start = time.monotonic()
        async with client.post(self.url, data=body, headers=headers) as answer:
            answer.raise_for_status()
        return start

    async def arrivals(self, numbers: Sequence[int]) -> list[float]:
        """The moments at which the sink had these orders. Raises `TimeoutError` for a lost one."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            first_s = (await seen(self.sink)).first_s
            if all(shopify.key(number) in first_s for number in numbers):
                return [first_s[shopify.key(number)] for number in numbers]
            await asyncio.sleep(0.2)
        raise TimeoutError("Not every order reached the sink.")


@asynccontextmanager
async def house(ground: Ground) -> AsyncGenerator[Doorway]:
    """The product's own `up` in one process, with a sink where OrderWise would be."""
    async with ground.database() as dsn:
        config = _folder(ground)
        found = project.rehearsal(config)
        assert found is not None
        clock = SystemClock()
        async with sink(found.target, found.source):
            os.environ["DATABASE_URL"] = dsn
            try:
                up = await processes.start(
                    config, "up", "counterfoil", "up", "--project", str(config.folder), "--quiet"
                )
            finally:
                del os.environ["DATABASE_URL"]
            try:
                port = config.file.web.port
                await processes.wait(up, f"http://127.0.0.1:{port}/ready", clock)
                secret = (config.folder / "secrets" / "shop-secret").read_text("utf-8")
                url = f"http://127.0.0.1:{port}/hooks/shop"
                yield Doorway(url, secret, found.target)
            finally:
                await up.end()


@asynccontextmanager
async def peer(ground: Ground) -> AsyncGenerator[Doorway]:
    """The bare application of `bench.peer`, with the same sink."""
    mine, theirs = free_ports(2)
    words = ("-m", "bench.peer", str(mine), str(theirs))
    async with ground.database() as dsn, sink(theirs):
        process = await asyncio.create_subprocess_exec(sys.executable, *words, dsn)
        try:
            await _until_open(mine)
            yield Doorway(f"http://127.0.0.1:{mine}/", "a secret", theirs)
        finally:
            process.terminate()
            await process.wait()


def free_ports(count: int) -> list[int]:
    """Free ports of the loopback address, all different."""
    doors = [socket.socket() for _ in range(count)]
    try:
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return [door.getsockname()[1] for door in doors]
    finally:
        for door in doors:
            door.close()


def _folder(ground: Ground) -> Config:
    """A rehearsal's folder, with budgets that never bind, nothing read back, and no timers."""
    place = ground.folder / f"house-{time.monotonic_ns()}"
    project.write(place, seed=1, faults="none", traffic=_NO_TRAFFIC)
    estate, route = place / "counterfoil.toml", place / "routes" / "orders.toml"
    text = estate.read_text("utf-8")
    calls = f"calls = {{ size = {office.CALLS_PER_S // 8}, per_s = {office.CALLS_PER_S * 0.9} }}"
    slots = f"slots = {{ size = {office.SLOTS} }}"
    titles = f'[maps.delivery.values]\n"{shopify.postage()}" = "1"'
    _has(text, calls, slots, "[maps.delivery.values]")
    text = text.replace(calls, "calls = { size = 1000000, per_s = 1000000.0 }")
    text = text.replace(slots, "slots = { size = 64 }")
    if f'"{shopify.postage()}"' not in text:
        text = text.replace("[maps.delivery.values]", titles)
    estate.write_text(text, "utf-8")
    plan = route.read_text("utf-8")
    _has(plan, _READ_BACK, "cadence_s = 2.0", "census_s = 5.0")
    plan = plan.replace(_READ_BACK, 'confirm = "off"')
    plan = plan.replace("cadence_s = 2.0", "cadence_s = 3600.0")
    route.write_text(plan.replace("census_s = 5.0", "census_s = 3600.0"), "utf-8")
    return load(place)


def _has(text: str, *parts: str) -> None:
    """What is about to be replaced must be there."""
    for part in parts:
        assert part in text, f"A rehearsal's folder no longer says {part!r}."


async def _until_open(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_LOOK_S)
        else:
            writer.close()
            return
    raise TimeoutError(f"Nothing listens on port {port}.")

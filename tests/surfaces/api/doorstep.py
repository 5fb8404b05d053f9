"""The message door on a real socket, before a house with one connection and one route."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import uvicorn

from counterfoil.app import Connected, House
from counterfoil.config import Connection
from counterfoil.connectors import shopify
from counterfoil.flows.engine import Engine
from counterfoil.flows.intake import Intake
from counterfoil.flows.local_queue import LocalQueue
from counterfoil.flows.route import Plan, Route
from counterfoil.kit.manifest import Carries
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence
from counterfoil.surfaces import serve
from counterfoil.values.clock import SystemClock

SECRET, OLD = "hush", "hush-hush"
SIGNATURE, TOPIC, NUMBER = "x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id"


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


class Answer(msgspec.Struct):
    """What the door answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Door:
    """The open door and what is behind it."""

    port: int
    store: Database
    engine: Engine

    async def send(self, raw: bytes, *, wait_s: float = 5.0) -> Answer:
        """Send these very bytes and read one answer."""
        async with self.line() as (reader, writer):
            writer.write(raw)
            return await answer(reader, wait_s)

    @asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection to the door."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def deliver(self, body: bytes = b'{"id":1}', number: str = "d-1", **more: Any) -> Answer:
        """A delivery as the sender makes it; `more` changes it."""
        return await self.send(request(body, number, **more))

    async def stored(self) -> list[bytes]:
        """The bodies on disk, in the order in which they came."""
        rows = await self.store._pool.fetch("select body from inbox order by id")
        return [row["body"] for row in rows]

    async def pages(self) -> int:
        return await self.store._pool.fetchval("select count(*) from page")


def request(
    body: bytes,
    number: str = "d-1",
    *,
    signature: str | None = None,
    topic: str = "orders/create",
    connection: str = "shop",
    length: int | None = None,
    more: str = "",
) -> bytes:
    """The request of one delivery. An empty signature is left out."""
    signed = sign(body) if signature is None else signature
    head = (
        f"POST /hooks/{connection} HTTP/1.1\r\nHost: x\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n"
        f"{TOPIC}: {topic}\r\n{NUMBER}: {number}\r\n"
        + (f"{SIGNATURE}: {signed}\r\n" if signed else "")
        + f"{more}\r\n"
    )
    return head.encode("latin-1") + body


async def answer(reader: asyncio.StreamReader, wait_s: float = 5.0) -> Answer:
    """One answer, read whole."""
    async with asyncio.timeout(wait_s):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): text.strip()
            for name, _, text in (line.partition(":") for line in head[1:] if line)
        }
        if "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        else:
            body = await reader.read()
        return Answer(int(head[0].split(" ")[1]), headers, body)


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[Door]:
    """A door in front of `database`."""
    store = await Database.open(database)
    await schema.upgrade(store, SystemClock())
    await store.run("name_connection", "shop")
    await store.run("name_route", "orders", "on", SystemClock().now().to_stdlib())
    engine = _engine(store)
    intake = Intake(engine)
    server = serve._door(_house(engine), intake)
    running = [asyncio.create_task(intake.run()), asyncio.create_task(server.serve())]
    try:
        yield Door(await _port(server), store, engine)
    finally:
        server.should_exit = True
        await asyncio.wait(running[1:])
        running[0].cancel()
        await store.close()


async def _port(server: uvicorn.Server) -> int:
    async with asyncio.timeout(5):
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return server.servers[0].sockets[0].getsockname()[1]


def _engine(store: Database) -> Engine:
    clock = SystemClock()
    plan = Plan("order", "shop", "office", "operations", switch="on")
    route = Route(
        1, "orders", plan, cast(Any, None), cast(Any, None), Carries(("write",), "a test"), 1, 2
    )
    return Engine(
        store, clock, random.Random(7), Sequence(store), LocalQueue(clock), {1: route}, "w1"
    )


def _house(engine: Engine) -> House:
    """As much of a house as the door asks for."""
    web = SimpleNamespace(host="127.0.0.1", port=0)
    secret = {"webhook_secret": SECRET, "webhook_secret_old": OLD}
    config = Connection("shopify", "https://shop.myshopify.com")
    deaf = msgspec.structs.replace(shopify.CONNECTOR.manifest, webhook=None)
    connectors = {
        "shop": shopify.CONNECTOR,
        "office": msgspec.structs.replace(shopify.CONNECTOR, manifest=deaf),
    }
    return House(
        config=cast(Any, SimpleNamespace(file=SimpleNamespace(web=web))),
        engine=engine,
        connections={
            name: Connected(at, name, config, connector, cast(Any, None), secret)
            for at, (name, connector) in enumerate(connectors.items(), 1)
        },
        wire=cast(Any, None),
        server=cast(Any, None),
    )

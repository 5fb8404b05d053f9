"""A sink: a target over HTTP that answers at once and notes when it first had each document.

Run as `python -m bench.sink PORT [PORT ...]`, in a process of its own. It speaks as much of
OrderWise and of Shopify's listing as the house asks of them. GET /_seen tells what came, PUT
/_seen forgets it. Moments are the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import httptools
import msgspec

_REFERENCE = re.compile(rb'"(?:eCommerceOrderNumber|reference)":"?([^",}]+)')
_EMPTY = (
    b'{"data":{"orders":{"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[]},'
    b'"ordersCount":{"count":0,"precision":"EXACT"}}}'
)
_READY_S = 20.0


class Seen(msgspec.Struct):
    """What came: the moment of each reference's first write, and how many writes there were."""

    first_s: dict[str, float] = {}
    writes: int = 0


SEEN = Seen()


class Door(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body = b"", b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body = _answer(self._parser.get_method(), self._url, self._body)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        self._transport.write(head.encode() + b"\r\n\r\n" + body)  # type: ignore[attr-defined]


def _answer(method: bytes, url: bytes, body: bytes) -> bytes:
    if url == b"/_seen":
        return _told(method)
    if url.startswith(b"/admin"):
        return _EMPTY
    found = _REFERENCE.search(body)
    if found is None:
        return b'"token"'
    reference = found[1].decode()
    SEEN.writes += 1
    SEEN.first_s.setdefault(reference, time.monotonic())
    told = {"orderId": int(reference), "orderNumber": reference, "eCommerceOrderNumber": reference}
    return msgspec.json.encode(told)


def _told(method: bytes) -> bytes:
    told = msgspec.json.encode(SEEN)
    if method == b"PUT":
        SEEN.first_s, SEEN.writes = {}, 0
    return told


@asynccontextmanager
async def sink(*ports: int) -> AsyncGenerator[None]:
    """A sink on these ports, which ends with the block."""
    words = [sys.executable, "-m", "bench.sink", *map(str, ports)]
    process = await asyncio.create_subprocess_exec(*words)
    try:
        await _until_ready(ports[0])
        yield
    finally:
        process.terminate()
        await process.wait()


async def seen(port: int, *, forget: bool = False) -> Seen:
    """What the sink has seen so far."""
    async with aiohttp.ClientSession() as client:
        url, method = f"http://127.0.0.1:{port}/_seen", "PUT" if forget else "GET"
        async with client.request(method, url) as answer:
            return msgspec.json.decode(await answer.read(), type=Seen)


async def _until_ready(port: int) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            await seen(port)
        except aiohttp.ClientError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def main(ports: list[int]) -> None:
    """Listen until ended."""
    loop = asyncio.get_running_loop()
    for port in ports:
        await loop.create_server(Door, "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main([int(word) for word in sys.argv[1:]]))

"""What anybody may send without a secret costs the door next to nothing, and stops nobody else."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from doorstep import Answer, answer, request, sign

MIB = 1024 * 1024
HEAD = b"POST /hooks/shop HTTP/1.1\r\nHost: x\r\n"
UNSIGNED = HEAD + b"X-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: forged\r\n"
PATIENCE_S = 4.0


class Apart:
    """A door in another process."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._status = Path(f"/proc/{pid}/status")

    def resident(self) -> int:
        """How much memory the process has now, in bytes."""
        found = re.search(r"VmRSS:\s+(\d+) kB", self._status.read_text())
        assert found
        return int(found[1]) * 1024

    @asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def send(self, raw: bytes) -> Answer:
        async with self.line() as (reader, writer):
            writer.write(raw)
            return await answer(reader, 20)

    async def warmed(self) -> None:
        """Take a few messages of both sizes: what is allocated once is there now."""
        for number in range(50):
            assert (await self.send(signed(number))).status == 200
        for number in range(4):
            assert (await self.send(signed(number, 5 * MIB))).status == 200


class Peak:
    """The most that the door grew by while the block ran, in bytes."""

    def __init__(self, door: Apart) -> None:
        self._door = door
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        self.grown = 0

    def __enter__(self) -> Peak:
        self._began = self._door.resident()
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self.grown = max(self.grown, self._door.resident() - self._began)


def signed(number: int, size: int = 10_000) -> bytes:
    """A proper message of about `size` bytes."""
    body = msgspec.json.encode({"id": number, "size": size, "note": "n" * size})
    return request(body, f"d-{size}-{number}")


@pytest.fixture
def door(migrated_database: str) -> Iterator[Apart]:
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("apart.py"), migrated_database],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            yield Apart(int(process.stdout.readline()), process.pid)
            assert process.poll() is None, "the door is alive"
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


async def pour(door: Apart, begun: bytes, more: bytes, most: int) -> int:
    """Send `begun`, then `more` again and again until the door hangs up; how many bytes went."""
    sent = len(begun)
    async with door.line() as (_, writer):
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                writer.write(begun)
                while sent < most:
                    writer.write(more)
                    sent += len(more)
                    await writer.drain()
    return sent


ENDLESS = {
    "a request line": (b"POST /hooks/", b"a" * 65536),
    "a header line": (HEAD + b"x: ", b"a" * 65536),
    "a header's name": (HEAD, b"a" * 65536),
    "headers": (HEAD, b"a: b\r\n" * 10_000),
    "names without a value": (HEAD, b"a:\r\n" * 16_000),
    "empty lines before the head": (b"", b"\r\n" * 30_000),
    "a chunk's extension": (UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n5;x=", b"a" * 65536),
    "a chunk's size": (UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "trailers": (UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 10_000),
    "a trailer": (UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n0\r\nx: ", b"a" * 65536),
    "chunks of one byte": (
        UNSIGNED + b"Transfer-Encoding: chunked\r\n\r\n", b"1;padding\r\nx\r\n" * 5_000
    ),
    "requests ahead of their turn": (b"", b"GET /ready HTTP/1.1\r\n\r\n" * 3_000),
    "a body that nobody asked for": (
        b"GET /healthy HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"a" * 65536
    ),
    "a body for a door that is not there": (
        b"POST /hooks/nobody HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n", b"a" * 65536
    ),
    "a body without a signature": (HEAD + b"Content-Length: 8000000\r\n\r\n", b"a" * 65536),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
async def test_what_never_ends_is_cut_off_and_costs_less_than_a_mebibyte(
    door: Apart, what: str
) -> None:
    begun, more = ENDLESS[what]
    await door.warmed()
    with Peak(door) as peak:
        sent = await pour(door, begun, more, 512 * MIB)
    assert sent < 16 * MIB, "the door hung up; what went is what the kernels hold between us"
    assert peak.grown < MIB
    assert (await door.send(signed(1000))).status == 200


async def test_one_large_forged_body_costs_less_than_a_mebibyte(door: Apart) -> None:
    await door.warmed()
    with Peak(door) as peak:
        told = await door.send(request(b"x" * 8_000_000, signature=sign(b"another")))
    assert told.status == 401
    assert peak.grown < MIB


async def forgeries(door: Apart, round_: int) -> None:
    """Sixty forged bodies, all here but their ends, and proper messages that come meanwhile."""
    forged = request(b"x" * (8 * MIB), signature=sign(b"another"))
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(door.line()) for _ in range(60)]
        for _, writer in lines:
            writer.write(forged[:-1024])
        await asyncio.sleep(0.2)
        numbers = range(round_ * 100, round_ * 100 + 20)
        honest = [await door.send(signed(number)) for number in numbers]
        honest.append(await door.send(signed(round_ * 100, 5 * MIB)))
        for _, writer in lines:
            writer.write(forged[-1024:])
        told = await asyncio.gather(*(answer(reader, 30) for reader, _ in lines))
    assert [one.json() for one in honest] == [{"stored": True, "known": False}] * 21
    assert {one.status for one in told} == {401}


async def test_sixty_senders_of_forged_bodies_stop_nobody_and_leave_nothing(door: Apart) -> None:
    await door.warmed()
    began = door.resident()
    with Peak(door) as peak:
        await forgeries(door, 1)
    assert peak.grown < 64 * MIB
    for round_ in (2, 3):
        await forgeries(door, round_)
    assert door.resident() - began < 64 * MIB, "of 1,440 MiB that were refused nothing stays"


async def test_two_thousand_idle_lines_fit(door: Apart) -> None:
    await door.warmed()
    with Peak(door) as peak:
        async with AsyncExitStack() as stack:
            lines = [await stack.enter_async_context(door.line()) for _ in range(1_990)]
            for _, writer in lines:
                writer.write(HEAD + b"x: y\r\n" * 20)
            told = await door.send(signed(1000))
    assert told.status == 200
    assert peak.grown < 64 * MIB


async def test_as_much_as_two_thousand_lines_may_hold_fits_and_a_newcomer_is_served(
    door: Apart,
) -> None:
    await door.warmed()
    part = UNSIGNED + b"Content-Length: 8000000\r\n\r\n" + b"x" * 60_000
    with Peak(door) as peak:
        async with AsyncExitStack() as stack:
            for _ in range(1_900):
                _, writer = await stack.enter_async_context(door.line())
                writer.write(part)
            told = [await door.send(signed(3000 + number)) for number in range(10)]
    assert {one.status for one in told} == {200}
    assert peak.grown < 64 * MIB


async def test_bodies_that_drip_cost_what_has_come_of_them_and_stop_nobody(door: Apart) -> None:
    await door.warmed()
    head = UNSIGNED + b"Content-Length: 8000000\r\n\r\n"
    with Peak(door) as peak:
        async with AsyncExitStack() as stack:
            lines = [await stack.enter_async_context(door.line()) for _ in range(300)]
            for _, writer in lines:
                writer.write(head)
            for number in range(20):
                for _, writer in lines:
                    writer.write(b"x" * 1000)
                assert (await door.send(signed(4000 + number))).status == 200
    assert peak.grown < 64 * MIB

"""The proxy breaks what passes in every way that it says, where it says, and counts it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from counterfoil.rehearse.chaos.proxy import CUT, EDGE, HOLE, LATENCY, RESET, SLICE, Proxy


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A server that sends back what it is sent."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


class Caller:
    """One line through a proxy."""

    def __init__(self, echo: int, fuse: int, *toxics: str, seed: int = 1, **more: object) -> None:
        self.proxy = Proxy(
            echo,
            random.Random(seed),
            toxics=toxics,
            fuse_bytes=(fuse, fuse),
            **more,  # type: ignore[arg-type]
        )

    async def __aenter__(self) -> Caller:
        await self.proxy.open()
        await self.dial()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.proxy.close()

    async def dial(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)

    async def echoed(self, data: bytes, wait_s: float = 5.0) -> bytes:
        """What comes back of `data` before the line ends or `wait_s` is over."""
        self.writer.write(data)
        self.writer.write_eof()
        return await asyncio.wait_for(self.reader.read(-1), wait_s)


async def test_without_a_toxic_every_byte_passes(echo: int) -> None:
    data = random.Random(3).randbytes(200_000)
    async with Caller(echo, 100) as caller:
        assert await caller.echoed(data) == data
        assert not caller.proxy.reached
        assert caller.proxy.lines == 1


async def test_a_cut_ends_the_line_after_so_many_bytes(echo: int) -> None:
    async with Caller(echo, 300, CUT) as caller:
        came = await caller.echoed(b"x" * 1000)
        assert len(came) <= 300
        assert caller.proxy.reached == {CUT: 1}


async def test_a_reset_is_no_orderly_end(echo: int) -> None:
    async with Caller(echo, 64, RESET) as caller:
        with pytest.raises(ConnectionResetError):
            await caller.echoed(b"x" * 1000)
        assert caller.proxy.reached == {RESET: 1}


async def test_resets_strike_at_every_offset_modulo_64(echo: int) -> None:
    async with Caller(echo, 64, RESET) as caller:
        for _ in range(3 * EDGE):
            with pytest.raises(ConnectionResetError):
                await caller.echoed(b"x" * 1000)
            caller.writer.close()
            await caller.dial()
        assert caller.proxy.edges == set(range(EDGE))


async def test_what_is_sliced_arrives_whole_and_in_pieces(echo: int) -> None:
    async with Caller(echo, 10, SLICE) as caller:
        data = random.Random(4).randbytes(3000)
        assert await caller.echoed(data) == data
        assert caller.proxy.reached[SLICE] >= 2


async def test_what_is_late_arrives_whole_and_late(echo: int) -> None:
    async with Caller(echo, 0, LATENCY, late_s=(0.2, 0.2)) as caller:
        start = asyncio.get_running_loop().time()
        assert await caller.echoed(b"x" * 10) == b"x" * 10
        assert asyncio.get_running_loop().time() - start >= 0.4
        assert caller.proxy.reached == {LATENCY: 2}


async def test_a_hole_swallows_everything_and_says_nothing(echo: int) -> None:
    async with Caller(echo, 5, HOLE) as caller:
        caller.writer.write(b"x" * 100)
        assert await asyncio.wait_for(caller.reader.read(5), 5) == b"x" * 5
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(caller.reader.read(1), 0.3)
        assert caller.proxy.reached == {HOLE: 1}


async def test_calm_lets_everything_pass(echo: int) -> None:
    async with Caller(echo, 100, CUT, RESET, HOLE) as caller:
        caller.proxy.calm = True
        assert await caller.echoed(b"x" * 50_000) == b"x" * 50_000
        assert not caller.proxy.reached


async def test_the_same_seed_draws_the_same_toxics() -> None:
    def drawn() -> list[tuple[str, int]]:
        proxy = Proxy(1, random.Random(7))
        return [proxy.next_toxic(at) for at in range(0, 5000, 50)]

    assert drawn() == drawn()


async def test_a_target_that_is_away_is_a_reset() -> None:
    async with Caller(1, 100) as caller:
        with pytest.raises(ConnectionResetError):
            await caller.echoed(b"x")

"""A room of bytes: never more than there is, and nobody more than what is left for the others."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Sequence

import pytest
from doorstep import Door, request, sign
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.surfaces.api import body as bodies
from counterfoil.surfaces.api.body import KEPT, Body
from counterfoil.surfaces.api.line import Line
from counterfoil.surfaces.api.room import Room
from counterfoil.values.errors import Retry

STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(-300, 300)), max_size=60)


@given(STEPS)
def test_what_is_held_and_what_is_free_are_the_room(steps: Sequence[tuple[int, int]]) -> None:
    room = Room(1000)
    shares = [room.share() for _ in range(5)]
    for at, amount in steps:
        before = shares[at].held
        if amount < 0:
            shares[at].give(-amount)
        elif not shares[at].take(amount):
            assert shares[at].held == before
        else:
            assert shares[at].held <= room.free
        assert all(share.held >= 0 for share in shares)
        assert room.free == 1000 - sum(share.held for share in shares) >= 0
    for share in shares:
        share.clear()
    assert room.free == 1000


def test_however_many_are_greedy_a_newcomer_finds_as_much_as_each_of_them() -> None:
    room = Room(100_000)
    greedy = [room.share() for _ in range(99)]
    for _ in range(100_000):
        if not sum(share.take(10) for share in greedy):
            break
    newcomer = room.share()
    assert newcomer.take(max(share.held for share in greedy) // 2)


@pytest.mark.parametrize(
    "parts", [[b""], [b"x"], [b"x" * KEPT], [b"x" * KEPT, b"y"], [b"a" * 9] * 20_000]
)
async def test_a_body_is_given_back_as_it_came(parts: list[bytes]) -> None:
    memory, disk = Room(10_000_000), Room(10_000_000)
    with Body(memory, disk) as body:
        for part in parts:
            await body.add(part)
            assert 10_000_000 - memory.free <= KEPT
        assert await body.whole() == b"".join(parts)
    assert (memory.free, disk.free) == (10_000_000, 10_000_000)


async def test_where_memory_is_full_a_small_body_is_laid_down_too() -> None:
    with Body(Room(0), Room(100)) as body:
        await body.add(b"hello")
        with pytest.raises(Retry, match="no room"):
            await body.whole()
    with Body(Room(0), Room(5)) as body, pytest.raises(Retry, match="no room"):
        await body.add(b"hello")


async def test_a_disk_that_is_full_asks_the_sender_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bodies, "TemporaryFile", full)
    with Body(Room(0), Room(100)) as body, pytest.raises(Retry, match="No space left"):
        await body.add(b"hello")


async def test_what_is_laid_down_has_no_name_and_nobody_else_may_read_it(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Body(Room(0), Room(100)) as body:
        await body.add(b"hello")
        assert body._file is not None
        found = os.fstat(body._file.fileno())
    assert (found.st_nlink, found.st_mode & 0o777) == (0, 0o600)


async def test_nothing_is_held_when_all_is_answered(door: Door) -> None:
    held = Line.room.free
    sent = [
        request(b'{"id":1}'),
        request(b"x" * 300_000, "d-2"),
        request(b"x" * 300_000, signature=sign(b"y")),
        request(b"x", signature=""),
        request(b"x", length=500)[:-10],
        b"GET /healthy HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"nonsense",
    ]
    for raw in sent:
        async with door.line() as (reader, writer):
            writer.write(raw)
            await asyncio.wait_for(reader.read(20), 2) if raw != sent[4] else None
    async with asyncio.timeout(5):
        while Line.room.free != held:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_one_who_finds_no_room_is_asked_to_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Line, "room", Room(90_000))
    told = await door.deliver(b"x" * 80_000)
    assert (told.status, told.headers["retry-after"]) == (503, "1")
    assert await door.stored() == []
    assert (await door.deliver(b'{"id":2}', "d-2")).status == 200


async def test_a_head_of_too_much_is_told_so(door: Door) -> None:
    told = await door.send(b"GET /healthy HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n")
    assert told.status == 431
    told = await door.send(b"GET /healthy HTTP/1.1\r\nx: " + b"a" * 20_000)
    assert told.status == 431
    told = await door.send(b"GET /healthy HTTP/1.1\r\n" + b"a: b\r\n" * 99 + b"\r\n")
    assert told.status == 200


async def test_a_request_before_its_turn_is_not_heard_and_the_first_is_answered(door: Door) -> None:
    async with door.line() as (reader, writer):
        writer.write(request(b'{"id":1}') + request(b'{"id":2}', "d-2"))
        told = await asyncio.wait_for(reader.read(), 5)
    assert told.count(b"HTTP/1.1 200") == 1
    assert b"connection: close" in told
    assert await door.stored() == [b'{"id":1}']


async def test_lines_of_nothing_on_a_kept_line_have_their_deadline_too(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Line, "head_s", 0.3)
    async with door.line() as (reader, writer):
        writer.write(b"GET /healthy HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"}")
        async with asyncio.timeout(2):
            while not reader.at_eof():
                writer.write(b"\r\n")
                await asyncio.sleep(0.05)

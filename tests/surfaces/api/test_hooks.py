"""The message door: what is genuine is on disk before it is answered, and nothing else ever is."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from doorstep import OLD, SIGNATURE, Door, answer, request, sign

from counterfoil.flows.intake import Intake
from counterfoil.surfaces.api import hooks
from counterfoil.surfaces.api.line import Line
from counterfoil.values.errors import Retry

BODY = b'{"id":1}'


async def test_a_genuine_message_is_on_disk_with_its_work(door: Door) -> None:
    told = await door.deliver(BODY)
    assert (told.status, told.json()) == (200, {"stored": True, "known": False})
    assert await door.stored() == [BODY]
    assert await door.pages() == 1


async def test_it_is_on_disk_before_it_is_answered(door: Door) -> None:
    blocker = await asyncpg.connect(door.store.dsn)
    async with blocker.transaction():
        await blocker.execute("lock table inbox in access exclusive mode")
        delivery = asyncio.create_task(door.deliver(BODY))
        await asyncio.sleep(0.3)
        assert not delivery.done(), "the disk has not said yes yet"
    assert (await delivery).status == 200
    assert await door.stored() == [BODY]
    await blocker.close()


@pytest.mark.parametrize(
    "signature",
    ["", " ", "x", sign(b'{"id":2}'), sign(BODY, "other"), sign(BODY)[:-1], sign(BODY).lower(),
     sign(BODY) + "=", "é"],
)  # fmt: skip
async def test_what_is_not_signed_right_is_refused_and_leaves_nothing(
    door: Door, signature: str
) -> None:
    told = await door.deliver(BODY, signature=signature)
    assert (told.status, told.json()["code"]) == (401, "signature")
    assert await door.stored() == []
    assert door.engine.fired["refused-signature"] == 1


async def test_the_secret_before_the_last_change_still_signs(door: Door) -> None:
    assert (await door.deliver(BODY, signature=sign(BODY, OLD))).status == 200


async def test_a_byte_that_changed_on_the_way_is_refused(door: Door) -> None:
    told = await door.deliver(b'{"id":1 }', signature=sign(BODY))
    assert told.status == 401
    assert await door.stored() == []


async def test_the_same_delivery_again_is_known_and_stored_once(door: Door) -> None:
    await door.deliver(BODY)
    told = await door.deliver(BODY)
    assert (told.status, told.json()) == (200, {"stored": False, "known": True})
    assert await door.stored() == [BODY]
    assert await door.pages() == 1


async def test_the_same_bytes_under_another_number_are_a_replay(door: Door) -> None:
    await door.deliver(BODY, "d-1")
    told = await door.deliver(BODY, "d-2")
    assert (told.status, told.json()["code"]) == (401, "replayed")
    assert await door.stored() == [BODY]


async def test_the_same_bytes_under_another_topic_are_known_and_worked_on_once(door: Door) -> None:
    await door.deliver(BODY, "d-1")
    told = await door.deliver(BODY, "d-2", topic="orders/paid")
    assert (told.status, told.json()) == (200, {"stored": False, "known": True})
    assert await door.pages() == 1
    assert await door.stored() == [BODY, BODY], "each delivery is kept as it came"


async def test_each_topic_knows_its_own_delivery_and_refuses_another(door: Door) -> None:
    await door.deliver(BODY, "d-1")
    await door.deliver(BODY, "d-2", topic="orders/paid")
    again = await door.deliver(BODY, "d-2", topic="orders/paid")
    assert (again.status, again.json()["known"]) == (200, True)
    replayed = await door.deliver(BODY, "d-3", topic="orders/paid")
    assert (replayed.status, replayed.json()["code"]) == (401, "replayed")
    first = await door.deliver(BODY, "d-1")
    assert (first.status, first.json()["known"]) == (200, True)
    assert await door.pages() == 1


async def test_many_topics_at_once_are_worked_on_once(door: Door) -> None:
    topics = ["orders/create", "orders/updated", "orders/paid", "orders/fulfilled"]
    told = await asyncio.gather(
        *(
            door.deliver(BODY, f"{topic}-{number}", topic=topic)
            for topic in topics
            for number in range(5)
        )
    )
    assert sum(one.status == 200 and one.json()["stored"] for one in told) == 1
    assert sum(one.status == 200 for one in told) == len(topics)
    assert await door.pages() == 1


async def test_other_bytes_under_another_topic_are_another_message(door: Door) -> None:
    await door.deliver(BODY, "d-1")
    told = await door.deliver(b'{"id":1,"paid":true}', "d-2", topic="orders/paid")
    assert told.json() == {"stored": True, "known": False}
    assert await door.pages() == 2


async def test_a_topic_that_no_route_takes_is_answered_and_not_kept(door: Door) -> None:
    told = await door.deliver(BODY, topic="app/uninstalled")
    assert (told.status, told.json()["stored"]) == (200, False)
    assert await door.stored() == []


@pytest.mark.parametrize("connection", ["nobody", "office", "..", "shop%00", "Shop"])
async def test_a_door_that_is_not_there_is_not_found(door: Door, connection: str) -> None:
    assert (await door.deliver(BODY, connection=connection)).status == 404
    assert await door.stored() == []


async def test_two_hundred_at_once_are_all_on_disk(door: Door) -> None:
    bodies = [b'{"id":%d}' % number for number in range(200)]
    told = await asyncio.gather(
        *(door.deliver(body, f"d-{number}") for number, body in enumerate(bodies))
    )
    assert {one.status for one in told} == {200}
    assert sorted(await door.stored()) == sorted(bodies)
    members = await door.store._pool.fetchval("select sum(cardinality(inbox)) from page")
    assert members == 200


async def test_the_same_delivery_many_times_at_once_is_stored_once(door: Door) -> None:
    told = await asyncio.gather(*(door.deliver(BODY) for _ in range(50)))
    assert {one.status for one in told} == {200}
    assert sum(one.json()["stored"] for one in told) == 1
    assert await door.stored() == [BODY]


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again(door: Door) -> None:
    await door.store._pool.close()
    told = await door.deliver(BODY)
    assert (told.status, told.json()["code"]) == (503, "database")
    assert int(told.headers["retry-after"]) >= 1


async def test_a_full_house_says_so_at_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Intake, message: object) -> object:
        raise Retry("The intake is full.", after_s=3.0, code="full")

    monkeypatch.setattr(Intake, "take", full)
    told = await door.deliver(BODY)
    assert (told.status, told.headers["retry-after"]) == (503, "3")


async def test_a_message_that_the_disk_refuses_costs_no_other_its_place(door: Door) -> None:
    number = "d" + "\x80" * 5000
    told = await asyncio.gather(
        *(door.deliver(b'{"id":%d}' % one, f"d-{one}") for one in range(20)),
        door.deliver(b"\x00\xff\xfe", number),
    )
    assert [one.status for one in told[:20]] == [200] * 20
    assert len(await door.stored()) in (20, 21)


# --- bodies that are too much, too slow, too little ---


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(door: Door) -> None:
    told = await door.deliver(b"{", length=hooks.MOST_BYTES + 1)
    assert (told.status, told.json()["code"]) == (413, "too-large")


async def test_a_body_that_does_not_say_how_large_it_is_is_stopped_on_the_way(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MOST_BYTES", 1000)
    chunk = b"64\r\n" + b"x" * 100 + b"\r\n"
    head = request(b"", more="Transfer-Encoding: chunked\r\n", signature="x")
    told = await door.send(head.replace(b"Content-Length: 0\r\n", b"") + chunk * 50 + b"0\r\n\r\n")
    assert told.status == 413


async def test_chunks_are_put_together_before_they_are_verified(door: Door) -> None:
    head = request(b"", more="Transfer-Encoding: chunked\r\n", signature=sign(BODY))
    told = await door.send(
        head.replace(b"Content-Length: 0\r\n", b"") + b'4\r\n{"id\r\n4\r\n":1}\r\n0\r\n\r\n'
    )
    assert told.status == 200
    assert await door.stored() == [BODY]


async def test_a_sender_that_drips_is_not_waited_for(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_DEADLINE_S", 0.3)
    async with door.line() as (reader, writer):
        writer.write(request(BODY, length=100))
        told = await answer(reader, 2.0)
        assert await asyncio.wait_for(reader.read(), 2.0) == b"", "the line is closed"
    assert (told.status, told.json()["code"]) == (408, "too-slow")
    assert await door.stored() == []


async def test_a_sender_that_hangs_up_leaves_nothing(door: Door) -> None:
    async with door.line() as (_, writer):
        writer.write(request(BODY, length=100))
        await writer.drain()
    assert (await door.deliver(b'{"id":2}', "d-2")).status == 200
    assert await door.stored() == [b'{"id":2}']


async def test_more_bytes_than_were_promised_are_not_part_of_the_message(door: Door) -> None:
    told = await door.send(request(BODY + b"GARBAGE", length=len(BODY), signature=sign(BODY)))
    assert told.status in (200, 400)
    told = await door.send(request(BODY + b"GARBAGE", length=len(BODY)))
    assert told.status in (400, 401)
    assert set(await door.stored()) <= {BODY}


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /hooks/shop HTTP/9.9\r\n\r\n",
        b"POST /hooks/shop HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /hooks/shop HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /hooks/shop HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST /hooks/shop HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhey",
        b"POST /hooks/shop HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /hooks/shop HTTP/1.1\r\nno colon here\r\n\r\n",
    ],
    ids=range(9),
)
async def test_what_is_not_http_is_refused_and_the_door_stays_open(door: Door, raw: bytes) -> None:
    assert (await door.send(raw)).status in (400, 401)
    assert (await door.deliver(BODY)).status == 200
    assert await door.stored() == [BODY]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_messages_are_posted(door: Door, method: str) -> None:
    raw = request(BODY).replace(b"POST", method.encode(), 1)
    async with door.line() as (reader, writer):
        writer.write(raw)
        assert b" 405 " in await asyncio.wait_for(reader.readline(), 5)


async def test_a_header_that_comes_twice_is_no_way_in(door: Door) -> None:
    twice = f"{SIGNATURE}: {sign(BODY)}\r\n{SIGNATURE}: x\r\n"
    told = await door.deliver(BODY, signature="", more=twice)
    assert told.status == 401


async def test_the_house_says_that_it_is_alive_and_whether_it_is_ready(door: Door) -> None:
    get = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
    assert (await door.send(get % b"healthy")).json()["alive"] is True
    assert (await door.send(get % b"ready")).json()["ready"] is True
    await door.store._pool.close()
    assert (await door.send(get % b"healthy")).status == 200
    assert (await door.send(get % b"ready")).status == 503


@pytest.mark.parametrize("begun", [b"", b"POST /hooks/shop HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_never_ends_is_not_waited_for(
    door: Door, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Line, "head_s", 0.2)
    async with door.line() as (reader, writer):
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 2) == b""
    assert (await door.deliver(BODY)).status == 200


async def test_a_second_message_on_a_kept_line_is_taken(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Line, "head_s", 0.2)
    async with door.line() as (reader, writer):
        for number in ("d-1", "d-2"):
            writer.write(request(b'{"id":"%s"}' % number.encode(), number))
            assert (await answer(reader)).status == 200
            await asyncio.sleep(0.3)

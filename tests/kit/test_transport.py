"""One call: an answer, or exactly one of two failures, whatever the other side does to it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Mapping

import pytest
from mischief import (
    Line,
    Play,
    babbles,
    bombs,
    breaks_off,
    breaks_off_a_chunk,
    drips,
    fine,
    hangs_up,
    lies_about_gzip,
    says_nothing,
    sends_elsewhere,
    serving,
)

from counterfoil.kit import sockets
from counterfoil.kit.contract.book import OpenBook
from counterfoil.kit.contract.clock import StoppedClock
from counterfoil.kit.manifest import Limit
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import (
    Answer,
    Destination,
    Transport,
    allowed,
    guarded,
    recording,
    unexpected,
)
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant, SystemClock
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry, Settle

HERE = ("127.0.0.1", "*.example.com")


@pytest.fixture
async def wire() -> AsyncIterator[Sockets]:
    opened = Sockets()
    yield opened
    await opened.close()


def transport(
    wire: Sockets, url: str, timeout_s: float = 0.5, limits: Mapping[str, Limit] | None = None
) -> Transport:
    clock = SystemClock()
    throttle = Throttle("shop", limits or {}, OpenBook(), clock, "w1")
    return Transport(
        Destination(url, HERE, ("files.example.org",), "shop"),
        wire=wire,
        throttle=throttle,
        clock=clock,
        timeout_s=timeout_s,
    )


async def failure(call: Awaitable[Answer]) -> CounterfoilError:
    with pytest.raises(CounterfoilError) as failed:
        await call
    return failed.value


async def test_an_answer_is_an_answer_whatever_its_status(wire: Sockets) -> None:
    async def busy(line: Line) -> None:
        await line.answer(b"no", 503, "Retry-After: 7")

    async with serving(busy) as server:
        answer = await transport(wire, server.url).call("GET", "/orders", writes=False)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"no", "7")


async def test_what_is_sent_is_what_was_asked_for(wire: Sockets) -> None:
    async with serving(fine) as server:
        headers, target = {"X-Token": "t"}, "/orders?q=a+b%26c"
        home = transport(wire, server.url)
        await home.call("POST", target, writes=True, headers=headers, body=b"{}")
    raw = server.lines[0].request
    assert raw.startswith(b"POST /orders?q=a+b%26c HTTP/1.1\r\n")
    assert b"X-Token: t\r\n" in raw
    assert raw.endswith(b"\r\n\r\n{}")


async def test_a_door_that_is_closed_took_nothing(wire: Sockets) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for writes in (True, False):
        error = await failure(transport(wire, url).call("POST", "/", writes=writes, body=b"x"))
        assert (type(error), error.code, error.where) == (Retry, "unreachable", "shop")


LOST = [hangs_up, drips, breaks_off, breaks_off_a_chunk, babbles, says_nothing, lies_about_gzip]


@pytest.mark.parametrize("play", LOST, ids=lambda play: play.__name__)
async def test_a_write_without_a_whole_answer_may_have_landed(wire: Sockets, play: Play) -> None:
    async with serving(play) as server:
        call = transport(wire, server.url).call("POST", "/orders", writes=True, body=b"x")
        start = time.monotonic()
        error = await failure(call)
    assert type(error) is Settle
    assert len(server.lines) == 1, "and is never sent again by itself"
    assert time.monotonic() - start < 2.0


@pytest.mark.parametrize("play", LOST, ids=lambda play: play.__name__)
async def test_a_read_without_a_whole_answer_is_tried_later(wire: Sockets, play: Play) -> None:
    async with serving(play) as server:
        error = await failure(transport(wire, server.url).call("GET", "/orders", writes=False))
    assert (type(error), error.code) == (Retry, "no-answer")


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_line_that_died_under_a_write_is_not_a_second_write(
    wire: Sockets, method: str
) -> None:
    async def once(line: Line) -> None:
        if len(server.lines) == 2:
            line.cut()
        else:
            await line.answer(b"fine")

    async with serving(once) as server:
        home = transport(wire, server.url)
        await home.call(method, "/1", writes=True, body=b"x")
        error = await failure(home.call(method, "/2", writes=True, body=b"x"))
        assert type(error) is Settle
        assert [line.request.split()[1] for line in server.lines] == [b"/1", b"/2"]


async def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read_whole(
    wire: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_MOST_BYTES", 1024 * 1024)
    async with serving(bombs) as server:
        home = transport(wire, server.url, timeout_s=5.0)
        error = await failure(home.call("GET", "/", writes=False))
    assert "more than 1,048,576 bytes" in error.said


async def test_a_redirect_is_an_answer_and_is_not_followed(wire: Sockets) -> None:
    async with serving(sends_elsewhere) as server:
        answer = await transport(wire, server.url).call("GET", "/", writes=False)
        assert len(server.lines) == 1
    assert answer.status == 302


async def test_no_cookie_is_kept(wire: Sockets) -> None:
    async with serving(fine) as server:
        for _ in range(2):
            await transport(wire, server.url).call("GET", "/", writes=False)
    assert b"cookie" not in server.lines[1].request.lower()


async def test_a_failed_call_gives_its_slot_back(wire: Sockets) -> None:
    limits = {"at-once": Limit("slots", 1, "a test")}
    async with serving(hangs_up) as server:
        home = transport(wire, server.url, limits=limits)
        for _ in range(3):
            await failure(home.call("GET", "/", writes=False))


# --- where a call may go ---


@pytest.mark.parametrize(
    "url",
    ["http://shop.example.com", "ftp://shop.example.com", "shop.example.com", "", "https://",
     "https://example.org", "https://shop.example.com.evil.org", "https://evilexample.com",
     "https://u:p@shop.example.com", "https://u@shop.example.com", "https://shop.example.com/?a=b",
     "https://shop.example.com/#a", "http://127.0.0.1.evil.org", "http://10.0.0.1",
     "https://169.254.169.254/latest", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_not_the_connection_s_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        allowed(url, HERE, where="connections.shop")
    assert "p@" not in str(wrong.value), "and a password in it is not repeated"


@pytest.mark.parametrize(
    "url", ["https://shop.example.com/", "http://127.0.0.1:1", "https://a.b.example.com/x"]
)
def test_an_address_of_the_connection_is_allowed(url: str) -> None:
    assert allowed(url, HERE, where="") == url.rstrip("/")


def test_what_has_no_hosts_is_a_folder_and_nothing_else_is() -> None:
    assert allowed("file:///srv/payouts/", (), where="") == "file:///srv/payouts"
    with pytest.raises(Misconfigured, match="is not the address of a folder"):
        allowed("https://shop.example.com", (), where="connections.provider")
    with pytest.raises(Misconfigured, match="is not https"):
        allowed("file://elsewhere/payouts", (), where="connections.provider")


@pytest.mark.parametrize(
    "path",
    ["http://127.0.0.1:9/file", "https://evil.org/file", "http://files.example.org/file",
     "https://files.example.org.evil.org/", "@evil.org/", ".evil.org/", "https://u:p@127.0.0.1:1/"],
)  # fmt: skip
async def test_an_answer_cannot_send_us_to_strangers(wire: Sockets, path: str) -> None:
    async with serving(fine) as server:
        error = await failure(transport(wire, server.url).call("GET", path, writes=False))
        assert (type(error), error.code) == (Refuse, "foreign-host")
        assert server.lines == []


async def test_an_answer_can_send_us_home(wire: Sockets) -> None:
    async with serving(fine) as server:
        home = transport(wire, server.url)
        assert (await home.call("GET", f"{server.url}/next", writes=False)).status == 200


# --- the tape ---


async def test_the_tape_has_the_exchange_and_no_credential(wire: Sockets) -> None:
    async with serving(fine) as server:
        with recording() as tape:
            await transport(wire, server.url).call(
                "POST", "/orders", writes=True, headers={"X-Token": "secret"}, body=b"sent"
            )
    (exchange,) = tape
    found = (exchange.method, exchange.sent, exchange.status, exchange.answered, exchange.failed)
    assert found == ("POST", b"sent", 200, b"fine", "")
    assert dict(exchange.headers) == {"x-request-id": "r-1"}
    assert "secret" not in repr(exchange)


async def test_the_tape_has_what_failed_as_well(wire: Sockets) -> None:
    async with serving(hangs_up) as server:
        with recording() as tape:
            await failure(transport(wire, server.url).call("POST", "/", writes=True, body=b"sent"))
    assert (tape[0].status, tape[0].sent, bool(tape[0].failed)) == (0, b"sent", True)


async def test_tapes_of_tasks_side_by_side_do_not_mix(wire: Sockets) -> None:
    async with serving(fine) as server:
        home = transport(wire, server.url)

        async def one(number: int) -> list[str]:
            with recording() as tape:
                await asyncio.gather(
                    *(home.call("GET", f"/{number}/{part}", writes=False) for part in range(3))
                )
            return [exchange.url for exchange in tape]

        found = await asyncio.gather(*(one(number) for number in range(5)))
        await home.call("GET", "/off-the-record", writes=False)
    for number, urls in enumerate(found):
        assert sorted(urls) == [f"{server.url}/{number}/{part}" for part in range(3)]


def test_an_answer_that_no_table_knows_is_refused_with_its_status() -> None:
    error = unexpected(Answer(418, {}, b"tea"), "shop")
    assert (error.code, error.where) == ("http-418", "shop")


async def test_the_guard_has_the_last_word_when_every_wait_is_over() -> None:
    asked: list[str] = []

    class Slow(OpenBook):
        async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
            asked.append("waited")
            return 0.0

    class Never:
        async def send(
            self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
        ) -> Answer:
            raise AssertionError("it left")

        async def close(self) -> None: ...

    def check() -> None:
        asked.append("checked")
        raise Retry("It may not leave any more.")

    limit = Limit(shape="rate", size=10, per_s=10.0, source="a test")
    throttle = Throttle("shop", {"calls": limit}, Slow(), StoppedClock(), "w1")
    transport = Transport(
        Destination("http://127.0.0.1:9", ("127.0.0.1",)),
        wire=Never(),
        throttle=throttle,
        clock=StoppedClock(),
    )
    with guarded(check), pytest.raises(Retry):
        await transport.call("POST", "/orders", writes=True, cost={"calls": 1})
    assert asked == ["waited", "checked"]

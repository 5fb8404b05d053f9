"""The gate: counted, limited, known, struck, served; and a slot is given back whatever happens."""

from __future__ import annotations

import asyncio
import random

import pytest
from starlette.responses import PlainTextResponse, Response

from counterfoil.twins.kit.answers import Cut, CutShort, Late, Silence, answer, instead
from counterfoil.twins.kit.faults import Fault, Faults
from counterfoil.twins.kit.gate import Front, Gate
from counterfoil.twins.kit.limits import Meter, Slots


async def sent(app, path="/orders", token="right"):
    """The status, the headers and the body of a call."""
    told = {"status": 0, "headers": {}, "body": b""}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            told["status"] = message["status"]
            told["headers"] = {name.decode(): text.decode() for name, text in message["headers"]}
        else:
            told["body"] += message.get("body", b"")

    headers = [(b"x-token", token.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    try:
        await app(scope, receive, send)
    except Cut as cut:
        told["cut"] = str(cut)
    return told


@pytest.fixture
def gate(memory, clock):
    """A gate with one slot, before an application that says hello; `before` may be given."""

    def made(before=None, inside=None, slots=1):
        front = {
            "known": lambda request: request.headers["x-token"] == "right",
            "stranger": lambda request: Response(status_code=401),
            "too_many": lambda wait_s: Response(str(wait_s), 429),
            "counted": lambda path: path != "/health",
            "unguarded": lambda path: path == "/token",
            "headers": lambda scope: {"X-Left": "7"},
        }
        if before:
            front["before"] = before
        meter = Meter(memory, clock, (Slots(slots),))
        hello = inside or PlainTextResponse("hello")
        return Gate(hello, PlainTextResponse("control"), meter, Front(**front))

    return made


async def test_a_known_caller_is_served_and_a_stranger_is_not(gate, memory):
    app = gate()
    assert (await sent(app))["body"] == b"hello"
    assert (await sent(app, token="wrong"))["status"] == 401
    assert (await sent(app, "/token", token="wrong"))["body"] == b"hello"
    assert memory.counts("calls:")["all"] == 3


async def test_control_and_what_is_not_counted_pass_by(gate, memory):
    app = gate()
    assert (await sent(app, "/_twin/report", token=""))["body"] == b"control"
    passed = await sent(app, "/health", token="")
    assert (passed["body"], "x-left" in passed["headers"]) == (b"hello", False)
    assert memory.counts("calls:") == {}


async def test_every_answer_has_the_vendors_headers(gate):
    app = gate()
    for token in ("right", "wrong"):
        assert (await sent(app, token=token))["headers"]["x-left"] == "7"


async def test_limits_are_met_before_the_credential(gate):
    refused = await sent(gate(slots=0), token="wrong")
    assert (refused["status"], refused["body"]) == (429, b"1")


async def test_the_fault_that_strikes_first_answers(gate, memory):
    always = {name: Fault(name, 1.0, 1.0) for name in ("first", "second")}
    faults = Faults(always, "normal", random.Random(1), memory)

    async def before(request):
        return instead(
            faults,
            {"first": lambda: answer({"struck": 1}, 500), "second": lambda: Response("never")},
        )

    struck = await sent(gate(before))
    assert (struck["status"], struck["body"]) == (500, b'{"struck":1}')
    assert faults.reached() == {"first": 1, "second": 0}


async def test_silence_gives_its_slot_back_and_lasts_longer_than_patience(gate, clock):
    async def before(request):
        return Silence(clock, 5.0, "Acme cut the connection")

    app = gate(before)
    woken = asyncio.Event()
    slept, clock.sleep = clock.sleep, lambda seconds: woken.wait()
    silent = asyncio.create_task(sent(app))
    await asyncio.sleep(0)
    clock.sleep = slept
    assert (await sent(app))["status"] == 200  # begun, while the first was still held open
    assert clock.elapsed_s > 5.0
    woken.set()
    told = await silent
    assert (told["body"], told["cut"]) == (b"", "Acme cut the connection")


async def test_an_answer_is_cut_in_the_middle_and_keeps_its_head(gate):
    whole = answer({"a": 1}, 201, {"x-request-id": "9"})
    told = await sent(gate(inside=CutShort(whole, "cut")))
    assert (told["status"], told["body"], told["cut"]) == (201, whole.body[:3], "cut")
    assert (told["headers"]["x-request-id"], told["headers"]["content-length"]) == ("9", "7")


async def test_a_late_answer_is_made_after_its_wait(gate, clock):
    late = Late(clock, 30.0, lambda: Response(str(clock.elapsed_s), 504))
    told = await sent(gate(inside=late))
    assert (told["status"], told["body"]) == (504, b"30.0")


async def test_a_broken_application_gives_its_slot_back(gate):
    async def broken(scope, receive, send):
        raise ZeroDivisionError

    app = gate(inside=broken)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await sent(app)

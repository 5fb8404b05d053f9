"""Xero tries who listens before it sends anything: the door must pass, and take what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from counterfoil.app import Connected, House
from counterfoil.config import Connection
from counterfoil.connectors.xero import CONNECTOR
from counterfoil.surfaces.api.hooks import Hooks
from counterfoil.twins.xero.webhook import Event, Listener
from counterfoil.values.clock import SystemClock
from tests.connectors.xero.xero_stage import SECRETS, TENANT

ADDRESS = "/hooks/books"


def door() -> Hooks:
    """The door of a house with one connection, which only writes."""
    books = Connected(
        1, "books", Connection("xero", "https://api.xero.com"), CONNECTOR, cast(Any, None), SECRETS
    )
    engine = SimpleNamespace(clock=SystemClock(), fired=Counter[str](), routes={})
    house = House(cast(Any, None), cast(Any, engine), {"books": books}, *cast(Any, (None, None)))
    return Hooks(house, cast(Any, None))


async def taken(hooks: Hooks, headers: Mapping[str, str], body: bytes) -> Response:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop()

    scope = {
        "type": "http",
        "path": ADDRESS,
        "path_params": {"connection": "books"},
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    return await hooks.take(Request(scope, receive))


async def test_the_door_passes_the_intent_to_receive() -> None:
    hooks = door()

    async def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
        answer = await taken(hooks, headers, body)
        assert address == ADDRESS
        if answer.status_code == 200:
            assert bytes(answer.body) == b"", "anything in the answer is a refusal to Xero"
        return answer.status_code

    listener = Listener(TENANT, SECRETS["webhook_key"], ADDRESS)
    assert await listener.intends_to_receive(send)
    stranger = Listener(TENANT, "another key", ADDRESS)
    assert not await stranger.intends_to_receive(send)


async def test_news_of_what_we_wrote_is_taken_and_let_go() -> None:
    listener = Listener(TENANT, SECRETS["webhook_key"], ADDRESS)
    events = [Event("Invoices", "ccb1c26d-0113-47e2-826e-a9b1429b1a78", "UPDATE")]
    body = listener.message(events, 7, "2026-12-07T17:32:56.478")
    answer = await taken(door(), {"x-xero-signature": listener.signature(body)}, body)
    assert (answer.status_code, bytes(answer.body)) == (200, b"")

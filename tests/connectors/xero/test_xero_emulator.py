"""Our connector before somebody else's emulator of Xero, which knows nothing of our twin.

It adds nothing up by itself (its totals are the sum of the lines, its tax nothing), takes payments
by POST only, and refuses no second number: what is compared here is what it does have.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.kit.connector import Session, Written
from counterfoil.kit.contract import OpenBook
from counterfoil.kit.contract.keyring import Keyring
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.sockets import Sockets
from counterfoil.values.clock import SystemClock
from tests.connectors.xero.xero_stage import MAPS, SECRETS, SETTINGS, refunded, sold

pytest.importorskip("xero_local", reason="the emulator localstack-xero is not installed")

from werkzeug.serving import make_server
from xero_local.server import create_router
from xero_local.store import store

NOT_RECKONED = {"total", "tax", "remaining"}


@pytest.fixture
def url() -> Iterator[str]:
    store.reset()
    server = make_server("127.0.0.1", 0, create_router().wsgi(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


@pytest.fixture
async def books(url: str) -> AsyncIterator[Session]:
    """A session that is open on it."""
    wire = Sockets()
    yield opened(url, wire)
    await wire.close()


def opened(url: str, wire: Sockets) -> Session:
    tenant = store.get_connections()[0]["tenantId"]
    # Its pages have a hundred rows, whatever it is asked for.
    settings: Any = {**SETTINGS, "identity": "", "tenant_id": tenant, "page_size": 100}
    means = Means(SystemClock(), wire, OpenBook(), "w1", Keyring())
    return open_connection(
        CONNECTOR, Account("books", url, ("127.0.0.1",), settings), means,
        secret=SECRETS.__getitem__, maps=MAPS,
    )  # fmt: skip


async def test_it_signs_in_and_finds_its_organisation(books: Session) -> None:
    assert await books.probe() == "Xero answered; it opens Test Organisation."


async def test_orders_land_there_and_are_read_back(books: Session) -> None:
    target = books.target("order")
    intents = [target.compose(sold(number, tax_included=number % 2 == 0)) for number in range(120)]
    for start in range(0, len(intents), 50):
        answers = await target.write(intents[start : start + 50])
        assert all(isinstance(answer, Written) for answer in answers)
    for start in range(0, len(intents), 50):
        batch = intents[start : start + 50]
        seen = await target.read([intent.reference for intent in batch])
        for intent in batch:
            (document,) = seen[intent.reference]
            differs = {
                name
                for name, value in intent.expect.items()
                if document.fields.get(name) != value and name not in document.unseen
            }
            assert differs <= NOT_RECKONED


async def test_notes_land_there_and_are_found_by_their_number(books: Session) -> None:
    target = books.target("refund")
    intents = [target.compose(refunded(number)) for number in range(3)]
    for intent in intents:
        (answer,) = await target.write([intent.call(())])
        assert isinstance(answer, Written)
    # It knows no `where`: everything comes, and only what has exactly this number counts.
    seen = await target.read([intents[1].reference])
    assert [*seen] == [intents[1].reference]
    (document,) = seen[intents[1].reference]
    assert document.fields["lines[DPD].amount"] == 495

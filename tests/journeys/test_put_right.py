"""A drifted order is corrected at OrderWise by hand, and read back again; OrderWise is the twin."""

from __future__ import annotations

import asyncio
import random
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from filled import order, reading
from journeys_environment import ESTATE, SECRETS
from msgspec.structs import replace

from counterfoil.app import build
from counterfoil.config import load
from counterfoil.flows.capture import listed
from counterfoil.flows.work import work
from counterfoil.model.address import Address
from counterfoil.twins.kit.faults import Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from counterfoil.twins.orderwise.faults import CATALOGUE
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId

ANN = Address("Ann Smith", line1="1 High Street", town="Hull", postcode="HU1 1AA", country="GB")
PENNY = {name: Fault(name, float(name == "penny"), 0.0) for name in CATALOGUE}


def serve(books: Path, port: int, running: list[uvicorn.Server]) -> None:
    """An OrderWise that recalculates every amount by a penny."""
    twin = OrderWiseTwin(
        Memory(books),
        SystemClock(),
        random.Random(1),
        Weather("normal", PENNY),
        Site(
            user="counterfoil",
            password="hunter2",
            calls_per_s=1e6,
            burst=10**6,
            read_lag_s=(0.0, 0.0),
        ),
    )
    config = uvicorn.Config(twin.app, "127.0.0.1", port, log_level="critical", lifespan="off")
    running.append(uvicorn.Server(config))
    asyncio.run(running[0].serve())
    twin.close()


@pytest.fixture
def office(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The project's OrderWise, serving; its books."""
    monkeypatch.setenv("DATABASE_URL", database)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connection = f'system = "orderwise"\nurl = "http://127.0.0.1:{port}"'
    text = ESTATE.replace('system = "orderwise"\nurl = "http://127.0.0.1:9"', connection)
    text = text.replace("customer_id", "stock_location_id = 3\nno_delivery = 9\ncustomer_id")
    (folder / "counterfoil.toml").write_text(text)
    running: list[uvicorn.Server] = []
    books = folder / "orderwise.db"
    thread = threading.Thread(target=serve, args=(books, port, running))
    thread.start()
    try:
        yield books
    finally:
        running[0].should_exit = True
        thread.join(20)


async def moved(folder: Path, database: str) -> None:
    """One order, taken by OrderWise and read back."""
    house = await build(load(folder, {"DATABASE_URL": database, **SECRETS}))
    (route,) = house.engine.routes.values()
    sold = replace(order(1001), deliver_to=ANN)
    await listed(house.engine, route, [reading(sold)], 80)
    for _ in range(100):
        now = SystemClock().now().to_stdlib()
        for row in await house.engine.database.rows("idle_pages", now, 0, 100):
            await work(house.engine, PageId(row["id"]))
        if await house.engine.database.rows("list_holds", None, None, 1, 0):
            break
        await asyncio.sleep(0.1)
    await house.close()


def corrected(books: Path) -> None:
    """What a person does at OrderWise's own screen."""
    with sqlite3.connect(books) as connection:
        connection.execute("update order_header set oh_gross = 1250, oh_tax = 208, oh_net = 1042")
        connection.execute(
            "update order_line_item set oli_line_gross = 1250, oli_item_gross = 1250"
        )
    connection.close()


async def test_what_was_corrected_there_is_confirmed_by_a_fresh_read_back(
    office: Path, folder: Path, database: str, project
) -> None:
    await moved(folder, database)
    (held,) = project("hold", "list", "--json").data["records"]
    assert (held["state"], held["cause"]) == ("drifted", "field-differs"), held["said"]
    number = str(held["record"])

    ended = project("hold", "recheck", number)
    assert ended.code == 3, ended.err
    assert "was read back again and still differs" in ended.out
    again = project("hold", "show", number, "--json").data["hold"]
    assert again["since"] == held["since"]

    corrected(office)
    ended = project("hold", "recheck", "--cause", "field-differs", "--json")
    assert ended.code == 0, ended.err
    assert (ended.data["confirmed"], ended.data["waiting"]) == (1, 0)
    assert project("hold", "list").out == "Nothing waits for you.\n"
    told = project("trace", "1001")
    assert "had it read back again, and every field is as it was sent." in told.out
    assert "It is confirmed: £12.50 at shop and at office." in told.out
    assert told.out.count("took it and calls it") == 1
    ended = project("hold", "recheck", number)
    assert (ended.code, "is confirmed: only what arrived" in ended.err) == (2, True)


async def test_an_office_that_is_away_is_told_and_nothing_changes(
    office: Path, folder: Path, database: str, project
) -> None:
    await moved(folder, database)
    (held,) = project("hold", "list", "--json").data["records"]
    (folder / "counterfoil.toml").write_text(ESTATE)  # nobody listens there
    ended = project("hold", "recheck", str(held["record"]))
    assert ended.code == 5, ended.err
    assert "by itself" not in ended.err
    assert project("hold", "list", "--json").data["records"] == [held]

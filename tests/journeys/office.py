"""A project whose OrderWise is the twin: what the shop tells is captured, written and read back."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from filled import Shop

from counterfoil.app import House, build
from counterfoil.config import load
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.work import work
from counterfoil.kit.contract import AsgiWire
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId


@asynccontextmanager
async def house_and_office(
    folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[tuple[House, OrderWiseTwin]]:
    """The project's own house, its source silent, and the OrderWise that it writes to."""
    twin = OrderWiseTwin(
        Memory(),
        SystemClock(),
        random.Random(1),
        Weather(),
        Site(user="counterfoil", password="hunter2", calls_per_s=1e6, burst=10**6),
    )
    house = await build(load(folder, environment), wire=AsgiWire(twin.app))
    engine = house.engine
    engine.routes = {
        number: msgspec.structs.replace(route, source=Shop(route.source))
        for number, route in engine.routes.items()
    }
    try:
        yield house, twin
    finally:
        await house.close()
        twin.close()


async def pushed(house: House, bodies: Sequence[bytes]) -> None:
    """Each body arrives as a message of its own, and all that it gives to do is done."""
    engine = house.engine
    (route,) = engine.routes.values()
    for number, body in enumerate(bodies):
        message = Message(1, "orders/updated", f"d-{number}", body, (route,))
        assert await Intake(engine)._store([message]) == ["stored"]
        now = SystemClock().now().to_stdlib()
        for row in await engine.database.rows("idle_pages", now, 0, 100):
            await work(engine, PageId(row["id"]))

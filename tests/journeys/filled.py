"""A project whose journal has something to tell: orders that arrived, and orders that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from counterfoil.app import House, build
from counterfoil.config import load
from counterfoil.flows.capture import listed
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Reading, Seen, Source, Written
from counterfoil.kit.transport import _TAPE, Exchange
from counterfoil.model.address import Address
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import Hold
from counterfoil.values.ids import PageId


class Office:
    """A target in memory that takes everything but what is marked."""

    def compose(self, document: Order) -> Intent:
        if document.note == "unmapped":
            raise Hold("'Drone' is not in the value map 'delivery'.", do="Add it.",
                       code="unmapped-value")  # fmt: skip
        fields = {"reference": document.key, "total": document.total_minor}
        sent = {**fields, "deliveryAddress": {"name": "Ann Smith", "line1": "1 High Street"}}
        return Intent(document.key, msgspec.json.encode(sent), fields)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written]:
        for intent in intents:
            _say("POST", intent.payload, b'{"orderNumber":"OR1"}')
        return [Written(f"OR-{intent.reference}", f"OR-{intent.reference}") for intent in intents]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            one: [Seen(f"OR-{one}", f"OR-{one}", {"reference": one, "total": 1250})]
            for one in references
        }


class Shop:
    """The route's own source, which gives nothing more where it is asked: a message stands."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        return []


def order(number: int, note: str = "") -> Order:
    moment = f"2026-11-02T09:00:{number % 60:02d}Z"
    return Order(
        key=str(6_000_000 + number), number=f"#{number}", placed=moment, created=moment,
        updated=moment, currency="GBP", tax_included=True, total_minor=1250, tax_minor=208,
        lines=(Line("1", "TEE", "Tee", 1, 1250, tax_minor=208, tax_rate="0.2"),),
        email="ann@example.org", deliver_to=Address(), note=note, paid="paid",
    )  # fmt: skip


def reading(one: Order) -> Reading[Order]:
    said = msgspec.json.encode({"id": one.key, "email": one.email})
    return Reading(
        one.key, one.number, one.version, one.total_minor, one.currency, one, source=said
    )  # fmt: skip


async def opened(folder: Path, environment: Mapping[str, str]) -> House:
    """The project's own house, its target in memory, its source silent."""
    house = await build(load(folder, environment))
    engine = house.engine
    engine.routes = {
        number: msgspec.structs.replace(route, target=Office(), source=Shop(route.source))
        for number, route in engine.routes.items()
    }
    return house


async def fill(folder: Path, environment: Mapping[str, str]) -> None:
    """Two orders that arrived, two that are held, and a message that nobody can read."""
    house = await opened(folder, environment)
    engine = house.engine
    (route,) = engine.routes.values()
    orders = [order(1001), order(1002), order(1003, "unmapped"), order(1004, "unmapped")]
    await listed(engine, route, [reading(one) for one in orders], 80)
    await Intake(engine)._store([Message(1, "orders/create", "d-1", b"{not json", (route,))])
    now = SystemClock().now().to_stdlib()
    for row in await engine.database.rows("idle_pages", now, 0, 100):
        await work(engine, PageId(row["id"]))
    await house.close()


def _say(method: str, sent: bytes, answered: bytes) -> None:
    tape = _TAPE.get()
    if tape is not None:
        at = SystemClock().now()
        tape.append(Exchange(at, method, "https://office/order", sent, 200, {}, answered, 0.01))

"""True bodies, made once by the twins: what the fuzzer mutates."""

from __future__ import annotations

import random
from collections.abc import Mapping

import msgspec

from counterfoil.kit.asgi import Application, AsgiWire
from counterfoil.kit.connector import Reading, each
from counterfoil.kit.transport import Answer
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.cast.estate import SOURCE, TARGET
from counterfoil.rehearse.cast.twin import Twin
from counterfoil.rehearse.fuzz.stub import CannedWire, StillClock, opened
from counterfoil.twins.world import Sale, SaleLine, SaleShipping
from counterfoil.values.clock import instant

Samples = Mapping[str, tuple[bytes, ...]]
"""Under the name of each target the bodies that truly come through it."""

_SALES = 6
_THEN = instant("2026-11-02T09:14:06Z")
_ADA = Address(
    name="Ada Byron", line1="12 St James Square", town="London", postcode="SW1Y 4LB", country="GB"
)


async def samples() -> Samples:
    """The bodies of every target, each from a twin on its best behaviour."""
    clock = StillClock()
    source_twin, target_twin = estate.well_behaved(clock, random.Random(1), random.Random(2), _deaf)
    try:
        keys = source_twin.place([_sale(number) for number in range(_SALES)], clock.now())
        bodies = await _from_source(source_twin, keys)
        return bodies | await _from_target(target_twin, bodies["hook"])
    finally:
        source_twin.close()
        target_twin.close()


async def _from_source(twin: estate.WellBehaved, keys: list[str]) -> dict[str, tuple[bytes, ...]]:
    wire = _Tapped(twin.app)
    session = opened(SOURCE, wire, orders_per_page=4, lines_per_order=20)
    source = session.source("order")
    await session.probe()
    probe = wire.taken()
    await source.since(None, None)
    listing = wire.taken()
    await source.read(keys[:2])
    read = wire.taken()
    await source.census(instant("2026-11-01T00:00:00Z"), instant("2026-11-03T00:00:00Z"), None)
    census = wire.taken()
    return {
        "hook": twin.webhooks(keys),
        "listing": listing,
        "read": read,
        "census": census,
        "shop-probe": probe,
        "bulk": (estate.bulk_file(listing[0]),),
        "grant": (estate.GRANT,),
    }


async def _from_target(twin: Twin, hooks: tuple[bytes, ...]) -> dict[str, tuple[bytes, ...]]:
    wire = _Tapped(twin.app)
    session = opened(TARGET, wire)
    order_target = session.target("order")
    await session.probe()
    token, values = wire.taken()
    placed: list[bytes] = []
    intents = [order_target.compose(order) for order in orders_of(hooks)]
    for intent in intents:
        await order_target.write([intent])
        placed += wire.taken()
    await order_target.read([intent.reference for intent in intents])
    orders, lines = wire.taken()
    return {
        "office-token": (token,),
        "office-values": (values,),
        "office-write": tuple(placed),
        "office-orders": (orders,),
        "office-lines": (lines,),
    }


def orders_of(hooks: tuple[bytes, ...]) -> list[Order]:
    """The orders that true webhooks carry and that the target has a word for."""
    source = opened(SOURCE, CannedWire(_silent)).source("order")
    messages = [message for hook in hooks for message in each(source.parse(hook, _THEN))]
    documents: list[Order | None] = [
        message.document for message in messages if isinstance(message, Reading)
    ]
    return [
        order
        for order in documents
        if order is not None and all(line.kind == "product" for line in order.lines)
    ]


def _sale(number: int) -> Sale:
    """A sale; some have a discount, many lines, a gift card, a line of no product, no postage."""
    lines = [
        _line(index, 1 + (number + index) % 3)
        for index in range(9 if number == 3 else 1 + number % 2)
    ]
    if number == 1:
        lines[0] = msgspec.structs.replace(lines[0], discount_minor=60, tax_minor=90)
    if number == 4:
        lines.append(SaleLine("GIFT", "Gift card", 1, 2500, 0, kind="gift-card"))
        lines.append(SaleLine("", "Engraving", 1, 600, 100, kind="custom"))
    return Sale(
        at_s=0.0,
        number=str(1000 + number),
        placed="2026-11-02T09:14:06Z",
        currency="GBP",
        lines=tuple(lines),
        shipping=() if number == 5 else (SaleShipping("Royal Mail", 480, 80),),
        email="ada@example.com",
        deliver_to=_ADA,
        note="By the gate, “quietly”",
    )


def _line(at: int, quantity: int) -> SaleLine:
    return SaleLine(f"SKU-{at}", f"Thing {at}", quantity, 600, 100 * quantity)


async def _deaf(address: str, headers: Mapping[str, str], body: bytes) -> int:
    return 200


class _Tapped(AsgiWire):
    """`kit.transport.Wire` to a twin in this process, which keeps what was answered."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self._answered: list[bytes] = []

    def taken(self) -> tuple[bytes, ...]:
        """What was answered since the last time."""
        answered = tuple(self._answered)
        self._answered.clear()
        return answered

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        answer = await super().send(method, url, headers, body, timeout_s)
        self._answered.append(answer.body)
        return answer


def _silent(_method: str, _url: str, _body: bytes) -> Answer:
    return Answer(200, {}, b"")

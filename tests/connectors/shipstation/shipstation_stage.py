"""A ShipStation for the tests: the twin, orders with awkward prices, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shipstation import ShipStationTwin, Site
from counterfoil.values.money import rounded

KEY, SECRET = "canary-key-0f3a", "canary-secret-9b1c"
ADA = Address(
    name="Ada Byron",
    line1="12 St James Square",
    town="London",
    postcode="SW1Y 4LB",
    country="GB",
    phone="07700900123",
)


def sold(number: int, *, tax_included: bool) -> Order:
    """An order of up to nine lines, many at a price that no number of pieces divides."""
    chance = random.Random(number)
    lines = tuple(_line(at, chance) for at in range(chance.randint(1, 9)))
    tax = sum(line.tax_minor for line in lines) + 83
    total = sum(line.total_minor for line in lines) + 495 + (0 if tax_included else tax)
    return Order(
        key=str(5_778_316_000_000 + number),
        number=f"#{1000 + number}",
        placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:12:34Z",
        updated="2026-10-05T09:12:34Z",
        currency="GBP",
        tax_included=tax_included,
        lines=lines,
        shipping=(Charge("DPD", 495, 83, "0.2"),),
        total_minor=total,
        tax_minor=tax,
        payments=(Payment("shopify_payments", total),),
        email="ada@example.com",
        deliver_to=ADA,
        note="By the gate, “quietly”",
    )


def _line(at: int, chance: random.Random) -> Line:
    quantity, unit = chance.randint(1, 24), chance.randint(29, 9999)
    discount = chance.choice((0, 0, chance.randint(0, quantity * unit)))
    tax = rounded((quantity * unit - discount) * 2, 12)
    sku = f"SKU-{chance.randint(1, 20)}"
    return Line(str(at), sku, "Thing", quantity, unit, discount, tax, "0.2")


class Account:
    """What the account takes, and what it holds."""

    def __init__(self, twin: ShipStationTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Order:
        return sold(number, tax_included=number % 2 == 0)

    def changed(self, number: int) -> Order:
        order = self.document(number)
        ada = msgspec.structs.replace(ADA, line1="13 St James Square", postcode="SW1Y 4LC")
        return msgspec.structs.replace(order, deliver_to=ada, updated="2026-10-06T09:12:34Z")

    def unmapped(self) -> None:
        return None

    def ship(self, reference: str) -> None:
        self._twin.ship(reference)

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("order"))


@contextmanager
def stage(clock: StoppedClock) -> Generator[Stage]:
    """An account whose limits are the vendor's."""
    site = Site(api_key=KEY, api_secret=SECRET)
    twin = ShipStationTwin(Memory(), clock, random.Random(1), Weather(), site)
    yield Stage(
        url="https://ssapi.shipstation.com",
        wire=AsgiWire(twin.app),
        secrets={"api_key": KEY, "api_secret": SECRET},
        settings={"store_id": 26815, "currency": "GBP", "page_size": 2},
        receivers={"order": Account(twin)},
    )
    twin.close()

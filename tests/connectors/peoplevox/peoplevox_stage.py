"""A Peoplevox for the contract suite: the twin, orders with awkward words, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import msgspec

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.document import Ref
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.product import Barcode, Component, Product
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.warehouse import Picked
from counterfoil.twins.peoplevox import PeoplevoxTwin, Site

USER, PASSWORD = "canary-user", "canary-password"
SETTINGS: dict[str, Any] = {
    "client_id": "acme",
    "channel_name": "Shop UK",
    "page_size": 5,
    "report_page_size": 5,
}
MAPS = {
    "services": ValueMap("services", {"Royal Mail 48": "RM-T48", "DPD": "DPD-ND"}),
    "payment-methods": ValueMap("payment-methods", {"shopify_payments": "1", "paypal": "2"}),
    "countries": ValueMap("countries", {"GB": "United Kingdom"}),
}
ADA = Address(
    name="Ada Byron",
    line1='12 St James Square, "The Loft"',
    line2="Flat 2",
    town="London",
    region="Middlesex",
    postcode="SW1Y 4LB",
    country="GB",
)


def sold(number: int, *, post: str = "DPD", **changes: Any) -> Order:
    """An order of up to nine lines, whose discounts no number of pieces divides."""
    chance = random.Random(number)
    lines = tuple(_line(number, at, chance) for at in range(chance.randint(1, 9)))
    total = sum(line.total_minor for line in lines) + 495
    fields: dict[str, Any] = {
        "key": str(5_778_316_000_000 + number),
        "number": f"#{1000 + number}",
        "placed": "2026-10-05T09:12:33Z",
        "created": "2026-10-05T09:12:34Z",
        "updated": "2026-10-05T09:12:34Z",
        "currency": "GBP",
        "tax_included": True,
        "lines": lines,
        "shipping": (Charge(post, 495, 83, "0.2"),),
        "total_minor": total,
        "tax_minor": 83,
        "payments": (Payment("shopify_payments", total),),
        "email": "ada@example.com",
        "deliver_to": ADA,
        "invoice_to": ADA,
        "note": "By the gate, “quietly”",
    }
    return Order(**fields | changes)


def _line(number: int, at: int, chance: random.Random) -> Line:
    quantity, unit = chance.randint(1, 24), chance.randint(29, 9999)
    discount = chance.choice((0, 0, chance.randint(0, quantity * unit)))
    key = str(14_400_000_000 + 100 * number + at)
    return Line(key, f"SKU-{chance.randint(1, 20)}", "Thing", quantity, unit, discount)


class Warehouse:
    """What the site takes, and what it holds."""

    def __init__(self, twin: PeoplevoxTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Order:
        return sold(number)

    def changed(self, number: int) -> Order:
        moved = msgspec.structs.replace(ADA, line1="13 St James Square", postcode="SW1Y 4LC")
        return sold(number, deliver_to=moved, updated="2026-10-06T09:12:34Z")

    def unmapped(self) -> Order:
        return sold(1, post="Drone Air Express")

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("order"))


class Shipping:
    """Despatches as they happen: of one item or several, some in parts, some followed later."""

    def __init__(self, twin: PeoplevoxTwin) -> None:
        self._twin = twin
        self._count = 0

    def add(self) -> str:
        self._count += 1
        count = self._count
        picks = [Picked("1", "TEE-ORG-M", 1 + count % 3), Picked("2", "CAP/NVY", count % 4)]
        key = self._twin.warehouse.despatch(
            f"CF-{count}", [pick for pick in picks if pick.pieces], tracked=count % 3 != 0
        )
        return f"DES{1_937_000 + key}"

    def change(self, key: str) -> None:
        self._twin.warehouse.track(int(key.removeprefix("DES")) - 1_937_000)

    def end(self, key: str) -> None:
        self._twin.warehouse.void(int(key.removeprefix("DES")) - 1_937_000)

    def pushed(self, key: str) -> bytes:
        return f"DespatchNumber={key}".encode()


class Shelves:
    """Items that come to lie somewhere; one of three is negative, or a part of a unit."""

    def __init__(self, twin: PeoplevoxTwin) -> None:
        self._twin = twin
        self._count = 0

    def add(self) -> str:
        self._count += 1
        sku = f"SKU/{self._count}"
        self._twin.warehouse.receive(sku, (10_000, -3_000, 2_500)[self._count % 3])
        return f"{sku}@Main"

    def change(self, key: str) -> None:
        self._twin.warehouse.receive(key.partition("@")[0], 1_000)

    def pushed(self, key: str) -> bytes:
        return f"ItemCode={key.partition('@')[0]}".encode()


GROUP = Ref("product", "p1")
"""The product that the stage's items are variants of; the site calls it TEES."""


def item(number: int, **changes: Any) -> Product:
    """A product that is sold: of a group or of none, with weight or without, every third a kit;
    number 5 is a group itself."""
    fields: dict[str, Any] = {
        "key": f"v{number}",
        "sku": f"TEE/{number}",
        "title": f"Organic tee, “{number}”",
        "created": "2026-10-05T09:12:34Z",
        "updated": "2026-10-05T09:12:34Z",
        "parent": number == 5,
        "group": "p1" if number % 2 and number != 5 else "",
        "barcodes": (Barcode(f"50123456{number:05}", "ean"),),
        "weight_g": 210 + number if number % 4 else None,
    }
    if number % 3 == 0:
        fields |= {"kit": "kit", "components": (Component("TEE/1", 2),)}
    return Product(**fields | changes)


class Catalogue:
    """What items the site takes, and what it holds."""

    names: Mapping[Ref, str] = MappingProxyType({GROUP: "group:TEES"})

    def __init__(self, twin: PeoplevoxTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Product:
        return item(number)

    def changed(self, number: int) -> Product:
        return item(number, title="Tee of old", updated="2026-10-06T09:12:34Z", weight_g=150)

    def unmapped(self) -> None:
        return None

    def held(self, reference: str) -> int:
        template = "Item type groups" if reference.startswith("group:") else "Item types"
        return self._twin.items.count(template, reference.removeprefix("group:"))


@contextmanager
def stage(clock: StoppedClock) -> Generator[Stage]:
    """A site whose limits are those of the vendor."""
    site = Site(user=USER, password=PASSWORD)
    twin = PeoplevoxTwin(Memory(), clock, random.Random(1), Weather(), site)
    yield Stage(
        url="https://wms.peoplevox.net",
        wire=AsgiWire(twin.app),
        secrets={"user": USER, "password": PASSWORD},
        settings=SETTINGS,
        maps=MAPS,
        senders={"fulfilment": Shipping(twin), "stock": Shelves(twin)},
        receivers={"order": Warehouse(twin), "product": Catalogue(twin)},
        names=Catalogue.names,
        unknown="DES7",
    )
    twin.close()

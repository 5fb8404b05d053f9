"""An OrderWise for the contract suite: the twin, orders with awkward prices, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec.structs import replace

from counterfoil.kit.contract import AsgiWire, Stage, StageMaker, StoppedClock
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.document import Ref
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent, Short
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.refund import Adjustment, Back, Credit, Refund, Repayment, Restock
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from counterfoil.twins.orderwise.order import OrderDesk, PlacedOrder
from counterfoil.twins.orderwise.product import Products
from counterfoil.twins.orderwise.site import local_time
from counterfoil.values.money import rounded
from tests.connectors.buyers import ADA, Accounts

USER, PASSWORD = "canary-user", "canary-password"
SETTINGS: dict[str, Any] = {
    "session_id": 12,
    "orders_definition": 101,
    "lines_definition": 102,
    "stock_definition": 103,
    "customer_id": 1044,
    "stock_location_id": 3,
    "no_delivery": 9,
    "tax_map": {"0.2": 1, "0": 2},
    "products_definition": 105,
    "products_created_definition": 106,
    "kits_definition": 107,
    "levels_per_page": 5,
    "products_per_page": 5,
}
DESPATCHES = {
    "despatch_definition": 108,
    "despatch_lines_definition": 109,
    "despatches_per_page": 5,
    "despatch_map": "despatch",
}
CREDITS = {
    "credit_path": "/sales/order?session_id={session_id}",
    "credit_map": "credits",
    "restock_map": "restock",
}
CARRYING = {
    "postage": "CR-POST",
    "goodwill": "CR-GOODWILL",
    "fee": "CR-FEE",
    "rate": "CR-RATE",
    "exchange": "CR-EXCHANGE",
    "difference": "CR-OTHER",
}


def sold(number: int, *, post: str = "DPD") -> Order:
    """An order of up to nine lines, many at a price that no number of pieces divides."""
    chance = random.Random(number)
    lines = tuple(_line(at, chance) for at in range(chance.randint(1, 9)))
    shipping = (Charge(post, 495, 83, "0.2"),)
    total = sum(line.total_minor for line in lines) + 495
    return Order(
        key=str(5_778_316_000_000 + number),
        number=f"#{1000 + number}",
        placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:12:34Z",
        updated="2026-10-05T09:12:34Z",
        currency="GBP",
        tax_included=True,
        lines=lines,
        shipping=shipping,
        total_minor=total,
        tax_minor=sum(line.tax_minor for line in lines) + 83,
        payments=(Payment("shopify_payments", total),),
        email="ada@example.com",
        deliver_to=ADA,
        note="By the gate, “quietly”",
    )


def _line(at: int, chance: random.Random) -> Line:
    quantity, unit = chance.randint(1, 24), chance.randint(29, 9999)
    discount = chance.choice((0, 0, chance.randint(0, quantity * unit)))
    rate = chance.choice(("0.2", "0.2", "0"))
    tax = rounded((quantity * unit - discount) * 2, 12) if rate == "0.2" else 0
    return Line(
        str(at), f"SKU-{chance.randint(1, 20)}", "Thing", quantity, unit, discount, tax, rate
    )


class Office:
    """What the instance takes, and what it holds."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Order:
        return sold(number)

    def unmapped(self) -> Order:
        return sold(1, post="Drone Air Express")

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("order"))


def repaid(number: int, **changes: Any) -> Refund:
    """A refund of an order that is there: units with and without tax, in prices that no number of
    pieces divides, postage, and now and then a sum beside, or one that is kept."""
    chance = random.Random(number)
    lines = tuple(_credit(at, chance) for at in range(chance.randint(1, 5)))
    shipping = (Charge("DPD", 495, 83, "0.2"),) if number % 5 else ()
    beside = (Adjustment("goodwill", 250),) if number % 3 == 0 else (Adjustment("fee", -29),)
    total = sum(part.amount_minor for part in (*lines, *shipping, *beside))
    stated = Refund(
        key=f"R-{907_000 + number}",
        number=f"#{1000 + number}-R{907_000 + number}",
        order=f"577{number % 3}",
        order_number=f"#{1000 + number}",
        created="2026-10-05T09:12:33Z",
        updated="2026-10-05T09:12:34Z",
        currency="GBP",
        tax_included=True,
        total_minor=total,
        tax_minor=sum(part.tax_minor for part in (*lines, *shipping)),
        lines=lines,
        shipping=shipping,
        adjustments=beside,
        repayments=(Repayment("31", "shopify_payments", total, "succeeded"),),
        goods=tuple(
            Back(line.line, line.sku, line.quantity, RESTOCKED[at % 3])
            for at, line in enumerate(lines)
        ),
        reason="It was blue, “not” red",
    )
    return msgspec.structs.replace(stated, **changes)


def _credit(at: int, chance: random.Random) -> Credit:
    line = _line(at, chance)
    return Credit(
        line.key, line.sku, line.quantity, line.total_minor + 29, line.tax_minor, line.title,
        line.tax_rate,
    )  # fmt: skip


RESTOCKED: tuple[Restock, ...] = ("return", "cancel", "none")


class Credits:
    """What the instance takes of credits, and what it holds."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Refund:
        return repaid(number)

    def unmapped(self) -> Refund:
        odd = (Adjustment("duty", 100),)
        total = repaid(1).total_minor + 29 + 100
        paid = (Repayment("31", "shopify_payments", total, "succeeded"),)
        return repaid(1, adjustments=odd, total_minor=total, repayments=paid)

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("refund"))


class Catalogue:
    """What is sold: products with a variant or two, every third a kit of the one before it."""

    def __init__(self, products: Products) -> None:
        self._products = products
        self._variants: list[str] = []
        self._product = ""
        self._made = 0

    def add(self) -> str:
        number = len(self._variants)
        if number == 3 or not self._product:
            self._variants.clear()
            name = f"Tee “{number}”"
            self._made += 1
            self._product = self._products.product(f"TEE-{self._made}", name, "<p>A tee</p>")
            return self._product
        key = self._products.variant(
            self._product,
            f"TEE-{self._made}-{number} ",
            f"M {number}",
            vad_ean_code="5012345678900" if number % 2 else "",
            vad_rsp_inc_vat=1999 + number,
            vad_weight=0.21 if number % 4 else None,
        )
        if number % 3 == 2:
            self._products.kit(key, {self._variants[-1]: 2})
        self._variants.append(key)
        return key

    def change(self, key: str) -> None:
        self._products.change(key)

    def pushed(self, key: str) -> bytes:
        raise NotImplementedError


class Stores:
    """What the instance counts: of every third variant a part of a unit, of every fifth too few."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self._twin = twin
        self._made = 0

    def add(self) -> str:
        self._made += 1
        odd = 500 if self._made % 3 == 0 else 0
        thousandths = (-3000 if self._made % 5 == 0 else 1000 * self._made) + odd
        self._twin.shelves.put(f"SKU-{self._made}", 3, thousandths)
        return f"SKU-{self._made}@3"

    def change(self, key: str) -> None:
        self._twin.shelves.move(key.rpartition("@")[0], 3, 1000)

    def pushed(self, key: str) -> bytes:
        raise NotImplementedError("nothing is pushed")


STATUSES = {"Despatched": "shipped", "Cancelled": "void", "Picked": "packed"}


RELEASES = {
    "release_definition": 110,
    "release_lines_definition": 111,
    "orders_per_page": 5,
    "release_map": "releases",
}
WAYS = {
    "Awaiting despatch": "release",
    "Partially despatched": "release",
    "On hold": "wait",
    "Completed": "never",
}


def placed(twin: OrderWiseTwin, number: int, at: str, pieces: int = 0) -> PlacedOrder:
    """An order of up to four lines as the site reads it, each of one to three pieces or of so
    many."""
    lines = [
        {
            "itemNumber": at_ + 1,
            "variantCode": f"SKU-{at_}",
            "quantity": pieces or 1 + (number + at_) % 3,
            "itemGross": 599,
            "taxRateId": 1 + (number + at_) % 2,
            "calculateLineSystemPrice": False,
        }
        for at_ in range(1 + number % 4)
    ]
    body: dict[str, object] = {
        "customer": {"id": 1044},
        "orderHeader": {
            "orderDate": at,
            "eCommerceOrderNumber": str(5_778_316_000_000 + number),
            "customerOrderRef": f"PO-{number} " if number % 2 else "",
            "deliveryMethodId": 7 + number % 2,
            "deliveryGross": 495 if number % 3 else 0,
        },
        "paymentMethodId": 1 + number % 2,
        "customerDeliveryAddress": {
            "deliveryName": "Engines Ltd" if number % 2 else "Ada Byron",
            "contactName": "Ada Byron",
            "address1": "12 St James Square",
            "postcode": "SW1Y 4LB",
            "countryCode": "GB",
            "email": "ada@example.com",
        },
        "orderLines": lines,
    }
    return OrderDesk(Site(), twin.state.variant).read("12", msgspec.json.encode(body))


class Sales:
    """Orders that people or shops enter; every third is put on hold at once."""

    def __init__(self, twin: OrderWiseTwin, clock: StoppedClock) -> None:
        self._twin = twin
        self._clock = clock
        self._entered = 0

    def add(self) -> str:
        self._entered += 1
        now = local_time(self._clock, "Europe/London")
        order = placed(self._twin, self._entered, now)
        key = self._twin.state.land(order, now).order_id
        if self._entered % 3 == 0:
            self._twin.state.stand(key, "On hold", now)
        return str(key)

    def change(self, key: str) -> None:
        status = "Partially despatched" if int(key) % 2 else "Awaiting despatch"
        self._twin.state.stand(int(key), status, local_time(self._clock, "Europe/London"))

    def pushed(self, key: str) -> bytes:
        raise AssertionError("OrderWise pushes nothing.")


class Goods:
    """What leaves the warehouse: every other order in two parcels, every third in two parts."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self._twin = twin
        self._landed = 0

    def add(self) -> str:
        self._landed += 1
        at = "2026-11-02T09:00:00"
        landed = self._twin.state.land(placed(self._twin, self._landed, at), at)
        return str(self._twin.warehouse.despatch(landed.order_id, parcels=1 + self._landed % 2))

    def change(self, key: str) -> None:
        self._twin.warehouse.track(int(key))

    def pushed(self, key: str) -> bytes:
        raise AssertionError("OrderWise pushes nothing.")


TOLD = {
    "despatch_path": "/sales/order/{order_id}/despatch",
    "despatch_change_path": "/sales/despatch/{despatch_id}",
    "despatch_fields": {"moved": "sentOn"},
    "despatched_definition": 112,
    "despatch_word_map": "despatch-words",
    "carrier_map": "carriers",
}
"""The settings of a site that has said how it is told of despatches."""
WORDS = {"shipped": "Despatched", "delivered": "Despatched", "void": "Cancelled"}
CARRIERS = {"DPD": "7", "Royal Mail": "8"}


class Depot:
    """What a warehouse has sent of orders that are here: some in two parcels, some not followed
    as yet, some with a piece that was short."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self._twin = twin
        self.names: dict[Ref, str] = {}

    def document(self, number: int) -> Fulfilment:
        order = f"SO{number}"
        if Ref("order", order) not in self.names:
            at = "2026-11-02T09:00:00"
            landed = self._twin.state.land(placed(self._twin, number, at, pieces=40), at)
            self.names[Ref("order", order)] = str(landed.order_id)
        carrier = ("DPD", "Royal Mail")[number % 2]
        numbers = [f"TT{number:06}{parcel}GB" for parcel in range(number % 3)]
        return Fulfilment(
            key=f"DES{1_937_000 + number}",
            number=f"DES{1_937_000 + number}",
            order=order,
            order_number=order,
            status="shipped",
            created="2026-11-02T14:22:05Z",
            updated="2026-11-02T14:22:05Z",
            moved="2026-11-02T14:22:05Z",
            holds=tuple(Sent(f"SKU-{at_}", 1 + number % 9) for at_ in range(1 + number % 4)),
            parcels=tuple(Parcel(carrier, "48", text) for text in numbers) or (Parcel(carrier),),
            shorts=(Short("SKU-0", 1),) if number % 2 else (),
        )

    def unmapped(self) -> Fulfilment:
        return replace(self.document(1), parcels=(Parcel("Drone Air", tracking="D1"),))

    def held(self, reference: str) -> int:
        return sum(entry.facts["told"] == reference for entry in self._twin.book("fulfilment"))


ACCOUNTS = {
    "customer_path": "/customers",
    "customer_change_path": "/customers/{customer_id}",
    "customers_definition": 113,
}
"""The settings of a site that has said how it takes customers."""


def stage_of(weather: Weather, **site: Any) -> StageMaker:
    """An instance on such a day, whose limits are those of the manifest."""

    @contextmanager
    def made(clock: StoppedClock) -> Generator[Stage]:
        twin = OrderWiseTwin(
            Memory(), clock, random.Random(1), weather, Site(user=USER, password=PASSWORD, **site)
        )
        depot = Depot(twin)
        depot.names |= {Ref("order", f"577{number}"): f"9000{number}" for number in range(3)}
        yield Stage(
            url="https://acme.orderwisecloud.com",
            wire=AsgiWire(twin.app),
            secrets={"user": USER, "password": PASSWORD},
            settings={**SETTINGS, **RELEASES, **DESPATCHES, **TOLD, **CREDITS, **ACCOUNTS},
            maps={
                "delivery": ValueMap("delivery", {"DPD": "7", "Post": "8"}),
                "releases": ValueMap("releases", WAYS),
                "despatch-words": ValueMap("despatch-words", WORDS),
                "carriers": ValueMap("carriers", CARRIERS),
                "despatch": ValueMap("despatch", STATUSES),
                "credits": ValueMap("credits", CARRYING),
                "restock": ValueMap("restock", {"return": "3", "cancel": "3", "none": "4"}),
            },
            senders={
                "order": Sales(twin, clock),
                "fulfilment": Goods(twin),
                "product": Catalogue(twin.products),
                "stock": Stores(twin),
            },
            receivers={
                "order": Office(twin),
                "fulfilment": depot,
                "refund": Credits(twin),
                "customer": Accounts(twin),
            },
            names=depot.names,
        )
        twin.close()

    return made


stage = stage_of(Weather())

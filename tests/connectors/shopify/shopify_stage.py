"""A shop for the contract suite: the twin, its awkward sales, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Any

import msgspec

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.kit.transport import Answer
from counterfoil.mapping.sendings import mark
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.document import Ref
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.model.product import Barcode, Component, Price, Product
from counterfoil.model.stock import Stock
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.sale.life import Change, Repayment, refunded, repaid, settled
from counterfoil.twins.kit.sale.refund import Repaid, repayments
from counterfoil.twins.kit.sale.sending import reassigned
from counterfoil.twins.shopify import Profile, ShopifyTwin, Site, rest
from counterfoil.twins.shopify.settlement import Happening
from counterfoil.twins.world import Place, Sale, SaleLine, SaleShipping

OFFSET_MINUTES = 60
PROFILE = Profile(
    client_id="canary-client-id",
    client_secret="shpss_canary_client_secret",
    token="shpat_canary_access_token",
    offset_minutes=OFFSET_MINUTES,
    scopes=(
        "read_orders",
        "read_all_orders",
        "write_products",
        "read_inventory",
        "write_inventory",
        "read_shopify_payments",
        "read_customers",
        "read_merchant_managed_fulfillment_orders",
        "write_merchant_managed_fulfillment_orders",
    ),
)
TOKEN = {"access_token": PROFILE.token}
GRANT = {"client_id": PROFILE.client_id, "client_secret": PROFILE.client_secret}
ANNEX = Place(701, "Annex")
SMALL_PAGES = {
    "orders_per_page": 5,
    "lines_per_order": 3,
    "payouts_per_page": 5,
    "customers_per_page": 5,
}
ADA = Address(
    name="Ada Byron", line1="12 St James Square", town="London", postcode="SW1Y 4LB", country="GB"
)


def sale(number: int) -> Sale:
    """A sale with a discount; every third is longer than a page of lines, every fourth has a line
    without a product and a gift card, every fifth no postage."""
    lines = [
        SaleLine(f"SKU-{at}", f"Thing {at}", 1 + (number + at) % 3, 599, 99 * (1 + at % 3))
        for at in range(7 if number % 3 == 0 else 2)
    ]
    lines[0] = msgspec.structs.replace(lines[0], discount_minor=60 + number, tax_minor=1)
    if number % 4 == 0:
        lines.append(SaleLine("", "Engraving", 1, 500, 83, kind="custom"))
        lines.append(SaleLine("GIFT", "Gift card", 1, 2500, 0, kind="gift-card"))
    return Sale(
        at_s=0.0,
        number=str(1000 + number),
        placed="2026-11-02T09:14:06Z",
        currency="GBP",
        lines=tuple(lines),
        shipping=() if number % 5 == 0 else (SaleShipping("Royal Mail", 495, 83),),
        email="ada@example.com",
        deliver_to=ADA,
        note="By the gate, “quietly”",
    )


class Shop:
    """What happens at the shop."""

    def __init__(self, twin: ShopifyTwin, clock: StoppedClock) -> None:
        self._twin = twin
        self._clock = clock
        self._sold = 0

    def add(self) -> str:
        self._sold += 1
        return str(self._twin.trade.place(sale(self._sold), self._clock.now()))

    def change(self, key: str) -> None:
        self._twin.trade.touch(int(key))

    def pushed(self, key: str) -> bytes:
        order = self._twin.shop.order(int(key))
        assert order is not None
        return rest.body(order, OFFSET_MINUTES)


class Tills:
    """What is paid back at the shop: units that were never sent, units that came back, postage, a
    sum for no unit, and units of which nothing is said; all are promised first."""

    def __init__(self, twin: ShopifyTwin, clock: StoppedClock) -> None:
        self._twin = twin
        self._clock = clock
        self._made = 0

    def add(self) -> str:
        self._made += 1
        number = self._made
        order = self._twin.trade.place(sale(number), self._clock.now())
        ways: list[Change] = [
            refunded({0: 1, 1: 1}, pending=True, note="Thank you"),
            refunded({0: 1}, restock="RETURN", pending=True),
            refunded(
                {} if number % 5 else {0: 1}, shipping_minor=495 if number % 5 else 0, pending=True
            ),
            repaid(Repayment(amount_minor=123, pending=True, to="shopify_store_credit")),
            refunded({1: 1}, restock="NO_RESTOCK", amount_minor=599, pending=True),
        ]
        assert self._twin.trade.change(order, ways[number % len(ways)])
        return str(self._repaid(order).id)

    def change(self, key: str) -> None:
        order = int(key) // 10
        assert self._twin.trade.change(order, settled())

    def pushed(self, key: str) -> bytes:
        return self._twin.trade.refund_body(self._repaid(int(key) // 10))

    def _repaid(self, number: int) -> Repaid:
        order = self._twin.shop.order(number)
        assert order is not None
        return repayments(order)[-1]


def ordered(number: int) -> Sale:
    """A sale of which a despatch takes a part: a second one of the same fits too."""
    lines = tuple(
        SaleLine(f"SKU-{at}", f"Thing {at}", 2 * (1 + (number + at) % 3), 599, 99)
        for at in range(1 + number % 4)
    )
    return msgspec.structs.replace(sale(number), number=str(9000 + number), lines=lines)


def despatch(number: int, *, carrier: str = "DPD Parcels") -> Fulfilment:
    """Half of the order: every other one in two parcels, every fifth without a tracking number."""
    lines = ordered(number).lines
    tracked = 0 if number % 5 == 0 else 1 + number % 2
    return Fulfilment(
        key=f"DES{number}",
        number=f"DES{number}",
        order=f"OR{number}",
        order_number=f"OR{number}",
        status="shipped",
        created="2026-11-02T09:14:06Z",
        updated="2026-11-02T09:14:06Z",
        moved="2026-11-02T09:14:06Z",
        holds=tuple(Sent(line.sku, line.quantity // 2) for line in lines),
        parcels=tuple(
            Parcel(carrier, tracking=f"T{number}-{at}", url=f"https://track.example/{number}-{at}")
            for at in range(tracked)
        ),
    )


class Counter:
    """Who is told of despatches, each of an order that is placed when it is first named."""

    def __init__(self, twin: ShopifyTwin, clock: StoppedClock) -> None:
        self._twin = twin
        self._clock = clock
        self.names: dict[Ref, str] = {}

    def document(self, number: int, **changes: str) -> Fulfilment:
        document = despatch(number, **changes)
        (order,) = document.refs
        if order not in self.names:
            sale = ordered(number)
            key = self._twin.trade.place(sale, self._clock.now())
            self.names[order] = str(key)
            if number % 7 == 6:  # another place has all of its last line
                last = len(sale.lines) - 1
                change = reassigned(1, {last: sale.lines[last].quantity}, ANNEX)
                self._twin.trade.change(key, change)
        return document

    def unmapped(self) -> Fulfilment:
        return self.document(1, carrier="Drone Air")

    def held(self, reference: str) -> int:
        order, _, marks = reference.split("/")
        places = ["", *(f"gid://shopify/Location/{place}" for place in (700, ANNEX.id))]
        facts: list[Any] = [
            entry.facts for entry in self._twin.book("fulfilment") if entry.reference == order
        ]
        return sum(
            mark(row["units"], [*row["tracking"]], place) == marks.partition(";")[0]
            for row in facts
            for place in places
        )


def product(number: int, **fields: Any) -> Product:
    """A product that others are variants of."""
    text = f"<p>A tee, “number {number}”</p>" if number % 2 else ""
    stated: dict[str, Any] = {
        "key": f"p{number}",
        "sku": f"TEE-{number}",
        "title": f"Tee {number} ",
        "description": text,
        "created": "2026-11-02T09:14:06Z",
        "updated": "2026-11-02T09:14:06Z",
        "parent": True,
    }
    return Product(**{**stated, **fields})


def variant(number: int, group: str = "p1", **fields: Any) -> Product:
    """A variant; every third has no price, every fourth is of no known weight."""
    price = Price("RRP", "GBP", 1999 + number, tax_included=True)
    return product(
        number,
        **{
            "key": f"v{number}",
            "sku": f"TEE-{number}-M",
            "title": f"M {number}",
            "description": "",
            "parent": False,
            "group": group,
            "barcodes": (Barcode("5012345678900"),) if number % 2 else (),
            "prices": (price,) if number % 3 else (),
            "weight_g": 210 + number if number % 4 else None,
            "hs_code": "6109.10",
            "origin": "PT",
            "components": (Component("TEE-1-M", 2),) if number % 5 == 0 else (),
            **fields,
        },
    )


class Shelf:
    """What the shop takes of products, and what it holds."""

    def __init__(self, twin: ShopifyTwin) -> None:
        self._twin = twin

    def document(self, number: int) -> Product:
        return variant(number) if number % 3 else product(number + 1)

    def changed(self, number: int) -> Product:
        stated = self.document(number)
        barcodes = () if stated.parent else (Barcode("5012345678917"),)
        return msgspec.structs.replace(
            stated, title=f"{stated.title} anew", barcodes=barcodes, updated="2026-11-05T09:00:00Z"
        )

    def unmapped(self) -> None:
        return None

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("product"))


POOLS = ValueMap("locations", {"Online": "3001", "Outlet": "3002"})


class Levels:
    """What the shop shows of items that it stocks at two locations."""

    def __init__(self, twin: ShopifyTwin) -> None:
        self._inventory = twin.inventory
        for number in range(1, 300):
            item = self._inventory.item(f"Level-{number}'s one")
            for location in (3001, 3002):
                self._inventory.stand(item, location, number)

    def document(self, number: int) -> Stock:
        sku = f"Level-{number}'s one"
        return Stock(sku, "Online", "2026-11-02T12:00:00Z", Decimal(10 * number), "sellable")

    def changed(self, number: int) -> Stock:
        return msgspec.structs.replace(self.document(number), on_hand=Decimal(10 * number + 3))

    def unmapped(self) -> Stock:
        return msgspec.structs.replace(self.document(1), place="Nowhere")

    def held(self, reference: str) -> int:
        sku = reference.rpartition("@")[0]
        levels = self._inventory.levels()
        number = int(sku.partition("'")[0].removeprefix("Level-"))
        return int(levels[sku, 3001] != number)


def happenings(number: int) -> tuple[Happening, ...]:
    """What a payout is made of: a charge, every other time one of a foreign card, a refund that
    keeps the fee, and by turns what else moves a balance."""
    charge = Happening("CHARGE", 89373 + number, 2328, order=3400 + number)
    foreign = Happening("CHARGE", 98821, 5768, order=3500 + number)
    refund = Happening("REFUND", -159870 + number, order=3400 + number)
    besides = (
        Happening("DISPUTE_WITHDRAWAL", -4500, 1500, order=3400 + number),
        Happening("RESERVED_FUNDS", -20000),
        Happening("CHARGEBACK_FEE", -1500),
        Happening("SHIPPING_LABEL", -799),
        Happening("TRANSFER_FAILURE", 12345),
    )
    rest = (besides[number % 5],) if number % 3 == 0 else ()
    return (charge, *((foreign,) if number % 2 else ()), refund, *rest)


class Payouts:
    """What Shopify Payments pays out; every fourth is on its way to the bank."""

    def __init__(self, twin: ShopifyTwin) -> None:
        self.twin, self._payments = twin, twin.payments
        self._made = 0
        self._failed: set[str] = set()

    def add(self) -> str:
        self._made += 1
        status = "IN_TRANSIT" if self._made % 4 == 0 else "PAID"
        return str(self._payments.pay_out(happenings(self._made), status))

    def change(self, key: str) -> None:
        """The bank refuses it; and the next time it does not."""
        self._failed ^= {key}
        self._payments.befall(int(key), "FAILED" if key in self._failed else "PAID")

    def pushed(self, key: str) -> bytes:
        raise NotImplementedError


class Accounts:
    """Who has an account at the shop: every third has two addresses, every fourth no e-mail address
    and every fifth no telephone number; every second may be written to."""

    def __init__(self, twin: ShopifyTwin) -> None:
        self._customers = twin.customers
        self._made = 0

    def add(self) -> str:
        self._made += 1
        number = self._made
        place = {"firstName": "Ada", "address1": f"{number} St James Square", "city": "London"}
        key = self._customers.enter(
            first="Ada",
            last=f"Byron “{number}”",
            email="" if number % 4 == 0 else f"Ada.{number}@example.com",
            phone="" if number % 5 == 0 else f"+4477009{number:05d}",
            state=("ENABLED", "DISABLED", "INVITED")[number % 3],
            tags=["vip", "a b"] if number % 2 else [],
            tax_exemptions=["CA_BC_RESELLER_EXEMPTION"] if number % 7 == 0 else [],
            addresses=[{**place, "zip": "SW1Y 4LB", "countryCodeV2": "GB"}, place][: number % 3],
        )
        if number % 2:
            self._customers.consent(key, "email", "SUBSCRIBED")
        return str(key)

    def change(self, key: str) -> None:
        self._customers.change(int(key), note="By the gate")

    def end(self, key: str) -> None:
        self._customers.delete(int(key))

    def pushed(self, key: str) -> bytes:
        return self._customers.body(int(key))


class Attended(AsgiWire):
    """The way to a shop that does what is due in it before it answers."""

    def __init__(self, twin: ShopifyTwin) -> None:
        super().__init__(twin.app)
        self._twin = twin

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        while self._twin.catch_up():
            pass
        return await super().send(method, url, headers, body, timeout_s)


async def deaf(address: str, headers: Mapping[str, str], body: bytes) -> int:
    return 200


def shop_of(
    secrets: Mapping[str, str], **settings: Any
) -> Callable[[StoppedClock], AbstractContextManager[Stage]]:
    """The stage of a shop that is signed in to in this way."""

    @contextmanager
    def stage(clock: StoppedClock) -> Generator[Stage]:
        chance = random.Random(7)
        twin = ShopifyTwin(Memory(), clock, chance, Weather(), Site(PROFILE), deaf)
        counter = Counter(twin, clock)
        tee = twin.catalogue.add("Tee 1", "counterfoil", "source_key", "p1")
        counter.names[Ref("product", "p1")] = tee
        yield Stage(
            url="https://twin.myshopify.com",
            wire=Attended(twin),
            secrets=secrets,
            settings={
                **SMALL_PAGES,
                "carrier_map": "carriers",
                "location_map": POOLS.name,
                **settings,
            },
            maps={"carriers": ValueMap("carriers", {"DPD Parcels": "DPD UK"}), POOLS.name: POOLS},
            senders={
                "order": Shop(twin, clock),
                "refund": Tills(twin, clock),
                "settlement": Payouts(twin),
                "customer": Accounts(twin),
            },
            receivers={"fulfilment": counter, "product": Shelf(twin), "stock": Levels(twin)},
            names=counter.names,
        )
        twin.close()

    return stage

"""The source: a shop on Shopify, pretended. All that a rehearsal knows of it stands here."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from counterfoil.config.shape import Budget, Connection
from counterfoil.rehearse.cast.goods import Article
from counterfoil.rehearse.cast.shop_goods import article
from counterfoil.rehearse.cast.twin import (
    Address,
    Conditions,
    Deliver,
    Despatched,
    End,
    Ends,
    Figures,
    Goods,
    Landing,
    Part,
    Played,
    Sold,
    Staging,
    Stub,
    rehearsed,
)
from counterfoil.twins.kit.courier import unheard
from counterfoil.twins.kit.faults import NONE, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.sale.events import LIFE, PAID_BACK
from counterfoil.twins.kit.sale.order import Order, items
from counterfoil.twins.kit.trade import Plan
from counterfoil.twins.shopify import CATALOGUE, Pace, Profile, ShopifyTwin, Site, rest
from counterfoil.twins.shopify.faults import UNMAPPED_SHIPPING
from counterfoil.twins.shopify.fulfilment import MISHAPS
from counterfoil.twins.shopify.paying import KEPT
from counterfoil.twins.shopify.profile import Calendar
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock, Instant, SystemClock

__all__ = ["UNMAPPED_SHIPPING"]

CONNECTION: Final = "shop"
SYSTEM: Final = "shopify"
TITLE: Final = "Shopify"
HOST: Final = "shop.myshopify.com"
TOPICS: Final = ("orders/create", "orders/updated")
REFUNDS: Final = "refunds/create"
POOL: Final = "Online"
LOCATION: Final = 3001
"""Where it sells from what the pool has."""
CREDENTIAL_HEADERS: Final = (b"x-shopify-access-token",)
LISTENER_PATIENCE_S: Final = 5.0  # Shopify's, connect and answer together
TILL_GATEWAY: Final = "shopify_payments"
FAULTS: Final = {CONNECTION: CATALOGUE, "life": LIFE, "counter": MISHAPS}
"""What can go wrong, what can befall an order, and what a despatch can meet that it is told of, by
side."""

POINTS_PER_S: Final = 1000
"""The twin's restore rate in a demo: that of the Plus plan."""

SECRETS: Final = {"SHOP_CLIENT": "rehearsal", "SHOP_SECRET": "a secret of the shop"}
CONFIDENTIAL: Final = ("SHOP_SECRET",)

_EVERY = 1_000_000  # orders: more than any rehearsal has
_TOLD: Final[End] = ("fulfilment", "target")
_REPAID: Final[End] = ("refund", "source")
_PAID_OUT: Final[End] = ("settlement", "source")
_SETTINGS: Final[Mapping[End, Mapping[str, object]]] = {
    _TOLD: {"carrier_map": "carriers"},
    ("stock", "target"): {"location_map": "locations"},
}
"""What a shop of an estate is set to, by what it is to a route."""
_SCOPES: Final[Mapping[End, str]] = {
    ("product", "target"): "write_products",
    ("customer", "source"): "read_customers",
}
_DEMO_REPEATS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0)  # nobody waits four minutes


_MUTATION = re.compile(
    rb"\b(?:(?P<fulfilment>fulfillment(?:Create|TrackingInfoUpdate|Cancel))"
    rb"|(?P<stock>inventorySetQuantities)|(?P<product>product(?:Set|VariantsBulk\w+)))\b"
)


def landing(method: str, path: str, body: bytes) -> Landing | None:
    """What a request writes here: a fulfilment, a level, a product, or nothing."""
    if method != "POST" or not path.endswith("/graphql.json") or b"mutation " not in body:
        return None
    wrote = _MUTATION.search(body)
    return Landing(wrote.lastgroup or "", "") if wrote else None


class ShopTwin(Played[ShopifyTwin]):
    """`SourceTwin`: what a rehearsal asks, in the words of this vendor's twin; `topics` are what
    it tells of."""

    def __init__(self, twin: ShopifyTwin, topics: Sequence[str] = TOPICS) -> None:
        super().__init__(twin)
        self._topics = topics

    def figures(self) -> Figures:
        report = self.twin.report()
        reached = self.reached(CONNECTION, "life", counter=MISHAPS)
        return Figures(reached, {CONNECTION: report.over_limit})

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        return landing(method, path, body)

    def load_plan(self, sales: Iterable[Sale]) -> int:
        return self.twin.load_plan(sales)

    def listen(self, address: str) -> None:
        self.twin.listen(self._topics, address)

    def at_rest(self) -> bool:
        report = self.twin.report()
        return report.orders == report.planned and report.pending == 0

    def versions(self) -> dict[str, int]:
        return {str(order.id): order.updated_s for order in self.twin.shop.every(0, _EVERY)}

    def sold(self) -> dict[str, Sold]:
        return {str(order.id): _sold(order) for order in self.twin.shop.every(0, _EVERY)}

    def states(self, key: str) -> list[Sold]:
        return [_sold(order) for order in self.twin.shop.states(int(key))]

    def told(self) -> list[Despatched]:
        return [Despatched.of(entry) for entry in self.twin.book("fulfilment")]

    def offer(self, skus: Iterable[str]) -> None:
        for sku in skus:
            self.twin.inventory.stand(self.twin.inventory.item(sku), LOCATION, 0)

    def shows(self) -> dict[str, int]:
        return {sku: count for (sku, _), count in self.twin.inventory.levels().items()}

    def listed(self) -> list[Article]:
        return [article(entry) for entry in self.twin.book("product")]

    def add_by_hand(self, title: str, key: str) -> None:
        self.twin.catalogue.add(title, "by-hand", "number", key)

    def mark_by_hand(self, key: str, text: str) -> None:
        self.twin.catalogue.edit(key, vendor=text)

    def touch(self, key: str) -> None:
        self.twin.trade.touch(int(key))

    def cancel(self, key: str) -> None:
        self.twin.trade.cancel(int(key))


def _sold(kept: Order) -> Sold:
    return Sold(
        key=str(kept.id),
        sale=kept.sale,
        created_s=kept.created_s,
        updated_s=kept.updated_s,
        total_minor=kept.current_total_minor,
        owed=tuple((item.line.sku, item.current) for item in items(kept)),
        cancelled=bool(kept.cancelled_s),
        payment=kept.financial or "",
        sent=tuple(item.sent for item in items(kept)),
    )


# --- in a world ---


def connection(conditions: Conditions, timeout_s: float) -> Connection:
    """The connection of a world."""
    return Connection(
        SYSTEM,
        f"https://{HOST}",
        secrets={
            "client_id": "env:SHOP_CLIENT",
            "client_secret": "env:SHOP_SECRET",
            "webhook_secret": "env:SHOP_SECRET",
        },
        settings={
            "sign_in": "client-credentials",
            "orders_per_page": conditions.page,
            **({"carrier_map": "carriers"} if conditions.despatches else {}),
            "location_map": "locations",
        },
        limits={"cost": Budget(16_000, 900.0)},
        timeout_s=timeout_s,
    )


def maps() -> dict[str, dict[str, str]]:
    """The value maps of a world, by name."""
    return {
        "carriers": {"DPD Parcels": "DPD UK", "Royal Mail": "Royal Mail"},
        "locations": {POOL: str(LOCATION)},
    }


def in_world(
    conditions: Conditions, clock: Clock, chance: random.Random, send: Deliver, patience_s: float
) -> ShopTwin:
    """The twin of a world, in memory."""
    twin = ShopifyTwin(
        Memory(),
        clock,
        chance,
        Weather(
            "normal" if conditions.faulty else "none",
            conditions.faults[CONNECTION],
            {**conditions.faults["life"], **conditions.faults["counter"]},
        ),
        Site(
            Profile(
                client_id=SECRETS["SHOP_CLIENT"],
                client_secret=SECRETS["SHOP_SECRET"],
                scopes=(*Profile(client_id="", client_secret="").scopes, *_SCOPES.values()),
                bucket_size=20_000.0,
                restore_per_s=1000.0,
                remembers=conditions.lively,
                token_s=660.0,
            ),
            Pace(
                patience_s=patience_s,
                late_s=(2.0, 12.0),
                edit_s=(1.0, 8.0),
                retries_s=(1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0),
            ),
            Calendar(conditions.days, conditions.day_s),
        ),
        send,
    )
    return ShopTwin(twin)


# --- in a demo's folder ---


@dataclass(frozen=True)
class Shop(Part):
    """A shop of an estate, under the name of its connection."""

    connection: str = CONNECTION
    system = SYSTEM
    title = TITLE
    faults = {**PAID_BACK, **KEPT, **MISHAPS, **CATALOGUE}

    @property
    def secret_files(self) -> tuple[str, ...]:
        return (f"{self.connection}-token", f"{self.connection}-secret")

    def configured(self, address: Address | None, ends: Ends) -> Connection:
        token, secret = (f"file:{name}" for name in self.secret_files)
        real = Connection(
            SYSTEM,
            f"https://your-{self.connection}.myshopify.com",
            secrets={"access_token": token, "webhook_secret": secret},
            settings={name: value for end, pair in _SETTINGS.items() if end in ends
                      for name, value in pair.items()},
        )  # fmt: skip
        settings = {"orders_per_page": 20, **real.settings}  # several pages on a small day too
        limits = {"cost": Budget(POINTS_PER_S * 16, POINTS_PER_S * 0.9)}
        return rehearsed(real, address, settings=settings, limits=limits)

    def maps(self, ends: Ends) -> Mapping[str, Mapping[str, str]]:
        named = {name for end in _SETTINGS.keys() & ends for name in _SETTINGS[end].values()}
        return {name: words for name, words in maps().items() if name in named}

    def write_plan(self, state: Path, sales: Iterable[Sale]) -> None:
        with closing(Memory(_file(state, self.connection))) as memory:
            Plan(memory).load(sales)

    def furnish(self, staging: Staging, goods: Sequence[Goods]) -> None:
        twin = self.served(staging, random.Random(0), unheard)
        with closing(twin):
            twin.offer(row.sku for row in goods)

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> ShopTwin:
        token, secret = (staging.secrets[name] for name in self.secret_files)
        ends = staging.ends
        profile = Profile(
            client_id="rehearsal",
            client_secret=secret,
            token=token,
            bucket_size=POINTS_PER_S * 20.0,
            restore_per_s=float(POINTS_PER_S),
        )
        further = [scope for end, scope in _SCOPES.items() if end in ends]
        patience_s, repeats_s = staging.patience_s, _DEMO_REPEATS_S
        pace = Pace(
            patience_s=patience_s, late_s=(2.0, 6.0), edit_s=(1.0, 3.0), retries_s=repeats_s
        )
        profile = msgspec.structs.replace(profile, scopes=(*profile.scopes, *further))
        pays = {_REPAID, _PAID_OUT} <= ends
        calendar = Calendar(staging.days, staging.day_s) if pays else Calendar()
        twin = ShopifyTwin(
            Memory(_file(staging.state, self.connection)),
            SystemClock(),
            chance,
            Weather(staging.faults, besides=MISHAPS if _TOLD in ends else NONE),
            Site(profile, pace, calendar),
            send,
        )
        return ShopTwin(twin, (*TOPICS, *([REFUNDS] if _REPAID in ends else [])))


def _file(state: Path, connection: str = CONNECTION) -> Path:
    return state / (f"{SYSTEM}.db" if connection == CONNECTION else f"{SYSTEM}-{connection}.db")


def plan_at(state: Path, sales: Sequence[tuple[Sale, float]], now_s: float) -> None:
    """Hand a shop that is open sales, each at its moment in seconds since 1970."""
    with closing(Memory(_file(state))) as memory:
        Plan(memory).add(sales, now_s)


def keys_by_number(state: Path) -> dict[str, str]:
    """The shop's own key of each order, by the number that people read."""
    with closing(sqlite3.connect(_file(state))) as database:
        rows = database.execute("select name, id from orders").fetchall()
    return {str(name).removeprefix("#"): str(key) for name, key in rows}


def last_key(state: Path) -> str:
    """The key of the order that was placed last."""
    with closing(sqlite3.connect(_file(state))) as database:
        ((key,),) = database.execute("select max(id) from orders").fetchall()
    return str(key)


# --- asked over HTTP ---


class _Order(msgspec.Struct, frozen=True):
    id: str


class _Book(msgspec.Struct, frozen=True):
    """A page of the shop's own book of orders."""

    orders: list[_Order]
    next: int | None


async def keys(port: int) -> set[str]:
    """The keys of every order in the shop's own book."""
    keys_: set[str] = set()
    after: int | None = 0
    while after is not None:
        body = await _ask(port, f"/_twin/orders?after={after}")
        book = msgspec.json.decode(body, type=_Book)
        keys_ |= {order.id for order in book.orders}
        after = book.next
    return keys_


async def _ask(port: int, path: str) -> bytes:
    address = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        return await answer.read()


# --- on canned answers ---

STUB: Final = Stub(
    SYSTEM,
    "https://twin.myshopify.com",
    {"access_token": "shpat_bytes", "client_id": "id", "client_secret": "shpss_bytes"},
)
GRANT_PATH: Final = "oauth"  # a part of the address at which a token is granted
GRANT: Final = b'{"access_token":"shpat_1","expires_in":86399}'
_BULK_URL = "https://storage.googleapis.com/bulk.jsonl"
BULK_RUN: Final = (
    b'{"data":{"bulkOperationRunQuery":{"bulkOperation":{"id":"gid://shopify/BulkOperation/1",'
    b'"status":"COMPLETED","url":"' + _BULK_URL.encode() + b'"},"userErrors":[]}}}'
)
"""What a bulk operation that is done at once answers."""
_OFFSET_MINUTES = 60


class WellBehaved(ShopTwin):
    """A shop on its best behaviour, which also shows what it would send."""

    def place(self, sales: Iterable[Sale], now: Instant) -> list[str]:
        """Sell these; the orders' keys."""
        placed = [str(self.twin.trade.place(sale, now)) for sale in sales]
        while self.twin.catch_up():
            pass
        return placed

    def webhooks(self, keys: Iterable[str]) -> tuple[bytes, ...]:
        """The body of a webhook about each of these orders."""
        orders = [self.twin.shop.order(int(key)) for key in keys]
        return tuple(rest.body(order, _OFFSET_MINUTES) for order in orders if order is not None)


def well_behaved(clock: Clock, chance: random.Random, send: Deliver) -> WellBehaved:
    """A twin without faults, which the connector on canned answers can call."""
    secrets = STUB.secrets
    profile = Profile(
        client_id=secrets["client_id"],
        client_secret=secrets["client_secret"],
        token=secrets["access_token"],
        offset_minutes=_OFFSET_MINUTES,
    )
    return WellBehaved(ShopifyTwin(Memory(), clock, chance, Weather(), Site(profile), send))


def bulk_file(listing: bytes) -> bytes:
    """The nodes of a listing as a bulk operation writes them: a line each, children after."""
    lines: list[bytes] = []
    for node in msgspec.json.decode(listing)["data"]["orders"]["nodes"]:
        children: list[tuple[str, dict[str, object]]] = [
            (kind, child)
            for kind, place in (("LineItem", "lineItems"), ("ShippingLine", "shippingLines"))
            for child in node.pop(place)["nodes"]
        ]
        lines.append(msgspec.json.encode({"__typename": "Order", **node}))
        lines += [
            msgspec.json.encode({"__typename": kind, **child, "__parentId": node["id"]})
            for kind, child in children
        ]
    return b"\n".join(lines) + b"\n"

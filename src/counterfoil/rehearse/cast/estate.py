"""The estate of a rehearsal: which twin is the source and which the target of its one route.

The only file that knows who plays which part. Another pair of vendors is another `source` and
`target` here; worlds, chaos, the demo and the fuzzer ask by the part.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from counterfoil.config.shape import Config, Estate, File, Map, Values
from counterfoil.flows.route import Plan
from counterfoil.rehearse.cast import (
    book,
    books,
    office,
    office_stores,
    shop,
    shop_doors,
    warehouse,
)
from counterfoil.rehearse.cast.clients import Knowing, Opening
from counterfoil.rehearse.cast.goods import Listed, Mastering, Offering, Storing
from counterfoil.rehearse.cast.twin import (
    Conditions,
    Deliver,
    Landing,
    SourceTwin,
    Stub,
    TargetTwin,
)
from counterfoil.twins.kit.faults import Fault
from counterfoil.values.clock import Clock

SOURCE: Final = shop.CONNECTION
TARGET: Final = office.CONNECTION
TITLES: Final[Mapping[str, str]] = {SOURCE: shop.TITLE, TARGET: office.TITLE}
"""What people call the systems, by connection."""

FAULTS: Final[Mapping[str, Mapping[str, Fault]]] = {**shop.FAULTS, **office.FAULTS}
"""Everything that can go wrong at a vendor or befall its documents, by side."""
LEDGER: Final = books.CONNECTION
CLEARING: Final = books.CLEARING
BANK: Final = books.BANK
"""Who keeps books, its account that payouts are cleared over, and the one that they arrive at."""
OTHERS: Final = {warehouse.CONNECTION: warehouse, books.CONNECTION: books}
"""Other systems that a world may have as its target, by connection."""
ODDITIES: Final = office.ODDITIES
UNMAPPED_SHIPPING: Final = shop.UNMAPPED_SHIPPING
"""A shipping method that no value map has."""
TILL_GATEWAY: Final = shop.TILL_GATEWAY
"""By which gateway a till takes money."""

CREDENTIAL_HEADERS: Final = (b"authorization", *shop.CREDENTIAL_HEADERS)
"""The request headers in which a credential travels."""
LISTENER_PATIENCE_S: Final = shop.LISTENER_PATIENCE_S
"""How long a source waits for the answer to a webhook."""

WORLD_SECRETS: Final[Mapping[str, str]] = {
    **shop.SECRETS,
    **office.SECRETS,
    **warehouse.SECRETS,
    **books.SECRETS,
}
"""What opens the vendors in a world, by the environment's name."""
CONFIDENTIAL: Final = frozenset(
    WORLD_SECRETS[name] for part in (shop, office, warehouse, books) for name in part.CONFIDENTIAL
)
"""Which of it must rest nowhere."""
ROUTE: Final = "orders"
WORLD_TIMEOUT_S: Final = 4.0
WEBHOOKS: Final = f"https://house.example/hooks/{SOURCE}"
"""Where the source of a world sends its webhooks."""

STUBS: Final[Mapping[str, Stub]] = {SOURCE: shop.STUB, TARGET: office.STUB}
"""With what each connector is opened on canned answers."""


def landing(method: str, path: str, body: bytes = b"") -> Landing | None:
    """What a request to one of them writes, None where it writes no document."""
    return office.landing(method, path, body) or shop.landing(method, path, body)


class Shelf(Offering, Listed, Protocol):
    """What a vendor offers to its customers: products, and how many of each."""


class Stores(Storing, Mastering, Protocol):
    """Where goods lie, and where it is said what there is to sell."""


class Goods(NamedTuple):
    """Between which goods are told of: from the stores to each shelf, by its connection."""

    stores: Stores
    shelves: dict[str, Shelf]


class Counters(NamedTuple):
    """Between which customers are told of: where they make themselves known, and where accounts
    are opened for them."""

    doors: Knowing
    desk: Opening


class Cast(NamedTuple):
    """The twins of one world, and under which host each is reached."""

    source: SourceTwin
    target: TargetTwin
    goods: Goods | None = None
    counters: Counters | None = None
    source_host: str = shop.HOST
    target_host: str = office.HOST


def in_world(
    conditions: Conditions,
    clock: Clock,
    own: Callable[[], random.Random],
    send: Deliver,
    target: str = TARGET,
) -> Cast:
    """The twins of a world, each with a chance of its own; `send` carries the source's webhooks,
    and `target` is the connection of the one that is written to."""
    source = shop.in_world(conditions, clock, own(), send, WORLD_TIMEOUT_S)
    if target in OTHERS:
        other = OTHERS[target]
        twin = other.in_world(conditions, clock, own(), WORLD_TIMEOUT_S)
        return Cast(source, twin, target_host=other.HOST)
    desk = office.in_world(conditions, clock, own(), WORLD_TIMEOUT_S)
    stores = office_stores.OfficeStores(desk.twin)
    counters = Counters(shop_doors.ShopDoors(source.twin), desk)
    return Cast(source, desk, Goods(stores, {SOURCE: source}), counters)


def faults(target: str) -> Mapping[str, Mapping[str, Fault]]:
    """Everything that can go wrong in a world with this target, by side."""
    return {**FAULTS, **(OTHERS[target].FAULTS if target in OTHERS else {})}


Shop = shop.ShopTwin
SECOND: Final = "depot"
"""Another target of the same system, in worlds that have two."""
SECOND_ROUTE: Final = "to-depot"
SECOND_HOST: Final = f"{SECOND}.{office.HOST.partition('.')[2]}"
OUTLET: Final = "outlet"
"""Another shop of the same system, where a world that tells of goods has two."""
OUTLET_HOST: Final = f"{OUTLET}.{shop.HOST.partition('.')[2]}"


def second_in_world(conditions: Conditions, clock: Clock, own: random.Random) -> TargetTwin:
    """The twin of the second target."""
    return office.in_world(conditions, clock, own, WORLD_TIMEOUT_S)


def outlet_in_world(
    conditions: Conditions, clock: Clock, own: random.Random, send: Deliver
) -> Shop:
    """The twin of the second shop, in which nobody buys."""
    return shop.in_world(conditions, clock, own, send, WORLD_TIMEOUT_S)


DESPATCHES: Final = "despatches"
"""The route by which the source hears what has left, in worlds that have it."""
LEVELS: Final = "levels"
POOLS: Final = "pools"
PRODUCTS: Final = "products"
REFUNDS: Final = "refunds"
PAYOUTS: Final = "payouts"
"""The routes by which the source hears what there is to sell, and how much of it."""
CUSTOMERS: Final = "customers"
"""The route by which the target hears of the source's customers, in worlds that have any."""
CASE: Final = 12
"""The pieces of a case, which is the one unit beside a piece that the house knows of."""
STORED: Final[Mapping[str, Values]] = {
    LEVELS: {"places": {str(office_stores.PLACE): "MAIN"}, "units": {"case": str(CASE)}},
    POOLS: {"pools": {shop.POOL: ["MAIN"]}, "after": [LEVELS]},
}
"""The gates of the routes by which levels come into the house, and pools leave it."""


def to_outlet(route: str) -> str:
    """The route that tells the second shop what `route` tells the first one."""
    return f"{route}-{OUTLET}"


def world_config(conditions: Conditions, routes: Mapping[str, Plan]) -> Config:
    """The configuration of the house in a world with these routes; the first one is its orders'."""
    target = routes[ROUTE].target
    every = {
        SOURCE: (shop, shop.HOST),
        target: (OTHERS.get(target, office), OTHERS.get(target, office).HOST),
        SECOND: (office, SECOND_HOST),
        OUTLET: (shop, OUTLET_HOST),
    }
    named = {name for plan in routes.values() for name in (plan.source, plan.target)}
    connections = {
        name: msgspec.structs.replace(
            part.connection(conditions, WORLD_TIMEOUT_S), url=f"https://{host}"
        )
        for name, (part, host) in every.items()
        if name in named
    }
    words = OTHERS[target].maps() if target in OTHERS else office.maps()
    maps = {name: Map(values) for name, values in {**words, **shop.maps()}.items()}
    masters = {plan.document: plan.source for name, plan in routes.items() if name == PRODUCTS}
    ownership = {word: {"default": source} for word, source in masters.items()}
    return Config(
        Path("/nowhere"),
        File(Estate("rehearsal"), connections, maps, ownership=ownership),
        dict(routes),
        dict(WORLD_SECRETS),
    )


# --- for the fuzzer ---

WellBehaved = shop.WellBehaved
"""A source without faults, which shows what it would send."""
GRANT: Final = shop.GRANT
GRANT_PATH: Final = shop.GRANT_PATH
BULK_RUN: Final = shop.BULK_RUN
bulk_file: Final = shop.bulk_file
asked: Final = office.asked


def well_behaved(
    clock: Clock, source: random.Random, target: random.Random, send: Deliver
) -> tuple[WellBehaved, TargetTwin]:
    """Twins without faults, which connectors on canned answers can call."""
    return shop.well_behaved(clock, source, send), office.well_behaved(clock, target)


# --- asked from outside, while the twins play in a process of their own ---

source_keys: Final = shop.keys
accepted: Final = book.accepted
plan_at: Final = shop.plan_at
keys_by_number: Final = shop.keys_by_number
last_key: Final = shop.last_key
references: Final = office.references
watch: Final = office.watch
landed_s: Final = office.landed_s
count_landed: Final = office.count_landed

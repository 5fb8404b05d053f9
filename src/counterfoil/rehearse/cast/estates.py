"""The estates that a demo can play, each a small graph: connections, and the routes between them.

One more leg is one more route here; what a connection is set to, and what its twin does of itself,
follows from what it is to the routes.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from counterfoil.flows.route import HOUSE
from counterfoil.model.words import Word
from counterfoil.rehearse.cast.books import Books
from counterfoil.rehearse.cast.office import Office
from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.shop import POOL, Shop
from counterfoil.rehearse.cast.store import Store
from counterfoil.rehearse.cast.twin import Deliver, End, Ends, Goods, Part, Staging, Twin
from counterfoil.rehearse.cast.warehouse import Warehouse
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

OFFICE: Final = Office()
SHOP: Final = Shop()
DEPOT: Final = Warehouse()
BOOKS: Final = Books()


class Days(NamedTuple):
    """How many days are played, and how many seconds each lasts with its night."""

    days: int = 1
    day_s: float = 0.0


ONE_DAY: Final = Days()


class Way(NamedTuple):
    """One route: from which connection to which ("house": it begins or ends in the house itself),
    and what stands before the source's keys there. `owner` is asked when one is held, `owners` for
    a cause; `gates` are the route's own settings, `hurry` those that a rehearsal has otherwise."""

    source: str
    target: str
    prefix: str = ""
    document: Word = "order"
    owner: str = "operations"
    owners: Mapping[str, str] = {}
    gates: Mapping[str, Any] = {}
    hurry: Mapping[str, Any] = {}
    cadence_s: float = 300.0


@dataclass(frozen=True)
class Estate:
    """Connections and the routes between them. `about` is a sentence for who must choose one.
    `masters` says by document which connection masters which field; `orders` are sold in a day
    where nobody says how many, in `shortest_s` seconds or more; `days` are those that it plays."""

    name: str
    about: str
    parts: tuple[Part, ...]
    ways: Mapping[str, Way]
    masters: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    orders: int = 400
    shortest_s: float = 10.0
    days: Days = ONE_DAY

    @property
    def connections(self) -> tuple[str, ...]:
        """Every connection, the sellers first."""
        return tuple(part.connection for part in self.parts)

    @property
    def sellers(self) -> tuple[Part, ...]:
        """The parts where orders begin: no route brings them any."""
        sent = {way.source for way in self.ways.values() if way.document == "order"}
        told = {way.target for way in self.ways.values() if way.document == "order"}
        return tuple(part for part in self.parts if part.connection in sent - told)

    @property
    def target(self) -> str:
        """The connection to which the sellers' orders go first."""
        return next(way.target for way in self.ways.values() if way.document == "order")

    @property
    def titles(self) -> Mapping[str, str]:
        """What people call the systems, by connection; and the house."""
        named = {part.connection: part.title for part in self.parts}
        return {**named, HOUSE: "Counterfoil"}

    @property
    def systems(self) -> Mapping[str, str]:
        """What people call each system, by the name of its connector; once each."""
        return {part.system: part.title for part in self.parts}

    @property
    def fault_texts(self) -> dict[str, str]:
        """Every fault that can be met, in plain words, by `system.name`."""
        return {
            f"{part.system}.{name}": fault.text
            for part in self.parts
            for name, fault in part.faults.items()
        }

    def named_faults(self, met: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """What was met at each connection, by `system.name`."""
        systems = {part.connection: part.system for part in self.parts}
        counts_by_name = Counter[str]()
        for connection, counts in met.items():
            counts_by_name.update(
                {f"{systems[connection]}.{name}": many for name, many in counts.items()}
            )
        return dict(counts_by_name)

    def ends(self, connection: str) -> Ends:
        """What a connection is to the routes."""
        ends: set[End] = set()
        for way in self.ways.values():
            ends |= {(way.document, "source")} if way.source == connection else set()
            ends |= {(way.document, "target")} if way.target == connection else set()
        return frozenset(ends)

    def write_secrets(self, folder: Path) -> None:
        """Draw new secrets for every connection."""
        for part in self.parts:
            for name in part.secret_files:
                (folder / name).write_text(secrets.token_hex(16), "utf-8")
            for name in part.user_files:
                (folder / name).write_text("counterfoil", "utf-8")

    def write_plan(self, state: Path, sales: Mapping[str, Iterable[Sale]]) -> None:
        """Hand each seller its trade, while none is open yet."""
        for part in self.sellers:
            part.write_plan(state, sales[part.connection])

    @property
    def stocked(self) -> bool:
        """Whether any route asks what stands where, or what there is to sell."""
        return any(way.document in ("stock", "product") for way in self.ways.values())

    @property
    def pays(self) -> bool:
        """Whether any route asks what was paid out, so that its days have nights."""
        return any(way.document == "settlement" for way in self.ways.values())

    def furnish(self, folder: Path, state: Path, sales: Iterable[Sale], faults: str) -> None:
        """Let every part have what the day will sell, while none is open yet."""
        if self.stocked:
            goods = goods_of(sales)
            for part in self.parts:
                part.furnish(self._staging(part, folder, state, faults, 1.0), goods)

    def served(self, folder: Path, state: Path, *, seed: int, faults: str, patience_s: float,
               send: Deliver) -> Mapping[str, Twin]:  # fmt: skip
        """The twins by their connections, with the secrets of the folder; they remember in
        `state`."""
        sellers = [part.connection for part in self.sellers]
        others = [name for name in self.connections if name not in sellers]
        # The first seller and the first of the others draw as ever; each further one from a seed of
        # its own.
        seeds = {name: seed + place + (place > 0) for place, name in enumerate(sellers)}
        seeds |= {name: seed + 1 + 100 * place for place, name in enumerate(others)}
        return {
            part.connection: part.served(
                self._staging(part, folder, state, faults, patience_s),
                random.Random(seeds[part.connection]),
                send,
            )
            for part in self.parts
        }

    def _staging(
        self, part: Part, folder: Path, state: Path, faults: str, patience_s: float
    ) -> Staging:
        secret_texts = {
            name: (folder / "secrets" / name).read_text("utf-8").strip()
            for name in (*part.secret_files, *part.user_files)
        }
        ends = self.ends(part.connection)
        return Staging(state, secret_texts, faults, patience_s, ends, *self.days)


def goods_of(sales: Iterable[Sale]) -> Sequence[Goods]:
    """What these sales sell, that which sells most first."""
    pieces, lines = Counter[str](), dict[str, Goods]()
    for sale in sales:
        for line in sale.lines:
            if line.kind == "product" and line.sku:
                pieces[line.sku] += line.quantity
                lines.setdefault(line.sku, Goods(line.sku, line.title, line.unit_minor, 0))
    return [lines[sku]._replace(pieces=count) for sku, count in pieces.most_common()]


def _several(name: str, about: str, *sources: Part) -> Estate:
    """Each source has a route of its own, and references of its own at the target."""
    ways = {
        f"{part.connection}-orders": Way(part.connection, OFFICE.connection, f"{part.connection}-")
        for part in sources
    }
    return Estate(name, about, (*sources, OFFICE), ways)


SINGLE: Final = Estate(
    "", "One shop and one office.", (SHOP, OFFICE),
    {"orders": Way(SHOP.connection, OFFICE.connection)},
)  # fmt: skip
"""The demo as it is without a word: one route."""
SHOPS: Final = _several(
    "shops", "Shopify and BigCommerce, side by side into one OrderWise.", SHOP, Store()
)
BRANDS: Final = _several(
    "brands",
    "Two Shopify shops, which number their orders alike, into one OrderWise.",
    SHOP,
    Shop("store"),
)
WAREHOUSE: Final = Estate(
    "warehouse",
    "Shopify into Peoplevox, which picks and despatches what it is told.",
    (SHOP, DEPOT),
    {"orders": Way(SHOP.connection, DEPOT.connection)},
)
E1: Final = Estate(
    "E1",
    "Whole days of a retailer: Shopify's orders into OrderWise and on into Peoplevox, despatches"
    " and their tracking all the way back, stock into Shopify's pools, products; and the money:"
    " refunds into OrderWise, sales, refunds and payouts into Xero.",
    (SHOP, OFFICE, DEPOT, BOOKS),
    {
        "orders": Way(
            SHOP.connection, OFFICE.connection, owners={"orderwise-refused": "merchandising"},
            gates={"paid_back": "apart"},
        ),
        "picks": Way(
            OFFICE.connection, DEPOT.connection, owner="warehouse", gates={"unknown": "send"}
        ),
        "packages": Way(
            DEPOT.connection, OFFICE.connection, document="fulfilment", owner="warehouse",
            gates={"tracking_wait_s": 3600.0}, hurry={"tracking_wait_s": 5.0},
        ),
        "despatches": Way(
            OFFICE.connection, SHOP.connection, document="fulfilment", owner="despatch",
            gates={"tracking_wait_s": 3600.0}, hurry={"tracking_wait_s": 5.0},
        ),
        "levels": Way(
            OFFICE.connection, HOUSE, document="stock", owner="stores", cadence_s=60.0,
            gates={"places": {str(PLACE): "MAIN"}},
        ),
        "pools": Way(
            HOUSE, SHOP.connection, document="stock", owner="stores", cadence_s=60.0,
            gates={"pools": {POOL: ["MAIN"]}, "after": ["levels"]},
        ),
        "products": Way(
            OFFICE.connection, SHOP.connection, document="product", owner="merchandising"
        ),
        "items": Way(OFFICE.connection, DEPOT.connection, document="product", owner="warehouse"),
        "refunds": Way(SHOP.connection, OFFICE.connection, document="refund", owner="service"),
        "sales": Way(
            SHOP.connection, BOOKS.connection, owner="finance",
            gates={"paid_back": "apart", "elsewhere": "send", "till": "send"},
        ),
        "credits": Way(SHOP.connection, BOOKS.connection, document="refund", owner="finance"),
        "payouts": Way(SHOP.connection, BOOKS.connection, document="settlement", owner="finance"),
    },
    masters={"product": {"default": OFFICE.connection}},
    orders=60,
    shortest_s=20.0,
)  # fmt: skip

ESTATES: Final[Mapping[str, Estate]] = {
    estate.name: estate for estate in (SHOPS, BRANDS, WAREHOUSE, E1)
}
"""The estates that have a name."""
DEFAULT: Final = SHOPS.name


def named(name: str) -> Estate:
    """The estate of this name; "" is the single route. Raises `Misconfigured` for another."""
    if not name:
        return SINGLE
    with suppress(KeyError):
        return ESTATES[name]
    choices = "; ".join(f"{estate.name}: {estate.about}" for estate in ESTATES.values())
    raise Misconfigured(f"There is no estate named {name!r} to play.", do=f"Known are {choices}")

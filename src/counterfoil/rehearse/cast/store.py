"""A second source: a store on BigCommerce, pretended. All that a rehearsal knows of it stands here.

Its messages only name their order, and a shopper's order is none before the checkout is done.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counterfoil.config.shape import Budget, Connection
from counterfoil.rehearse.cast.book import booked
from counterfoil.rehearse.cast.twin import (
    Address,
    Conditions,
    Deliver,
    Despatched,
    Ends,
    Figures,
    Landing,
    Part,
    Played,
    Sold,
    Staging,
    Stub,
)
from counterfoil.twins.bigcommerce import CATALOGUE, BigCommerceTwin, Site
from counterfoil.twins.bigcommerce.hooks import ARCHIVED, CREATED, STATUS_UPDATED, UPDATED, notice
from counterfoil.twins.bigcommerce.life import LIFE, ORDERS
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.status_order import StatusOrder, counted_at, noted
from counterfoil.twins.kit.trade import Plan
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock, Instant, SystemClock

CONNECTION: Final = "store"
SYSTEM: Final = "bigcommerce"
TITLE: Final = "BigCommerce"
HOST: Final = "api.bigcommerce.com"
TOPICS: Final = (CREATED, UPDATED, STATUS_UPDATED, ARCHIVED)
CREDENTIAL_HEADERS: Final = (b"x-auth-token",)
LISTENER_PATIENCE_S: Final = 9.0  # measured: 9 s pass, 12 s are delivered again
TILL_GATEWAY: Final = "cash"
LIFE_SIDE: Final = "store-life"
FAULTS: Final = {CONNECTION: CATALOGUE, LIFE_SIDE: LIFE}
"""What can go wrong, and what can befall an order, by side."""

# Without blanks: what a header carries is known by its last word.
SECRETS: Final = {"STORE_TOKEN": "a-token-of-the-store", "STORE_SECRET": "a-secret-of-the-store"}
CONFIDENTIAL: Final = ("STORE_TOKEN", "STORE_SECRET")

_HASH = "rehearsal"
_QUOTA = 3000  # calls in 30 s: a rehearsal has more in a minute than a store in a day
_CALLS = Budget(_QUOTA * 3 // 4)
_DEMO_WINDOW_S = 5.0  # nobody waits half a minute for a quota that a stranger used up
_DEMO_REPEATS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0)  # nobody waits two days
_CANCELLED = 5
_PAGE = 1000


class StoreTwin(Played[BigCommerceTwin]):
    """`SourceTwin`: what a rehearsal asks, in the words of this vendor's twin."""

    def figures(self) -> Figures:
        report = self.twin.report()
        return Figures(self.reached(CONNECTION, LIFE_SIDE), {CONNECTION: report.over_limit})

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        """Nothing is written here."""
        return None

    def load_plan(self, sales: Iterable[Sale]) -> int:
        return self.twin.trade.plan.load(sales)

    def listen(self, address: str) -> None:
        self.twin.listen(TOPICS, address)

    def at_rest(self) -> bool:
        report = self.twin.report()
        return report.orders == report.planned and report.pending == 0

    def versions(self) -> dict[str, int]:
        return {entry.key: entry.changed_s for entry in self.twin.book("order")}

    def sold(self) -> dict[str, Sold]:
        every = [self.twin.shelf.get(int(entry.key)) for entry in self.twin.book("order")]
        return {str(order.id): _sold(order) for order in every if order is not None}

    def states(self, key: str) -> list[Sold]:
        return [_sold(order) for order in self.twin.shelf.states(int(key))]

    def told(self) -> list[Despatched]:
        return []

    def touch(self, key: str) -> None:
        self.twin.trade.change(int(key), noted)

    def cancel(self, key: str) -> None:
        self.twin.trade.change(int(key), ORDERS.set_status(_CANCELLED))


def _sold(kept: StatusOrder) -> Sold:
    """An order less what came back of it: here a line comes back whole, or not at all."""
    owed, total_minor = list[tuple[str, int]](), kept.sale.total_minor
    for index, line in enumerate(kept.sale.lines):
        returned = counted_at(kept.returned, index)
        part = line.quantity * line.unit_minor - line.discount_minor
        part += 0 if kept.sale.tax_included else line.tax_minor
        if returned >= line.quantity:
            total_minor -= part
        owed.append((line.sku, line.quantity - returned))
    return Sold(
        key=str(kept.id),
        sale=kept.sale,
        created_s=kept.created_s,
        updated_s=kept.modified_s,
        total_minor=total_minor,
        owed=tuple(owed),
        cancelled=kept.status == _CANCELLED,
        payment=kept.payment_status,
    )


# --- in a world ---


def connection(conditions: Conditions, timeout_s: float) -> Connection:
    """The connection of a world."""
    return Connection(
        SYSTEM,
        f"https://{HOST}/stores/{_HASH}",
        secrets={"access_token": "env:STORE_TOKEN", "client_secret": "env:STORE_SECRET"},
        settings={"orders_per_page": conditions.page},
        limits={"calls": _CALLS},
        timeout_s=timeout_s,
    )


def in_world(
    conditions: Conditions, clock: Clock, chance: random.Random, send: Deliver, patience_s: float
) -> StoreTwin:
    """The twin of a world, in memory."""
    twin = BigCommerceTwin(
        Memory(),
        clock,
        chance,
        Weather(
            "normal" if conditions.faulty else "none",
            conditions.faults[CONNECTION],
            conditions.faults[LIFE_SIDE],
        ),
        Site(
            store_hash=_HASH,
            token=SECRETS["STORE_TOKEN"],
            client_secret=SECRETS["STORE_SECRET"],
            quota=_QUOTA,
            remembers=conditions.lively,
            pace=Pace(
                patience_s=patience_s,
                late_s=(2.0, 12.0),
                edit_s=(1.0, 8.0),
                retries_s=(1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0),
            ),
        ),
        send,
    )
    return StoreTwin(twin)


# --- in a demo's folder ---


@dataclass(frozen=True)
class Store(Part):
    """The store of an estate."""

    connection: str = CONNECTION
    system = SYSTEM
    title = TITLE
    faults = CATALOGUE

    @property
    def secret_files(self) -> tuple[str, ...]:
        return ("store-token", "store-secret")

    def configured(self, address: Address | None, ends: Ends) -> Connection:
        token, secret = (f"file:{name}" for name in self.secret_files)
        secrets = {"access_token": token, "client_secret": secret}
        if address is None:
            return Connection(SYSTEM, f"https://{HOST}/stores/your-store", secrets=secrets)
        return Connection(
            SYSTEM,
            f"http://127.0.0.1:{address.port}/stores/{_HASH}",
            ("127.0.0.1",),
            secrets,
            # So few a page that a small day has listings of several pages too.
            settings={"orders_per_page": 20},
            limits={"calls": _CALLS},
            timeout_s=address.timeout_s,
        )

    def write_plan(self, state: Path, sales: Iterable[Sale]) -> None:
        with closing(Memory(_file(state))) as memory:
            Plan(memory).load(sales)

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> StoreTwin:
        token, secret = (staging.secrets[name] for name in self.secret_files)
        twin = BigCommerceTwin(
            Memory(_file(staging.state)),
            SystemClock(),
            chance,
            Weather(staging.faults),
            Site(
                store_hash=_HASH,
                token=token,
                client_secret=secret,
                quota=_QUOTA,
                window_s=_DEMO_WINDOW_S,
                pace=Pace(
                    patience_s=staging.patience_s,
                    late_s=(2.0, 6.0),
                    edit_s=(1.0, 3.0),
                    retries_s=_DEMO_REPEATS_S,
                ),
            ),
            send,
        )
        return StoreTwin(twin)


def _file(state: Path) -> Path:
    return state / f"{SYSTEM}.db"


def plan_at(state: Path, sales: Sequence[tuple[Sale, float]], now_s: float) -> None:
    """Hand a store that is open sales, each at its moment in seconds since 1970."""
    with closing(Memory(_file(state))) as memory:
        Plan(memory).add(sales, now_s)


def keys_by_number(state: Path) -> dict[str, str]:
    """The store's own key of each order, by the number of its sale."""
    with closing(sqlite3.connect(_file(state))) as database:
        rows = database.execute("select reference, id from orders").fetchall()
    return {str(reference): str(key) for reference, key in rows}


def last_key(state: Path) -> str:
    """The key of the order that was placed last."""
    with closing(sqlite3.connect(_file(state))) as database:
        ((last_id,),) = database.execute("select max(id) from orders").fetchall()
    return str(last_id)


# --- asked over HTTP ---


async def keys(port: int) -> set[str]:
    """The keys of every order in the store's own book."""
    return {entry.key for entry in await booked(port, "order")}


# --- on canned answers ---

STUB: Final = Stub(
    SYSTEM,
    f"https://{HOST}/stores/{_HASH}",
    {"access_token": "bc_bytes_token", "client_secret": "bc_bytes_secret"},
)


class WellBehaved(StoreTwin):
    """A store on its best behaviour, which also shows what it would send."""

    def __init__(self, twin: BigCommerceTwin, site: Site, clock: Clock) -> None:
        super().__init__(twin)
        self._site = site
        self._clock = clock

    def place(self, sales: Iterable[Sale], now: Instant) -> list[str]:
        """Sell these; the orders' keys. The store's own clock is the one that counts."""
        return [str(self.twin.trade.place(sale)) for sale in sales]

    def webhooks(self, keys: Iterable[str]) -> tuple[bytes, ...]:
        """The body of a webhook about each of these orders."""
        now_s = self._clock.now().timestamp()
        return tuple(
            notice(self._site, UPDATED, now_s, {"type": "order", "id": int(key)}) for key in keys
        )


def well_behaved(clock: Clock, chance: random.Random, send: Deliver) -> WellBehaved:
    """A twin without faults, which the connector on canned answers can call."""
    site = Site(
        store_hash=_HASH,
        token=STUB.secrets["access_token"],
        client_secret=STUB.secrets["client_secret"],
    )
    return WellBehaved(BigCommerceTwin(Memory(), clock, chance, Weather(), site, send), site, clock)

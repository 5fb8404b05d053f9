"""The target: an office on OrderWise, pretended. All that a rehearsal knows of it stands here, but
for what its people do (`people.py`)."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.config.shape import Budget, Connection
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.rehearse.cast.book import booked
from counterfoil.rehearse.cast.clients import Client
from counterfoil.rehearse.cast.office_setup import (
    ABROAD,
    ALWAYS,
    CLIENTS,
    COURIER,
    CREDITED,
    DESPATCHED,
    GOODS,
    KNOWN,
    REPAID,
    SAMPLE,
    SETTINGS,
    WORDS,
    picks_itself,
)
from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.people import QUERY, People
from counterfoil.rehearse.cast.twin import (
    Address,
    Conditions,
    Deliver,
    Despatched,
    Ends,
    Figures,
    Goods,
    Held,
    Landing,
    Part,
    Played,
    Staging,
    Stub,
    rehearsed,
)
from counterfoil.rehearse.traffic.shop import FREE_ABROAD, SHIPPING_TITLES
from counterfoil.twins.kit.courier import unheard
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise.faults import CATALOGUE
from counterfoil.twins.orderwise.fulfilment import MISHAPS
from counterfoil.twins.orderwise.keeping import KEEPING
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.values.clock import Clock, SystemClock

CONNECTION: Final = "office"
SYSTEM: Final = "orderwise"
TITLE: Final = "OrderWise"
HOST: Final = "office.orderwisecloud.com"
ODDITIES: Final = ("pads_texts", "blank_is_null", "thousandths")
"""What a site may do to what it is given."""
FAULTS: Final = {CONNECTION: CATALOGUE, "keep": KEEPING, "warehouse": MISHAPS}
"""What can go wrong, how a field can be kept otherwise than it came, and what befalls goods on
their way out, by side."""

CALLS_PER_S: Final = 600
"""What the twin's account may call; a rehearsal has no day to spend on 4 a second."""
SLOTS: Final = 8
READ_LAG_S: Final = (0.2, 1.0)

SECRETS: Final = {"OFFICE_USER": "counterfoil", "OFFICE_PASSWORD": "a secret of the office"}
CONFIDENTIAL: Final = ("OFFICE_PASSWORD",)

_PICK_S = (2.0, 8.0)
_ORDERS = "/sales/order"
_REFERENCE = re.compile(rb'"eCommerceOrderNumber":\s*"([^"]*)"', re.IGNORECASE)
_CREDIT = re.compile(rb'"systemOrderType":\s*4\b')
_LEVELS_A_PAGE = 5
_VAT = 2000  # basis points: the shop's postage has VAT in it, so its delivery methods have too


def landing(method: str, path: str, body: bytes) -> Landing | None:
    """What a request writes here, None for one that writes no document."""
    if method != "POST" or not path.endswith(_ORDERS):
        return None
    match = _REFERENCE.search(body)
    word = "refund" if _CREDIT.search(body) else "order"
    return Landing(word, match[1].decode() if match else "")


class OfficeTwin(Played[OrderWiseTwin]):
    """`TargetTwin`: what a rehearsal asks, in the words of this vendor's twin; its `people` do what
    the day of an estate brings."""

    def __init__(self, twin: OrderWiseTwin, people: People | None = None) -> None:
        super().__init__(twin)
        self._people = people

    async def run(self) -> None:
        works = [self.twin.run(), *([self._people.run()] if self._people else [])]
        await asyncio.gather(*works)

    def furnish(self, goods: Sequence[Goods], *, oddly: bool) -> None:
        """Let it have these goods before the day; `oddly`: the day brings what nobody mapped."""
        if self._people:
            self._people.enter(goods, oddly=oddly)

    def figures(self) -> Figures:
        report = self.twin.report()
        refused = {CONNECTION: report.over_limit, "slots of the office": report.over_slots}
        return Figures(self.reached(CONNECTION, "keep", warehouse=MISHAPS), refused)

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        return landing(method, path, body)

    def at_rest(self) -> bool:
        return self.twin.report().pending == 0

    def despatches(self) -> list[Despatched]:
        return [Despatched.of(entry) for entry in self.twin.book("fulfilment")]

    def held(self) -> dict[str, list[Held]]:
        orders: dict[str, list[Held]] = defaultdict(list)
        for entry in self.twin.book("order"):
            facts = msgspec.convert(entry.facts, _Facts)
            orders[entry.reference].append(
                Held(
                    int(entry.key),
                    entry.reference,
                    entry.measure.amount,
                    facts.lines,
                    facts.postcode,
                    facts.email,
                )
            )
        return orders

    def accounts(self) -> list[Client]:
        """`Opening`: every account that was opened, the oldest first."""
        entries = [(entry.reference, entry.facts) for entry in self.twin.book("customer")]
        return [
            Client(code, str(row["statement_name"]), str(row["email"]), str(row["telephone"]))
            for code, row in entries
        ]

    def units(self) -> Mapping[int, Counter[str]]:
        return {
            int(entry.key): Counter(msgspec.convert(entry.facts, _Facts).units)
            for entry in self.twin.book("order")
        }

    def altered(self) -> dict[int, list[str]]:
        keys = [int(entry.key) for entry in self.twin.book("order")]
        names_by_id = {order_id: self.twin.state.altered(order_id) for order_id in keys}
        return {order_id: names for order_id, names in names_by_id.items() if names}


class _Facts(msgspec.Struct, frozen=True):
    """What is read of an order in the twin's book."""

    lines: int
    units: dict[str, int]
    postcode: str
    email: str


# --- in a world ---


def connection(conditions: Conditions, timeout_s: float) -> Connection:
    """The connection of a world."""
    return Connection(
        SYSTEM,
        f"https://{HOST}",
        secrets={"user": "env:OFFICE_USER", "password": "env:OFFICE_PASSWORD"},
        settings=_settings(conditions),
        limits={"calls": Budget(75, 540.0), "slots": Budget(conditions.slots)},
        timeout_s=timeout_s,
    )


def _settings(conditions: Conditions) -> dict[str, object]:
    further = {
        "payment_method_id": 2,
        "required_days": 2,
        "currency_field": "orderHeader.currencyId",
        "extras_variant": "EXTRA",
    }
    despatches = {
        "despatch_definition": 108,
        "despatch_lines_definition": 109,
        "despatch_map": "despatch",
        "despatches_per_page": conditions.page,
    }
    return {
        "session_id": 12,
        "customer_id": 1044,
        "orders_definition": 101,
        "lines_definition": 102,
        "stock_definition": 103,
        "products_definition": 105,
        "products_created_definition": 106,
        "kits_definition": 107,
        "products_per_page": conditions.page,
        "levels_per_page": _LEVELS_A_PAGE,
        "stock_location_id": PLACE,
        "tax_map": {"0.2": 1, "0": 2},
        **SETTINGS[CLIENTS],
        **(further if conditions.lively else {}),
        **(despatches if conditions.despatches else {}),
        **(SETTINGS[REPAID] if conditions.repaid else {}),
    }


def maps() -> dict[str, dict[str, str]]:
    """The value maps of a world, by name."""
    statuses = {"Despatched": "shipped", "Cancelled": "void"}
    repaid = {name: dict(words) for name, (end, words) in WORDS.items() if end == REPAID}
    return {"delivery": dict.fromkeys(SHIPPING_TITLES, "7"), "despatch": statuses, **repaid}


def in_world(
    conditions: Conditions, clock: Clock, chance: random.Random, patience_s: float
) -> OfficeTwin:
    """The twin of a world, in memory."""
    twin = OrderWiseTwin(
        Memory(),
        clock,
        chance,
        Weather(
            "normal" if conditions.faulty else "none",
            conditions.faults[CONNECTION],
            {**conditions.faults["keep"], **conditions.faults["warehouse"]},
        ),
        Site(
            user=SECRETS["OFFICE_USER"],
            password=SECRETS["OFFICE_PASSWORD"],
            token_ttl_s=3000.0,
            calls_per_s=600.0,
            burst=150,
            slots=conditions.slots,
            read_lag_s=conditions.lag_s,
            patience_s=patience_s,
            unique_references=conditions.unique,
            unique_for_s=conditions.unique_for_s,
            pads_texts="pads_texts" in conditions.oddities,
            blank_is_null="blank_is_null" in conditions.oddities,
            thousandths="thousandths" in conditions.oddities,
            despatches=conditions.despatches,
            pick_s=conditions.pick_s,
        ),
    )
    return OfficeTwin(twin)


# --- in a demo's folder ---


@dataclass(frozen=True)
class Office(Part):
    """The office of an estate. It despatches what it is sold itself, where nobody tells it of what
    has left."""

    connection: str = CONNECTION
    system = SYSTEM
    title = TITLE
    faults = {**MISHAPS, **CATALOGUE}
    code = "variant_code"

    @property
    def secret_files(self) -> tuple[str, ...]:
        return ("office-password",)

    @property
    def user_files(self) -> tuple[str, ...]:
        return ("office-user",)

    def configured(self, address: Address | None, ends: Ends) -> Connection:
        user, password = (f"file:{name}" for name in (*self.user_files, *self.secret_files))
        settings = [values for end, values in SETTINGS.items() if end in ends]
        real = Connection(
            SYSTEM,
            SAMPLE,
            secrets={"user": user, "password": password},
            settings={**ALWAYS, **{name: value for pairs in settings
                                    for name, value in pairs.items()}},
        )  # fmt: skip
        limits = {"calls": Budget(CALLS_PER_S // 8, CALLS_PER_S * 0.9), "slots": Budget(SLOTS)}
        return rehearsed(real, address, limits=limits)

    def maps(self, ends: Ends) -> Mapping[str, Mapping[str, str]]:
        site = Site()
        rates = {rate.id: rate.basis_points for rate in site.tax_rates}
        methods = [row.id for row in site.delivery_methods if rates[row.tax_rate_id] == _VAT]
        delivery = {
            title: str(methods[index % len(methods)]) for index, title in enumerate(SHIPPING_TITLES)
        }
        if DESPATCHED in ends:
            delivery[FREE_ABROAD] = str(ABROAD.id)
        named = {name: words for name, (end, words) in WORDS.items() if end in ends}
        return {"delivery": delivery, **named}

    def furnish(self, staging: Staging, goods: Sequence[Goods]) -> None:
        with closing(self.served(staging, random.Random(0), unheard)) as twin:
            twin.furnish(goods, oddly=staging.faults != "none")

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> OfficeTwin:
        (user,), (password,), ends = self.user_files, self.secret_files, staging.ends
        memory, clock = Memory(_file(staging.state)), SystemClock()
        site = Site(
            user=staging.secrets[user],
            password=staging.secrets[password],
            token_ttl_s=3000.0,
            calls_per_s=float(CALLS_PER_S),
            burst=CALLS_PER_S // 4,
            slots=SLOTS,
            read_lag_s=READ_LAG_S,
            patience_s=staging.patience_s,
        )
        if not picks_itself(ends) and GOODS not in ends:
            twin = OrderWiseTwin(memory, clock, chance, Weather(staging.faults), site)
            return OfficeTwin(twin)
        site = msgspec.structs.replace(
            site,
            # It takes what it has itself, and nothing that an order invents.
            products=CREDITED if REPAID in ends else (),
            despatches=picks_itself(ends),
            pick_s=_PICK_S,
            delivery_methods=(*site.delivery_methods, ABROAD),
            despatch_statuses=(*site.despatch_statuses, QUERY),
            couriers=(*site.couriers, COURIER if staging.faults != "none" else KNOWN),
        )
        weather = Weather(staging.faults, besides=MISHAPS)
        twin = OrderWiseTwin(memory, clock, chance, weather, site)
        return OfficeTwin(twin, People(memory, clock, twin))


def _file(state: Path) -> Path:
    return state / f"{SYSTEM}.db"


# --- under a stopwatch ---

# A reference ends with the shop's own number of the order.
_PREFIX = "rtrim(oh_ecommerce_order_number, '0123456789')"
_NUMBER = f"cast(replace(oh_ecommerce_order_number, {_PREFIX}, '') as integer)"
_COUNT = f"select count(distinct {_NUMBER}) from order_header where {_NUMBER} <= ?"  # noqa: S608
_LANDED = f"select {_NUMBER}, min(at_s) from order_header join watched using (oh_id) group by 1"  # noqa: S608
_WATCH = """
create table if not exists watched (oh_id integer primary key, at_s real not null);
create trigger if not exists watching after insert on order_header begin
  insert into watched values (new.oh_id, (julianday('now') - 2440587.5) * 86400.0);
end;
"""


def watch(state: Path) -> None:
    """Have the book note to the millisecond when each order comes; its own moments are whole
    seconds."""
    with closing(sqlite3.connect(_file(state))) as database:
        database.executescript(_WATCH)


def landed_s(state: Path) -> dict[str, float]:
    """When each order landed for the first time, in seconds since 1970, by the source's key."""
    with closing(sqlite3.connect(_file(state))) as database:
        rows = database.execute(_LANDED).fetchall()
    return {str(int(key)): float(landed) for key, landed in rows}


def count_landed(state: Path, last_key: str) -> int:
    """How many orders have landed of those whose key at the source is not beyond `last_key`."""
    with closing(sqlite3.connect(_file(state))) as database:
        ((count,),) = database.execute(_COUNT, (int(last_key),)).fetchall()
    return int(count)


# --- asked over HTTP ---


async def references(port: int) -> list[str]:
    """The reference of every order in the office's own book, the first to land first."""
    return [order.reference for order in await booked(port, "order")]


# --- on canned answers ---

STUB: Final = Stub(
    SYSTEM,
    "https://twin.orderwisecloud.com",
    {"user": "counterfoil", "password": "a-word-for-bytes"},
    {
        "session_id": 12,
        "orders_definition": 101,
        "lines_definition": 102,
        "customer_id": 1044,
        "no_delivery": 9,
        "tax_map": {"0.2": 1, "0": 2},
    },
    {"delivery": ValueMap("delivery", {"Royal Mail": "7"})},
)
_ASKED = {"gettoken": "token", "value-lists": "values", "/101": "orders", "/102": "lines"}


def asked(url: str) -> str:
    """What a call asks for: `token`, `values`, `orders`, `lines`, or `write`."""
    return next((name for part, name in _ASKED.items() if part in url), "write")


def well_behaved(clock: Clock, chance: random.Random) -> OfficeTwin:
    """A twin without faults or limits, which the connector on canned answers can call."""
    site = Site(
        user=STUB.secrets["user"],
        password=STUB.secrets["password"],
        calls_per_s=1e6,
        burst=1_000_000,
        slots=100,
    )
    twin = OrderWiseTwin(Memory(), clock, chance, Weather(), site)
    return OfficeTwin(twin)

"""Another target: a warehouse on Peoplevox, pretended, which picks and despatches by itself.

All that a rehearsal knows of it stands here.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.config.shape import Budget, Connection
from counterfoil.rehearse.cast.twin import (
    Address,
    Conditions,
    Deliver,
    Despatched,
    End,
    Ends,
    Figures,
    Held,
    Landing,
    Part,
    Played,
    Staging,
    rehearsed,
)
from counterfoil.rehearse.traffic.shop import SHIPPING_TITLES
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.warehouse import DAY
from counterfoil.twins.peoplevox import PeoplevoxTwin, Site
from counterfoil.twins.peoplevox.faults import CATALOGUE
from counterfoil.values.clock import Clock, SystemClock

CONNECTION: Final = "warehouse"
SYSTEM: Final = "peoplevox"
TITLE: Final = "Peoplevox"
HOST: Final = "wms.peoplevox.net"
SIDE: Final = "wms"
DAY_SIDE: Final = "picking"
FAULTS: Final = {SIDE: CATALOGUE, DAY_SIDE: DAY}
"""What can go wrong, and what befalls orders in the warehouse, by side."""

CALLS_PER_S: Final = 200
"""What the twin's site may call; a rehearsal has no day to spend on one a second."""
SECRETS: Final = {
    "WAREHOUSE_USER": "counterfoil",
    "WAREHOUSE_PASSWORD": "a secret of the warehouse",
}
CONFIDENTIAL: Final = ("WAREHOUSE_PASSWORD",)

_GOODS: Final[End] = ("product", "target")
_SERVICE = "RM-T48"
_SETTINGS: Final = {"client_id": "acme", "channel_name": "Shop UK", "unpaid_method_id": 3}
_GATEWAYS: Final = ("shopify_payments", "paypal", "gift_card", "manual", "cash")
_SAVES = re.compile(
    rb"<TemplateName>Sales orders</TemplateName>.*?\n&?(?:quot;|\")?([^\"&,]+)", re.S
)
_WINDOW_S = 1.0
_OFFICE: Final[Mapping[str, Mapping[str, str]]] = {
    "services": {"DPD 24": "DPD-ND", "Royal Mail 48": "RM-T48", "Collection": "RM-T48"},
    "payment-methods": {"Shopify Payments": "1", "PayPal": "2"},
}
"""What an office calls its delivery and payment methods; how it sends abroad nobody has mapped."""


class WarehouseTwin(Played[PeoplevoxTwin]):
    """`TargetTwin`: what a rehearsal asks, in the words of this vendor's twin."""

    def figures(self) -> Figures:
        report = self.twin.report()
        return Figures(self.reached(SIDE, DAY_SIDE), {CONNECTION: report.over_limit})

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        return landing(method, path, body)

    def held(self) -> dict[str, list[Held]]:
        orders: dict[str, list[Held]] = defaultdict(list)
        for entry in self.twin.book("order"):
            facts = msgspec.convert(entry.facts, _Facts)
            texts = (facts.lines, facts.postcode, facts.email)
            held = Held(int(entry.key), entry.reference, entry.measure.amount, *texts)
            orders[entry.reference].append(held)
        return orders

    def units(self) -> Mapping[int, Counter[str]]:
        return {
            int(entry.key): Counter(msgspec.convert(entry.facts, _Facts).units)
            for entry in self.twin.book("order")
        }

    def altered(self) -> dict[int, list[str]]:
        return {}

    def at_rest(self) -> bool:
        return True

    def despatches(self) -> list[Despatched]:
        return []


class _Facts(msgspec.Struct, frozen=True):
    """What is read of an order in the twin's book."""

    lines: int
    units: dict[str, int]
    postcode: str
    email: str


def landing(method: str, path: str, body: bytes) -> Landing | None:
    """What a request writes here, None for one that writes no document: the head of an order."""
    if b"<SaveData " not in body:
        return None
    match = _SAVES.search(body)
    return Landing("order", match[1].decode()) if match else None


# --- in a world ---


def connection(conditions: Conditions, timeout_s: float) -> Connection:
    """The connection of a world."""
    return Connection(
        SYSTEM,
        f"https://{HOST}",
        secrets={"user": "env:WAREHOUSE_USER", "password": "env:WAREHOUSE_PASSWORD"},
        settings={**_SETTINGS, "page_size": conditions.page},
        limits={"calls": Budget(CALLS_PER_S // 4, CALLS_PER_S * 0.7)},
        timeout_s=timeout_s,
    )


def maps() -> dict[str, dict[str, str]]:
    """The value maps of a world, by name."""
    return {
        "services": dict.fromkeys(SHIPPING_TITLES, _SERVICE),
        "payment-methods": dict.fromkeys(_GATEWAYS, "1"),
    }


def in_world(
    conditions: Conditions, clock: Clock, chance: random.Random, patience_s: float
) -> WarehouseTwin:
    """The twin of a world, in memory."""
    day = "normal" if conditions.faulty else "none"
    faults = conditions.faults[SIDE], conditions.faults[DAY_SIDE]
    site = _site(SECRETS["WAREHOUSE_USER"], SECRETS["WAREHOUSE_PASSWORD"], patience_s)
    return WarehouseTwin(PeoplevoxTwin(Memory(), clock, chance, Weather(day, *faults), site))


def _site(user: str, password: str, patience_s: float) -> Site:
    return Site(
        user=user,
        password=password,
        calls=int(CALLS_PER_S * _WINDOW_S),
        window_s=_WINDOW_S,
        patience_s=patience_s,
        pace=Pace(life_s=(2.0, 8.0), late_s=(1.0, 5.0)),
    )


# --- in a demo's folder ---


@dataclass(frozen=True)
class Warehouse(Part):
    """The warehouse of an estate."""

    connection: str = CONNECTION
    system = SYSTEM
    title = TITLE
    faults = {**CATALOGUE, **DAY}
    by_code = True

    @property
    def secret_files(self) -> tuple[str, ...]:
        return ("warehouse-password",)

    @property
    def user_files(self) -> tuple[str, ...]:
        return ("warehouse-user",)

    def configured(self, address: Address | None, ends: Ends) -> Connection:
        user, password = (f"file:{name}" for name in (*self.user_files, *self.secret_files))
        real = Connection(
            SYSTEM,
            f"https://{HOST}",
            secrets={"user": user, "password": password},
            settings={**_SETTINGS, **({"item_barcode": "code"} if _GOODS in ends else {})},
        )
        limits = {"calls": Budget(CALLS_PER_S // 4, CALLS_PER_S * 0.7)}
        return rehearsed(real, address, limits=limits)

    def despatch(self, key: str) -> str:
        return f"DES{1_937_000 + int(key)}"

    def maps(self, ends: Ends) -> Mapping[str, Mapping[str, str]]:
        """The words of a shop, and those of an office that releases what a shop sold."""
        words = maps()
        return {name: {**words[name], **_OFFICE[name]} for name in words}

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> WarehouseTwin:
        (user,), (password,) = self.user_files, self.secret_files
        twin = PeoplevoxTwin(
            Memory(_file(staging.state)),
            SystemClock(),
            chance,
            Weather(staging.faults, besides=DAY),
            _site(staging.secrets[user], staging.secrets[password], staging.patience_s),
        )
        return WarehouseTwin(twin)


def _file(state: Path) -> Path:
    return state / f"{SYSTEM}.db"

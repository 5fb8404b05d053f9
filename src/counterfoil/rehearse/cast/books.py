"""Another target: the books of a retailer in Xero, pretended; what is sold there is an invoice.

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
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.xero import Site, XeroTwin
from counterfoil.twins.xero.twin import CATALOGUE
from counterfoil.values.clock import Clock, SystemClock

CONNECTION: Final = "books"
SYSTEM: Final = "xero"
TITLE: Final = "Xero"
HOST: Final = "api.xero.com"
SIDE: Final = "ledger"
FAULTS: Final = {SIDE: CATALOGUE}
"""What can go wrong there, by side."""

CALLS_A_MINUTE: Final = 6000
"""What the twin's organisation may call; a rehearsal has no minute to spend on sixty."""
TENANT: Final = "b4aca7b2-6fab-4ee7-a969-477f9128f636"
SECRETS: Final = {
    "BOOKS_CLIENT": "counterfoil",
    "BOOKS_SECRET": "a secret of the books",
    "BOOKS_REFRESH": "a first refresh token",
}
CONFIDENTIAL: Final = ("BOOKS_SECRET", "BOOKS_REFRESH")
WORDS: Final = {"Invoices": "order", "CreditNotes": "refund", "Payments": "refund"}
"""Which of our documents a collection's are of."""

_SETTINGS: Final[Mapping[str, object]] = {
    "tenant_id": TENANT,
    "contact": "Web sales",
    "currencies": ["GBP", "EUR", "USD"],
    "account_map": "accounts",
    "tax_map": "tax-types",
    "payment_map": "clearing",
}
_ACCOUNTS: Final = {
    "product": "200",
    "custom": "200",
    "gift-card": "820",
    "tip": "203",
    "shipping": "202",
    "extra": "203",
    "rounding": "860",
    **dict.fromkeys(("goodwill", "fee", "duty", "exchange", "rate", "difference"), "203"),
}
_TAX_TYPES: Final = {"0.2": "OUTPUT2", "0.05": "RROUTPUT", "0": "ZERORATEDOUTPUT"}
_GATEWAYS: Final = ("shopify_payments", "paypal", "manual", "cash")
CLEARING: Final = "851"
"""The account that customers pay on, and payouts are cleared over."""
BANK: Final = "090"
"""The account that payouts arrive at."""
_KEPT: Final = {
    "fee": "404", "fee-tax": "404", "dispute": "404", "adjustment": "404", "reserve": "610",
    "transfer": "610", "advance": "610",
}  # fmt: skip
PAID_OUT: Final[End] = ("settlement", "target")
_OF_ENDS: Final[Mapping[End, Mapping[str, object]]] = {
    PAID_OUT: {
        "book_payments": True, "clearing_map": "clearing-accounts", "bank_map": "banks",
        "payout_map": "kept-of-payouts",
    },
}  # fmt: skip
"""What the books of an estate are set to beside, by what they are to a route."""
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "clearing-accounts": {"GBP": CLEARING},
    "banks": {"GBP": BANK},
    "kept-of-payouts": _KEPT,
}
_WRITES: Final = re.compile(r"/api\.xro/2\.0/(\w+)(?:\?.*)?")
_REFERENCES: Final = ("InvoiceNumber", "CreditNoteNumber", "Reference")


class BooksTwin(Played[XeroTwin]):
    """`TargetTwin`: what a rehearsal asks, in the words of this vendor's twin."""

    def figures(self) -> Figures:
        report = self.twin.report()
        reached = {f"{SIDE}.{name}": count for name, count in report.faults.items()}
        return Figures(reached, {CONNECTION: report.over_limit})

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        return landing(method, path, body)

    def held(self) -> dict[str, list[Held]]:
        orders: dict[str, list[Held]] = defaultdict(list)
        for entry in self.twin.book("order"):
            lines = msgspec.convert(entry.facts, _Facts).lines
            held = Held(int(entry.key), entry.reference, entry.measure.amount, lines, None, None)
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
    """What is read of an invoice in the twin's book."""

    lines: int
    units: dict[str, int]


def landing(method: str, path: str, body: bytes) -> Landing | None:
    """What a request writes here, None for one that writes no document; of several the first."""
    match = _WRITES.fullmatch(path)
    word = WORDS.get(match[1]) if match else None
    if method != "PUT" or match is None or word is None:
        return None
    if not body:  # asked by its first line only
        return Landing(word, "")
    rows = msgspec.json.decode(body, type=dict[str, list[dict[str, object]]])[match[1]]
    named = [str(rows[0][name]) for name in _REFERENCES if name in rows[0]]
    return Landing(word, named[0] if named else "")


# --- in a world ---


def connection(conditions: Conditions, timeout_s: float) -> Connection:
    """The connection of a world."""
    return Connection(
        SYSTEM,
        f"https://{HOST}",
        secrets={
            "client_id": "env:BOOKS_CLIENT",
            "client_secret": "env:BOOKS_SECRET",
            "refresh_token": "env:BOOKS_REFRESH",
        },
        settings={
            **_SETTINGS,
            "identity": "",
            "page_size": conditions.page,
            **(_OF_ENDS[PAID_OUT] if conditions.days else {}),
        },
        limits={"minute": Budget(CALLS_A_MINUTE // 2)},
        timeout_s=timeout_s,
    )


def maps() -> dict[str, dict[str, str]]:
    """The value maps of a world, by name."""
    gateways = {**dict.fromkeys(_GATEWAYS, CLEARING), "gift_card": "820"}
    further = {name: dict(words) for name, words in _WORDS.items()}
    return {"accounts": _ACCOUNTS, "tax-types": _TAX_TYPES, "clearing": gateways, **further}


def in_world(
    conditions: Conditions, clock: Clock, chance: random.Random, patience_s: float
) -> BooksTwin:
    """The twin of a world, in memory."""
    weather = Weather("normal" if conditions.faulty else "none", conditions.faults[SIDE])
    return BooksTwin(
        XeroTwin(Memory(), clock, chance, weather, _site([*SECRETS.values()], patience_s))
    )


def _site(secrets: list[str], patience_s: float) -> Site:
    client, secret, refresh = secrets
    return Site(
        client_id=client,
        client_secret=secret,
        refresh_token=refresh,
        tenant_id=TENANT,
        minute=CALLS_A_MINUTE,
        day=CALLS_A_MINUTE * 24,
        patience_s=patience_s,
    )


# --- in a demo's folder ---


@dataclass(frozen=True)
class Books(Part):
    """The books of an estate."""

    connection: str = CONNECTION
    system = SYSTEM
    title = TITLE
    faults = CATALOGUE
    goods = False
    clearing = CLEARING
    bank = BANK

    @property
    def secret_files(self) -> tuple[str, ...]:
        return ("books-secret", "books-refresh-token")

    @property
    def user_files(self) -> tuple[str, ...]:
        return ("books-client",)

    def configured(self, address: Address | None, ends: Ends) -> Connection:
        names = ("client_id", "client_secret", "refresh_token")
        files = (f"file:{name}" for name in (*self.user_files, *self.secret_files))
        secrets: dict[str, str] = dict(zip(names, files, strict=True))
        further = (pairs for end, pairs in _OF_ENDS.items() if end in ends)
        settings = {
            **_SETTINGS,
            **{name: value for pairs in further for name, value in pairs.items()},
        }
        real = Connection(SYSTEM, f"https://{HOST}", secrets=secrets, settings=settings)
        limits = {"minute": Budget(CALLS_A_MINUTE // 2), "day": Budget(CALLS_A_MINUTE * 24)}
        return rehearsed(real, address, settings={**real.settings, "identity": ""}, limits=limits)

    def maps(self, ends: Ends) -> Mapping[str, Mapping[str, str]]:
        unused = _WORDS.keys() if PAID_OUT not in ends else ()
        return {name: words for name, words in maps().items() if name not in unused}

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> BooksTwin:
        secrets = [staging.secrets[name] for name in (*self.user_files, *self.secret_files)]
        memory, weather = Memory(_file(staging.state)), Weather(staging.faults)
        site = _site(secrets, staging.patience_s)
        return BooksTwin(XeroTwin(memory, SystemClock(), chance, weather, site))


def _file(state: Path) -> Path:
    return state / f"{SYSTEM}.db"

"""A shop of canned answers, for what a shop may answer; and the shapes of one order."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.kit.connector import Session
from counterfoil.kit.contract import OpenBook, StoppedClock
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.transport import Answer
from counterfoil.mapping.valuemap import ValueMap

SHARED = Path(__file__).resolve().parents[4] / "shared"
SPECS = SHARED / "specs" / "shopify"
needs_shared = pytest.mark.skipif(not SPECS.is_dir(), reason="the vendors' specs are not beside us")


class Sent(NamedTuple):
    """One request as the shop saw it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def asked(self) -> dict[str, Any]:
        """The GraphQL request."""
        return json.loads(self.body)


Canned = Answer | Exception | Callable[[Sent], Answer]


class CannedShop:
    """A way out that ends at a list of answers."""

    def __init__(self) -> None:
        self.answers: list[Canned] = []
        self.sent: list[Sent] = []

    def will(self, *answers: Canned) -> None:
        self.answers.extend(answers)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        sent = Sent(method, url, headers, body)
        self.sent.append(sent)
        answer = self.answers.pop(0)
        await asyncio.sleep(0)  # others have their turn, as on a real wire
        if isinstance(answer, Exception):
            raise answer
        return answer(sent) if callable(answer) else answer

    async def close(self) -> None: ...


class Opened(NamedTuple):
    """One open connection and what stands around it."""

    session: Session
    shop: CannedShop
    book: OpenBook
    clock: StoppedClock


Open = Callable[..., Opened]


@pytest.fixture
def open_shop() -> Open:
    """A connection to a canned shop, with these settings over the manifest's defaults."""

    def opened(
        secrets: Mapping[str, str] | None = None, maps: Sequence[ValueMap] = (), **settings: Any
    ) -> Opened:
        shop, book, clock = CannedShop(), OpenBook(), StoppedClock()
        known = {"access_token": "shpat_1"} if secrets is None else secrets
        account = Account("acme", "https://acme-uk.myshopify.com", settings=settings)
        means = Means(clock, shop, book, "test")
        named = {each.name: each for each in maps}
        session = open_connection(CONNECTOR, account, means, secret=known.__getitem__, maps=named)
        return Opened(session, shop, book, clock)

    return opened


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, named, msgspec.json.encode(body))


def graphql(data: object = None, *, cost: tuple[float, float | None, float] = (50, 20, 1980),
            errors: list[Any] | None = None) -> Answer:  # fmt: skip
    """A GraphQL answer; `cost` is requested, actual, available."""
    level = {"maximumAvailable": 2000.0, "currentlyAvailable": cost[2], "restoreRate": 100.0}
    price = {"requestedQueryCost": cost[0], "actualQueryCost": cost[1], "throttleStatus": level}
    body: dict[str, Any] = {"data": data, "extensions": {"cost": price}}
    if errors:
        body["errors"] = errors
    return answer(body, x_shopify_api_version="2026-10")


def failing(code: str, message: str = "No.", **more: Any) -> Answer:
    """A GraphQL answer with one error."""
    return graphql(errors=[{"message": message, "extensions": {"code": code, **more}}])


def shown(amount: str) -> dict[str, Any]:
    """A MoneyBag, with a presentment amount that must never be read."""
    return {"shopMoney": {"amount": amount}, "presentmentMoney": {"amount": "999.99"}}


def both_set(name: str, amount: str) -> dict[str, Any]:
    """A REST amount and its set."""
    money = {"amount": amount, "currency_code": "GBP"}
    return {name: amount, f"{name}_set": {"shop_money": money, "presentment_money": money}}


def introspection(version: str) -> dict[str, Any]:
    """The vendor's published schema of one version."""
    with gzip.open(SPECS / f"admin_{version}.introspection.json.gz") as file:
        return json.load(file)["data"]


def example(name: str) -> dict[str, Any]:
    """One of the constructed examples beside the vendor's schema."""
    return json.loads((SPECS / "examples" / "constructed" / f"{name}.json").read_text())

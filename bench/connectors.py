"""The two real connectors, opened on ends in memory; the settings are those of a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.shopify import postage
from counterfoil.connectors import orderwise, shopify
from counterfoil.kit.connector import Connector, Intent, Opening, Written
from counterfoil.kit.manifest import Limit
from counterfoil.kit.setup import Account, settings
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import RateLimitStore, Throttle
from counterfoil.kit.transport import Destination, Transport, Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError

_OFFICE: dict[str, Any] = {
    "session_id": 12,
    "customer_id": 1044,
    "orders_definition": 101,
    "lines_definition": 102,
    "stock_location_id": 3,
    "tax_map": {"0.2": 1, "0": 2},
}
_ENDLESS = 10**9


def throttle(book: RateLimitStore, holder: str, *buckets: str) -> Throttle:
    """Budgets that never run out, and are asked all the same."""
    limits = {name: Limit("rate", _ENDLESS, "a bench", float(_ENDLESS)) for name in buckets}
    return Throttle("bench", limits, book, SystemClock(), holder)


def order_source(wire: Wire, book: RateLimitStore, holder: str) -> Any:
    """Shopify's order source, asking `wire`."""
    own = {"orders_per_page": 250}
    opening = _opening(shopify.CONNECTOR, own, wire, throttle(book, holder, "cost"))
    return shopify.CONNECTOR.open(opening).source("order")


class Office:
    """OrderWise's real composing, with nothing behind it: whatever is written is taken."""

    def __init__(self, book: RateLimitStore, holder: str) -> None:
        budgets = throttle(book, holder, "calls")
        opening = _opening(orderwise.CONNECTOR, _OFFICE, Sockets(), budgets)
        target = orderwise.CONNECTOR.open(opening).target("order")
        self.compose = target.compose
        self.read = target.read

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Taken."""
        return [Written(f"OR{intent.reference}", intent.reference) for intent in intents]

    async def close(self) -> None:
        """Nothing was opened."""


def _opening(connector: Connector, own: dict[str, Any], wire: Wire, budgets: Throttle) -> Opening:
    name = connector.manifest.name
    account, clock = Account(name, "http://127.0.0.1:9", settings=own), SystemClock()
    destination = Destination(account.url, ("127.0.0.1",), where=name)
    transport = Transport(destination, wire=wire, throttle=budgets, clock=clock)
    delivery = ValueMap("delivery", {postage(): "1"})
    return Opening(
        name=name,
        settings=settings(account, connector.manifest),
        secret=lambda name: "a secret",
        transport=transport,
        clock=clock,
        maps={"delivery": delivery},
    )

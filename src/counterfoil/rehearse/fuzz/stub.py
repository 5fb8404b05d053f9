"""A connector open on answers of our choosing: nothing leaves, no time passes, nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from counterfoil.app import registry
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.nowhere import NoBook
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Answer, Transport, Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import Instant, instant, later

SHOP = "https://twin.myshopify.com"
OFFICE = "https://twin.orderwisecloud.com"
SHOP_SECRETS = {"access_token": "shpat_bytes", "client_id": "id", "client_secret": "shpss_bytes"}
OFFICE_SECRETS = {"user": "counterfoil", "password": "a-word-for-bytes"}
OFFICE_SETTINGS: dict[str, Any] = {
    "session_id": 12,
    "orders_definition": 101,
    "lines_definition": 102,
    "customer_id": 1044,
    "no_delivery": 9,
    "tax_map": {"0.2": 1, "0": 2},
}
OFFICE_MAPS = {"delivery": ValueMap("delivery", {"Royal Mail": "7"})}

Answers = Callable[[str, str, bytes], Answer]
"""What is answered to a method, an address and a body."""

_REGISTRY = registry()


class StillClock:
    """A clock that stands still, and jumps where somebody sleeps."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        self._start = instant("2026-11-02T12:00:00Z")

    def now(self) -> Instant:
        return later(self._start, self._passed_s) if self._passed_s else self._start

    def monotonic(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        self._passed_s += max(0.0, seconds)


class CannedWire:
    """`kit.transport.Wire` whose answers are made by a function, and can be exchanged."""

    def __init__(self, answers: Answers) -> None:
        self.answers: Answers = answers

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        return self.answers(method, url, body)

    async def close(self) -> None: ...


def connector(system: str) -> Connector:
    """The connector that the house ships under this name."""
    return _REGISTRY.get(system)


def opened_shop(wire: Wire, **settings: Any) -> Session:
    """Shopify, open on `wire`."""
    return _opened("shopify", SHOP, wire, SHOP_SECRETS, settings, {})


def opened_office(wire: Wire) -> Session:
    """OrderWise, open on `wire`."""
    return _opened("orderwise", OFFICE, wire, OFFICE_SECRETS, OFFICE_SETTINGS, OFFICE_MAPS)


def _opened(
    system: str,
    url: str,
    wire: Wire,
    secrets: Mapping[str, str],
    settings: Mapping[str, Any],
    maps: Mapping[str, ValueMap],
) -> Session:
    one, clock = connector(system), StillClock()
    manifest = one.manifest
    throttle = Throttle(system, manifest.limits, NoBook(), clock, "bytes")
    transport = Transport(
        url,
        hosts=manifest.hosts,
        elsewhere=manifest.elsewhere,
        wire=wire,
        throttle=throttle,
        clock=clock,
        where=system,
    )
    defaults = {name: setting.default for name, setting in manifest.settings.items()}
    return one.open(
        Opening(system, {**defaults, **settings}, secrets.__getitem__, transport, clock, maps)
    )

"""A connector open on answers of our choosing: nothing leaves, no time passes, nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from counterfoil.app import registry
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.nowhere import NoBook
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Answer, Destination, Transport, Wire
from counterfoil.rehearse.cast.estate import STUBS
from counterfoil.values.clock import Instant, instant, later

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


def connector(connection: str) -> Connector:
    """The connector that the house ships for a connection of the estate."""
    return _REGISTRY.get(STUBS[connection].system)


def opened(connection: str, wire: Wire, **settings: object) -> Session:
    """The connector of a connection of the estate, open on `wire`; `settings` come on top."""
    stub, vendor, clock = STUBS[connection], connector(connection), StillClock()
    manifest = vendor.manifest
    throttle = Throttle(stub.system, manifest.limits, NoBook(), clock, "bytes")
    transport = Transport(
        Destination(stub.url, manifest.hosts, manifest.elsewhere, stub.system),
        wire=wire,
        throttle=throttle,
        clock=clock,
    )
    defaults = {name: setting.default for name, setting in manifest.settings.items()}
    return vendor.open(
        Opening(
            stub.system,
            {**defaults, **stub.settings, **settings},
            stub.secrets.__getitem__,
            transport,
            clock,
            stub.maps,
        )
    )

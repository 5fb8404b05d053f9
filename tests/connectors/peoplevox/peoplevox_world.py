"""A connection to the twin, by a wire on which answers can be given in the site's stead."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from counterfoil.connectors.peoplevox import CONNECTOR
from counterfoil.connectors.peoplevox.order import OrderTarget
from counterfoil.kit.connector import Intent, Reading, Seen
from counterfoil.kit.contract import AsgiWire, StoppedClock
from counterfoil.kit.contract.book import OpenBook
from counterfoil.kit.field import family
from counterfoil.kit.formats import soap
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.transport import Answer
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.peoplevox import PeoplevoxTwin, Site
from tests.connectors.peoplevox.peoplevox_stage import MAPS, PASSWORD, SETTINGS, USER

SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = SHARED / "cases" / "peoplevox"
WSDL = SHARED / "specs" / "peoplevox" / "integrationservicev4.2017.wsdl"
Instead = Callable[[bytes], Answer | None]


def recorded(path: str) -> bytes:
    """A recorded body."""
    if not (CASES / path).exists():
        pytest.skip("the recordings are not beside this checkout")
    return (CASES / path).read_bytes()


_RESULT = (
    "<{0}Response><{0}Result><ResponseId>0</ResponseId><TotalCount>{1}</TotalCount>"
    "<Detail>{2}</Detail></{0}Result></{0}Response>"
)


def enveloped(operation: str, total: int, csv: str) -> Answer:
    """A good answer with a table of so many rows in all."""
    inside = _RESULT.format(operation, total, escape(csv))
    text = f'<e:Envelope xmlns:e="{soap.SOAP_11}"><e:Body>{inside}</e:Body></e:Envelope>'
    return Answer(200, {}, text.encode())


def document(reading: Reading[Any]) -> Any:
    """The document of a reading that could be read."""
    assert reading.document is not None, reading.problem
    return reading.document


def fault(name: str) -> Weather:
    """A day on which one fault strikes whenever it can."""
    return Weather(
        "normal", {"token_expired": _NEVER, **CALM, name: Fault("It strikes.", 1.0, 1.0)}
    )


class Overheard:
    """Carries to the twin, keeps what was said, and answers itself where it is told to."""

    def __init__(self, wire: AsgiWire) -> None:
        self.asked: list[bytes] = []
        self.answers: list[Answer] = []
        self.instead: Instead = lambda body: None
        self._wire = wire

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        self.asked.append(body)
        answer = self.instead(body) or await self._wire.send(method, url, headers, body, timeout_s)
        self.answers.append(answer)
        return answer

    async def close(self) -> None:
        await self._wire.close()

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return sum(f"<{operation} ".encode() in body for body in self.asked)


class World:
    """A site, the way to it, and a target on a connection."""

    def __init__(
        self, weather: Weather, site: Mapping[str, Any], settings: Mapping[str, Any],
        maps: Mapping[str, ValueMap], send: Send,
    ) -> None:  # fmt: skip
        self.clock = StoppedClock()
        made = Site(**{"user": USER, "password": PASSWORD, "calls": 10_000, **site})
        self.twin = PeoplevoxTwin(Memory(), self.clock, random.Random(1), weather, made, send)
        self.wire = Overheard(AsgiWire(self.twin.app))
        account = Account(
            "warehouse", "https://wms.peoplevox.net", settings={**SETTINGS, **settings}
        )
        means = Means(self.clock, self.wire, OpenBook(), "test")
        secrets = {"user": USER, "password": PASSWORD}
        self.session = open_connection(
            CONNECTOR, account, means, secret=secrets.__getitem__, maps=maps
        )
        target = self.session.target("order")
        assert isinstance(target, OrderTarget)
        self.target = target

    async def seen(self, reference: str) -> Seen:
        """The one order under a reference."""
        (document,) = (await self.target.read([reference]))[reference]
        return document


def world(
    weather: Weather | None = None,
    settings: Mapping[str, Any] | None = None,
    maps: Mapping[str, ValueMap] = MAPS,
    send: Send = unheard,
    **site: Any,
) -> World:
    """A site on such a day, and a connection to it with these settings."""
    return World(weather or Weather(), site, settings or {}, maps, send)


def differing(intent: Intent, document: Seen) -> dict[str, Any]:
    """What is seen otherwise than it is expected."""
    return {
        name: (value, document.fields.get(name))
        for name, value in intent.expect.items()
        if document.fields.get(name) != value and family(name) not in document.unseen
    }


_NEVER = Fault("It does not.", 0.0, 0.0)
CALM = dict.fromkeys(
    PeoplevoxTwin(Memory(), StoppedClock(), random.Random(1), Weather(), Site()).faults.catalogue,
    _NEVER,
)
"""Every fault of the twin, none of which strikes."""

"""An OrderWise of canned answers, and one of flesh: the twin, reached without a socket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Session, Target
from counterfoil.kit.contract import AsgiWire, OpenBook, StoppedClock
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.kit.transport import Answer, Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from tests.connectors.orderwise.orderwise_stage import ADA, CARRYING, SETTINGS


class CannedWire:
    """Answers the sign-in with a token, and every other call with the next canned answer."""

    def __init__(self) -> None:
        self.canned: list[Answer] = []
        self.sent: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.sign_in = Answer(200, {}, b'"token-1"')

    def will(self, status: int, body: bytes | str = b"", **headers: str) -> None:
        """Answer one more call so; header names have `_` for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        encoded = body.encode() if isinstance(body, str) else body
        self.canned.append(Answer(status, named, encoded))

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        self.sent.append((method, url, headers, body))
        await asyncio.sleep(0)  # others have their turn, as on a real wire
        return self.sign_in if url.endswith("/token/gettoken") else self.canned.pop(0)

    async def close(self) -> None: ...


Opened = Callable[..., Session]
MakeOrder = Callable[..., Order]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock("2026-10-05T09:00:00Z")


@pytest.fixture
def wire() -> CannedWire:
    return CannedWire()


@pytest.fixture
def settings_with() -> Callable[..., dict[str, Any]]:
    """Gives the settings of a connection, over the manifest's defaults, with some changed."""
    defaults = {name: one.default for name, one in CONNECTOR.manifest.settings.items()}
    return lambda **changed: {**defaults, **SETTINGS, **changed}


@pytest.fixture
def opened(clock: StoppedClock, wire: CannedWire) -> Opened:
    """Opens the connector with some settings changed, on the canned wire or another one."""

    def opening(over: Wire | None = None, **changed: Any) -> Session:
        account = Account(
            "ow", "http://127.0.0.1", hosts=("127.0.0.1",), settings={**SETTINGS, **changed}
        )
        return open_connection(
            CONNECTOR,
            account,
            Means(clock, over or wire, OpenBook(), "test"),
            secret={"user": "api", "password": "s3cret"}.__getitem__,
            maps={
                "delivery": ValueMap("delivery", {"DPD": "7", "Post": "8"}),
                "countries": ValueMap("countries", {"GB": "United Kingdom"}),
                "payments": ValueMap("payments", {"card": "4", "gift_card": "6", "bank": "5"}),
                "companies": ValueMap("companies", {"77": "2001", "77/north": "2002"}),
                "variants": ValueMap("variants", {"4001": "TEE-RED-M"}),
                "ways": ValueMap(
                    "ways", {"DPD": "release", "Held": "wait", "Gone": "never", "Off": "cancelled"}
                ),
                "words": ValueMap("words", {"shipped": "Despatched", "void": "Cancelled"}),
                "padded": ValueMap("padded", {"1": " TEE "}),
                "blank": ValueMap("blank", {"1": " "}),
                "credits": ValueMap("credits", CARRYING),
                "fees": ValueMap("fees", {"postage": "POST", "fee": "FEE"}),
                "restock": ValueMap("restock", {"return": "3", "cancel": "3", "none": "4"}),
                "away": ValueMap("away", {"return": "4", "none": "4"}),
                "others": ValueMap(
                    "others", {"DPD": "9", "Nobody": "12", "77": "3001", "4001": "77001"}
                ),
            },
        )

    return opening


@pytest.fixture
def target(opened: Opened) -> Target[Order]:
    return opened().target("order")


@pytest.fixture
def order() -> MakeOrder:
    """Makes an order of two lines and a delivery, 60.65 in all; every part can be another one."""

    def made(**changed: Any) -> Order:
        parts: dict[str, Any] = {
            "key": "5778316361911",
            "number": "#1042",
            "placed": "2026-10-05T09:12:33Z",
            "created": "2026-10-05T09:12:34Z",
            "updated": "2026-10-05T09:12:34Z",
            "currency": "GBP",
            "tax_included": True,
            "lines": (
                Line("1", "TEE-RED-M", "Tee", 2, 2400, 480, 720, "0.2"),
                Line("2", "BOOK-CODE", "Book", 1, 1250, 0, 0, "0"),
            ),
            "shipping": (Charge("DPD", 495, 83, "0.2"),),
            "payments": (Payment("shopify_payments", 6065),),
            "email": "ada@example.com",
            "deliver_to": ADA,
        } | changed
        charged = [*parts["shipping"], *parts.get("extras", ())]
        tax = sum(part.tax_minor for part in [*parts["lines"], *charged])
        total = sum(line.total_minor for line in parts["lines"])
        total += sum(charge.amount_minor for charge in charged)
        total += 0 if parts["tax_included"] else tax
        counted: dict[str, Any] = {"total_minor": total, "tax_minor": tax}
        return Order(**counted | parts)

    return made


@pytest.fixture
def twin(clock: StoppedClock) -> Iterator[Callable[..., OrderWiseTwin]]:
    """Makes twins; none of them limits its callers here, since the clock stands still."""
    made: list[OrderWiseTwin] = []

    def make(faults: str = "none", seed: int = 1, **changed: Any) -> OrderWiseTwin:
        known = Site(user="api", password="s3cret", calls_per_s=1e9, burst=10**9)
        site = msgspec.structs.replace(known, **changed)
        made.append(OrderWiseTwin(Memory(), clock, random.Random(seed), Weather(faults), site))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def over_twin() -> Callable[[OrderWiseTwin], Wire]:
    return lambda twin: AsgiWire(twin.app)

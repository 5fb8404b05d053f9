"""An OrderWise of canned answers, and one of flesh: the twin, reached without a socket."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.types import Message

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Opening, Session, Target
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Answer, Lost, Transport, Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.twins.faults import Cut
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.values.clock import Instant, instant, later

ADA = Address(
    name="Ada Byron",
    line1="12 St James Square",
    town="London",
    postcode="SW1Y 4LB",
    country="GB",
    phone="07700900123",
)
SETTINGS: dict[str, Any] = {
    "session_id": 12,
    "orders_definition": 101,
    "lines_definition": 102,
    "customer_id": 1044,
    "stock_location_id": 3,
    "no_delivery": 9,
    "tax_map": {"0.2": 1, "0": 2},
}


class StoppedClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def now(self) -> Instant:
        return later(instant("2026-10-05T09:00:00Z"), self.slept_s)

    def monotonic(self) -> float:
        return self.slept_s

    async def sleep(self, seconds: float) -> None:
        self.slept_s += max(0.0, seconds)


class OpenBook:
    """A book of budgets that never says no."""

    def __init__(self) -> None:
        self._slots = itertools.count()

    async def take(
        self,
        account: str,
        bucket: str,
        amount: float,
        size: float,
        per_s: float,
        reserve: float,
        now: Instant,
    ) -> float:
        return 0.0

    async def correct(
        self, account: str, bucket: str, level: float, refund: float, now: Instant
    ) -> None: ...

    async def claim(
        self, account: str, bucket: str, size: int, holder: str, until: Instant, now: Instant
    ) -> int | None:
        return next(self._slots)

    async def release(self, account: str, bucket: str, slot: int, holder: str) -> None: ...


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


class TwinWire:
    """The twin's ASGI application, called in this process."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self.twin = twin

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        path, _, query = url.removeprefix("http://127.0.0.1").partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        }
        answered: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answered.append(message)

        try:
            await self.twin.app(scope, receive, send)
        except Cut as cut:
            raise Lost(str(cut)) from None
        named = {name.decode(): text.decode() for name, text in answered[0]["headers"]}
        return Answer(answered[0]["status"], named, b"".join(m["body"] for m in answered[1:]))

    async def close(self) -> None: ...


Opened = Callable[..., Session]
MakeOrder = Callable[..., Order]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def wire() -> CannedWire:
    return CannedWire()


@pytest.fixture
def settings_with() -> Callable[..., dict[str, Any]]:
    """Gives the settings of a connection, over the manifest's defaults, with some changed."""
    defaults = {name: one.default for name, one in CONNECTOR.manifest.settings.items()}
    return lambda **changed: {**defaults, **SETTINGS, **changed}


@pytest.fixture
def opened(
    clock: StoppedClock, wire: CannedWire, settings_with: Callable[..., dict[str, Any]]
) -> Opened:
    """Opens the connector with some settings changed, on the canned wire or another one."""

    def opening(over: Wire | None = None, **changed: Any) -> Session:
        throttle = Throttle("ow", CONNECTOR.manifest.limits, OpenBook(), clock, "test")
        return CONNECTOR.open(
            Opening(
                name="ow",
                settings=settings_with(**changed),
                secret={"user": "api", "password": "s3cret"}.__getitem__,
                transport=Transport(
                    "http://127.0.0.1",
                    hosts=("127.0.0.1",),
                    wire=over or wire,
                    throttle=throttle,
                    clock=clock,
                    where="ow",
                ),
                clock=clock,
                maps={
                    "delivery": ValueMap("delivery", {"DPD": "7", "Post": "8"}),
                    "countries": ValueMap("countries", {"GB": "United Kingdom"}),
                },
            )
        )

    return opening


@pytest.fixture
def target(opened: Opened) -> Target[Order]:
    return opened().order_target()


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
        given: dict[str, Any] = {
            "user": "api",
            "password": "s3cret",
            "token_ttl_s": 3600.0,
            "calls_per_s": 1e9,
            "burst": 10**9,
            "slots": 2,
        }
        chance = random.Random(seed)
        made.append(OrderWiseTwin(":memory:", clock, chance, faults, **given | changed))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def over_twin() -> Callable[[OrderWiseTwin], Wire]:
    return TwinWire

"""A caller in the same process as the twin, and a clock that moves only when someone waits."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil.twins.kit.answers import Cut
from counterfoil.twins.kit.faults import NONE, Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site
from counterfoil.twins.orderwise.faults import CATALOGUE
from counterfoil.values.clock import Instant, later

_START = Instant.from_utc(2026, 10, 5, 9, 0, 0)


class StandingClock:
    """A clock that moves only when someone waits."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> Instant:
        return later(_START, self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    async def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds


class Answered(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Caller:
    """Someone who calls the twin in the same process."""

    def __init__(self, twin: OrderWiseTwin, clock: StandingClock) -> None:
        self.twin = twin
        self.clock = clock
        self.authorization = ""

    async def send(
        self, method: str, target: str, body: bytes = b"", authorization: str | None = None
    ) -> Answered:
        path, _, query = target.partition("?")
        signed = self.authorization if authorization is None else authorization
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"authorization", signed.encode())],
        }
        answered = Answered(0, {}, b"")

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def take(message: Any) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                answered.headers = {
                    name.decode(): value.decode() for name, value in message["headers"]
                }
            else:
                answered.body += message.get("body", b"")

        try:
            await self.twin.app(scope, receive, take)  # type: ignore[arg-type]
        except Cut:
            answered.cut = True
        return answered

    async def get(self, target: str) -> Answered:
        return await self.send("GET", target)

    async def sign_in(self, user: str = "api", password: str = "right") -> Answered:
        basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        answered = await self.send("GET", "/token/gettoken", authorization=basic)
        if answered.status == 200:
            self.authorization = f"Bearer {answered.json}"
        return answered

    async def place(self, body: Mapping[str, Any] | bytes, session: str = "12") -> Answered:
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.send("POST", f"/sales/order?session_id={session}", encoded)

    async def export(self, number: int, **parameters: str) -> Answered:
        given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
        body = msgspec.json.encode(given or [{"name": "", "value": ""}])
        return await self.send("POST", f"/system/export-definition/{number}", body)

    async def orders(self, **parameters: str) -> list[dict[str, Any]]:
        return (await self.export(101, **parameters)).json

    async def lines(self, **parameters: str) -> list[dict[str, Any]]:
        return (await self.export(102, **parameters)).json


Opener = Callable[..., Caller]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens a twin and gives its caller; `always` names the one fault that always strikes,
    and with `keeping` none does."""
    twins: list[OrderWiseTwin] = []

    def open_twin(
        *, always: str = "", profile: str = "none", path: Path | str = ":memory:", **settings: Any
    ) -> Caller:
        clock = settings.pop("clock", None) or StandingClock()
        catalogue = CATALOGUE
        if always or "keeping" in settings:
            profile = "hostile"
            catalogue = {
                name: Fault(fault.text, 0.0, 1.0 if name == always else 0.0)
                for name, fault in CATALOGUE.items()
            }
        defaults: dict[str, Any] = {
            "user": "api",
            "password": "right",
            "token_ttl_s": 3600.0,
            "calls_per_s": 1_000_000.0,
            "burst": 1_000_000,
            "slots": 4,
            "read_lag_s": (1.0, 3.0),
            "patience_s": 5.0,
        }
        chance = random.Random(settings.pop("seed", 7))
        weather = Weather(profile, catalogue, settings.pop("keeping", NONE))
        site = settings.pop("site", Site())
        site = msgspec.structs.replace(site, **{**defaults, **settings})
        twin = OrderWiseTwin(Memory(path), clock, chance, weather, site)
        twins.append(twin)
        return Caller(twin, clock)

    yield open_twin
    for twin in twins:
        twin.close()


@pytest.fixture
async def caller(opened: Opener) -> Caller:
    """A caller that has signed in to a well-behaved twin."""
    caller = opened()
    await caller.sign_in()
    return caller


def line(number: int, code: str, quantity: int, gross: str, rate: int = 1) -> dict[str, Any]:
    return {
        "itemNumber": number,
        "variantCode": code,
        "quantity": quantity,
        "itemGross": msgspec.Raw(gross.encode()),
        "taxRateId": rate,
        "stockLocationId": 3,
        "calculateLineSystemPrice": False,
    }


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Makes the body of an order: two T-shirts, a zero-rated book and postage, £60.65."""

    def body(reference: str = "5778316361911", **header: Any) -> dict[str, Any]:
        return {
            "customer": {"id": 1044},
            "orderHeader": {
                "orderDate": "2026-10-05T10:12:33",
                "eCommerceOrderNumber": reference,
                "systemOrderType": 1,
                "deliveryMethodId": 7,
                "orderGross": msgspec.Raw(b"60.65"),
                "deliveryGross": msgspec.Raw(b"4.95"),
                **header,
            },
            "customerDeliveryAddress": {
                "deliveryName": "Augusta Ada Byron-Lovelace",
                "countryCode": "GB",
                "postcode": "SW1Y 4LB",
                "email": "ada@example.com",
            },
            "orderLines": [line(1, "TEE-RED-M", 2, "21.60"), line(2, "BOOK-CODE", 1, "12.50", 2)],
        }

    return body

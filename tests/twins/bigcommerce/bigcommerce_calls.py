"""A store to try things on: a twin in virtual time behind a real socket, a client, a listener."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import uvicorn

from counterfoil.model.address import Address
from counterfoil.twins.bigcommerce import CATALOGUE, BigCommerceTwin, Site
from counterfoil.twins.kit.faults import NONE, Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.world import Sale, SaleDiscount, SaleLine, SaleShipping
from counterfoil.values.clock import Instant, instant, later

SECRET = "bc_client_secret_example"
TOKEN = "store-token"
HOOK = "http://127.0.0.1:9/hooks/store"
BASE = "/stores/examplehash"


class VirtualClock:
    """Time that passes only while somebody waits."""

    def __init__(self, moment: str = "2026-11-02T09:00:00.25Z") -> None:
        self._start = instant(moment)
        self.passed_s = 0.0

    def now(self) -> Instant:
        return later(self._start, self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
        await asyncio.sleep(0)


class Listener:
    """Whoever listens to the store: keeps every message, and answers as it is told."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.status = 200
        self.heard: list[tuple[float, dict[str, str], bytes]] = []

    async def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        self.heard.append((self.clock.passed_s, dict(headers), body))
        await asyncio.sleep(0)
        return self.status

    @property
    def told(self) -> list[tuple[str, int]]:
        """The scope and the order of each message."""
        bodies = [msgspec.json.decode(body) for _, _, body in self.heard]
        return [(body["scope"], body["data"]["id"]) for body in bodies]


def sale(number: int, *, at_s: float = 0.0, **changes: Any) -> Sale:
    """Two lines of 12.00 and postage of 4.95 at 20 %, of which the first has 10 % off by a code."""
    made = Sale(
        at_s=at_s,
        number=str(number),
        placed="2026-11-02T08:59:30Z",
        currency="GBP",
        lines=(
            SaleLine("TEE", "Tee", 2, 600, 180, 120, variant="Blue", grams=180),
            SaleLine("MUG", "Mug", 2, 600, 200),
        ),
        shipping=(SaleShipping("Royal Mail Tracked 48", 495, 83),),
        email="Jo.Bloggs@example.com",
        deliver_to=Address(
            name="Jo Bloggs", line1="1 High Street", town="Leeds", postcode="LS1 1AA", country="GB"
        ),
        discounts=(SaleDiscount("discount_code", "TENOFF", "10.0"),),
    )
    return msgspec.structs.replace(made, **changes)


def beside(number: int, **changes: Any) -> Sale:
    """The same of a store whose prices are without tax: 7 % stands beside them."""
    lines = (SaleLine("TEE", "Tee", 3, 999, 210),)
    return sale(
        number,
        lines=lines,
        shipping=(SaleShipping("Flat Rate", 1000, 70),),
        tax_rate="0.07",
        tax_included=False,
        discounts=(),
        currency="USD",
        **changes,
    )


class World:
    """A twin with its clock and its listener, and a client that knows the token."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        twin: BigCommerceTwin,
        clock: VirtualClock,
        listener: Listener,
    ) -> None:
        self.client = client
        self.twin = twin
        self.clock = clock
        self.listener = listener

    def place(self, *sales: Sale) -> list[int]:
        return [self.twin.trade.place(one) for one in sales]

    async def call(
        self, method: str, path: str, value: Any = None, token: str = TOKEN
    ) -> tuple[int, Mapping[str, str], bytes]:
        sent = None if value is None else msgspec.json.encode(value)
        headers = {"X-Auth-Token": token, "Accept": "application/json"}
        async with self.client.request(method, BASE + path, data=sent, headers=headers) as answer:
            lower = {name.lower(): text for name, text in answer.headers.items()}
            return answer.status, lower, await answer.read()

    async def get(self, path: str) -> Any:
        """The JSON of a read that is answered; None of an empty one."""
        status, _, body = await self.call("GET", path)
        assert status in (200, 204), (status, body)
        assert (status == 204) == (not body)
        return msgspec.json.decode(body) if body else None

    async def hook(self, scope: str, **more: Any) -> int:
        asked = {"scope": scope, "destination": HOOK, **more}
        status, _, body = await self.call("POST", "/v3/hooks", asked)
        assert status == 200, body
        return msgspec.json.decode(body)["data"]["id"]

    async def trade(self, seconds: float) -> None:
        """Let the store trade for a while."""
        end_s = self.clock.passed_s + seconds
        running = asyncio.create_task(self.twin.run())
        try:
            while self.clock.passed_s < end_s:
                await asyncio.sleep(0)
                if running.done():
                    running.result()
        finally:
            running.cancel()
            await asyncio.wait([running])


@asynccontextmanager
async def opened(
    *,
    path: str = ":memory:",
    always: str = "",
    day: str = "none",
    besides: Mapping[str, Fault] = NONE,
    seed: int = 1,
    **site: Any,
) -> AsyncGenerator[World]:
    """A store that serves on a socket; `always` names the one fault that always strikes."""
    clock = VirtualClock()
    listener = Listener(clock)
    weather = Weather(day, besides=besides)
    if always:
        rates = {name: float(name == always) for name in CATALOGUE}
        catalogue = {name: Fault(name, rate, rate) for name, rate in rates.items()}
        weather = Weather("hostile", catalogue)
    twin = BigCommerceTwin(
        Memory(path),
        clock,
        random.Random(seed),
        weather,
        Site(token=TOKEN, client_secret=SECRET, **site),
        listener,
    )
    config = uvicorn.Config(twin.app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        yield World(client, twin, clock, listener)
    server.should_exit = True
    await serving
    twin.close()

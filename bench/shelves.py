"""The two ends of a bench of stock: an office that counts and a shop that shows, on real sockets.

Run as `python -m bench.shelves OFFICE SHOP SKUS`, the ports of both, in a process of its own. It
says "ready"; then each line of input is an order, and its answer a line of JSON: "settle" waits
until the shop shows everything; "move N" counts N levels anew at once; "drip RATE N" so many a
second. The answers are the seconds from each change to the moment when the shop has it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from typing import Final

import uvicorn

from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.twins.orderwise import Site as OfficeSite
from counterfoil.twins.shopify import Profile, ShopifyTwin, Site
from counterfoil.values.clock import SystemClock

USER, PASSWORD, TOKEN = "user", "password", "shpat_bench"
PLACE, LOCATION = 3, 3001
_LOOK_S: Final = 0.02
_PATIENCE_S: Final = 120.0


class Shelves:
    """Levels of so many SKUs, at both ends."""

    def __init__(self, skus: int) -> None:
        clock = SystemClock()
        site = OfficeSite(user=USER, password=PASSWORD, calls_per_s=1e6, burst=10**6, slots=64)
        self.office = OrderWiseTwin(Memory(), clock, random.Random(1), Weather(), site)
        profile = Profile(client_id="id", client_secret="secret", token=TOKEN, location=LOCATION)
        self.shop = ShopifyTwin(Memory(), clock, random.Random(2), Weather(), Site(profile))
        self.skus = [f"SKU-{number:06d}" for number in range(skus)]
        self._items = {sku: self.shop.inventory.item(sku) for sku in self.skus}
        self._counts = dict.fromkeys(self.skus, 7)
        self._next = 0
        for sku, item in self._items.items():
            self.office.shelves.put(sku, PLACE, 7000)
            self.shop.inventory.stand(item, LOCATION, 0)

    def change(self) -> str:
        """Count the next level anew; its SKU."""
        sku = self.skus[self._next % len(self.skus)]
        self._next += 1
        self._counts[sku] += 1
        self.office.shelves.move(sku, PLACE, 1000)
        return sku

    def shows(self, sku: str) -> bool:
        """Whether the shop shows a level as it was counted last."""
        level = self.shop.inventory.active((self._items[sku], LOCATION))
        return level is not None and level.available == self._counts[sku]

    async def settle(self) -> list[float]:
        """Wait until the shop shows everything."""
        return await self._arrivals([(sku, time.monotonic()) for sku in self.skus])

    async def move(self, count: int) -> list[float]:
        """Count so many levels anew, all at once."""
        start_s = time.monotonic()
        return await self._arrivals([(self.change(), start_s) for _ in range(count)])

    async def drip(self, per_s: float, count: int) -> list[float]:
        """Count so many levels anew, so many a second."""
        start_s = time.monotonic()
        waits: list[asyncio.Task[list[float]]] = []
        for number in range(count):
            await asyncio.sleep(max(0.0, start_s + number / per_s - time.monotonic()))
            changed = [(self.change(), time.monotonic())]
            waits.append(asyncio.create_task(self._arrivals(changed)))
        return [seconds for took in await asyncio.gather(*waits) for seconds in took]

    async def _arrivals(self, changed: Sequence[tuple[str, float]]) -> list[float]:
        """How long each took. Raises `TimeoutError` where one does not arrive."""
        waiting, took = [*changed], list[float]()
        deadline = time.monotonic() + _PATIENCE_S
        while waiting:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(waiting)} levels did not reach the shop.")
            await asyncio.sleep(_LOOK_S)
            now_s = time.monotonic()
            took += [now_s - since_s for sku, since_s in waiting if self.shows(sku)]
            waiting = [each for each in waiting if not self.shows(each[0])]
        return took


async def _orders(shelves: Shelves) -> None:
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    _say("ready")
    while line := (await lines.readline()).decode().split():
        name, *numbers = line
        took = await getattr(shelves, name)(*map(int, numbers))
        _say(json.dumps(took))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _serve(app: object, port: int) -> None:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host="127.0.0.1", port=port, http="httptools", log_level="critical", access_log=False,
        lifespan="off",
    )  # fmt: skip
    await uvicorn.Server(config).serve()


async def main(office: int, shop: int, skus: int) -> None:
    """Serve both ends, and do as the lines of input say."""
    shelves = Shelves(skus)
    serving = [
        asyncio.create_task(_serve(shelves.office.app, office)),
        asyncio.create_task(_serve(shelves.shop.app, shop)),
        asyncio.create_task(shelves.office.run()),
        asyncio.create_task(shelves.shop.run()),
    ]
    await _orders(shelves)
    for task in serving:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))

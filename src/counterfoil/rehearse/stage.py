"""The stage: both twins in one process of their own, on real sockets, while the house is up.

Run as `python -m counterfoil.rehearse.stage FOLDER`. What the twins remember rests in files, so
that a stage that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import aiohttp
import msgspec
import uvicorn

from counterfoil.config import Config, load
from counterfoil.rehearse.folder import (
    CALLS_PER_S,
    PATIENCE_S,
    POINTS_PER_S,
    READ_LAG_S,
    SLOTS,
    Rehearsal,
    rehearsal,
)
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.trade import Plan
from counterfoil.twins.orderwise.faults import CATALOGUE as ORDERWISE
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.twins.shopify import CATALOGUE as SHOPIFY
from counterfoil.twins.shopify import Pace, Profile, ShopifyTwin
from counterfoil.twins.shopify import Site as ShopSite
from counterfoil.twins.world import Sale
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import Misconfigured

FAULTS = {f"shopify.{name}": fault.text for name, fault in SHOPIFY.items()} | {
    f"orderwise.{name}": fault.text for name, fault in ORDERWISE.items()
}
"""Every fault of the two twins, in plain words."""

TOPICS = ("orders/create", "orders/updated")
_HOOK_S = 6.0
_REPEATS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0)  # nobody waits four minutes for a message


def shop_file(config: Config) -> str:
    """Where the shop's twin remembers."""
    return str(config.state / "shopify.db")


def write_plan(config: Config, sales: Iterable[Sale], stretch: float) -> None:
    """Hand the shop its trade, every moment of it `stretch` times as late as it was planned."""
    memory = Memory(shop_file(config))
    try:
        Plan(memory).load(msgspec.structs.replace(sale, at_s=sale.at_s * stretch) for sale in sales)
    finally:
        memory.close()


async def run(config: Config) -> None:
    """Serve both twins until the process ends."""
    found = rehearsal(config)
    if found is None:
        raise Misconfigured("This is no rehearsal folder.", do="Make one with `counterfoil demo`.")
    async with aiohttp.ClientSession() as client:
        shop = _shop(config, found, client)
        office = _office(config, found)
        await asyncio.gather(
            shop.run(),
            _serve(shop.app, found.shopify_port),
            _serve(office.app, found.orderwise_port),
        )


def _shop(config: Config, found: Rehearsal, client: aiohttp.ClientSession) -> ShopifyTwin:
    async def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
        deadline = aiohttp.ClientTimeout(total=_HOOK_S)
        try:
            async with client.post(address, data=body, headers=headers, timeout=deadline) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    twin = ShopifyTwin(
        Memory(shop_file(config)),
        SystemClock(),
        random.Random(found.seed),
        Weather(found.faults),
        ShopSite(
            Profile(
                client_id="rehearsal",
                client_secret=_secret(config, "shop-secret"),
                token=_secret(config, "shop-token"),
                bucket_size=POINTS_PER_S * 20.0,
                restore_per_s=float(POINTS_PER_S),
            ),
            Pace(patience_s=PATIENCE_S, late_s=(2.0, 6.0), edit_s=(1.0, 3.0), retries_s=_REPEATS_S),
        ),
        send,
    )
    door = f"http://127.0.0.1:{config.file.web.port}/hooks/shop"
    twin.listen(TOPICS, door)
    return twin


def _office(config: Config, found: Rehearsal) -> OrderWiseTwin:
    return OrderWiseTwin(
        Memory(config.state / "orderwise.db"),
        SystemClock(),
        random.Random(found.seed + 1),
        Weather(found.faults),
        Site(
            user=_secret(config, "office-user"),
            password=_secret(config, "office-password"),
            token_ttl_s=3000.0,
            calls_per_s=float(CALLS_PER_S),
            burst=CALLS_PER_S // 4,
            slots=SLOTS,
            read_lag_s=READ_LAG_S,
            patience_s=PATIENCE_S,
        ),
    )


def _secret(config: Config, name: str) -> str:
    return (config.folder / "secrets" / name).read_text("utf-8").strip()


async def _serve(app: object, port: int) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            host="127.0.0.1",
            port=port,
            http="httptools",
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    await server.serve()


if __name__ == "__main__":
    asyncio.run(run(load(Path(sys.argv[1]))))

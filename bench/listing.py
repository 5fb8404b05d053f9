"""Listing pages to writes: GraphQL bytes, mapped, through the whole ledger, composed again."""

from __future__ import annotations

import time

import msgspec

from bench.bulk import WORKERS, jobs, told
from bench.crew import run
from bench.figure import Figure
from bench.house import Ground, estate
from bench.shopify import Listings

_NOTE = (
    "Orders of 14 lines a second: GraphQL pages of 250 ready in memory, read by the Shopify"
    " connector, captured, delivered as OrderWise payloads to a target that takes 250 at once, by"
    " two workers with the whole ledger. The floor is msgspec's untyped decoding of the same pages"
    " on one core."
)


async def listing(ground: Ground) -> list[Figure]:
    """20,000 orders of 14 lines."""
    orders = ground.size(10_000, 2_500)
    async with ground.database() as dsn, estate(dsn, WORKERS) as database:
        work = jobs(dsn, orders, source="shopify", target="orderwise")
        found = await run(ground, database, work)
    floor = _floor(orders)
    return [
        Figure(
            what="listing pages → map → target, 14 lines",
            unit="orders/s",
            measured=found.per_s,
            aim=10_000,
            peer_name="msgspec's decoding alone, one core",
            peer=floor,
            note=_NOTE,
            raw=told(found),
        )
    ]


def _floor(orders: int) -> float:
    pages = Listings(0, min(orders, 2_500)).pages
    start = time.process_time()
    for page in pages:
        msgspec.json.decode(page)
    return min(orders, 2_500) / (time.process_time() - start)

"""A webhook's way through the house at a steady pace: durable, mapped, and received as a write."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

import aiohttp

from bench.doorway import Doorway, house, peer
from bench.figure import Figure
from bench.house import Ground

_PER_S = 50
_WARM_UP = 50
_NOTE = (
    "Milliseconds from the first byte of a signed webhook (14 lines, 50 a second) to its order"
    " at the sink: real sockets, the product's own `up` with the real connectors, durable before it"
    " is acknowledged. The peer is a bare Starlette application: one insert, one commit, one POST."
)


async def latency(ground: Ground) -> list[Figure]:
    """The median and the ninety-ninth of a hundred."""
    count = _PER_S * ground.size(20, 4)
    async with peer(ground) as doorway:
        theirs = await _measured(doorway, count)
    async with house(ground) as doorway:
        ours = await _measured(doorway, count)
    return [_figure(ours, theirs, 50, 10.0), _figure(ours, theirs, 99, 50.0)]


def _figure(ours: Sequence[float], theirs: Sequence[float], percent: int, aim_ms: float) -> Figure:
    return Figure(
        what=f"webhook to write received, 50/s, p{percent}",
        unit="ms",
        measured=_percentile(ours, percent),
        aim=aim_ms,
        most=True,
        peer_name="bare Starlette",
        peer=_percentile(theirs, percent),
        note=_NOTE,
        raw={"ours_ms": sorted(ours), "peer_ms": sorted(theirs)} if percent == 99 else {},
    )


async def _measured(doorway: Doorway, count: int) -> list[float]:
    """Milliseconds of each order, after some that warm the house up."""
    numbers = range(count + _WARM_UP)
    async with aiohttp.ClientSession() as client:
        start = time.monotonic()
        sent: list[asyncio.Task[float]] = []
        for number in numbers:
            await asyncio.sleep(max(0.0, start + number / _PER_S - time.monotonic()))
            sent.append(asyncio.create_task(doorway.send(client, number)))
        started = await asyncio.gather(*sent)
    arrived = await doorway.arrivals(numbers)
    took = [(end - begin) * 1000 for begin, end in zip(started, arrived, strict=True)]
    return took[_WARM_UP:]


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]

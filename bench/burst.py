"""A burst of webhooks: how fast they are delivered when many come at once."""

from __future__ import annotations

import asyncio
import statistics
import time

import aiohttp

from bench.doorway import Doorway, house, peer
from bench.figure import Figure
from bench.house import Ground

_BURST = 500
_AT_ONCE = 20
_NOTE = (
    "Delivered orders a second of 500 webhooks sent 20 at a time, from the first byte sent to the"
    " last order at the sink; the median of the bursts, sockets and peer as for the latency."
)


async def burst(ground: Ground) -> list[Figure]:
    """The median burst."""
    rounds = ground.size(5, 3)
    async with peer(ground) as doorway:
        theirs = await _rounds(doorway, rounds)
    async with house(ground) as doorway:
        ours = await _rounds(doorway, rounds)
    return [
        Figure(
            what="burst of 500 webhooks, 20 at once",
            unit="delivered/s",
            measured=statistics.median(ours),
            aim=500,
            peer_name="bare Starlette",
            peer=statistics.median(theirs),
            note=_NOTE,
            raw={"ours": ours, "peer": theirs},
        )
    ]


async def _rounds(doorway: Doorway, rounds: int) -> list[float]:
    """Delivered a second, burst by burst; the first warms up and is not counted."""
    found = [await _one(doorway, at * _BURST) for at in range(rounds + 1)]
    return found[1:]


async def _one(doorway: Doorway, first: int) -> float:
    numbers = range(first, first + _BURST)
    left = iter(numbers)
    async with aiohttp.ClientSession() as client:

        async def lane() -> None:
            for number in left:
                await doorway.send(client, number)

        start = time.monotonic()
        await asyncio.gather(*(lane() for _ in range(_AT_ONCE)))
    return _BURST / (max(await doorway.arrivals(numbers)) - start)

"""One POST a record over real sockets, and what a bare client needs for the same posts."""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec

from bench.bulk import WORKERS, jobs, told
from bench.crew import run
from bench.doorway import free_ports
from bench.ends import Nothing, order, post_all
from bench.figure import Figure
from bench.house import Ground, estate
from bench.sink import sink

_LANES = 64  # connections of one process, as the house's own client has
_NOTE = (
    "One POST a record over loopback HTTP to a sink in a process of its own, with every exchange"
    " kept as evidence; two workers. The peer is a bare aiohttp client in two processes, making"
    " the same posts and keeping nothing."
)


async def posting(ground: Ground) -> list[Figure]:
    """The whole ledger around one POST a record."""
    orders = ground.size(10_000, 2_500)
    (port,) = free_ports(1)
    async with sink(port):
        async with ground.database() as dsn, estate(dsn, WORKERS) as database:
            work = jobs(dsn, orders, target="posting", sink=port, batch=1)
            found = await run(ground, database, work)
        peer_s = await _peer(port, orders)
    return [
        Figure(
            what="one POST a record, over HTTP",
            unit="records/s",
            measured=found.per_s,
            peer_name="bare aiohttp",
            peer=WORKERS * orders / peer_s,
            note=_NOTE,
            raw=told(found) | {"peer_s": peer_s},
        )
    ]


async def _peer(port: int, orders: int) -> float:
    """Seconds of the same posts by bare clients, the slower process's; starting not counted."""
    words = (sys.executable, "-m", "bench.posting", str(port), str(orders))
    pipe = asyncio.subprocess.PIPE
    clients = [await asyncio.create_subprocess_exec(*words, stdout=pipe) for _ in range(WORKERS)]
    said = [(await client.communicate())[0] for client in clients]
    spans = [msgspec.json.decode(line, type=tuple[float, float]) for line in said]
    return max(end for _, end in spans) - min(start for start, _ in spans)


async def _client(port: int, orders: int) -> None:
    payloads = [Nothing().compose(order(number)).payload for number in range(orders)]
    start = time.monotonic()
    await post_all(port, payloads, _LANES)
    sys.stdout.write(msgspec.json.encode((start, time.monotonic())).decode())


if __name__ == "__main__":
    asyncio.run(_client(*map(int, sys.argv[1:])))

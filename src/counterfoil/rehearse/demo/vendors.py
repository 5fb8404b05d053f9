"""The stage: the twins in one process of their own, on real sockets, while the house is up.

Run as `python -m counterfoil.rehearse.demo.vendors FOLDER`. What the twins remember rests in files,
so that a stage that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import aiohttp
import msgspec
import uvicorn

from counterfoil.config import Config, load
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.cast.estates import SINGLE, Estate
from counterfoil.rehearse.demo.project import PATIENCE_S, rehearsal
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

_HOOK_S = 6.0


def write_plan(config: Config, sales: Iterable[Sale], stretch: float) -> None:
    """Hand the source of a single route its trade, every moment of it `stretch` times as late as it
    was planned."""
    write_plans(config, SINGLE, {estate.SOURCE: sales}, stretch)


def write_plans(
    config: Config, played: Estate, sales: Mapping[str, Iterable[Sale]], stretch: float
) -> None:
    """Hand each seller of an estate its trade, stretched so; and let every system have what is
    sold, where the estate asks for it."""
    late = {source: _stretched(trade, stretch) for source, trade in sales.items()}
    played.write_plan(config.state, late)
    known = rehearsal(config)
    assert known is not None
    every = (sale for trade in sales.values() for sale in trade)
    played.furnish(config.folder, config.state, every, known.faults)


def _stretched(sales: Iterable[Sale], stretch: float) -> Iterator[Sale]:
    return (msgspec.structs.replace(sale, at_s=sale.at_s * stretch) for sale in sales)


async def run(config: Config) -> None:
    """Serve the twins until the process ends."""
    rehearsal_ = rehearsal(config)
    if rehearsal_ is None:
        raise Misconfigured("This is no rehearsal folder.", do="Make one with `counterfoil demo`.")
    async with aiohttp.ClientSession() as client:

        async def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
            return await _send(client, address, headers, body)

        twins = rehearsal_.played.served(
            config.folder,
            config.state,
            seed=rehearsal_.seed,
            faults=rehearsal_.faults,
            patience_s=PATIENCE_S,
            send=send,
        )
        for name, twin in twins.items():
            twin.listen(f"http://127.0.0.1:{config.file.web.port}/hooks/{name}")
        await asyncio.gather(
            *(twin.run() for twin in twins.values()),
            *(_serve(twin.app, rehearsal_.ports[name]) for name, twin in twins.items()),
        )


async def _send(
    client: aiohttp.ClientSession, address: str, headers: Mapping[str, str], body: bytes
) -> int:
    """Deliver a webhook: the HTTP status, 0 where nobody answered."""
    deadline = aiohttp.ClientTimeout(total=_HOOK_S)
    try:
        async with client.post(address, data=body, headers=headers, timeout=deadline) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


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

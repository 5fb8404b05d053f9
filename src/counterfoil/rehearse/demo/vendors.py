"""The stage: the twins in one process of their own, on real sockets, while the house is up.

Run as `python -m counterfoil.rehearse.demo.vendors FOLDER`. What the twins remember rests in files,
so that a stage that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import aiohttp
import msgspec
import uvicorn

from counterfoil.config import Config, load
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.demo.project import PATIENCE_S, rehearsal
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

_HOOK_S = 6.0


def write_plan(config: Config, sales: Iterable[Sale], stretch: float) -> None:
    """Hand the source its trade, every moment of it `stretch` times as late as it was planned."""
    estate.write_plan(
        config.state, (msgspec.structs.replace(sale, at_s=sale.at_s * stretch) for sale in sales)
    )


async def run(config: Config) -> None:
    """Serve the twins until the process ends."""
    found = rehearsal(config)
    if found is None:
        raise Misconfigured("This is no rehearsal folder.", do="Make one with `counterfoil demo`.")
    async with aiohttp.ClientSession() as client:

        async def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
            return await _send(client, address, headers, body)

        source, target = estate.served(
            config.folder,
            config.state,
            seed=found.seed,
            faults=found.faults,
            send=send,
            patience_s=PATIENCE_S,
        )
        source.listen(f"http://127.0.0.1:{config.file.web.port}/hooks/{estate.SOURCE}")
        await asyncio.gather(
            source.run(), _serve(source.app, found.source), _serve(target.app, found.target)
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

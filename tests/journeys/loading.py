"""A process that loads everything and lets it arrive, or is killed: `loading.py DSN FOLDER`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from catalogue import Catalogue, catalogue

from counterfoil.flows import load
from counterfoil.values.errors import Retry

OPEN = {"captured", "mapped", "sending", "in_doubt", "waiting", "delivered"}


async def main(database: str, folder: Path) -> None:
    async with catalogue(database, folder, lasting=True) as house:
        arriving = asyncio.create_task(_arrive(house))
        await load.run(house.house.engine, house.route, lambda count, new: None)
        while {*(await house.states()).values()} & OPEN:
            await house.clock.sleep(0.05)
        arriving.cancel()


async def _arrive(house: Catalogue) -> None:
    while True:
        with suppress(Retry):
            await house.work(1)
        await house.clock.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))

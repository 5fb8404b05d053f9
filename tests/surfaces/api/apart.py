"""The message door in a process of its own, so that what it grows by is its own.

Started with the address of a database; says its port, then lives until its input ends.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from doorstep import opened

from counterfoil.surfaces.serve import collect_rarely


async def main(database: str) -> None:
    collect_rarely()
    async with opened(database) as door:
        sys.stdout.write(f"{door.port}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))

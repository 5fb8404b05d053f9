"""The initial load: all of a catalogue, killed five times on its way, and cut over to listings."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from bench.figure import Figure
from bench.house import Ground
from counterfoil.store import schema
from counterfoil.store.postgres import Database
from counterfoil.values.clock import SystemClock

_SCRIPT = Path(__file__).parent.parent / "tests" / "journeys" / "loading.py"
_KILLS, _OF_EACH, _PAGE, _LATE = 5, 5, 250, 20
_NOTE = (
    "An office's twin with {count:,} products, variants and kits, a shop's twin that takes them one"
    " by one, a house in one process with both, killed {kills} times with SIGKILL. Then {late}"
    " products more before the load ended, and as many after it. Missing, twice at the shop, or"
    " sent before what it needs: {wrong}. The load itself found {unaccounted} unaccounted for, and"
    " {different} of a sample that differed."
)


async def initial(ground: Ground) -> list[Figure]:
    """What is wrong after five kills: nothing may be; and how fast it went all the same."""
    products = ground.size(10_000, 400)
    folder = ground.folder / "initial"
    folder.mkdir(exist_ok=True)
    async with ground.database() as dsn:
        database = await Database.open(dsn)
        await schema.upgrade(database, SystemClock())
        await database.close()
        process = _Script(dsn, folder)
        await process.ended(f"furnish:{products}")
        start_s = time.monotonic()
        await _killed(process, dsn, products * _OF_EACH)
        for words in (f"late:{_LATE}", "", f"late:{_LATE}", "again"):
            await process.ended(words)
        seconds = time.monotonic() - start_s
        told: dict[str, Any] = json.loads(await process.ended("judge"))
    count = products * _OF_EACH + 2 * _LATE
    arrived = told["states"].get("confirmed", 0)
    wrong = (count - arrived) + abs(count - told["shop"]) + told["twice"] + len(told["early"])
    _, unaccounted, different = told["load"]
    note = _NOTE.format(count=count, kills=_KILLS, late=_LATE, wrong=wrong,
                        unaccounted=unaccounted, different=different)  # fmt: skip
    what = f"initial load of {count:,}, killed {_KILLS} times: wrong"
    return [
        Figure(what, "documents", wrong + unaccounted + different, 0, most=True, note=note,
               raw=told),
        Figure("the same load", "documents/s", arrived / seconds, note=note),
    ]  # fmt: skip


async def _killed(process: _Script, dsn: str, count: int) -> None:
    """Begin the load five times, and kill it somewhere in the next part of its way: while it is
    listed, and while it arrives."""
    chance = random.Random(5)
    connection = await asyncpg.connect(dsn)
    for number in range(1, _KILLS + 1):
        running = await process.begun("")
        sql = "select count(*) from thread" if number <= 2 else (
            "select count(*) from thread t where t.sent is not null")  # fmt: skip
        share = number / 3 if number <= 2 else (number - 2) / 4
        while await connection.fetchval(sql) < count * share - _PAGE:
            assert running.returncode is None, "The load was over before it could be killed."
            await asyncio.sleep(0.05)
        await asyncio.sleep(chance.random() * 0.3)
        running.kill()
        await running.wait()
    await connection.close()


class _Script:
    """The script that loads, on one database and one folder."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._environment = {**os.environ, "DATABASE_URL": dsn}
        self._words = (sys.executable, str(_SCRIPT), dsn, str(folder), str(_PAGE))

    async def begun(self, what: str) -> asyncio.subprocess.Process:
        """A process that does this."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *self._words, what, stdout=pipe, env=self._environment
        )

    async def ended(self, what: str) -> bytes:
        """What a process says that has done this."""
        process = await self.begun(what)
        out, _ = await process.communicate()
        assert process.returncode == 0, f"The load ended badly at {what!r}."
        return out

"""The re-drive: thousands of held orders sent again at once, with processes killed on the way.

A value map lacks every delivery method, so that everything that is sold is held. The map is then
mended as a person would mend it, all holds are sent again, and the monkey kills while they go.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence

from counterfoil.app import House
from counterfoil.config import Config, load
from counterfoil.flows.hold import resend
from counterfoil.rehearse import chaos, folder
from counterfoil.rehearse.chaos import Found, Plan
from counterfoil.rehearse.demo import go_on, staged
from counterfoil.rehearse.judge import judge
from counterfoil.rehearse.monkey import Monkey
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import RecordId

_CAUSE = "unmapped-value"
_ROWS = 5000
_GAP_S = 0.7
_MAP = re.compile(r"(?<=\[maps\.delivery\.values\]\n)(?:\".*\n)+")


async def redrive(plan: Plan, kills: int = 5) -> Found:
    """Hold `plan.orders` orders, send them again with `kills` kills of workers, and count."""
    with chaos.place() as place:
        config = chaos.planned(plan, place)
        try:
            return await _redrive(plan, config, kills)
        finally:
            await Server.at(config.state).erase()


async def _redrive(plan: Plan, config: Config, kills: int) -> Found:
    known = folder.rehearsal(config)
    assert known is not None
    whole = _spoil(config)
    config = load(config.folder)
    async with (
        staged(config, SystemClock()),
        chaos.company(config, plan.workers) as (house, door, workers),
    ):
        await go_on(house, chaos.silent)
        _mend(config, whole)
        for hand in (door, *workers):
            hand.kill()
            hand.start()
        monkey = Monkey(house, door, workers, random.Random(plan.seed), plan.pace)
        records = await _held(house)
        sending = asyncio.create_task(resend(house.engine, records, "the rehearsal"))
        for _ in range(kills):
            await asyncio.sleep(_GAP_S)
            await monkey.kill_worker()
        again = await sending
        counts, wrong = await judge(house, known, await go_on(house, chaos.silent))
        counts |= {"sent_again": again, "still_held": len(await _held(house))}
        return Found({**monkey.did, **counts}, {}, tuple(wrong))


def _spoil(config: Config) -> str:
    """Take every delivery method out of the value map; the file as it was."""
    file = config.folder / "counterfoil.toml"
    whole = file.read_text("utf-8")
    spoiled, times = _MAP.subn('"a method that no order has" = "1"\n', whole)
    assert times == 1
    file.write_text(spoiled, "utf-8")
    return whole


def _mend(config: Config, whole: str) -> None:
    (config.folder / "counterfoil.toml").write_text(whole, "utf-8")


async def _held(house: House) -> Sequence[RecordId]:
    """Every record that waits for the map."""
    found: list[RecordId] = []
    while True:
        rows = await house.engine.database.rows("list_holds", None, _CAUSE, _ROWS, len(found))
        found += [RecordId(row["record"]) for row in rows]
        if len(rows) < _ROWS:
            return found

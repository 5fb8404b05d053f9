"""The re-drive: thousands of held orders sent again at once, with processes killed on the way.

A value map lacks every delivery method, so that everything that is sold is held. The map is then
mended as a person would mend it. Live trade goes on from there at a steady rate under a stopwatch:
first alone, then with workers killed, then with as many killed while every hold is sent again.

Run as `python -m counterfoil.rehearse.chaos.redrive --records 10000 --kills 5 --json`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from counterfoil.app import House
from counterfoil.config import Config, load
from counterfoil.flows.hold import resend
from counterfoil.rehearse.chaos import chaos
from counterfoil.rehearse.chaos.experiments import answer
from counterfoil.rehearse.chaos.judge import judge
from counterfoil.rehearse.chaos.monkey import Monkey, Pace
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.demo import go_on, staged
from counterfoil.rehearse.demo.latency import Arrivals, Figures, Live, Span, figures, now_s, watch
from counterfoil.rehearse.demo.vendors import write_plan
from counterfoil.rehearse.traffic.sales import Pace as Stretch
from counterfoil.rehearse.traffic.sales import Sales
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.store import holds
from counterfoil.store.pages import LEASE_S
from counterfoil.store.server import Server
from counterfoil.twins.world import Sale
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import RecordId

WAKE_S = LEASE_S + 4.0
"""How long after a kill sales may be late for it: the lease, the sweep, and the work itself."""

_DAY = date(2026, 11, 2)
_CAUSE = "unmapped-value"
_ROWS = 5000
_SOLD_PER_S = 250.0  # what is held costs little
_LOOK_S = 2.0  # looking takes time from what is looked at
_SLOWEST_PER_S = 15.0  # of the re-drive; the live trade is planned for as long as that
_WARM_S = 6.0
_MAP = re.compile(r"(?<=\[maps\.delivery\.values\]\n)(?:\".*\n)+")


class Asked(msgspec.Struct, frozen=True):
    """How many orders are held and sent again, with how many kills; live sales a second, and for
    how many seconds they are timed alone and again with kills (0: no live trade)."""

    seed: int = 1
    records: int = 10_000
    kills: int = 5
    per_s: float = 15.0
    live_s: float = 40.0
    workers: int = 2

    @property
    def live_sales(self) -> int:
        """As many live sales as the slowest re-drive needs."""
        if not self.live_s:
            return 0
        longest_s = 2 * self.live_s + _WARM_S + 60.0 + self.records / _SLOWEST_PER_S
        return int(self.per_s * longest_s)


class Told(msgspec.Struct, frozen=True):
    """What the re-drive came to.

    `calm`: live sales alone. `killed`: live sales with the same kills and no re-drive. `driven`:
    live sales while the holds were sent again, those of the `WAKE_S` after a kill included.
    `driven_apart`: without those. The ratios compare p99s, like with like, in per cent: 110 is
    10 % more. `driven_s` is how long the holds took to arrive.
    """

    seed: int
    records: int
    counts: Mapping[str, int]
    wrong: tuple[str, ...]
    driven_s: float = 0.0
    calm: Figures | None = None
    killed: Figures | None = None
    driven: Figures | None = None
    driven_apart: Figures | None = None
    p99_percent_apart: int = 0
    p99_percent_with_kills: int = 0


class _Times(msgspec.Struct):
    """The spans of one run, and the moments of its kills."""

    calm: Span
    killed: Span
    driven: Span
    kills: list[float]

    @property
    def wakes(self) -> list[Span]:
        return [(kill_s - 1.0, kill_s + WAKE_S) for kill_s in self.kills]


async def redrive(asked: Asked) -> Told:
    """Hold orders, send them again with kills of workers, and count."""
    with chaos.place() as place, _sales(asked) as sales:
        config = project.write(place, seed=asked.seed, faults="none", traffic=sales.traffic)
        planned = list(sales)
        to_hold = [msgspec.structs.replace(sale, at_s=index / asked.records) for index, sale in
                enumerate(planned[: asked.records])]  # fmt: skip
        write_plan(config, to_hold, asked.records / _SOLD_PER_S)
        try:
            return await _redrive(asked, config, planned[asked.records :])
        finally:
            await Server.at(config.state).erase()


def _sales(asked: Asked) -> Sales:
    orders = asked.records + asked.live_sales
    return trade(_DAY, orders=orders, seed=asked.seed, pace=Stretch(spread_s=1.0))


async def _redrive(asked: Asked, config: Config, live_sales: Sequence[Sale]) -> Told:
    rehearsal = project.rehearsal(config)
    assert rehearsal is not None
    whole = _spoil(config)
    config = load(config.folder)
    async with (
        staged(config, SystemClock()),
        chaos.company(config, asked.workers) as (house, door, workers),
    ):
        watch(config)
        await go_on(house, chaos.silent)
        _mend(config, whole)
        for hand in (door, *workers):
            hand.kill()
            hand.start()
        monkey = Monkey(house, door, workers, random.Random(asked.seed), Pace())
        live = Live(config, live_sales, asked.per_s)
        records = await _held(house)
        times = await _play(asked, house, monkey, live, records)
        counts, wrong = await judge(house, rehearsal, await go_on(house, chaos.silent))
        counts |= {"sent_again": len(records), "still_held": len(await _held(house))}
        counts |= monkey.did
        if counts["still_held"]:
            wrong.append(f"{counts['still_held']} are held still")
        outcome = Told(asked.seed, len(records), counts, tuple(wrong))
        return _timed(outcome, live, times)


async def _play(
    asked: Asked, house: House, monkey: Monkey, live: Live, records: Sequence[RecordId]
) -> _Times:
    """Trade alone, with kills, and with kills while everything held is sent again."""
    arrivals = Arrivals(house.config)  # what is held; of the live sales none has come yet
    times = _Times((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), [])
    if asked.live_s:
        await live.trade(_WARM_S)
        times.calm = await live.trade(asked.live_s)
        killing = asyncio.create_task(_kill_evenly(asked, monkey, times.kills))
        times.killed = await live.trade(asked.live_s)
        await killing
    over = asyncio.Event()
    trading = asyncio.create_task(live.until(over))
    await SystemClock().sleep(WAKE_S if asked.live_s else 0.0)  # until the last kill is forgotten
    start_s = now_s()
    driving = asyncio.create_task(resend(house.engine, records, "the rehearsal"))
    await _kill_on_the_way(asked, monkey, arrivals, len(records), times.kills)
    await driving
    await _rest(house, arrivals, records)
    times.driven = (start_s, now_s())
    over.set()
    await trading
    return times


async def _kill_evenly(asked: Asked, monkey: Monkey, kills: list[float]) -> None:
    for _ in range(asked.kills):
        await SystemClock().sleep(asked.live_s / asked.kills)
        kills.append(now_s())
        await monkey.kill_worker()


async def _kill_on_the_way(
    asked: Asked, monkey: Monkey, arrivals: Arrivals, records: int, kills: list[float]
) -> None:
    """Kill a worker each time that another share of the records has arrived."""
    for killed in range(1, asked.kills + 1):
        while await asyncio.to_thread(arrivals.count) * (asked.kills + 1) < records * killed:
            await SystemClock().sleep(_LOOK_S)
        kills.append(now_s())
        await monkey.kill_worker()


async def _rest(house: House, arrivals: Arrivals, records: Sequence[RecordId]) -> None:
    """Until all that was sent again has arrived, or waits for a person for another cause."""
    sent = set(records)
    while True:
        again = len(sent & set(await _held(house, None)))
        if await asyncio.to_thread(arrivals.count) + again >= len(sent):
            return
        await SystemClock().sleep(_LOOK_S)


def _timed(told: Told, live: Live, times: _Times) -> Told:
    """With the times of the live trade, where there was any."""
    timed = live.timed()
    told = msgspec.structs.replace(told, driven_s=round(times.driven[1] - times.driven[0], 1))
    if not timed:
        return told
    calm = figures(timed, times.calm)
    killed, driven = figures(timed, times.killed), figures(timed, times.driven)
    apart = figures(timed, times.driven, times.wakes)
    return msgspec.structs.replace(
        told,
        calm=calm,
        killed=killed,
        driven=driven,
        driven_apart=apart,
        p99_percent_apart=_percent(apart, calm),
        p99_percent_with_kills=_percent(driven, killed),
    )


def _percent(one: Figures, other: Figures) -> int:
    return round(100 * one.p99_ms / other.p99_ms) if other.p99_ms else 0


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


async def _held(house: House, cause: str | None = _CAUSE) -> Sequence[RecordId]:
    """Every record that waits for the map, or for another cause (None: for any)."""
    records: list[RecordId] = []
    while True:
        rows = await holds.open_now(house.engine.database, None, cause, _ROWS, len(records))
        records += [hold.record for hold in rows]
        if len(rows) < _ROWS:
            return records


def main(words: Sequence[str]) -> int:
    """Play one re-drive from the command line; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(description="Held orders, sent again under live trade.")
    usual = Asked()
    parser.add_argument("--records", type=int, default=usual.records)
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--rate", type=float, default=usual.per_s, help="live orders a second")
    parser.add_argument("--live-seconds", type=float, default=usual.live_s)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(words)
    redrive_asked = Asked(
        arguments.seed,
        arguments.records,
        arguments.kills,
        arguments.rate,
        arguments.live_seconds,
        arguments.workers,
    )
    with chaos.own_database():
        outcome = asyncio.run(redrive(redrive_asked))
    if arguments.json:
        sys.stdout.buffer.write(answer(outcome, _tally(outcome), outcome.wrong))
    else:
        sys.stdout.write(words_of(outcome) + "\n")
    return 1 if outcome.wrong else 0


def _tally(told: Told) -> dict[str, int]:
    """What the layer counts of it."""
    counts = {"records": told.records, "kills": told.counts.get("kills", 0)}
    counts |= {name: told.counts[name] for name in ("losses", "duplicates")}
    if told.calm is not None:
        counts["p99_percent_apart"] = told.p99_percent_apart
        counts["p99_percent_with_kills"] = told.p99_percent_with_kills
    return counts


def words_of(told: Told) -> str:
    """The outcome in lines for a person."""
    counts = told.counts
    lines = [
        f"{told.records:,} held orders sent again in {told.driven_s:g} s with"
        f" {counts.get('kills', 0)} kills: lost {counts['losses']}, twice {counts['duplicates']}.",
        *(_line(name, figures_) for name, figures_ in _shown(told) if figures_ is not None),
        f"Live p99 during the re-drive, of that without it: {told.p99_percent_apart} % outside the"
        f" {WAKE_S:g} s after a kill, {told.p99_percent_with_kills} % with the kills in both.",
    ]
    return "\n".join([*lines, *(f"WRONG: {fault}" for fault in told.wrong)])


def _shown(told: Told) -> list[tuple[str, Figures | None]]:
    return [
        ("alone", told.calm),
        ("with kills", told.killed),
        ("during the re-drive, with kills", told.driven),
        ("during the re-drive, apart from kills", told.driven_apart),
    ]


def _line(name: str, one: Figures) -> str:
    return (
        f"Live sales {name}: {one.landed:,} of {one.sales:,} landed,"
        f" p50 {one.p50_ms:g} ms, p99 {one.p99_ms:g} ms, worst {one.worst_ms:g} ms."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

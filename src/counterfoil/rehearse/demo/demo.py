"""The demo: a day's trade between the twins, moved by the unmodified house, and its story.

The house runs in processes of its own, started by the same commands that a real estate uses.
The demo only looks on: it starts the actors, waits until every sale is at rest, and counts.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import aiohttp
import msgspec

from counterfoil.app import House, build
from counterfoil.config import Config, load
from counterfoil.config.shape import STATE
from counterfoil.flows import trace
from counterfoil.flows.route import Route
from counterfoil.ledger.account import IN_FLIGHT, State
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.demo import outcome, processes, project
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.processes import Actor
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.demo.vendors import write_plan
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.traffic.history import history
from counterfoil.rehearse.traffic.sales import Pace, Sales
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.values.clock import Clock, SystemClock
from counterfoil.values.errors import CounterfoilError, Misconfigured, Retry

_ORDERS = 400
_PER_S = 120.0  # sales a second, where no speed is given; about what two cores keep up with
_SHORTEST_S = 10.0
_LOOK_S = 0.5
_LONGEST_S = 3600.0
_QUIET = 3  # looks in a row
_SAMPLES = 3

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class Options(msgspec.Struct, frozen=True):
    """What the demo is asked for; the command line's help says what each means."""

    traffic: Path | None = None
    start: date | None = None
    end: date | None = None
    orders: int | None = None
    seed: int = 1
    speed: float | None = None
    faults: Literal["none", "normal", "hostile"] = "normal"
    workers: int = 1
    keep: Path | None = None
    columns: dict[str, str] = {}


async def demo(options: Options, progress: Progress) -> Outcome:
    """Run the demo, or go on with the one that `keep` holds, and give what it came to."""
    clock = SystemClock()
    os.environ.pop("DATABASE_URL", None)  # it is meant for an estate; a rehearsal has its own
    async with AsyncExitStack() as stack:
        config = await _prepared(options, stack, progress)
        found = project.rehearsal(config)
        if found is None:
            raise Misconfigured(
                f"{config.folder} is a real estate, not a rehearsal.",
                do="Give --keep an empty folder, or one that a demo made.",
            )
        cast = await _raise_curtain(config, options.workers, clock, stack)
        own = await build(config, role="demo")
        stack.push_async_callback(own.close)
        seconds = await _play(own, found, cast, clock, progress)
        return await _count(own, found, cast, seconds)


@asynccontextmanager
async def staged(config: Config, clock: Clock) -> AsyncGenerator[None]:
    """The twins of a rehearsal's folder play while the block runs, if only because they did."""
    found = project.rehearsal(config)
    assert found is not None
    stage = await processes.stage(config, found, clock)
    try:
        yield
    finally:
        if stage is not None:
            await stage.end()


async def go_on(house: House, progress: Progress) -> Outcome:
    """Wait until the rehearsal that `house` serves is at rest, and give what it came to."""
    found = project.rehearsal(house.config)
    assert found is not None
    seconds = await _play(house, found, [], house.engine.clock, progress)
    return await _count(house, found, [], seconds)


async def _prepared(options: Options, stack: AsyncExitStack, progress: Progress) -> Config:
    if options.keep is not None and (options.keep / "counterfoil.toml").exists():
        return load(options.keep)
    place = options.keep or stack.enter_context(temporary("counterfoil-demo-", STATE))
    progress("Reading the traffic", 0, 0)
    with _sales(options) as sales:
        config = project.write(
            place, seed=options.seed, faults=options.faults, traffic=sales.traffic
        )
        write_plan(config, sales, _stretch(options, sales))
    return config


def _sales(options: Options) -> Sales:
    """The sales; without a speed they lie within one second, to be stretched when counted."""
    pace = Pace(speed=options.speed) if options.speed else Pace(spread_s=1.0)
    if options.traffic is None:
        day = options.start or date(2026, 11, 2)
        orders = _ORDERS if options.orders is None else options.orders
        return trade(day, orders=orders, seed=options.seed, pace=pace)
    return history(
        options.traffic,
        start=options.start,
        end=options.end,
        orders=options.orders,
        seed=options.seed,
        columns=options.columns,
        pace=pace,
    )


def _stretch(options: Options, sales: Sales) -> float:
    return 1.0 if options.speed else max(_SHORTEST_S, sales.traffic.orders / _PER_S)


async def _raise_curtain(
    config: Config, workers: int, clock: Clock, stack: AsyncExitStack
) -> list[Actor]:
    await stack.enter_async_context(staged(config, clock))
    cast = await processes.house(config, workers, clock)
    for actor in cast:
        stack.push_async_callback(actor.end)
    return cast


async def _play(
    house: House, found: Rehearsal, cast: list[Actor], clock: Clock, progress: Progress
) -> float:
    """Look on until every sale is placed and every record is at rest; seconds that it took."""
    (route,) = house.engine.routes.values()
    start = clock.monotonic()
    quiet = 0
    while clock.monotonic() - start < _LONGEST_S:
        for actor in cast:
            actor.weigh()
        try:
            rest, total, still = await _standing(house, route, found)
            progress("Orders at rest", rest, total)
            quiet = quiet + 1 if still else 0
            if quiet >= _QUIET and await _complete(house, route):
                return clock.monotonic() - start
        except (Retry, aiohttp.ClientError):
            quiet = 0  # something was killed and is coming back
        await clock.sleep(_LOOK_S)
    raise CounterfoilError(
        "The rehearsal did not come to rest.", do="Look at the logs with --keep DIR."
    )


async def _standing(house: House, route: Route, found: Rehearsal) -> tuple[int, int, bool]:
    """Documents at rest, sales planned, and whether nothing moves any more on either side."""
    told = await outcome.report(found.source)
    rows = await house.engine.database.rows("progress", route.id)
    states = {State(row["state"]): row["count"] for row in rows}
    moving = sum(states.get(state, 0) for state in IN_FLIGHT)
    (pages,) = await house.engine.database.rows("open_pages")
    rest = sum(states.values()) - moving
    placed = told["orders"] >= told["planned"] and not told["pending"]
    return rest, told["planned"], placed and rest >= told["orders"] and not pages["open"]


async def _complete(house: House, route: Route) -> bool:
    """Whether the source, asked again, lists nothing that the journal does not know."""
    found = await outcome.recount(house, route)
    return found.unaccounted == 0 and found.in_flight == 0


async def _count(house: House, found: Rehearsal, cast: list[Actor], seconds: float) -> Outcome:
    (route,) = house.engine.routes.values()
    balance, money = outcome.words(await outcome.recount(house, route))
    shop = await outcome.report(found.source)
    office = await outcome.report(found.target)
    guards = {row["name"]: row["fired"] for row in await house.engine.database.rows("guards")}
    return Outcome(
        traffic=project.traffic(house.config),
        balance=balance,
        money=money,
        target=await outcome.target(house, route, found, office),
        faults=_faults(found, shop["faults"], office["faults"]),
        fault_texts=dict(estate.DEMO_FAULTS),
        guards=guards,
        holds=await _holds(house, route),
        samples=await _samples(house, route),
        placed=shop["orders"],
        webhooks=shop["webhooks"],
        seconds=round(seconds, 1),
        peak_mib=max((actor.peak_kib for actor in cast), default=processes.peak_kib("self"))
        // 1024,
        folder=str(house.config.folder),
        **await outcome.told(house, route),
    )


def _faults(found: Rehearsal, shop: dict[str, int], office: dict[str, int]) -> dict[str, int]:
    if found.faults == "none":
        return {}
    return estate.named_faults({estate.SOURCE: shop, estate.TARGET: office})


async def _holds(house: House, route: Route) -> list[dict[str, object]]:
    rows = await house.engine.database.rows("count_holds", route.name, None)
    return [
        {
            "cause": row["cause"],
            "state": State(row["state"]).word,
            "count": row["held"],
            "minor": row["minor"],
            "currency": row["currency"],
        }
        for row in rows
    ]


async def _samples(house: House, route: Route) -> list[str]:
    """Three traces: one that needed help, one that waits, one that simply went."""
    chosen: list[str] = []
    wanted = ([State.CONFIRMED], [State.HELD, State.DRIFTED, State.IN_DOUBT], [State.MERGED])
    for states in wanted:
        rows = await house.engine.database.rows(
            "sample_records", route.id, [int(state) for state in states], _SAMPLES
        )
        if rows:
            chosen.append(await trace.story(house.engine, rows[0]["id"]))
    return chosen

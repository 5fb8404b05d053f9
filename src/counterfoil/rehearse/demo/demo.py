"""The demo: a day's trade between the twins, moved by the unmodified house, and its story.

The house runs in processes of its own, started by the same commands that a real estate uses.
The demo only looks on: it starts the actors, waits until every sale is at rest, and counts.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec

from counterfoil.app import House, build
from counterfoil.config import Config, load
from counterfoil.config.shape import STATE
from counterfoil.flows import trace
from counterfoil.flows.route import Route
from counterfoil.ledger.account import State
from counterfoil.rehearse.cast import estates
from counterfoil.rehearse.cast.estates import Days, Estate, Way
from counterfoil.rehearse.demo import outcome, processes, project
from counterfoil.rehearse.demo.books import Books, Played, Waiting
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.processes import Actor
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.demo.rest import Rest
from counterfoil.rehearse.demo.vendors import write_plans
from counterfoil.rehearse.demo.weigh import Weighed, weigh
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.sales import Pace, Sales, Traffic, together
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.store import holds as store_holds
from counterfoil.store import standings, workers
from counterfoil.values.clock import Clock, SystemClock
from counterfoil.values.errors import CounterfoilError, Misconfigured, Retry

_PER_S = 120.0  # sales a second, where no speed is given; about what two cores keep up with
_LOOK_S = 0.5
_LONGEST_S = 3600.0
_SAMPLES = 3

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class Options(msgspec.Struct, frozen=True):
    """What the demo is asked for; the command line's help says what each means."""

    traffic: Path | None = None
    start: date | None = None
    end: date | None = None
    days: int = 1
    orders: int | None = None
    seed: int = 1
    speed: float | None = None
    faults: Literal["none", "normal", "hostile"] = "normal"
    workers: int = 1
    keep: Path | None = None
    columns: dict[str, str] = {}
    estate: str = ""


async def demo(options: Options, progress: Progress) -> Outcome:
    """Run the demo, or go on with the one that `keep` holds, and give what it came to."""
    clock = SystemClock()
    os.environ.pop("DATABASE_URL", None)  # it is meant for an estate; a rehearsal has its own
    async with AsyncExitStack() as stack:
        config = await _prepared(options, stack, progress)
        rehearsal = project.rehearsal(config)
        if rehearsal is None:
            raise Misconfigured(
                f"{config.folder} is a real estate, not a rehearsal.",
                do="Give --keep an empty folder, or one that a demo made.",
            )
        cast = await _raise_curtain(config, options.workers, clock, stack)
        house = await build(config, role="demo")
        stack.push_async_callback(house.close)
        seconds = await _play(house, rehearsal, cast, clock, progress)
        return await _count(house, rehearsal, cast, seconds)


@asynccontextmanager
async def staged(config: Config, clock: Clock) -> AsyncGenerator[None]:
    """The twins of a rehearsal's folder play while the block runs, if only because they did."""
    rehearsal = project.rehearsal(config)
    assert rehearsal is not None
    stage = await processes.stage(config, rehearsal, clock)
    try:
        yield
    finally:
        if stage is not None:
            await stage.end()


async def go_on(house: House, progress: Progress) -> Outcome:
    """Wait until the rehearsal that `house` serves is at rest, and give what it came to."""
    rehearsal = project.rehearsal(house.config)
    assert rehearsal is not None
    seconds = await _play(house, rehearsal, [], house.engine.clock, progress)
    return await _count(house, rehearsal, [], seconds)


async def _prepared(options: Options, stack: AsyncExitStack, progress: Progress) -> Config:
    played = estates.named(options.estate)
    if options.keep is not None and (options.keep / "counterfoil.toml").exists():
        return _kept(load(options.keep), options.estate)
    place = options.keep or stack.enter_context(temporary("counterfoil-demo-", STATE))
    progress("Reading the traffic", 0, 0)
    with ExitStack() as reading:
        sales = {
            part.connection: reading.enter_context(_sales(options, played, options.seed + place))
            for place, part in enumerate(played.sellers)
        }
        traffic = {source: planned.traffic for source, planned in sales.items()}
        stretch = _stretch(options, played, traffic.values())
        if played.pays:
            days = Days(options.days, _pace(options).begins_s(1) * stretch)
            played = replace(played, days=days)
        config = project.lay_out(place, played, traffic, seed=options.seed, faults=options.faults)
        write_plans(config, played, sales, stretch)
    return config


def _kept(config: Config, asked: str) -> Config:
    """A folder that is gone on with; it must play what was asked for, where something was."""
    rehearsal = project.rehearsal(config)
    if asked and rehearsal is not None and rehearsal.estate != asked:
        raise Misconfigured(
            f"{config.folder} does not play the estate {asked}.",
            do="Leave --estate out to go on with what it plays, or give --keep another folder.",
        )
    return config


def _pace(options: Options) -> Pace:
    """Without a speed the sales of a day lie within one second, to be stretched when counted."""
    return Pace(speed=options.speed) if options.speed else Pace(spread_s=1.0)


def _sales(options: Options, played: Estate, seed: int) -> Sales:
    """The sales of one source."""
    pace = _pace(options)
    if options.traffic is None:
        day = options.start or date(2026, 11, 2)
        orders = played.orders if options.orders is None else options.orders
        return trade(day, orders=orders, seed=seed, pace=pace, days=options.days)
    if options.days != 1:
        raise Misconfigured(
            "--days is how many days of generated trade there are, and --traffic names a file.",
            do="Say with --from and --to which days of the file are played.",
        )
    return history(
        options.traffic,
        period=Period(options.start, options.end),
        orders=options.orders,
        seed=seed,
        columns=options.columns,
        pace=pace,
    )


def _stretch(options: Options, played: Estate, traffic: Iterable[Traffic]) -> float:
    if options.speed:
        return 1.0
    a_day = sum(part.orders for part in traffic) / options.days
    return max(played.shortest_s, a_day / _PER_S)


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
    start, rest = clock.monotonic(), Rest(house, found)
    while clock.monotonic() - start < _LONGEST_S:
        for actor in cast:
            actor.weigh()
        try:
            progress("Orders at rest", *await rest.look())
            if await rest.complete():
                return clock.monotonic() - start
        except (Retry, aiohttp.ClientError):
            rest.stir()  # something was killed and is coming back
        await clock.sleep(_LOOK_S)
    raise CounterfoilError(
        "The rehearsal did not come to rest.", do="Look at the logs with --keep DIR."
    )


async def _count(house: House, found: Rehearsal, cast: list[Actor], seconds: float) -> Outcome:
    played, routes = found.played, house.engine.routes.values()
    counted = {route.name: outcome.words(await outcome.recount(house, route)) for route in routes}
    holds = {route.name: await _holds(house, route) for route in routes}
    reports = {name: await outcome.report(port) for name, port in found.ports.items()}
    sellers = [reports[part.connection] for part in played.sellers]
    by_currency = [money for _, money in counted.values()]
    currencies = dict.fromkeys(currency for money in by_currency for currency in money)
    traffic = together([*project.traffic(house.config, found).values()])
    weighed = await weigh(house, found) if found.estate else Weighed({}, {}, ())
    return Outcome(
        traffic=traffic,
        refunds=traffic.refunds,
        balance=outcome.added(balance for balance, _ in counted.values()),
        money={
            currency: outcome.added(money.get(currency, {}) for money in by_currency)
            for currency in currencies
        },
        target=await outcome.target(house, played.target, found.target, reports[played.target]),
        faults=_faults(found, reports),
        fault_texts=played.fault_texts,
        guards=await workers.guards(house.engine.database),
        holds=[hold for waiting in holds.values() for hold in waiting],
        samples=[story for route in routes for story in await _samples(house, route)],
        placed=sum(report["orders"] for report in sellers),
        webhooks=outcome.added(report["webhooks"] for report in sellers),
        seconds=round(seconds, 1),
        peak_mib=max((actor.peak_kib for actor in cast), default=processes.peak_kib("self"))
        // 1024,
        folder=str(house.config.folder),
        estate=found.estate,
        routes={
            name: _played(way, weighed.books[name], counted[name][0], holds[name])
            for name, way in (played.ways.items() if found.estate else ())
        },
        checks=dict(weighed.checks),
        untold=list(weighed.untold),
        ledgers=weighed.ledgers,
        clearing=weighed.clearing,
        **await outcome.told(house),
    )


def _played(way: Way, books: Books, balance: dict[str, int], holds: list[Waiting]) -> Played:
    """What one route came to."""
    return Played(
        document=way.document,
        source=way.source,
        target=way.target,
        balance=balance,
        money=books.money,
        pieces=books.pieces,
        difference=books.difference,
        strays=books.strays,
        holds=holds,
    )


def _faults(found: Rehearsal, reports: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """What went wrong at each system, and what befell documents there."""
    if found.faults == "none":
        return {}
    met = {
        name: outcome.added((report["faults"], report["befell"]))
        for name, report in reports.items()
    }
    return found.played.named_faults(met)


async def _holds(house: House, route: Route) -> list[Waiting]:
    counts = await store_holds.counts(house.engine.database, route.name)
    return [
        Waiting(
            cause=count.cause,
            state=State(count.state).word,
            count=count.records,
            minor=count.minor,
            currency=count.currency,
        )
        for count in counts
    ]


async def _samples(house: House, route: Route) -> list[str]:
    """Three traces: one that needed help, one that waits, one that simply went; of stock none, for
    a level has no story."""
    chosen: list[str] = []
    if route.plan.document == "stock":
        return chosen
    groups = ([State.CONFIRMED], [State.HELD, State.DRIFTED, State.IN_DOUBT], [State.MERGED])
    for states in groups:
        rows = await standings.samples(house.engine.database, route.id, states, _SAMPLES)
        if rows:
            chosen.append(await trace.story(house.engine, rows[0].id))
    return chosen

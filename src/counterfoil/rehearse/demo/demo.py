"""The demo: a day's trade between the twins, moved by the unmodified house, and its story.

The house runs in processes of its own, started by the same commands that a real estate uses.
The demo only looks on: it starts the actors, waits until every sale is at rest, and counts.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
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
from counterfoil.rehearse.cast import estates
from counterfoil.rehearse.cast.book import booked
from counterfoil.rehearse.cast.estates import WORD
from counterfoil.rehearse.demo import outcome, processes, project
from counterfoil.rehearse.demo.books import Played, Waiting, compare
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.processes import Actor
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.demo.vendors import write_plans
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.sales import Pace, Sales, Traffic, together
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.store import holds as store_holds
from counterfoil.store import pages, standings, workers
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
            part.connection: reading.enter_context(_sales(options, options.seed + index))
            for index, part in enumerate(played.sources)
        }
        traffic = {source: planned.traffic for source, planned in sales.items()}
        config = project.lay_out(place, played, traffic, seed=options.seed, faults=options.faults)
        write_plans(config, played, sales, _stretch(options, traffic.values()))
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


def _sales(options: Options, seed: int) -> Sales:
    """The sales of one source; without a speed they lie within one second, to be stretched when
    counted."""
    pace = Pace(speed=options.speed) if options.speed else Pace(spread_s=1.0)
    if options.traffic is None:
        day = options.start or date(2026, 11, 2)
        orders = _ORDERS if options.orders is None else options.orders
        return trade(day, orders=orders, seed=seed, pace=pace)
    return history(
        options.traffic,
        period=Period(options.start, options.end),
        orders=options.orders,
        seed=seed,
        columns=options.columns,
        pace=pace,
    )


def _stretch(options: Options, traffic: Iterable[Traffic]) -> float:
    if options.speed:
        return 1.0
    return max(_SHORTEST_S, sum(part.orders for part in traffic) / _PER_S)


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
    start = clock.monotonic()
    quiet = 0
    while clock.monotonic() - start < _LONGEST_S:
        for actor in cast:
            actor.weigh()
        try:
            at_rest, total, still = await _standing(house, found)
            progress("Orders at rest", at_rest, total)
            quiet = quiet + 1 if still else 0
            if quiet >= _QUIET and await _complete(house):
                return clock.monotonic() - start
        except (Retry, aiohttp.ClientError):
            quiet = 0  # something was killed and is coming back
        await clock.sleep(_LOOK_S)
    raise CounterfoilError(
        "The rehearsal did not come to rest.", do="Look at the logs with --keep DIR."
    )


async def _standing(house: House, found: Rehearsal) -> tuple[int, int, bool]:
    """Documents at rest, sales planned, and whether nothing moves any more on any side."""
    rested = planned = 0
    still = True
    for route in house.engine.routes.values():
        report = await outcome.report(found.ports[route.plan.source])
        states = await standings.progress(house.engine.database, route.id)
        at_rest = sum(states.values()) - sum(states.get(state, 0) for state in IN_FLIGHT)
        placed = report["orders"] >= report["planned"] and not report["pending"]
        still = still and placed and at_rest >= report["orders"]
        rested, planned = rested + at_rest, planned + report["planned"]
    waiting = await pages.open_now(house.engine.database)
    return rested, planned, still and not waiting.open


async def _complete(house: House) -> bool:
    """Whether the sources, asked again, list nothing that the journal does not know."""
    for route in house.engine.routes.values():
        balance = await outcome.recount(house, route)
        if balance.unaccounted or balance.in_flight:
            return False
    return True


async def _count(house: House, found: Rehearsal, cast: list[Actor], seconds: float) -> Outcome:
    played, routes = found.played, house.engine.routes.values()
    counted = {route.name: outcome.words(await outcome.recount(house, route)) for route in routes}
    holds = {route.name: await _holds(house, route) for route in routes}
    shops = {part.connection: await outcome.report(found.ports[part.connection])
             for part in played.sources}  # fmt: skip
    office = await outcome.report(found.target)
    met = {source: shop["faults"] for source, shop in shops.items()}
    guards = await workers.guards(house.engine.database)
    by_currency = [money for _, money in counted.values()]
    currencies = dict.fromkeys(currency for money in by_currency for currency in money)
    traffic = together([*project.traffic(house.config, found).values()])
    return Outcome(
        traffic=traffic,
        refunds=traffic.refunds,
        balance=outcome.added(balance for balance, _ in counted.values()),
        money={
            currency: outcome.added(money.get(currency, {}) for money in by_currency)
            for currency in currencies
        },
        target=await outcome.target(house, found.target, office),
        faults=_faults(found, {**met, played.target: office["faults"]}),
        fault_texts=played.fault_texts,
        guards=guards,
        holds=[hold for waiting in holds.values() for hold in waiting],
        samples=[story for route in routes for story in await _samples(house, route)],
        placed=sum(shop["orders"] for shop in shops.values()),
        webhooks=outcome.added(shop["webhooks"] for shop in shops.values()),
        seconds=round(seconds, 1),
        peak_mib=max((actor.peak_kib for actor in cast), default=processes.peak_kib("self"))
        // 1024,
        folder=str(house.config.folder),
        estate=found.estate,
        routes=await _routes(
            house, found, {name: balance for name, (balance, _) in counted.items()}, holds
        )
        if found.estate
        else {},
        **await outcome.told(house),
    )


async def _routes(
    house: House,
    found: Rehearsal,
    balances: Mapping[str, dict[str, int]],
    holds: Mapping[str, list[Waiting]],
) -> dict[str, Played]:
    """Each route of an estate, weighed by the twins' own books."""
    played: dict[str, Played] = {}
    target_book = await booked(found.target, WORD)
    for route in house.engine.routes.values():
        way = found.played.ways[route.name]
        source_book = await booked(found.ports[way.source], WORD)
        books = compare(way, source_book, target_book, await outcome.states(house, route))
        played[route.name] = Played(
            document=route.plan.document,
            source=way.source,
            target=way.target,
            balance=balances[route.name],
            money=books.money,
            pieces=books.pieces,
            difference=books.difference,
            strays=books.strays,
            holds=holds[route.name],
        )
    return played


def _faults(found: Rehearsal, met: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {} if found.faults == "none" else found.played.named_faults(met)


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
    """Three traces: one that needed help, one that waits, one that simply went."""
    chosen: list[str] = []
    groups = ([State.CONFIRMED], [State.HELD, State.DRIFTED, State.IN_DOUBT], [State.MERGED])
    for states in groups:
        rows = await standings.samples(house.engine.database, route.id, states, _SAMPLES)
        if rows:
            chosen.append(await trace.story(house.engine, rows[0].id))
    return chosen

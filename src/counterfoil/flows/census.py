"""Census: the source's own listing against the journal, window by window.

The left side of the balance is asked of the source, by a query that capture does not use. A
window closes only when both sides agree; until then what is missing is fetched, and what only
the journal knows is named. What is gone there and has ended here stands on neither side. A batch
must be complete as well, and a state has no window: it is
counted whole (`flows/round.py`), as it stands at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.fetch import fetch
from counterfoil.flows.patience import patiently
from counterfoil.flows.round import OwnCount, round_of_all
from counterfoil.flows.route import Route
from counterfoil.flows.vanished import vanished
from counterfoil.kit.connector import Listed
from counterfoil.ledger.account import State
from counterfoil.ledger.balance import Balance, Standing, at_stake, balance
from counterfoil.store import census as census_store
from counterfoil.store import records, rounds
from counterfoil.store import standings as standings_store
from counterfoil.store.bindings import Namespace
from counterfoil.store.census import Count
from counterfoil.store.rounds import Stands
from counterfoil.values.clock import Instant, nanoseconds
from counterfoil.values.errors import Halt, Retry
from counterfoil.values.strike import strike

_MOST_PAGES = 100_000


class Window(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `until`, by the moment of creation at the source; the two
    are one where a state is counted."""

    start: Instant
    until: Instant


async def census(engine: Engine, route: Route, window: Window, *, keep: bool = True) -> Balance:
    """Ask the source, fetch what is missing, keep the count, and give the window's balance.

    A window that is none of the timer's (`keep` false) is counted and not kept: kept windows
    never overlap.
    """
    (answer,) = await census_of_all(engine, (route,), window, keep=keep)
    return answer


async def census_of_all(
    engine: Engine, routes: Sequence[Route], window: Window, *, keep: bool = True
) -> list[Balance]:
    """What `census` gives for each of the routes of one feed; their source is asked once."""
    if routes[0].source_carries.counts == "state":
        return await round_of_all(engine, routes, keep=keep)
    counted = await listed_in(engine, routes[0], window)
    missing: dict[int, Sequence[str]] = {}
    absent: dict[int, Sequence[str]] = {}
    for route in routes:
        compared = await _compare(engine, route, window, counted.listed)
        missing[route.id], absent[route.id] = compared.missing, compared.phantom
    count = sum(len(keys) for keys in missing.values())
    if count:
        engine.fired["census-found-missing"] += count
        await fetch(engine, routes, missing)
    await vanished(engine, routes, absent, window.start, len(counted.listed))
    return [await _balance(engine, member, window, counted, keep=keep) for member in routes]


async def _balance(
    engine: Engine, route: Route, window: Window, counted: SourceCount, *, keep: bool
) -> Balance:
    """The window's balance for one route, by what its source listed."""
    compared = await _compare(engine, route, window, counted.listed)
    standing = await standings(engine, route, window)
    sums = balance(
        [*standing, *(-stands.standing for stands in compared.ended)],
        listed=len(counted.listed),
        listed_minor=at_stake(document.measure for document in counted.listed),
        missing=compared.missing,
        phantom=compared.phantom,
        ended=[stands.key for stands in compared.ended],
    )
    if keep:
        await _keep(engine, route, window, sums, counted.own)
    return sums


async def _keep(engine: Engine, route: Route, window: Window, sums: Balance, own: OwnCount) -> None:
    """Keep what the source said of the window; it closes where both sides agree, and no batch of it
    waits to be complete."""
    counts = route.source_carries.counts
    waits = counts == "batches" and sums.accounts.get(State.WAITING.word, 0)
    agreed = sums.balances and own.agrees(sums) and not sums.in_flight and not waits
    count = Count(
        listed=sums.listed or 0,
        counted=own.count,
        money={currency: sum_.listed_minor for currency, sum_ in sums.money.items()},
        missing=sums.missing,
        phantom=sums.phantom,
        closed=agreed,
        counts=counts,
        ended=sums.ended,
    )
    span = (window.start, window.until)
    await census_store.keep(engine.database, route.id, span, count, engine.clock.now())
    if agreed:
        strike("C16")


async def first_created(engine: Engine, route: Route) -> Instant | None:
    """When the first document was created that the route answers for; None where there is none."""
    return await records.first_created(engine.database, route.id, route.begins)


def window_start(moment: Instant, length_s: float) -> Instant:
    """The start of the window of `length_s` seconds in which `moment` lies."""
    into_ns = nanoseconds(moment) % round(length_s * 1e9)
    return moment.add(nanoseconds=-into_ns)


async def standings(engine: Engine, route: Route, window: Window) -> list[Standing]:
    """Where every document of the window stands, from the journal's own records."""
    return await standings_store.within(engine.database, route.id, window.start, window.until)


class SourceCount(msgspec.Struct, frozen=True):
    """Everything that the source lists in a window, and what it says of all of it."""

    listed: list[Listed]
    own: OwnCount


async def listed_in(engine: Engine, route: Route, window: Window) -> SourceCount:
    """Everything that the source lists in the window, and its own count where it has one."""
    listed: dict[str, Listed] = {}
    start, cursor = window.start, None
    own = OwnCount()
    cursors: set[str] = set()
    for _ in range(_MOST_PAGES):
        try:
            ask = partial(route.source.census, start, window.until, cursor)
            page = await patiently(engine, ask, refill_s=route.refill_s)
        except Retry as error:
            if error.code != "cursor-expired":
                raise
            # The place is lost, what was listed is not: go on from the last moment of creation.
            start, cursor = (
                max((document.created for document in listed.values()), default=start),
                None,
            )
            cursors.clear()
            continue
        listed |= {document.key: document for document in page.listed}
        if start == window.start:
            own = own.heard(page)
        cursor = page.cursor
        if cursor is None:
            return SourceCount(list(listed.values()), own)
        if cursor in cursors:
            break
        cursors.add(cursor)
    raise Halt(f"{route.name}: the census of the source has no end.", code="cursor-repeats")


class _Compared(msgspec.Struct, frozen=True):
    """Keys on the source's side only (or with another total), keys on ours only, and what is on
    neither: gone there, and left out or cancelled here."""

    missing: list[str]
    phantom: list[str]
    ended: list[Stands]


async def _compare(
    engine: Engine, route: Route, window: Window, listed: Sequence[Listed]
) -> _Compared:
    differences = await census_store.compare(
        engine.database,
        route.id,
        window.start,
        window.until,
        [(document.key, document.measure) for document in listed],
    )
    missing = [difference.key for difference in differences if not difference.phantom]
    ours = [difference.key for difference in differences if difference.phantom]
    namespace = Namespace(route.source_connection, route.plan.document)
    stand = await rounds.standing(engine.database, route.id, namespace, ours) if ours else {}
    ended = [stand[key] for key in ours if key in stand and stand[key].ended]
    gone = {stands.key for stands in ended}
    return _Compared(missing, [key for key in ours if key not in gone], ended)

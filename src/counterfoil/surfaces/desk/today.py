"""Today: is all well, and what does it cost? What the other questions answer, in one glance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from counterfoil.model.words import ANY, TITLES, Title
from counterfoil.surfaces.desk import balance, causes, receipts, routes
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.balance import Balance, Balances
from counterfoil.surfaces.desk.causes import SharedCause
from counterfoil.surfaces.desk.figures import sums
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.receipts import Receipt
from counterfoil.surfaces.desk.routes import RouteState
from counterfoil.values.clock import Instant, later
from counterfoil.values.money import Money

_CAUSES, _RECEIPTS = 5, 3
_LATE_S = 60.0


class Quiet(msgspec.Struct, frozen=True):
    """Something on a route that should have come and has not: a listing, or what others wait for
    ("waiting")."""

    kind: Literal["listing", "waiting"]
    route: str
    title: str
    since: Instant
    do: str


class RouteToday(msgspec.Struct, frozen=True):
    """A route, and what waits on it, whichever version of a document does."""

    state: RouteState
    waiting: int
    money: tuple[Money, ...]


class Today(msgspec.Struct, frozen=True):
    """What a person needs to know first. `count` and `money` are of all that waits; `causes` are
    the costliest reasons for it, and `others` how many there are beside them; `missing` is by how
    much the two sides of the balance differ."""

    balance: Balances
    count: int
    money: tuple[Money, ...]
    causes: tuple[SharedCause, ...]
    others: int
    missing: tuple[Money, ...]
    quiet: tuple[Quiet, ...]
    routes: tuple[RouteToday, ...]
    receipts: tuple[Receipt, ...]


@asks("hold today", money="shown")
async def today(desk: Desk) -> Today:
    """Say whether all is well and what it costs, by the counts that are kept."""
    states = await routes.listing(desk)
    balances = await balance.kept(desk, None)
    waiting = await causes.causes(desk)
    return Today(
        balance=balances,
        count=sum(cause.count for cause in waiting),
        money=_money(waiting),
        causes=tuple(waiting[:_CAUSES]),
        others=max(0, len(waiting) - _CAUSES),
        missing=tuple(missing(balances)),
        quiet=tuple(quiet(states, desk.clock.now())),
        routes=tuple(_route(state, waiting) for state in states),
        receipts=tuple(await receipts.receipts(desk, limit=_RECEIPTS)),
    )


def title(documents: Sequence[str]) -> Title:
    """What people call the documents of these words together."""
    words = {*documents}
    return next((TITLES[word] for word in TITLES if words == {word}), ANY)


def missing(balances: Balance) -> list[Money]:
    """By how much the two sides of a balance differ, in each currency in which they do."""
    return [
        Money(sides.difference_minor, currency)
        for currency, sides in balances.money.items()
        if sides.difference_minor and len(currency) == 3
    ]


def quiet(states: Sequence[RouteState], now: Instant) -> list[Quiet]:
    """What should have come and has not: listings that are late, and documents that wait for
    others."""
    silences: list[Quiet] = []
    for state in states:
        many = title([state.document]).many
        due = state.next_listing
        if state.switch != "off" and due is not None and later(due, _LATE_S) < now:
            silences.append(
                Quiet(
                    "listing",
                    state.name,
                    f"The listing of {many} at {state.source} has not come",
                    due,
                    "Is the house up? `counterfoil up` runs it. Until then nothing new is seen.",
                )
            )
        silences += [
            Quiet(
                "waiting",
                wait.route,
                f"{wait.count} on {wait.route} wait for {TITLES[wait.document].many}",
                wait.since,
                "They go on by themselves when those have come.",
            )
            for wait in state.awaited
        ]
    return silences


def _route(state: RouteState, waiting: Sequence[SharedCause]) -> RouteToday:
    waiting_here = [cause for cause in waiting if cause.route == state.name]
    count = sum(cause.count for cause in waiting_here)
    return RouteToday(state, count, _money(waiting_here))


def _money(waiting: Sequence[SharedCause]) -> tuple[Money, ...]:
    return tuple(sums(amount for cause in waiting for amount in cause.money))

"""Today: is all well, and what does it cost?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.responses import JSONResponse, Response

from counterfoil.model.words import ANY, TITLES, Title
from counterfoil.surfaces.desk import balance, causes, receipts, routes
from counterfoil.surfaces.desk.balance import Balance
from counterfoil.surfaces.desk.causes import SharedCause
from counterfoil.surfaces.desk.figures import sums
from counterfoil.surfaces.desk.routes import RouteState
from counterfoil.surfaces.web.visitor import Visitor, signed_in
from counterfoil.values.clock import Instant, later
from counterfoil.values.money import Money

_SHOWN = 5
_LATE_S = 60.0


class Quiet(msgspec.Struct, frozen=True):
    """Something that should have come and has not."""

    title: str
    since: Instant
    do: str
    href: str


@signed_in
async def today(visitor: Visitor) -> Response:
    """The first page."""
    desk = visitor.desk
    states = await routes.listing(desk)
    balances = await balance.kept(desk, None)
    waiting = await causes.causes(desk)
    by_route = {account.route: account for account in balances.routes}
    return visitor.shown(
        "today.html",
        balances=balances,
        title=title([state.document for state in states]),
        causes=waiting[:_SHOWN],
        more=len(waiting) - _SHOWN,
        count=sum(cause.count for cause in waiting),
        money=sums(amount for cause in waiting for amount in cause.money),
        missing=missing(balances),
        routes=[(state, by_route.get(state.name), *_held(state.name, waiting)) for state in states],
        quiet=quiet(states, desk.clock.now()),
        receipts=await receipts.receipts(desk, limit=3),
    )


@signed_in
async def news(visitor: Visitor) -> Response:
    """How many wait now, for a page that is open; rows never move by themselves."""
    return JSONResponse({"waiting": await causes.count(visitor.desk)})


def _held(route: str, waiting: Sequence[SharedCause]) -> tuple[int, list[Money]]:
    """How many wait on a route, whichever version of a document does, and their money."""
    waiting_here = [cause for cause in waiting if cause.route == route]
    return sum(cause.count for cause in waiting_here), sums(
        amount for cause in waiting_here for amount in cause.money
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
                    f"The listing of {many} at {state.source} has not come",
                    due,
                    "Is the house up? `counterfoil up` runs it. Until then nothing new is seen.",
                    f"/balance?route={state.name}",
                )
            )
        silences += [
            Quiet(
                f"{wait.count} on {wait.route} wait for {TITLES[wait.document].many}",
                wait.since,
                "They go on by themselves when those have come.",
                f"/trace?route={wait.route}&state=waiting",
            )
            for wait in state.awaited
        ]
    return silences

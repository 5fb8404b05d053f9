"""What can be looked at: documents and their stories, the balance, routes, closes and changes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, Nothing, endpoint
from counterfoil.surfaces.api.v1.paging import Limit
from counterfoil.surfaces.desk import (
    balance,
    close,
    connections,
    releases,
    routes,
    search,
    trace,
)
from counterfoil.surfaces.desk.amount import amount_of
from counterfoil.surfaces.desk.balance import Balance, Balances
from counterfoil.surfaces.desk.close import Checked, Close, Signed, Step
from counterfoil.surfaces.desk.connections import ConnectionState
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.period import period
from counterfoil.surfaces.desk.releases import Release
from counterfoil.surfaces.desk.routes import RouteState
from counterfoil.surfaces.desk.search import Documents, Sought, states_of
from counterfoil.surfaces.desk.trace import Traced
from counterfoil.values.clock import Instant

_Text = Annotated[str, msgspec.Meta(max_length=200)]


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any number or name that a person or a system has for a document; with the evidence or not."""

    identity: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    evidence: bool = False


class DocumentsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which documents: by a text, and beside it by state, route, amount and days of creation."""

    text: _Text = ""
    state: _Text | None = None
    route: _Text | None = None
    amount: _Text | None = None
    created_from: _Text | None = None
    created_to: _Text | None = None
    people: bool = False
    limit: Limit = 50


class OnRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route, or all of them."""

    route: _Text | None = None


class OnePeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A period by its name."""

    period: _Text


class CloseStep(msgspec.Struct, frozen=True):
    """One act of a close: what, when, by whom and why, its digest; for a check what it found."""

    number: int
    act: str
    moment: Instant
    by: str
    digest: str
    why: str = ""
    open_items: int = 0
    routes: tuple[Balance, ...] = ()


class ClosedPeriod(msgspec.Struct, frozen=True):
    """How the close of a period stands, and every act of it."""

    period: str
    stands: str
    steps: tuple[CloseStep, ...]


@endpoint("GET", "/trace", "trace", "trace")
async def traced(desk: Desk, words: Identity) -> Found[Traced]:
    """Tell the story of one document, by its number, what any system calls it, or our record."""
    return Found(await trace.trace(desk, words.identity, evidence=words.evidence))


@endpoint("GET", "/search", "search", "search")
async def found(desk: Desk, words: DocumentsWanted) -> Found[Documents]:
    """Find documents by number, by a system's identity or by a person, and by how they stand."""
    sought = Sought(
        words.text.strip(),
        period(words.created_from, words.created_to),
        states_of(words.state),
        amount_of(words.amount),
        words.route,
        words.people,
        words.limit,
    )
    return Found(await search.search(desk, sought))


@endpoint("GET", "/balance", "balance", "balance")
async def balanced(desk: Desk, words: OnRoute) -> Found[Balances]:
    """Show where everything stands by the counts that the timers have kept; nobody is called."""
    return Found(await balance.kept(desk, words.route))


@endpoint("GET", "/routes", "route list", "route-list")
async def every_route(desk: Desk, words: Nothing) -> Found[list[RouteState]]:
    """List the routes: switch, promise, owner, last listing, and what is on its way or waits."""
    return Found(await routes.listing(desk))


@endpoint("GET", "/connections", "connection list", "connection-list")
async def connected(desk: Desk, words: Nothing) -> Found[list[ConnectionState]]:
    """List the connections: system, address, and what is allowed there."""
    return Found(connections.listing(desk))


@endpoint("GET", "/closes", "close list", "closed-periods")
async def closes(desk: Desk, words: Nothing) -> Found[list[ClosedPeriod]]:
    """List every period for which a close was begun."""
    return Found([_closed(period) for period in await close.listing(desk)])


@endpoint("GET", "/closes/{period}", "close show", "closed-period")
async def one_close(desk: Desk, words: OnePeriod) -> Found[ClosedPeriod]:
    """Show what was done to close a period."""
    return Found(_closed(await close.show(desk, words.period)))


@endpoint("GET", "/changes", "config releases", "config-releases")
async def changes(desk: Desk, words: Nothing) -> Found[list[Release]]:
    """List every configuration that was in force, and which routes stand at it."""
    return Found(await releases.releases(desk))


def _closed(period: Close) -> ClosedPeriod:
    return ClosedPeriod(period.period, period.stands, tuple(_step(step) for step in period.steps))


def _step(step: Step) -> CloseStep:
    shape = CloseStep(step.number, step.act, step.at, step.by, step.digest)
    if isinstance(step.content, Checked):
        items, accounts = len(step.content.open_items), step.content.routes
        return msgspec.structs.replace(shape, open_items=items, routes=accounts)
    if isinstance(step.content, Signed):
        return msgspec.structs.replace(shape, why=step.content.why)
    return shape

"""Balance, Close, Changes and Setup: did everything arrive, is the month done, what was changed,
and who is connected."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from counterfoil.model.words import TITLES
from counterfoil.surfaces.desk import balance, close, connections, releases, routes, users
from counterfoil.surfaces.desk.today import missing
from counterfoil.surfaces.web.visitor import Visitor, signed_in


@signed_in
async def balanced(visitor: Visitor) -> Response:
    """Each route as an equation: what the source lists, and where every one of them stands."""
    route = visitor.word("route")
    states = {state.name: state for state in await routes.listing(visitor.desk)}
    balances = await balance.kept(visitor.desk, route or None)
    unequal = [
        account for account in balances.routes if account.listed is not None and not account.agrees
    ]
    return visitor.shown(
        "balance.html",
        balances=balances,
        states=states,
        titles=TITLES,
        unequal=unequal,
        counted_routes=[account for account in balances.routes if account.listed is not None],
        missing=missing(balances),
        route=route,
    )


@signed_in
async def closes(visitor: Visitor) -> Response:
    """The periods that are being closed, or are."""
    return visitor.shown("close.html", periods=await close.listing(visitor.desk))


@signed_in
async def changes(visitor: Visitor) -> Response:
    """Every configuration that was in force, the newest first."""
    rows = await releases.releases(visitor.desk)
    return visitor.shown("changes.html", releases=rows[::-1])


@signed_in
async def setup(visitor: Visitor) -> Response:
    """Who is connected, which routes there are, and who may do what."""
    return visitor.shown(
        "setup.html",
        connections=connections.listing(visitor.desk),
        routes=await routes.listing(visitor.desk),
        people=await users.users(visitor.desk) if visitor.may("user list") else None,
        link=None,
    )


@signed_in
async def invite(visitor: Visitor) -> Response:
    """A link for somebody, shown once, to the admin who asked for it."""
    link = await users.add(visitor.desk, visitor.word("name"), visitor.word("role"))
    return visitor.shown(
        "setup.html",
        connections=connections.listing(visitor.desk),
        routes=await routes.listing(visitor.desk),
        people=await users.users(visitor.desk),
        link=(link, str(visitor.request.url_for("welcome", word=link.word))),
    )


@signed_in
async def part(visitor: Visitor) -> Response:
    """Let somebody come in no more."""
    await users.remove(visitor.desk, visitor.word("name"))
    return RedirectResponse("/setup", 303)

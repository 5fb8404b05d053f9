"""Who waits for another document, and for which, is said wherever a person looks."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from steps import swept
from test_waits import ordered, sent

from counterfoil.surfaces.cli import balance as balance_command
from counterfoil.surfaces.cli import search as search_command
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk import balance, routes, search, trace
from counterfoil.surfaces.desk.envelope import encoded
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.search import Sought

HOUR = 3_600


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    """Two parcels that wait for orders, the second for an hour less than the first."""
    parcels = await laid(stage, monkeypatch)
    await sent(parcels, Parcel("P1", of=("OR1",)))
    stage.clock.pass_(HOUR)
    await sent(parcels, Parcel("P2", of=("OR2", "OR3")))
    return parcels


def desk(parcels: Parcels) -> Desk:
    """A desk on the stage's database, whose project declares the two routes."""
    stage = parcels.stage
    plans = {route.name: route.plan for route in stage.engine.routes.values()}
    config = SimpleNamespace(routes=plans)
    return Desk(config, stage.clock, "jo", stage.database)  # type: ignore[arg-type]


def spoken() -> tuple[Say, io.StringIO]:
    """A way to speak, and what was said."""
    out = io.StringIO()
    return Say(Flags(), out, io.StringIO()), out


async def test_the_balance_says_how_many_wait_for_what_and_since_when(parcels: Parcels) -> None:
    whole = await balance.kept(desk(parcels), "parcels")
    (route,) = whole.routes
    say, out = spoken()
    balance_command._show(say, whole)
    assert (
        "2 documents wait for their order; the oldest since 2026-11-02 12:00 UTC, and held for"
        " warehouse at 2026-11-03 12:00 UTC if that does not come.\n"
    ) in out.getvalue()
    (member,) = json.loads(encoded(route))["awaited"]
    assert member == {
        "route": "parcels",
        "document": "order",
        "owner": "warehouse",
        "count": 2,
        "since": "2026-11-02T12:00:00Z",
        "until": "2026-11-03T12:00:00Z",
    }
    assert whole.awaited == route.awaited


async def test_what_came_is_waited_for_no_longer(parcels: Parcels) -> None:
    await ordered(parcels.stage)
    (awaited,) = (await balance.kept(desk(parcels), "parcels")).awaited
    assert str(awaited).startswith(
        "1 document waits for its order; the oldest since 2026-11-02 13:00 UTC"
    )
    await ordered(parcels.stage, 2)
    await ordered(parcels.stage, 3)
    assert (await balance.kept(desk(parcels), "parcels")).awaited == ()


async def test_the_routes_say_it_too(parcels: Parcels) -> None:
    orders, of_parcels = await routes.listing(desk(parcels))
    assert (orders.awaited, [wait.count for wait in of_parcels.awaited]) == ((), [2])


async def test_the_story_names_what_is_waited_for_and_until_when(parcels: Parcels) -> None:
    (told,) = (await trace.trace(desk(parcels), "P2")).stories
    assert told.sentences[-1].said == (
        "It waits for order OR2 and order OR3 to come to shop, until 2026-11-03 13:00:00 UTC."
    )
    assert [(need.document, need.key) for need in told.waits_for] == [
        ("order", "OR2"),
        ("order", "OR3"),
    ]


async def test_the_story_of_an_order_tells_of_what_names_it(parcels: Parcels) -> None:
    await ordered(parcels.stage)
    stories = (await trace.trace(desk(parcels), "#1")).stories
    assert {told.route for told in stories} == {"orders", "parcels"}


async def test_one_that_waits_for_a_newer_version_of_itself_is_told_as_before(
    parcels: Parcels,
) -> None:
    await ordered(parcels.stage, 7, paid="pending")
    (told,) = (await trace.trace(desk(parcels), "#7")).stories
    assert told.sentences[-1].said == "It waits at shop: £12.50."
    assert told.waits_for == ()


async def test_a_search_says_it_of_each_that_waits(parcels: Parcels) -> None:
    await swept(parcels.stage)
    answer = await search.search(desk(parcels), Sought("P"))
    waits = {document.number: document.waits_for for document in answer.documents}
    assert {number: [need.key for need in needs] for number, needs in waits.items()} == {
        "P1": ["OR1"],
        "P2": ["OR2", "OR3"],
    }
    say, out = spoken()
    search_command._show(say, answer)
    assert "P2 waits for order OR2 and order OR3, until 2026-11-03T13:00:00Z.\n" in out.getvalue()

"""The house as a connection: documents are delivered into it and listed from it, by the same engine
and under the same proof as everywhere.

The one list of what it takes and gives; what it does with a document stands in files of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from counterfoil.flows import levels, pools
from counterfoil.flows.home import Home, Lane
from counterfoil.flows.route import HOUSE, Plan
from counterfoil.flows.rules import none
from counterfoil.kit.connector import Session, Source, Target
from counterfoil.kit.manifest import Carries, Manifest
from counterfoil.model.words import Word
from counterfoil.store import connections
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Clock


class AtHome(NamedTuple):
    """What the house does with the documents of one word. `fits` raises `Misconfigured` where what
    the routes say of them does not go together; `target` and `source` make the ends of one."""

    carries: Carries
    fits: Callable[[Home], None]
    target: Callable[[Home, Lane], Target[Any]]
    source: Callable[[Home, Lane], Source[Any]]


AT_HOME: Final[Mapping[Word, AtHome]] = {
    "stock": AtHome(levels.CARRIES, pools.fits, levels.LevelTarget, pools.PoolSource),
}
"""A word that is not in it passes from system to system, and the house keeps nothing of it."""

MANIFEST: Final = Manifest(
    name=HOUSE,
    title="This house",
    api="its own tables",
    rung="proven",
    rung_source="It is here.",
    hosts=(),
    secrets={},
    documents={word: at_home.carries for word, at_home in AT_HOME.items()},
    limits={},
    settings={},
)


def opened(home: Home, lane: Lane) -> Session:
    """The house, as one route is connected to it."""
    at_home = AT_HOME.get(lane.word)
    if at_home is None:
        return Session({}, {}, _here)
    at_home.fits(home)
    sources: dict[Word, object] = (
        {lane.word: at_home.source(home, lane)} if lane.source == HOUSE else {}
    )
    targets: dict[Word, object] = (
        {lane.word: at_home.target(home, lane)} if lane.target == HOUSE else {}
    )
    return Session(sources, targets, _here)


def home_of(plans: Mapping[str, Plan], clock: Clock) -> Home:
    """The house as these routes see it, without its database."""
    return Home(None, clock, tuple(Lane.of(name, plan) for name, plan in plans.items()))


async def moved_in(home: Home, database: Database, routes: Mapping[str, int]) -> Home:
    """The same house with its database, where any of the routes begins or ends in it."""
    if not home.asked_for:
        return home
    await connections.add(database, HOUSE)
    numbers = await connections.ids(database)
    return home._replace(database=database, numbers=numbers, routes=routes)


def claims(home: Home, plan: Plan) -> bool:
    """Whether what the documents of a route take comes off what stands here, until its target's
    own levels show it."""
    return plan.target in home.masters() and plan.rules.claims is not none


async def _here() -> str:
    return "It is this house that answers."

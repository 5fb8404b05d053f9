"""What is declared to read, reads: it is asked where the database takes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from filled import fill
from journeys_environment import SECRETS

from counterfoil.config import load
from counterfoil.store import connections, holds
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.surfaces.desk.holds import RESENT, HoldsAsked
from counterfoil.surfaces.desk.left_out import LeftOutAsked
from counterfoil.surfaces.desk.metrics import Meter
from counterfoil.surfaces.desk.opening import Cellar, Desk, StaffedDesk
from counterfoil.surfaces.desk.registry import acts
from counterfoil.surfaces.desk.search import Sought
from counterfoil.surfaces.desk.waiting import Choice
from counterfoil.values.clock import SystemClock

QUESTIONS: Mapping[str, tuple[Any, ...]] = {
    "balance": (None,),
    "close list": (),
    "config releases": (),
    "db rename asks": ("gifts",),
    "db restore replaces": (),
    "db status": (),
    "hold causes": (),
    "hold choose": (Choice(cause="unmapped-value"), RESENT),
    "hold count": (),
    "hold list": (HoldsAsked(),),
    "hold members": ("000000000000",),
    "hold receipts": (),
    "hold show": (),
    "hold today": (),
    "map coverage": (),
    "privacy due": (),
    "privacy export": ("ann@example.org",),
    "privacy plan": ("ann@example.org",),
    "route left-out": (LeftOutAsked("orders"),),
    "route list": (),
    "route losses": ("orders",),
    "route switch": ("orders",),
    "stock stale": (60.0, 10),
    "stock stranded": (10,),
    "search": (Sought("brown", people=True),),
    "trace": ("1001",),
    "user list": (),
    "user token list": (),
    "web metrics": (Meter(SystemClock().now()),),
    "web reachable": (),
    "watch list": (),
}
"""What each is asked; a hold is shown by its number, which the test looks up."""

ELSEWHERE = {
    "close show": "it tells of a close that was opened, see test_close.py",
    "db backup": "pg_dump reads by itself",
    **dict.fromkeys(
        ("reconcile run", "reconcile show", "reconcile explain", "reconcile export"),
        "it needs a route of payouts, see test_reconcile.py",
    ),
    "hold cause": "it tells of a cause that waits, see tests/surfaces/web/test_screens.py",
    "hold ended": "it tells of an act that was done, see tests/surfaces/api/v1/test_endpoints.py",
    "hold plan": "it tells of a cause that waits, see tests/surfaces/web/test_screens.py",
    "hold receipt": "it tells of an act that was done, see tests/surfaces/web/test_screens.py",
    "stock show": "it tells of a level that came, see tests/flows/test_house.py",
}


def of_the_database() -> set[str]:
    """The acts that are declared to read, and are handed the database."""
    return {
        name
        for name, act in acts().items()
        if act.kind == "reads"
        if {Desk, Cellar} & set(get_type_hints(act.function).values())
    }


@pytest.fixture
async def cellar(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cellar]:
    """A database with something to tell, which takes nothing more."""
    monkeypatch.setenv("DATABASE_URL", database)
    environment = {"DATABASE_URL": database, **SECRETS}
    await fill(folder, environment)
    sign = "&" if "?" in database else "?"
    closed = await Database.open(f"{database}{sign}default_transaction_read_only=on")
    config = load(folder, environment)
    yield Cellar(config, SystemClock(), "tester", closed, Server(database))
    await closed.close()


def test_every_question_of_the_database_is_asked_here() -> None:
    assert of_the_database() == QUESTIONS.keys() | ELSEWHERE.keys()


async def test_what_is_declared_to_read_changes_nothing(cellar: Cellar) -> None:
    with pytest.raises(Exception, match="read-only"):
        await connections.add(cellar.database, "another")
    (hold,) = await holds.open_now(cellar.database, None, None, 1)
    for name, words in QUESTIONS.items():
        asked = (hold.record,) if name == "hold show" else words
        function: Any = acts()[name].function
        assert await function(cellar, *asked) is not None, name
    assert not isinstance(cellar, StaffedDesk)

"""The gate: role by act, cell by cell, for whichever door."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from counterfoil.govern import gate
from counterfoil.govern.gate import NEEDED, ROLES, Role
from counterfoil.surfaces.desk.acts import Act
from counterfoil.surfaces.desk.registry import acts
from counterfoil.values.errors import Refuse

OPERATOR = {
    "hold resend", "hold recheck", "hold aside", "hold resend planned", "hold recheck planned",
    "hold aside planned", "balance recount", "balance within", "close check", "route run",
    "route pause", "route shadow", "route edits", "privacy due",
}  # fmt: skip
ADMIN = {"db backup", "user list", "privacy plan", "privacy export"}
OWN = {"user token add", "user token end"}
"""Questions that only an admin may ask; every act that is no operator's is an admin's too, but for
what everybody does with tokens of their OWN."""


def expected(act: Act) -> Role:
    """Who is needed, by the lists above."""
    if act.name in OPERATOR:
        return "operator"
    return (
        "viewer" if act.name in OWN or (act.kind == "reads" and act.name not in ADMIN) else "admin"
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", acts().values(), ids=lambda act: act.name)
def test_an_act_is_done_by_those_whose_role_reaches_to_it(act: Act, role: Role) -> None:
    allowed = ROLES.index(role) >= ROLES.index(expected(act))
    assert gate.may(role, act.name, reads=act.kind == "reads") == allowed


@pytest.mark.parametrize("act", acts().values(), ids=lambda act: act.name)
def test_the_function_itself_refuses_whichever_door_asks(act: Act) -> None:
    if expected(act) == "viewer":
        pytest.skip("everybody may ask it")
    asker = SimpleNamespace(role="viewer", scopes=None)
    with pytest.raises(Refuse, match=f"“{act.name}” is for the role {expected(act)}"):
        act.function(asker)
    with pytest.raises(Refuse):
        act.function(desk=asker)


def test_the_table_names_acts_that_there_are() -> None:
    assert NEEDED.keys() - acts().keys() == {"search people"}, "a part of the question `search`"


def test_what_nobody_has_thought_of_is_not_given_away() -> None:
    assert gate.needed("launch rockets", reads=False) == "admin"
    with pytest.raises(Refuse, match="is no role"):
        gate.named("root")

"""Who does what in an estate whose routes are several teams': people who are made up, a rota, and
for each route the team that is asked about it. A real beginning has the same, to be written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.rehearse.cast.estates import Estate, Way
from counterfoil.rehearse.cast.toml import table

PEOPLE: Final[Mapping[str, str]] = {
    "anna": "Anna Price", "fay": "Fay Lindqvist", "kofi": "Kofi Mensah", "lee": "Lee Walsh",
    "mia": "Mia Brandt", "raj": "Raj Patel", "sam": "Sam Okoro",
}  # fmt: skip
TEAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "operations": ("anna", "kofi"), "merchandising": ("mia",), "warehouse": ("raj", "lee"),
    "despatch": ("lee", "raj"), "stores": ("sam",), "finance": ("fay",),
}  # fmt: skip
_OTHERS: Final = ("anna",)
_ROTA: Final = "operations"
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri")
_SHIFTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "early": {"people": ("anna",), "days": _WEEK, "from": "07:00", "until": "15:00"},
    "late": {"people": ("kofi",), "days": _WEEK, "from": "15:00", "until": "22:00"},
}
_HEAD: Final = """\
# Who does what here, and who answers for it. The people are made up: write your own, by the names
# by which they sign in to the desk. `counterfoil doctor` names what is nobody's duty, or two
# people's; `counterfoil duties who CODE` says who is asked.
"""


def ways(estate: Estate) -> Mapping[str, Way]:
    """The routes of an estate as its files have them: whose each is, its duties say where it has
    any."""
    if not _several(estate):
        return estate.ways
    return {name: way._replace(owner="", owners={}) for name, way in estate.ways.items()}


def duties(estate: Estate) -> str:
    """The text of duties.toml; "" where one team is asked about everything."""
    if not _several(estate):
        return ""
    owners = dict.fromkeys([_ROTA, *(way.owner for way in estate.ways.values())])
    for way in estate.ways.values():
        owners |= dict.fromkeys(way.owners.values())
    teams = {name: TEAMS.get(name, _OTHERS) for name in owners}
    members = {name for team in teams.values() for name in team}
    tables = [
        table("people", {name: called for name, called in PEOPLE.items() if name in members}),
        table("teams", teams),
        table("default", _duty(_ROTA)),
    ]
    for name, way in estate.ways.items():
        tables.append(table(f"routes.{name}", _duty(way.owner)))
    for way in estate.ways.values():
        tables += [table(f"causes.{cause}", _duty(owner)) for cause, owner in way.owners.items()]
    tables.append(table(f"rota.{_ROTA}", {"zone": "Europe/London", "otherwise": "anna"}))
    for name, shift in _SHIFTS.items():
        tables.append(table(f"rota.{_ROTA}.shifts.{name}", shift))
    return "\n".join([_HEAD, *tables])


def _several(estate: Estate) -> bool:
    """Whether more than one team is asked about its routes."""
    return len({way.owner for way in estate.ways.values()}) > 1


def _duty(team: str) -> Mapping[str, object]:
    return {"accountable": TEAMS.get(team, _OTHERS)[0], "responsible": (team,)}

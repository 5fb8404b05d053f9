"""Duties: who does what, and who answers for it, as `duties.toml` says; the most particular holds.

A cause goes before its route, the route before the document, the document before everything else.
Who is named first among the responsible is asked about what waits: a person, or a team.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

import msgspec

from counterfoil.govern.rota import Rota, Watch, on_duty
from counterfoil.values.clock import Instant

FILE: Final = "duties.toml"
CHANGES: Final = ("connections", "duties", "maps", "ownership", "routes")
"""What of a project can be changed, each by somebody whose duty it is."""

Name = Annotated[str, msgspec.Meta(min_length=1)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
Place = tuple[str, ...]


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has one duty: exactly one person answers for it (`accountable`), one or more people or
    teams do it (`responsible`); who is asked before (`consulted`), and who is told (`informed`)."""

    accountable: Name
    responsible: Names
    consulted: tuple[Name, ...] = ()
    informed: tuple[Name, ...] = ()


class Duties(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of duties.toml. `people` are by the name by which they sign in, with the name by
    which they are called; `teams` are their members; `rota` says by team who is on duty when."""

    people: dict[str, Name] = {}
    teams: dict[str, Names] = {}
    default: Duty | None = None
    documents: dict[str, Duty] = {}
    routes: dict[str, Duty] = {}
    causes: dict[str, Duty] = {}
    changes: dict[str, Duty] = {}
    rota: dict[str, Rota] = {}

    @property
    def silent(self) -> bool:
        """Whether it says nothing, as where there is no such file."""
        return self == _SILENT


_SILENT: Final = Duties()


class Subject(NamedTuple):
    """Of what the duty is: "" where it is not about that."""

    cause: str = ""
    route: str = ""
    document: str = ""
    change: str = ""


class Held(NamedTuple):
    """A duty that holds, and the keys in duties.toml that lead to it."""

    duty: Duty
    place: Place


def chain(duties: Duties, subject: Subject) -> list[Held]:
    """Every duty that is about `subject`, the most particular first: that one holds."""
    tables: tuple[tuple[str, str, Mapping[str, Duty]], ...] = (
        ("causes", subject.cause, duties.causes),
        ("changes", subject.change, duties.changes),
        ("routes", subject.route, duties.routes),
        ("documents", subject.document, duties.documents),
    )
    found = [Held(rows[name], (table, name)) for table, name, rows in tables if name in rows]
    return [*found, Held(duties.default, ("default",))] if duties.default else found


def holding(duties: Duties, subject: Subject) -> Duty | None:
    """The duty that holds; None where nobody has it."""
    return next((held.duty for held in chain(duties, subject)), None)


class Asked(NamedTuple):
    """Who is asked about a route's documents: in general, and by the code of a cause."""

    owner: str
    owners: Mapping[str, str]


def asked(duties: Duties, subject: Subject, written: Asked) -> Asked:
    """Who is asked about what waits on a route, where its own file has `written` somebody too.

    What the route's file says of a cause is the most particular; its owner goes before a duty that
    is of its document, or of everything.
    """
    of_route = duties.routes.get(subject.route)
    general = holding(duties, Subject(document=subject.document))
    owner = (of_route and of_route.responsible[0]) or written.owner
    owner = owner or (general.responsible[0] if general else "")
    causes = {cause: duty.responsible[0] for cause, duty in duties.causes.items()}
    return Asked(owner, {**causes, **written.owners})


def watch(duties: Duties, name: str, at: Instant) -> Watch:
    """Who is on duty for somebody at an instant: of a team with a rota its shift, of one without
    all of it, of a person that person. Raises `Misconfigured` for an unknown zone."""
    if name in duties.rota:
        return on_duty(duties.rota[name], at)
    return Watch(duties.teams.get(name, (name,) if name else ()))


def people(duties: Duties) -> frozenset[str]:
    """Everybody who is named by the name by which they sign in."""
    return frozenset(duties.people)

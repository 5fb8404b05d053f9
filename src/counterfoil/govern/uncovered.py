"""Uncovered: what nobody has as a duty, what two have, and who is named that there is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from counterfoil.govern.duties import CHANGES, FILE, Duties, Duty, Place, Subject, holding
from counterfoil.govern.gap import Gap
from counterfoil.govern.rota import Rota, Uneven, unevens
from counterfoil.values.clock import instant, wall_date
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class Way(NamedTuple):
    """A route as duties see it: its name, its document, who its own file says is asked about what
    waits, and who by the code of a cause."""

    name: str
    document: str
    owner: str = ""
    owners: Mapping[str, str] = {}


def gaps(
    duties: Duties, ways: Sequence[Way], documents: Collection[str], causes: Collection[str]
) -> Iterator[Gap]:
    """Everything that is wrong with the duties of a project with these routes. `documents` and
    `causes` are all that there are."""
    if duties.silent:
        yield from (gap for way in ways if not way.owner for gap in _unasked(way))
        return
    yield from _people(duties)
    yield from _unknown(duties, ways, documents, causes)
    for place, duty in _duties(duties):
        yield from _named(duties, place, duty)
    for way in ways:
        yield from _of_way(duties, way)
    for change in CHANGES:
        if holding(duties, Subject(change=change)) is None:
            yield Gap(
                f"Nobody answers for a change of {change}.",
                f"Write [changes.{change}], or [default], with accountable and responsible.",
            )
    for team, rota in duties.rota.items():
        yield from _rota(duties, team, rota)


def _duties(duties: Duties) -> Iterator[tuple[Place, Duty]]:
    if duties.default is not None:
        yield ("default",), duties.default
    tables = {
        "documents": duties.documents,
        "routes": duties.routes,
        "causes": duties.causes,
        "changes": duties.changes,
    }
    for table, rows in tables.items():
        for name, duty in rows.items():
            yield (table, name), duty


def _people(duties: Duties) -> Iterator[Gap]:
    """Whoever is both a person and a team; and teams with members whom nobody knows."""
    for name in sorted(duties.people.keys() & duties.teams.keys()):
        yield Gap(f"{name!r} is a person and a team.", "Give one another name.", ("teams", name))
    for team, members in duties.teams.items():
        yield from _strangers(duties, ("teams", team), f"The team {team} has", members)


def _unknown(
    duties: Duties, ways: Sequence[Way], documents: Collection[str], causes: Collection[str]
) -> Iterator[Gap]:
    """Duties for what there is not."""
    known: tuple[tuple[str, str, Iterable[str], Collection[str]], ...] = (
        ("documents", "document", duties.documents, documents),
        ("routes", "route", duties.routes, [way.name for way in ways]),
        ("causes", "cause", duties.causes, causes),
        ("changes", "change", duties.changes, CHANGES),
        ("rota", "team", duties.rota, duties.teams),
    )
    for table, title, names, there in known:
        for name in names:
            if name not in there:
                yield Gap(f"There is no {title} {name!r}.", near(name, there), (table, name))


def _named(duties: Duties, place: Place, duty: Duty) -> Iterator[Gap]:
    """Whoever is named in a duty and is nobody; and a team that is to answer for one."""
    of_what = " ".join(place)
    if duty.accountable in duties.teams:
        yield Gap(
            f"The team {duty.accountable} answers for {of_what}, and only one person can.",
            f"Name one of {', '.join(duties.teams[duty.accountable])}.",
            (*place, "accountable"),
        )
    elif duty.accountable not in duties.people:
        yield _nobody(duties.people, (*place, "accountable"), "answers for", duty.accountable)
    everybody = {*duties.people, *duties.teams}
    parts = (
        ("responsible", "does", duty.responsible),
        ("consulted", "is asked about", duty.consulted),
        ("informed", "is told of", duty.informed),
    )
    for part, verb, names in parts:
        for name in names:
            if name not in everybody:
                yield _nobody(everybody, (*place, part), verb, name)
        for name in {name for name in names if names.count(name) > 1}:
            said = f"{name} is named twice in {part} of {of_what}."
            yield Gap(said, "Take one away.", (*place, part))


def _nobody(known: Iterable[str], place: Place, verb: str, name: str) -> Gap:
    *of_what, _ = place
    return Gap(
        f"{name!r} {verb} {' '.join(of_what)}, and is nobody here.",
        f"{near(name, known)} People stand under [people], teams under [teams].",
        place,
    )


def _strangers(duties: Duties, place: Place, said: str, names: Iterable[str]) -> Iterator[Gap]:
    for name in names:
        if name not in duties.people:
            yield Gap(
                f"{said} {name!r}, and there is no such person.",
                f"{near(name, duties.people)} People stand under [people].",
                place,
            )


def _of_way(duties: Duties, way: Way) -> Iterator[Gap]:
    """A route for which nobody answers, or that its own file gives to somebody else."""
    duty = holding(duties, Subject(route=way.name, document=way.document))
    if duty is None:
        yield Gap(
            f"Nobody answers for the route {way.name}.",
            f"Write [routes.{way.name}], [documents.{way.document}] or [default], with accountable"
            " and responsible.",
        )
    elif way.owner and way.owner != duty.responsible[0]:
        yield Gap(
            f"The route {way.name} has two owners: {way.owner} by its own file, and"
            f" {duty.responsible[0]} by {FILE}.",
            f"Take owner out of routes/{way.name}.toml, or name the same one.",
        )
    for name in (way.owner, *way.owners.values()):
        if name and name not in {*duties.people, *duties.teams}:
            yield Gap(
                f"routes/{way.name}.toml asks {name!r}, who is nobody here.",
                near(name, {*duties.people, *duties.teams}),
            )


def _unasked(way: Way) -> Iterator[Gap]:
    yield Gap(
        f"Nobody is asked about what waits on the route {way.name}.",
        f"Write {FILE}, or owner = … in routes/{way.name}.toml.",
    )


def _rota(duties: Duties, team: str, rota: Rota) -> Iterator[Gap]:
    place = ("rota", team)
    try:
        wall_date(instant("2026-01-01T00:00:00Z"), rota.zone)
    except Misconfigured as error:
        yield Gap(error.said, error.do, (*place, "zone"))
    members = duties.teams.get(team, ())
    named = [(("shifts", name, "people"), shift.people) for name, shift in rota.shifts.items()]
    otherwise = [(("otherwise",), (rota.otherwise,))] if rota.otherwise else []
    for inner, people in (*named, *otherwise):
        for name in people:
            if name not in members:
                yield Gap(
                    f"{name!r} is on the rota of {team} and not in the team.",
                    near(name, members),
                    (*place, *inner),
                )
    for name, shift in rota.shifts.items():
        if not (shift.people and shift.days):
            said = f"The shift {name} of {team} has nobody on it, or no day."
            yield Gap(said, "Name people and days.", (*place, "shifts", name))
    for uneven in unevens(rota):
        yield Gap(*_said(team, uneven), place)


def _said(team: str, uneven: Uneven) -> tuple[str, str]:
    weeks = "" if uneven.weeks == "every" else f" of {uneven.weeks} weeks"
    when = f"from {uneven.time} on {uneven.day}{weeks}"
    if uneven.shifts:
        names = " and ".join(dict.fromkeys(uneven.shifts))
        return (
            f"{team} has two shifts at once {when}: {names}.",
            "Let one end where the other begins; two people can be on one shift.",
        )
    return (
        f"Nobody of {team} is on duty {when}.",
        "Write a shift, or name somebody who is asked otherwise (otherwise = …).",
    )

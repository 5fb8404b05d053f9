"""Duties: who does what and answers for it, who is on duty now, and who is asked about a cause."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from counterfoil.config import Config
from counterfoil.flows.route import Plan
from counterfoil.govern import duties as govern
from counterfoil.govern.duties import CHANGES, Duties, Duty, Subject, chain
from counterfoil.govern.gap import Gap
from counterfoil.govern.uncovered import Way, gaps
from counterfoil.model.words import WORDS
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Asker
from counterfoil.surfaces.desk.words import meanings
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class OnDuty(msgspec.Struct, frozen=True):
    """A person or team that has a duty, and who of it is on duty (everybody, where it has no rota);
    until when, where somebody else takes over then, and who that is."""

    name: str
    people: tuple[str, ...]
    until: Instant | None = None
    then: tuple[str, ...] = ()


class Whose(msgspec.Struct, frozen=True):
    """Whose duty something is: `about` and `name` say of what ("route", "orders"), `by` where that
    is written. Whoever is first among `responsible` is asked about what waits."""

    about: str
    name: str
    by: str
    accountable: str
    responsible: tuple[OnDuty, ...]
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


@asks("duties list")
def listing(asker: Asker) -> list[Whose]:
    """List whose duty each route, cause and change is, and who is on duty now."""
    config, now = asker.config, asker.clock.now()
    subjects = [Subject(route=name) for name in config.routes]
    causes = {*config.file.duties.causes}
    for plan in config.routes.values():
        causes |= plan.owners.keys()
    subjects += [Subject(cause=cause) for cause in sorted(causes)]
    subjects += [Subject(change=change) for change in CHANGES]
    return [whose for subject in subjects for whose in _whose(config, subject, now)]


@asks("duties who")
def who(asker: Asker, name: str, route: str = "", at: Instant | None = None) -> list[Whose]:
    """Say whose duty a cause, route, document or change is, and who is on duty at a moment.

    Raises `Misconfigured` where there is nothing of this name.
    """
    config, moment = asker.config, at or asker.clock.now()
    if route and route not in config.routes:
        raise Misconfigured(f"There is no route named {route!r}.", do=near(route, config.routes))
    found = [*_whose(config, _subject(config, name, route), moment)]
    if not found:
        raise Misconfigured(
            f"{name!r} is nobody's duty: whoever has the route is asked.",
            do="Name the route with --route, or write it in duties.toml.",
        )
    return found


def owner(config: Config, route: str, cause: str, then: str = "") -> str:
    """Who is asked now about what waits on a route for a cause; who was asked `then`, where the
    route is not configured any more."""
    plan = config.routes.get(route)
    return plan.owner_of(cause) if plan is not None else then


def owner_of_document(config: Config, word: str) -> str:
    """Who is asked about documents of a word that are on no route in particular."""
    duty = govern.holding(config.file.duties, Subject(document=word))
    of_routes = [plan.owner for plan in config.routes.values() if plan.document == word]
    return duty.responsible[0] if duty is not None else next(iter(of_routes), "")


def uncovered(config: Config) -> list[Gap]:
    """What is nobody's duty, or two people's, and who is named that there is not."""
    written = config.settled
    ways = [
        Way(
            name,
            plan.document,
            plan.owner if ("routes", name, "owner") in written else "",
            {cause: plan.owners[cause] for cause in plan.owners
             if ("routes", name, "owners", cause) in written},
        )
        for name, plan in config.routes.items()
    ]  # fmt: skip
    return [*gaps(config.file.duties, ways, WORDS, meanings())]


def _subject(config: Config, name: str, route: str) -> Subject:
    """What a name means: a route, a document, a change, or the code of a cause."""
    if name in config.routes:
        return Subject(route=name)
    if name in WORDS:
        return Subject(document=name)
    if name in CHANGES:
        return Subject(change=name)
    known = meanings()
    if name not in known:
        choices = [*config.routes, *WORDS, *CHANGES, *known]
        raise Misconfigured(
            f"{name[:60]!r} is no route, document, cause or change.", do=near(name, choices)
        )
    return Subject(cause=name, route=route)


def _whose(config: Config, subject: Subject, at: Instant) -> Iterator[Whose]:
    """Whose duty it is; nothing where that is nobody's in particular."""
    plan = config.routes.get(subject.route)
    if plan is not None:
        subject = subject._replace(document=plan.document)
    about, name = next(
        (field, value) for field, value in zip(subject._fields, subject, strict=True) if value
    )
    duties = config.file.duties
    held = next(iter(chain(duties, subject)), None)
    own = _own(plan, subject)
    if held is None and not own:
        return
    duty = held.duty if held is not None else None
    first = own or (duty.responsible[0] if duty is not None else "")
    written = duty is not None and duty.responsible[0] == first
    by = ".".join(held.place) if held is not None and written else f"routes/{subject.route}.toml"
    yield _told(duties, (about, name, by), duty if written else None, first, at)


def _own(plan: Plan | None, subject: Subject) -> str:
    """Who is asked by what holds for a route."""
    if plan is None:
        return ""
    return plan.owner_of(subject.cause) if subject.cause else plan.owner


def _told(
    duties: Duties, what: tuple[str, str, str], duty: Duty | None, first: str, at: Instant
) -> Whose:
    if duty is None:
        return Whose(*what, "", (_on_duty(duties, first, at),))
    return Whose(
        *what,
        duty.accountable,
        tuple(_on_duty(duties, name, at) for name in duty.responsible),
        duty.consulted,
        duty.informed,
    )


def _on_duty(duties: Duties, name: str, at: Instant) -> OnDuty:
    watch = govern.watch(duties, name, at)
    then = govern.watch(duties, name, watch.until).people if watch.until is not None else ()
    return OnDuty(name, watch.people, watch.until, then)

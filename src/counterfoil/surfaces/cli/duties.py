"""`duties`: who does what and answers for it, and who is on duty."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import duties as asking
from counterfoil.surfaces.desk.duties import OnDuty, Whose
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.period import moment

duties = App(name="duties", help="Who does what, and who is on duty: list, who.")


@duties.command(name="list")
def listed(*, say: Spoken) -> None:
    """List whose duty each route, cause and change is, and who is on duty now."""
    answer = asking.listing(asker(say))
    say.answer("duties-list", answer, lambda: _show(say, answer))


@duties.command
def who(term: str, /, *, route: str = "", at: str = "", say: Spoken) -> None:
    """Say whose duty a cause, route, document or change is, and who is on duty.

    Args:
        term: The code of a cause, a route, a document such as order, or what is changed: maps.
        route: With a cause: on this route.
        at: At this moment; now, where none is given.
    """
    when = moment(at, "--at") if at else None
    answer = asking.who(asker(say), term, route, when)
    say.answer("duties-who", answer, lambda: _tell(say, answer))


def _show(say: Say, answer: list[Whose]) -> None:
    if not answer:
        say.line("Nobody has a duty yet; duties.toml says who has which.")
        return
    rows = [
        (
            whose.about,
            whose.name,
            whose.accountable or "-",
            ", ".join(held.name for held in whose.responsible),
            "; ".join(", ".join(held.people) or "nobody" for held in whose.responsible),
            whose.by,
        )
        for whose in answer
    ]
    say.table(("", "of", "answers for it", "does it", "on duty now", "written in"), rows)


def _tell(say: Say, answer: list[Whose]) -> None:
    for whose in answer:
        say.heading(f"{whose.about} {whose.name}, by {whose.by}")
        for held in whose.responsible:
            say.line(f"  {_on_duty(held)}")
        if whose.accountable:
            say.line(f"  {whose.accountable} answers for it.")
        for names, what in ((whose.consulted, "asked before"), (whose.informed, "told")):
            if names:
                say.line(f"  {', '.join(names)}: {what}.")


def _on_duty(held: OnDuty) -> str:
    people = ", ".join(held.people) or "nobody"
    of_team = f"{held.name}: {people}" if held.people != (held.name,) else held.name
    if held.until is None:
        return f"{of_team} does it."
    then = ", ".join(held.then) or "nobody"
    return f"{of_team} does it, until {iso(held.until)}; then {then}."

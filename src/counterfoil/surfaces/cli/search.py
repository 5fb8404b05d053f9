"""`search`: documents by number, identity or customer, and by state, day of creation and amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from counterfoil.model.words import TITLES
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import search as asking
from counterfoil.surfaces.desk.amount import amount_of
from counterfoil.surfaces.desk.envelope import Page
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.period import period
from counterfoil.surfaces.desk.search import Document, Documents, Sought, states_of


@Parameter(name="*")
@dataclass(frozen=True)
class Filters:
    """How what is sought stands.

    Args:
        state: Only what stands so, such as held.
        start: Only what was created on this day of UTC or later; a moment is fine too.
        end: Only what was created on this day of UTC or before; before it, where it is a moment.
        amount: Only what has this total, such as 12.50 or "12.50 GBP".
        route: Only this route.
    """

    state: str | None = None
    start: Annotated[str | None, Parameter(name="--from")] = None
    end: Annotated[str | None, Parameter(name="--to")] = None
    amount: str | None = None
    route: str | None = None


NONE = Filters()


async def search(
    text: str = "",
    /,
    *,
    filters: Filters = NONE,
    people: bool = False,
    limit: Limit = 50,
    say: Spoken,
) -> int:
    """Find documents by number, by a system's identity, or by customer; and by how they stand.

    A customer's name, e-mail or postcode is sought where no number begins so and no system calls
    a document so; without --from and --to, among what was created in the last 30 days.

    Args:
        text: The beginning of a number, with or without "#"; an identity; or a customer.
        people: Seek a customer at once, whatever numbers begin so.
        limit: At most so many.
    """
    sought = Sought(
        text, period(filters.start, filters.end), states_of(filters.state),
        amount_of(filters.amount), filters.route, people, limit,
    )  # fmt: skip
    sought.check()
    async with desk(asker(say)) as opened:
        answer = await asking.search(opened, sought)
    if answer.looked_through:
        say.note(f"{answer.looked_through} --from and --to say otherwise.")
    page = Page(None, len(answer.documents))
    say.answer("search", answer.documents, lambda: _show(say, answer), page=page)
    if answer.more and not say.flags.json:
        say.note(f"There are more than {limit}: ask for less, or raise --limit.")
    return Exit.DONE if answer.documents else Exit.DIFFERENCES


def _show(say: Say, answer: Documents) -> None:
    if not answer.documents:
        say.line(answer.where)
        return
    heads = ("number", "record", "route", "stands", "money", "created", "identity")
    lines = [
        (document.number, str(document.record), document.route, document.state,
         str(document.money or ""), iso(document.created)[:10], document.key)
        for document in answer.documents
    ]  # fmt: skip
    if any(document.by for document in answer.documents):
        heads = (*heads, "customer", "found by")
        lines = [
            (*line, document.customer, document.by)
            for line, document in zip(lines, answer.documents, strict=True)
        ]
    say.table(heads, lines, right=(4,))
    for document in answer.documents:
        if document.waits_for:
            say.line(_waits(document))


def _waits(document: Document) -> str:
    """For what one of them waits, and until when."""
    names = " and ".join(f"{TITLES[need.document].one} {need.key}" for need in document.waits_for)
    until = min(need.until for need in document.waits_for)
    return f"{document.number or document.key} waits for {names}, until {until}."

"""`hold`: what waits for a person, the most money first, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import App

from counterfoil.model.words import title
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import asker, record_number, staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import holds, waiting
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import ago, amount, counted, iso, known, money
from counterfoil.surfaces.desk.holds import HoldList, HoldsAsked, OpenHold, ReadBack
from counterfoil.surfaces.desk.opening import StaffedDesk, desk
from counterfoil.surfaces.desk.waiting import Choice, Fitness, said_of_none
from counterfoil.values.ids import RecordId

hold = App(name="hold", help="What waits for a person: list, show, resend, recheck, aside.")


@hold.command(name="list")
async def listed(
    *,
    route: str | None = None,
    cause: str | None = None,
    limit: Limit = 50,
    cursor: str = "0",
    say: Spoken,
) -> None:
    """List what waits for a person, the most money first; with --jsonl a record a line.

    Args:
        route: Only this route.
        cause: Only this cause.
        limit: At most so many records.
        cursor: Where to go on, as the list before said.
    """
    start = int(record_number(cursor))
    operator = asker(say)
    async with desk(operator) as opened:
        answer = await holds.listing(opened, HoldsAsked(route, cause, limit, start))
    page = answer.page(start)
    noun = title(*(plan.document for plan in operator.config.routes.values())).one
    nothing = said_of_none(cause, route)
    data = answer.records if say.flags.jsonl else answer
    say.answer("hold-list", data, lambda: _show_list(say, answer, nothing, noun), page=page)
    if page.next and not say.flags.json:
        say.note(f"There are more: --cursor {page.next}.")


@hold.command
async def show(number: str, /, *, say: Spoken) -> None:
    """Show one hold: why, what to do, and the story of its document.

    Args:
        number: The record.
    """
    record = record_number(number)
    async with desk(asker(say)) as opened:
        answer = await holds.one(opened, record)
    say.answer("hold", answer, lambda: _show(say, answer))


@hold.command
async def resend(
    *records: str,
    cause: str | None = None,
    all: bool = False,
    route: str | None = None,
    yes: bool = False,
    say: Spoken,
) -> None:
    """Send held records again, behind live traffic. What is there already is not posted twice.

    Args:
        records: The records.
        cause: Every record that is held for this cause.
        all: Every record that is held.
        route: With --cause or --all: only this route.
        yes: Do not ask.
    """
    choice = _choice(records, cause, route, holds.RESENT, all=all)
    async with staffed(say) as opened:
        chosen = await _chosen(say, opened, choice, holds.RESENT, yes=yes)
        with say.progress() as advance:
            answer = await holds.resend(opened, chosen, advance)
    sentence = f"{counted(answer.sent_again, 'record')} will be sent again, behind live traffic."
    say.answer("hold-resend", answer, lambda: say.line(sentence))


@hold.command
async def recheck(
    *records: str, cause: str | None = None, route: str | None = None, say: Spoken
) -> int:
    """Read drifted records back again, after they were corrected at the target by hand.

    Nothing is written there. What is now as it was sent is confirmed; what still differs stays.

    Args:
        records: The records.
        cause: Every record that arrived and waits for this cause.
        route: With --cause: only this route.
    """
    choice = _choice(records, cause, route, holds.READ_BACK)
    async with staffed(say) as opened:
        chosen = await _chosen(say, opened, choice, holds.READ_BACK, yes=True)
        with say.progress() as advance:
            answer = await holds.read_back(opened, chosen, advance)
    data = answer.records if say.flags.jsonl else answer
    say.answer("hold-recheck", data, lambda: _show_read_back(say, answer))
    return Exit.DIFFERENCES if answer.waiting else Exit.DONE


@hold.command
async def aside(
    *records: str,
    reason: str,
    cause: str | None = None,
    route: str | None = None,
    yes: bool = False,
    say: Spoken,
) -> None:
    """Set records aside for good, with a reason; they stay in the balance as excluded.

    Args:
        records: The records.
        reason: Why; it stands in the journal.
        cause: Every record that waits for this cause.
        route: With --cause: only this route.
        yes: Do not ask.
    """
    choice = _choice(records, cause, route, holds.ASIDE)
    holds.check_reason(reason)
    async with staffed(say) as opened:
        chosen = await _chosen(say, opened, choice, holds.ASIDE, yes=yes)
        with say.progress() as advance:
            answer = await holds.set_aside(opened, chosen, reason, advance)
    sentence = f"{counted(answer.set_aside, 'record')} set aside: {reason}"
    say.answer("hold-aside", answer, lambda: say.line(sentence))


def _choice(
    numbers: Sequence[str],
    cause: str | None,
    route: str | None,
    fitness: Fitness,
    *,
    all: bool = False,
) -> Choice:
    """Which records the words of a command mean, before anything is opened for them."""
    choice = Choice(tuple(record_number(number) for number in numbers), cause, route, all)
    choice.check(fitness)
    return choice


async def _chosen(
    say: Say, opened: StaffedDesk, choice: Choice, fitness: Fitness, *, yes: bool
) -> Sequence[RecordId]:
    """The records that are meant, after the question how many and how much."""
    chosen = await waiting.chosen(opened, choice, fitness)
    if chosen.others:
        say.note(f"{counted(chosen.others, 'record')} left alone: {fitness.others}.")
    if chosen.nothing:
        say.note(chosen.nothing)
    if chosen.records and fitness.question and not chosen.named:
        say.sure(fitness.question.format(chosen), "--yes", given=yes)
    return chosen.records


def _show(say: Say, answer: OpenHold) -> None:
    record = answer.hold
    blocked = money(record.money, record.cause)
    say.heading(f"{record.number or record.key} is {record.state}: {record.cause}, {blocked}")
    say.line(f"{record.said} {record.do}".strip())
    say.line(f"Since {iso(record.since)}, owned by {record.owner}, record {record.record}.")
    say.line()
    say.lines(answer.story.lines())


def _show_read_back(say: Say, answer: ReadBack) -> None:
    for read in answer.records:
        say.line(f"{read.record}: {read.said}")
    stays = f", {counted(answer.waiting, 'record')} waiting still" if answer.waiting else ""
    say.line(f"{counted(answer.confirmed, 'record')} confirmed{stays}.")


def _show_list(say: Say, answer: HoldList, nothing: str, noun: str) -> None:
    if not answer.causes:
        say.line(nothing)
        return
    amounts = (known(cause.money, cause.cause) for cause in answer.causes)
    say.heading(f"{counted(answer.total, 'record')} waiting, {amount(filter(None, amounts))}.")
    causes = [
        (f"{cause.count:,}", cause.cause, cause.state, money(cause.money, cause.cause))
        for cause in answer.causes
    ]
    say.table(("records", "cause", "state", "money"), causes, right=(0, 3))
    now = say.clock.now()
    lines = [
        (money(record.money, record.cause), record.number or record.key, str(record.record),
         record.cause, record.owner, ago(record.since, now), record.said)
        for record in answer.records
    ]  # fmt: skip
    say.table(("money", noun, "record", "cause", "owner", "since", "what"), lines, right=(0,))

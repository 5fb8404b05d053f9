"""`hold`: what waits for a person, the most money first, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from cyclopts import App

from counterfoil.model.words import title
from counterfoil.surfaces.cli.envelope import Page
from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import house, known_route, record, store
from counterfoil.surfaces.cli.person import ago, amount, counted, iso, known, money, who
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.cli.waiting import (
    Cause,
    Choice,
    Held,
    cause_of,
    held,
    known_cause,
    said_of_none,
)
from counterfoil.values.errors import Misconfigured

if TYPE_CHECKING:
    from counterfoil.flows.recheck import Rechecked
    from counterfoil.flows.trace import Story
    from counterfoil.ledger.account import State
    from counterfoil.store.holds import HoldRow

hold = App(name="hold", help="What waits for a person: list, show, resend, recheck, aside.")

_AT_ONCE = 250


class Listed(msgspec.Struct, frozen=True):
    """What waits, by cause, and record by record."""

    causes: tuple[Cause, ...]
    records: tuple[Held, ...]


class Opened(msgspec.Struct, frozen=True):
    """One hold with the story of its document."""

    hold: Held
    closed: str | None
    story: Story


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
    from counterfoil.store import holds

    start = int(record(cursor))
    async with store(say) as (config, database):
        await known_route(database, route)
        await known_cause(database, cause)
        counts = await holds.counts(database, route, cause)
        rows = await holds.open_now(database, route, cause, limit, start)
    causes = tuple(cause_of(row) for row in counts)
    found = Listed(causes, tuple(held(row) for row in rows))
    total = sum(one.count for one in causes)
    after = start + len(rows)
    page = Page(str(after) if after < total else None, total)
    none = said_of_none(cause, route)
    data = found.records if say.flags.jsonl else found
    named = title(*(plan.document for plan in config.routes.values())).one
    say.answer("hold-list", data, lambda: _show(say, found, rows, none, named), page=page)
    if page.next and not say.flags.json:
        say.note(f"There are more: --cursor {page.next}.")


@hold.command
async def show(number: str, /, *, say: Spoken) -> None:
    """Show one hold: why, what to do, and the story of its document.

    Args:
        number: The record.
    """
    from counterfoil.flows.trace import stories
    from counterfoil.store import holds, search

    asked = record(number)
    async with store(say) as (config, database):
        rows = await holds.of_record(database, asked)
        if not rows:
            raise Misconfigured(
                f"Record {asked} waits for nobody.", do="`counterfoil trace` tells its story."
            )
        documents = await search.of_records(database, [asked])
        (story,) = await stories(database, config.routes, documents)
    found = Opened(held(rows[-1]), iso(rows[-1].closed_at), story)

    def shown() -> None:
        one = found.hold
        say.heading(
            f"{one.number or one.key} is {one.state}: {one.cause}, {money(one.money, one.cause)}"
        )
        say.line(f"{one.said} {one.do}".strip())
        say.line(f"Since {one.since}, owned by {one.owner}, record {one.record}.")
        say.line()
        say.lines(story.lines())

    say.answer("hold", found, shown)


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
    from counterfoil.flows import hold as acts

    choice = Choice(
        records, cause, route, all, _is_held,
        "in doubt or drifted, they may be there already", "Send {}, again?",
        "--cause CODE, or --all",
    )  # fmt: skip
    choice.check()
    async with house(say) as opened:
        chosen = await choice.made(say, opened.engine.database, yes=yes)
        with say.progress() as advance:
            sent = 0
            for at in range(0, len(chosen), _AT_ONCE):
                sent += await acts.resend(opened.engine, chosen[at : at + _AT_ONCE], who())
                advance("Sent again", sent, len(chosen))
    said = f"{counted(sent, 'record')} will be sent again, behind live traffic."
    say.answer("hold-resend", {"sent_again": sent}, lambda: say.line(said))


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
    from counterfoil.flows.recheck import recheck as rechecked
    from counterfoil.flows.recheck import rechecks

    choice = Choice(records, cause, route, False, rechecks, "they have not arrived")
    choice.check()
    found: list[Rechecked] = []
    async with house(say) as opened:
        chosen = await choice.made(say, opened.engine.database, yes=True)
        with say.progress() as advance:
            for at in range(0, len(chosen), _AT_ONCE):
                found += await rechecked(opened.engine, chosen[at : at + _AT_ONCE], who())
                advance("Read back", len(found), len(chosen))
    confirmed = sum(one.state == "confirmed" for one in found)
    rest = len(found) - confirmed

    def show() -> None:
        for one in found:
            say.line(f"{one.record}: {one.said}")
        stays = f", {counted(rest, 'record')} waiting still" if rest else ""
        say.line(f"{counted(confirmed, 'record')} confirmed{stays}.")

    data = found if say.flags.jsonl else {"confirmed": confirmed, "waiting": rest, "records": found}
    say.answer("hold-recheck", data, show)
    return Exit.DIFFERENCES if rest else Exit.DONE


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
    from counterfoil.flows import hold as acts

    choice = Choice(records, cause, route, False, _any, "", "Set {}, aside for good?")
    choice.check()
    acts.check_reason(reason)
    async with house(say) as opened:
        chosen = await choice.made(say, opened.engine.database, yes=yes)
        with say.progress() as advance:
            count = 0
            for at in range(0, len(chosen), _AT_ONCE):
                few = chosen[at : at + _AT_ONCE]
                count += await acts.aside(opened.engine, few, who(), reason)
                advance("Set aside", count, len(chosen))
    said = f"{counted(count, 'record')} set aside: {reason}"
    say.answer("hold-aside", {"set_aside": count, "why": reason}, lambda: say.line(said))


def _is_held(state: State, cause: str) -> bool:
    return state.word == "held"


def _any(state: State, cause: str) -> bool:
    return True


def _show(say: Say, found: Listed, rows: Sequence[HoldRow], none: str, named: str) -> None:
    if not found.causes:
        say.line(none)
        return
    blocked = amount(filter(None, (known(one.money, one.cause) for one in found.causes)))
    total = sum(one.count for one in found.causes)
    say.heading(f"{counted(total, 'record')} waiting, {blocked}.")
    causes = [
        (f"{one.count:,}", one.cause, one.state, money(one.money, one.cause))
        for one in found.causes
    ]
    say.table(("records", "cause", "state", "money"), causes, right=(0, 3))
    now = say.clock.now()
    lines = [
        (money(one.money, one.cause), one.number or one.key, str(one.record), one.cause, one.owner,
         ago(row.since, now), one.said)
        for one, row in zip(found.records, rows, strict=True)
    ]  # fmt: skip
    say.table(("money", named, "record", "cause", "owner", "since", "what"), lines, right=(0,))

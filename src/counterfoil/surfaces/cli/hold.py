"""`hold`: what waits for a person, the most money first, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from cyclopts import App

from counterfoil.surfaces.cli.envelope import Page
from counterfoil.surfaces.cli.opening import house, known_route, record, store
from counterfoil.surfaces.cli.person import ago, amount, counted, iso, known, money, who
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.app import House
    from counterfoil.flows.trace import Story
    from counterfoil.store.postgres import Database, Row

hold = App(name="hold", help="What waits for a person: list, show, resend, aside.")

_MOST = 1_000_000
_AT_ONCE = 250


class Cause(msgspec.Struct, frozen=True):
    """How many records wait for one cause in one state, and their money."""

    cause: str
    state: str
    count: int
    money: Money | None


class Held(msgspec.Struct, frozen=True):
    """One record that waits: why, since when, for whom, and the money that it blocks."""

    record: int
    number: str
    key: str
    route: str
    state: str
    cause: str
    said: str
    do: str
    where: str
    owner: str
    money: Money | None
    since: str | None


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
    limit: int = 50,
    cursor: str = "0",
    say: Spoken,
) -> None:
    """List what waits for a person, the most money first.

    Args:
        route: Only this route.
        cause: Only this cause.
        limit: At most so many records.
        cursor: Where to go on, as the list before said.
    """
    start = int(record(cursor))
    async with store(say) as (_, database):
        await known_route(database, route)
        counts = await database.rows("count_holds", route, cause)
        rows = await database.rows("list_holds", route, cause, limit, start)
    causes = tuple(_cause(row) for row in counts)
    found = Listed(causes, tuple(_held(row) for row in rows))
    total = sum(one.count for one in causes)
    after = start + len(rows)
    page = Page(str(after) if after < total else None, total)
    say.answer("hold-list", found, lambda: _show(say, found, rows, page), page=page)


@hold.command
async def show(number: str, /, *, say: Spoken) -> None:
    """Show one hold: why, what to do, and the story of its order.

    Args:
        number: The record.
    """
    from counterfoil.flows.trace import stories

    asked = record(number)
    async with store(say) as (config, database):
        rows = await database.rows("hold_of", asked)
        if not rows:
            raise Misconfigured(
                f"Record {asked} waits for nobody.", do="`counterfoil trace` tells its story."
            )
        threads = await database.rows("subjects_of", [asked])
        (story,) = await stories(database, config.routes, threads)
    found = Opened(_held(rows[-1]), iso(rows[-1]["closed_at"]), story)

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

    if bool(records) == bool(cause or all):
        raise Misconfigured(
            "Say which records are meant.", do="Name them, or use --cause CODE, or --all."
        )
    async with house(say) as opened:
        chosen = [record(one) for one in records]
        if not records:
            chosen = await _chosen(say, opened, route, cause, yes=yes)
        with say.progress() as advance:
            sent = 0
            for at in range(0, len(chosen), _AT_ONCE):
                sent += await acts.resend(opened.engine, chosen[at : at + _AT_ONCE], who())
                advance("Sent again", sent, len(chosen))
    said = f"{counted(sent, 'record')} will be sent again, behind live traffic."
    say.answer("hold-resend", {"sent_again": sent}, lambda: say.line(said))


@hold.command
async def aside(*records: str, reason: str, say: Spoken) -> None:
    """Set records aside for good, with a reason; they stay in the balance as excluded.

    Args:
        records: The records.
        reason: Why; it stands in the journal.
    """
    from counterfoil.flows import hold as acts

    if not records:
        raise Misconfigured("Say which records are meant.", do="Name at least one record.")
    async with house(say) as opened:
        count = await acts.aside(opened.engine, [record(one) for one in records], who(), reason)
    said = f"{counted(count, 'record')} set aside: {reason}"
    say.answer("hold-aside", {"set_aside": count, "why": reason}, lambda: say.line(said))


async def _chosen(
    say: Say, opened: House, route: str | None, cause: str | None, *, yes: bool
) -> list[RecordId]:
    """The held records of a route or cause, after the question how many and how much."""
    from counterfoil.ledger.account import State

    database: Database = opened.engine.database
    await known_route(database, route)
    rows = await database.rows("list_holds", route, cause, _MOST, 0)
    held = [row for row in rows if row["state"] == State.HELD]
    rest = len(rows) - len(held)
    blocked = amount(_money(row) for row in held if row["currency"])
    if rest:
        say.note(
            f"{counted(rest, 'record')} in doubt or drifted left alone: they may be there already."
        )
    if held:
        question = f"Send {counted(len(held), 'record')}, {blocked}, again?"
        say.sure(question, "--yes", given=yes)
    return [RecordId(row["record"]) for row in held]


def _show(say: Say, found: Listed, rows: Sequence[Row], page: Page) -> None:
    if not found.causes:
        say.line("Nothing waits for you.")
        return
    blocked = amount(filter(None, (known(one.money, one.cause) for one in found.causes)))
    say.heading(f"{counted(page.total, 'record')} waiting, {blocked}.")
    causes = [
        (f"{one.count:,}", one.cause, one.state, money(one.money, one.cause))
        for one in found.causes
    ]
    say.table(("records", "cause", "state", "money"), causes, right=(0, 3))
    now = say.clock.now()
    lines = [
        (money(one.money, one.cause), one.number or one.key, str(one.record), one.cause, one.owner,
         ago(row["opened_at"], now), one.said)
        for one, row in zip(found.records, rows, strict=True)
    ]  # fmt: skip
    say.table(("money", "order", "record", "cause", "owner", "since", "what"), lines, right=(0,))
    if page.next:
        say.note(f"There are more: --cursor {page.next}.")


def _cause(row: Row) -> Cause:
    from counterfoil.ledger.account import State

    sum_ = Money(row["minor"], row["currency"]) if row["currency"] else None
    return Cause(row["cause"], State(row["state"]).word, row["held"], sum_)


def _held(row: Row) -> Held:
    from counterfoil.ledger.account import State

    return Held(
        record=row["record"],
        number=row["number"],
        key=row["key"],
        route=row["route"],
        state=State(row["state"]).word,
        cause=row["cause"],
        said=row["said"],
        do=row["advice"],
        where=row["place"],
        owner=row["owner"],
        money=_money(row) if row["currency"] else None,
        since=iso(row["opened_at"]),
    )


def _money(row: Row) -> Money:
    return Money(row["minor"], row["currency"])

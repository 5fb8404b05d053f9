"""Holds: what waits for a person, the most money first, and what a person does about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from counterfoil.flows import hold, recheck
from counterfoil.flows.recheck import Rechecked, rechecks
from counterfoil.flows.trace import Story, stories
from counterfoil.govern import redact
from counterfoil.ledger.account import State
from counterfoil.store import holds as store
from counterfoil.store import search
from counterfoil.store.holds import After, HoldCount, HoldRow
from counterfoil.surfaces.desk.acts import Advance, asks, changes, moves_money, unheard
from counterfoil.surfaces.desk.duties import owner
from counterfoil.surfaces.desk.envelope import Page
from counterfoil.surfaces.desk.figures import instant_of
from counterfoil.surfaces.desk.opening import Asker, Desk, StaffedDesk
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.surfaces.desk.trace import masked
from counterfoil.surfaces.desk.waiting import Fitness, check_cause
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

_AT_ONCE = 250

check_reason = hold.check_reason


class HoldsAsked(msgspec.Struct, frozen=True):
    """Which of what waits: of a route, of a cause, at most `limit` from `start` on, or of what
    comes `after` a record."""

    route: str | None = None
    cause: str | None = None
    limit: int = 50
    start: int = 0
    after: After | None = None


class Cause(msgspec.Struct, frozen=True):
    """How many records wait for one cause in one state, and their money."""

    cause: str
    state: str
    count: int
    money: Money | None


class Held(msgspec.Struct, frozen=True):
    """One record that waits: why, since when, for whom, and the money that it blocks.

    `since` is when it was first held for this cause, `last_held` when that happened last: the two
    differ where it was sent again and held again.
    """

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
    since: Instant | None
    last_held: Instant | None


class HoldList(msgspec.Struct, frozen=True):
    """What waits, by cause, and record by record."""

    causes: tuple[Cause, ...]
    records: tuple[Held, ...]

    @property
    def total(self) -> int:
        """How many wait, whether they are listed or not."""
        return sum(cause.count for cause in self.causes)

    def page(self, start: int) -> Page:
        """Where the list goes on that began at `start`."""
        return Page.after(start, len(self.records), self.total)


class OpenHold(msgspec.Struct, frozen=True):
    """One hold with the story of its document."""

    hold: Held
    closed: Instant | None
    story: Story


class SentAgain(msgspec.Struct, frozen=True):
    """How many records will be sent again."""

    sent_again: int


class SetAside(msgspec.Struct, frozen=True):
    """How many records were set aside, and why."""

    set_aside: int
    why: str


class ReadBack(msgspec.Struct, frozen=True):
    """How many records are confirmed now, how many still wait, and each of them."""

    confirmed: int
    waiting: int
    records: list[Rechecked]


@asks("hold list", money="shown")
async def listing(desk: Desk, asked: HoldsAsked) -> HoldList:
    """List what waits for a person, by cause and record by record, the most money first.

    Raises `Misconfigured` where the route or the cause is unknown.
    """
    await check_route(desk.database, asked.route)
    await check_cause(desk.database, asked.cause)
    counts = await store.counts(desk.database, asked.route, asked.cause)
    rows = await store.open_now(
        desk.database, asked.route, asked.cause, asked.limit, asked.start, asked.after
    )
    return HoldList(
        tuple(_cause(count) for count in counts), tuple(held(row, desk) for row in rows)
    )


@asks("hold show", money="shown")
async def one(desk: Desk, record: RecordId) -> OpenHold:
    """Show one hold: why, what to do, and the story of its document.

    Raises `Misconfigured` where the record waits for nobody.
    """
    rows = await store.of_record(desk.database, record)
    if not rows:
        raise Misconfigured(
            f"Record {record} waits for nobody.", do="`counterfoil trace` tells its story."
        )
    documents = await search.of_records(desk.database, [record])
    (story,) = await stories(desk.database, desk.config.routes, documents)
    story = masked(story) if desk.hides else story
    return OpenHold(held(rows[-1], desk), instant_of(rows[-1].closed_at), story)


@moves_money("hold resend", undo="What the target took is corrected there.")
async def resend(
    desk: StaffedDesk, records: Sequence[RecordId], advance: Advance = unheard
) -> SentAgain:
    """Send held records again, behind live traffic. What is there already is not posted twice.

    Raises `Misconfigured` where a number names no record that may be sent again.
    """

    async def send(batch: Sequence[RecordId]) -> int:
        return await hold.resend(desk.engine, batch, desk.person)

    return SentAgain(await _in_batches(records, send, "Sent again", advance))


@changes(
    "hold recheck",
    reversible=False,
    money="shown",
    undo="What was read back stands in the journal; a later read-back is a new entry.",
)
async def read_back(
    desk: StaffedDesk, records: Sequence[RecordId], advance: Advance = unheard
) -> ReadBack:
    """Read drifted records back again, after they were corrected at the target by hand.

    Nothing is written there. What is now as it was sent is confirmed; what still differs stays.
    Raises `Misconfigured` where a number names no record that was sent.
    """
    answers: list[Rechecked] = []

    async def read(batch: Sequence[RecordId]) -> int:
        answers.extend(await recheck.recheck(desk.engine, batch, desk.person))
        return len(batch)

    await _in_batches(records, read, "Read back", advance)
    confirmed = sum(answer.state == "confirmed" for answer in answers)
    return ReadBack(confirmed, len(answers) - confirmed, answers)


@changes(
    "hold aside",
    reversible=False,
    money="left out",
    undo="A newer version of the document is a new record.",
)
async def set_aside(
    desk: StaffedDesk, records: Sequence[RecordId], why: str, advance: Advance = unheard
) -> SetAside:
    """Set records aside for good, with a reason; they stay in the balance as excluded.

    Raises `Misconfigured` where the reason says nothing, or a number names no record that waits.
    """
    check_reason(why)

    async def put(batch: Sequence[RecordId]) -> int:
        return await hold.aside(desk.engine, batch, desk.person, why)

    return SetAside(await _in_batches(records, put, "Set aside", advance), why)


async def _in_batches(
    records: Sequence[RecordId],
    act: Callable[[Sequence[RecordId]], Awaitable[int]],
    what: str,
    advance: Advance,
) -> int:
    """Do `act` to the records, some hundreds at a time; to how many it was done."""
    done = 0
    for start in range(0, len(records), _AT_ONCE):
        done += await act(records[start : start + _AT_ONCE])
        advance(what, done, len(records))
    return done


def _cause(count: HoldCount) -> Cause:
    money = Money(count.minor, count.currency) if count.currency else None
    return Cause(count.cause, State(count.state).word, count.records, money)


def held(row: HoldRow, asker: Asker) -> Held:
    """A hold of the store, as it is told to who asks; of one that is open, its owner is who has the
    duty now."""
    sentence = redact.sentence(row.said, row.place) if asker.hides else row.said
    owner_now = row.owner
    if row.closed_at is None:
        owner_now = owner(asker.config, row.route, row.cause, row.owner)
    return Held(
        record=row.record,
        number=row.number,
        key=row.key,
        route=row.route,
        state=State(row.state).word,
        cause=row.cause,
        said=sentence,
        do=row.advice,
        where=row.place,
        owner=owner_now,
        money=Money(row.minor, row.currency) if row.currency else None,
        since=instant_of(row.since),
        last_held=instant_of(row.opened_at),
    )


def _is_held(state: State, cause: str) -> bool:
    return state.word == "held"


def _any(state: State, cause: str) -> bool:
    return True


RESENT = Fitness(
    _is_held,
    "in doubt or drifted, they may be there already",
    "Send {}, again?",
    "--cause CODE, or --all",
)
"""What can be sent again."""

READ_BACK = Fitness(rechecks, "they have not arrived")
"""What can be read back again."""

ASIDE = Fitness(_any, "", "Set {}, aside for good?")
"""What can be set aside."""

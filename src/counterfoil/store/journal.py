"""The journal: moves are posted here, with their entries, holds and chain, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from counterfoil.ledger.account import NEEDS_A_PERSON, State
from counterfoil.ledger.run import Run, chain, gathered
from counterfoil.store import holds, tickets, waits
from counterfoil.store.holds import Cause, NewHold, Owner
from counterfoil.store.pages import Fenced, Page
from counterfoil.store.postgres import Transaction
from counterfoil.store.records import Overtaken
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.ids import RecordId

_RUN = ("page", "posting", "place", "at", "seq", "before", "path", "records", "details")

HOUSE = "house"
"""Who acts where no person does."""


class Move(msgspec.Struct):
    """One record's move, with all that moves with it. Times are None where there is none.

    `seq` is the record's last entry before this move; `due` the moment when the engine must look
    at the record again (None: nothing is left for it to do); `intent` the digest of what is about
    to be sent, and `act` the number of what is done with it, where the move ends in sending.
    `ticket` is what the target gave for a write that it does later; "" ends one.
    """

    id: RecordId
    subject: int
    seq: int
    before: State
    path: tuple[State, ...]
    minor: int
    currency: str
    detail: str = ""
    due: Instant | None = None
    attempts: int = 0
    looks: int = 0
    sent_at: Instant | None = None
    intent: bytes | None = None
    act: int = 0
    cause: Cause | None = None
    ticket: str | None = None

    @property
    def after(self) -> State:
        """Where the record will stand."""
        return self.path[-1]


async def post(
    unit: Transaction,
    page: Page,
    moves: Sequence[Move],
    *,
    numbers: Numbers,
    at: Instant,
    owner: Owner,
    by: str = HOUSE,
) -> int:
    """Post `moves` under the page's fence and return the posting's number.

    Raises `Fenced` where the page is in other hands, `Overtaken` where a record was moved by
    somebody else; the caller's unit of work is then undone as a whole.
    """
    runs = entered(moves)
    await move_records(unit, moves)
    posting = await write(unit, page, runs, numbers=numbers, at=at, by=by)
    await _holds(unit, page.route, moves, at, owner, by)
    await tickets.keep(unit, {move.id: move.ticket for move in moves if move.ticket})
    await tickets.ended(unit, [move.id for move in moves if move.ticket == ""])
    return posting


def entered(moves: Iterable[Move]) -> list[Run]:
    """What the journal says of these moves. Raises `Halt` where one is not legal."""
    return gathered(
        (move.id, move.seq + 1, int(move.before), move.path, move.detail) for move in moves
    )


async def move_records(unit: Transaction, moves: Sequence[Move]) -> None:
    """Let the records stand where their moves end. Raises `Overtaken` where one moved meanwhile.

    Records that move alike, as nearly all of a page do, travel as one list of numbers.
    """
    alike: dict[tuple[object, ...], list[Move]] = {}
    for move in moves:
        alike.setdefault(_row(move), []).append(move)
    for row, members in alike.items():
        ids = [move.id for move in members]
        if members[0].after is State.SENDING:
            intents = [move.intent for move in members]
            moved = await unit.rows("send_records", ids, *row, intents)
        else:
            moved = await unit.rows("move_records", ids, *row[:-1])
        if len(moved) != len(members):
            raise Overtaken(f"{len(members) - len(moved)} records moved meanwhile.")
    await waits.ended(unit, [move.id for move in moves if move.before is State.WAITING])


def _row(move: Move) -> tuple[object, ...]:
    return (
        int(move.after),
        move.seq + 1,
        move.attempts,
        move.looks,
        _std(move.due),
        _std(move.sent_at),
        move.act,
    )


async def write(
    unit: Transaction,
    page: Page,
    runs: Sequence[Run],
    *,
    numbers: Numbers,
    at: Instant,
    by: str = HOUSE,
) -> int:
    """Write `runs` as one posting, chained to the page's last, and return its number."""
    stamp = at.to_stdlib()
    # The moment as it will be read again: the database keeps microseconds.
    digest = chain(page.chain, from_stdlib(stamp).format_iso(), runs)
    posting = await numbers.one()
    if not await unit.rows(
        "chain_page",
        page.id,
        page.fence,
        digest,
        posting,
        stamp,
        page.chain,
        by,
        page.release,
    ):
        raise Fenced(f"Page {page.id} is in other hands.")
    rows = [
        (page.id, posting, place, stamp, run.seq, run.before, run.path, run.records, run.details)
        for place, run in enumerate(runs)
    ]
    await unit.copy("run", _RUN, rows)
    page.chain = digest
    return posting


async def _holds(
    unit: Transaction, route: int, moves: Sequence[Move], at: Instant, owner: Owner, by: str
) -> None:
    leaving = [move for move in moves if move.before in NEEDS_A_PERSON]
    if leaving:
        closing = ",".join(sorted({move.after.word for move in leaving}))
        await holds.close(unit, [move.id for move in leaving], at, by, closing)
    opened = [
        NewHold(move.id, move.after, move.cause, move.minor, move.currency)
        for move in moves
        if move.cause and move.after in NEEDS_A_PERSON
    ]
    if opened:
        await holds.open_all(unit, route, owner, at, opened)


def _std(moment: Instant | None) -> object:
    return moment.to_stdlib() if moment is not None else None

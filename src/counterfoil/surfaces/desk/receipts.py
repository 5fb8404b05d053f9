"""Receipts: an act on what waits, done by its plan and no other, and what it left behind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from counterfoil.govern import redact
from counterfoil.ledger.account import State
from counterfoil.store import causes as causes_store
from counterfoil.store import receipts as store
from counterfoil.store.receipts import NewReceipt, ReceiptRow
from counterfoil.surfaces.desk import causes, holds
from counterfoil.surfaces.desk.acts import asks, changes, moves_money
from counterfoil.surfaces.desk.causes import Ended, Planned
from counterfoil.surfaces.desk.figures import sums
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.errors import Misconfigured, Refuse
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

_BECAME = {"captured": "sent again", "excluded": "set aside"}
"""What became of a hold, by the state that its record went to, where a person says it otherwise."""


class Receipt(msgspec.Struct, frozen=True):
    """What a person did: `act` to what waited (`title`), when, why, to which records, and the money
    in them then. `now` is where their documents stand today, by state, and `names` what people call
    them, by record."""

    number: int
    moment: Instant
    by: str
    act: str
    title: str
    why: str
    records: tuple[int, ...]
    money: tuple[Money, ...]
    now: Mapping[str, int] = {}
    names: Mapping[int, str] = {}


@moves_money("hold resend planned", undo="What the target took is corrected there.")
async def sent(desk: StaffedDesk, planned: Planned, mark: str) -> int:
    """Send what a plan names again; the number of the receipt.

    Raises `Refuse` (code "plan-moved") where what waits is not what the plan showed any more.
    """
    async with _alone(desk, planned, mark):
        await holds.resend(desk, _records(planned))
        return await _keep(desk, planned, "sent again", "")


@changes(
    "hold recheck planned",
    reversible=False,
    money="shown",
    undo="What was read back stands in the journal; a later read-back is a new entry.",
)
async def read_back(desk: StaffedDesk, planned: Planned, mark: str) -> int:
    """Read what a plan names back again; the number of the receipt.

    Raises `Refuse` (code "plan-moved") where what waits is not what the plan showed any more.
    """
    async with _alone(desk, planned, mark):
        await holds.read_back(desk, _records(planned))
        return await _keep(desk, planned, "read back again", "")


@changes(
    "hold aside planned",
    reversible=False,
    money="left out",
    undo="A newer version of the document is a new record.",
)
async def put_aside(desk: StaffedDesk, planned: Planned, mark: str, why: str) -> int:
    """Set what a plan names aside for good; the number of the receipt.

    Raises `Misconfigured` where the reason says nothing, and `Refuse` (code "plan-moved") where
    what waits is not what the plan showed any more.
    """
    async with _alone(desk, planned, mark):
        await holds.set_aside(desk, _records(planned), why)
        return await _keep(desk, planned, "set aside", why)


@asks("hold receipt", money="shown")
async def receipt(desk: Desk, number: int) -> Receipt:
    """Show a receipt, with where its documents stand today.

    Raises `Misconfigured` where there is none of this number.
    """
    row = await store.one(desk.database, number)
    if row is None:
        raise Misconfigured(f"There is no receipt {number}.", do="Open one that the desk lists.")
    now = await store.states_now(desk.database, row.records)
    states = {State(standing.state).word: standing.records for standing in now}
    names = {record.id: record.name for record in await store.names(desk.database, row.records)}
    return msgspec.structs.replace(_receipt(row, hides=desk.hides), now=states, names=names)


@asks("hold receipts", money="shown")
async def receipts(desk: Desk, records: Sequence[RecordId] = (), limit: int = 20) -> list[Receipt]:
    """List the last receipts, of these records where some are named, the newest first."""
    rows = await store.newest(desk.database, list(records) or None, limit)
    return [_receipt(row, hides=desk.hides) for row in rows]


@asynccontextmanager
async def _alone(desk: Desk, planned: Planned, mark: str) -> AsyncGenerator[None]:
    """Nobody else does anything about this cause while the block runs, and the plan is still what
    its `mark` stands for.

    Raises `Refuse`: "under-way" where somebody is at it, "already-done" where what was planned for
    was let go since, and "plan-moved" where it is not what the plan showed for another reason.
    """
    records = _records(planned)
    named = records if planned.named else []
    async with desk.database.transaction() as unit:
        if not await causes_store.claim(unit, planned.cause.id):
            raise Refuse(
                "Somebody is doing something about this very cause, so nothing was done.",
                do="Look at it again in a moment.",
                code="under-way",
            )
        now = await causes.plan(desk, planned.cause.id, planned.deed, named, planned.most)
        if now is None or now.mark != mark:
            raise moved(await causes.ended(desk, planned.cause.id, named), gone=now is None)
        yield


def moved(last: Ended | None, *, gone: bool) -> Refuse:
    """Why a plan is not to be done any more: who saw to it `last`, where nothing is left of it; or
    else that it is another one now."""
    if gone and last is not None:
        became = _BECAME.get(last.closing, last.closing.replace("_", " ").replace(",", " or "))
        return Refuse(
            f"This was done by {last.by or 'the house'} at {last.moment.format_iso(unit='second')}:"
            f" {became}.",
            do="Nothing more was done. Its trace tells what became of it.",
            code="already-done",
        )
    return Refuse(
        "What waits has changed since you saw the plan, so nothing was done.",
        do="Look at the plan as it is now, then decide again.",
        code="plan-moved",
    )


def _records(planned: Planned) -> list[RecordId]:
    return [RecordId(member.record) for member in planned.records]


async def _keep(desk: StaffedDesk, planned: Planned, act: str, why: str) -> int:
    money = [member.money for member in planned.records]
    new = NewReceipt(
        by=desk.person,
        act=act,
        title=planned.cause.title,
        why=why,
        records=_records(planned),
        minors=[amount.minor if amount else 0 for amount in money],
        currencies=[amount.currency if amount else "" for amount in money],
    )
    return await store.keep(desk.database, desk.clock.now(), new)


def _receipt(row: ReceiptRow, *, hides: bool) -> Receipt:
    amounts = zip(row.minors, row.currencies, strict=True)
    title, why = (redact.sentence(text) if hides else text for text in (row.title, row.why))
    return Receipt(
        number=row.id,
        moment=from_stdlib(row.done_at),
        by=row.by,
        act=row.act,
        title=title,
        why=why,
        records=tuple(row.records),
        money=tuple(sums(Money(minor, currency) for minor, currency in amounts if currency)),
    )

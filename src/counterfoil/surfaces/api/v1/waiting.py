"""What waits for a person, and what is done about it: a plan, then the act, then its receipt."""

from __future__ import annotations

from typing import Annotated

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, Nothing, endpoint
from counterfoil.surfaces.api.v1.paging import (
    Cursor,
    Limit,
    Number,
    after_of,
    by_name,
    held_page,
)
from counterfoil.surfaces.api.v1.problem import Missing
from counterfoil.surfaces.desk import causes, holds, receipts, today
from counterfoil.surfaces.desk.causes import Deed, Example, Planned, SharedCause
from counterfoil.surfaces.desk.holds import Held, HoldList, HoldsAsked, OpenHold
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.surfaces.desk.receipts import Receipt
from counterfoil.surfaces.desk.today import Today
from counterfoil.values.ids import RecordId

_Records = Annotated[tuple[Number, ...], msgspec.Meta(max_length=causes.MOST)]
_Most = Annotated[int, msgspec.Meta(ge=1, le=causes.MOST)]


class HoldsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of what waits: of a route, of a code."""

    route: str | None = None
    code: str | None = None
    limit: Limit = 50
    cursor: Cursor = ""


class OneRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record by its number."""

    record: Number


class CausesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which causes: of a route."""

    route: str | None = None
    limit: Limit = 50
    cursor: Cursor = ""


class OneCause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cause by its name."""

    cause: str


class CauseHolds(OneCause, frozen=True, forbid_unknown_fields=True):
    """What waits for a cause."""

    limit: Limit = 50
    cursor: Cursor = ""


class ExampleWanted(OneCause, frozen=True, forbid_unknown_fields=True):
    """One record of a cause; the one with the most money where none is named."""

    record: Number | None = None


class PlanWanted(OneCause, frozen=True, forbid_unknown_fields=True):
    """What is to be done to what waits for a cause: to all of it, or to these records; the `most`
    records, the most money first."""

    deed: Deed
    record: _Records = ()
    most: _Most = causes.AT_ONCE


class OneDeed(OneCause, frozen=True, forbid_unknown_fields=True):
    """What is done about a cause."""

    deed: Deed


class Done(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the plan was asked for, and why it is done where it sets aside."""

    record: _Records = ()
    most: _Most = causes.AT_ONCE
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


class OneReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt by its number."""

    number: Number


class ReceiptsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which receipts: of these records, where some are named."""

    record: _Records = ()
    limit: Limit = 20


@endpoint("GET", "/today", "hold today", "today")
async def first(desk: Desk, words: Nothing) -> Found[Today]:
    """Say whether all is well and what it costs, by the counts that are kept."""
    return Found(await today.today(desk))


@endpoint("GET", "/holds", "hold list", "hold-list")
async def listed(desk: Desk, words: HoldsWanted) -> Found[HoldList]:
    """List what waits for a person, by code and record by record, the most money first."""
    after = after_of(words.cursor)
    holds_asked = HoldsAsked(words.route, words.code, words.limit + 1, after=after)
    answer = await holds.listing(desk, holds_asked)
    page = held_page(answer.records, words.limit, answer.total)
    cut = msgspec.structs.replace(answer, records=answer.records[: words.limit])
    return Found(cut, page)


@endpoint("GET", "/holds/{record}", "hold show", "hold")
async def one(desk: Desk, words: OneRecord) -> Found[OpenHold]:
    """Show one hold: why, what to do, and the story of its document."""
    return Found(await holds.one(desk, RecordId(words.record)))


@endpoint("GET", "/causes", "hold causes", "cause-list")
async def every_cause(desk: Desk, words: CausesWanted) -> Found[list[SharedCause]]:
    """List what waits by its cause, the most money first."""
    waiting = await causes.causes(desk)
    shared = [cause for cause in waiting if words.route in (None, cause.route)]
    names = [cause.id for cause in shared]
    return Found(*by_name(shared, names, words.cursor, words.limit))


@endpoint("GET", "/causes/{cause}", "hold cause", "cause")
async def one_cause(desk: Desk, words: OneCause) -> Found[SharedCause]:
    """Show one cause."""
    return Found(await _shared(desk, words.cause))


@endpoint("GET", "/causes/{cause}/holds", "hold members", "cause-holds")
async def of_cause(desk: Desk, words: CauseHolds) -> Found[list[Held]]:
    """List the records that wait for a cause, the most money first."""
    shared = await _shared(desk, words.cause)
    after = after_of(words.cursor)
    rows = await causes.members(desk, words.cause, words.limit + 1, after=after)
    return Found(rows[: words.limit], held_page(rows, words.limit, shared.count))


@endpoint("GET", "/causes/{cause}/example", "hold example", "cause-example")
async def example(desk: StaffedDesk, words: ExampleWanted) -> Found[Example]:
    """Show one record of a cause, with what was sent beside what is there, field by field."""
    record = RecordId(words.record) if words.record is not None else None
    sample = await causes.example(desk, words.cause, record)
    if sample is None:
        raise _nothing(words.cause)
    return Found(sample)


@endpoint("GET", "/causes/{cause}/{deed}", "hold plan", "plan")
async def planned(desk: Desk, words: PlanWanted) -> Found[Planned]:
    """Say what would be done to what waits for a cause: how many, how much money, what is left.

    Its ETag is what the act is done with.
    """
    records = [RecordId(record) for record in words.record]
    plan = await causes.plan(desk, words.cause, words.deed, records, words.most)
    if plan is None:
        raise _nothing(words.cause)
    return Found(plan, tag=plan.mark)


@endpoint("POST", "/causes/{cause}/{deed}", "hold resend planned", "receipt")
async def done(desk: StaffedDesk, words: OneDeed, body: Done, tag: str) -> Found[Receipt]:
    """Do what a plan said, if it is still what waits; the receipt of it.

    What somebody else did since is answered with who it was and when.
    """
    records = [RecordId(record) for record in body.record]
    plan = await causes.plan(desk, words.cause, words.deed, records, body.most)
    if plan is None:
        raise receipts.moved(await causes.ended(desk, words.cause, records), gone=True)
    if words.deed == "send":
        number = await receipts.sent(desk, plan, tag)
    elif words.deed == "recheck":
        number = await receipts.read_back(desk, plan, tag)
    else:
        number = await receipts.put_aside(desk, plan, tag, body.why)
    return Found(await receipts.receipt(desk, number))


@endpoint("GET", "/receipts", "hold receipts", "receipt-list")
async def every_receipt(desk: Desk, words: ReceiptsWanted) -> Found[list[Receipt]]:
    """List the last receipts, of these records where some are named, the newest first."""
    records = [RecordId(record) for record in words.record]
    return Found(await receipts.receipts(desk, records, words.limit))


@endpoint("GET", "/receipts/{number}", "hold receipt", "receipt")
async def receipt(desk: Desk, words: OneReceipt) -> Found[Receipt]:
    """Show a receipt, with where its documents stand today."""
    return Found(await receipts.receipt(desk, words.number))


async def _shared(desk: Desk, name: str) -> SharedCause:
    shared = await causes.cause(desk, name)
    if shared is None:
        raise _nothing(name)
    return shared


def _nothing(name: str) -> Missing:
    return Missing(
        f"Nothing waits for a cause {name[:20]!r}.", do="GET /api/v1/causes lists what waits."
    )

"""Causes: what waits, together with all that waits for the same reason, the most money first; one
example of it with what was sent beside what is there; and the plan before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import msgspec

from counterfoil.flows import recheck
from counterfoil.govern import redact
from counterfoil.kit.connector import Intent
from counterfoil.kit.field import Field, Kind, family
from counterfoil.ledger.account import State
from counterfoil.model.words import ANY
from counterfoil.store import causes as store
from counterfoil.store import entries
from counterfoil.store import holds as holds_store
from counterfoil.store import records as records_store
from counterfoil.store.causes import CauseRow
from counterfoil.store.holds import After
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.duties import owner
from counterfoil.surfaces.desk.figures import sums
from counterfoil.surfaces.desk.holds import ASIDE, READ_BACK, RESENT, Held, held
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.digest import digest_of, short
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

AT_ONCE = 500
"""How many records one plan does something to, where nothing else is said."""

MOST = 10_000
"""How many records one plan can do something to."""

_LATELY_S = 3600.0

Deed = Literal["send", "recheck", "aside"]
"""What can be done to what waits: send it again, read it back again, set it aside."""

_FITNESS = {"send": RESENT, "recheck": READ_BACK, "aside": ASIDE}


class SharedCause(msgspec.Struct, frozen=True):
    """What waits for one reason. `money` is by currency; `since` is when the oldest of it was held
    and `recent` how many were within the last hour; `place` is the field or map that it is about.
    `title` says it in one sentence."""

    id: str
    title: str
    code: str
    state: str
    route: str
    target: str
    document: str
    place: str
    owner: str
    advice: str
    count: int
    money: tuple[Money, ...]
    since: Instant
    newest: Instant
    recent: int

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What can be done to it."""
        state = next(state for state in State if state.word == self.state)
        return tuple(deed for deed, fit in _FITNESS.items() if fit.able(state, self.code))  # pyright: ignore[reportReturnType]


class Side(msgspec.Struct, frozen=True):
    """One field of a document: what was sent, what is there, and what of it a reader needs to know.

    `verdict` is "differs", "same" or "not compared"; a person's field is never shown (`masked`)."""

    name: str
    sent: Field
    actual: Field
    verdict: Literal["differs", "same", "not compared"]
    kind: Kind | None = None
    masked: bool = False


class Ended(msgspec.Struct, frozen=True):
    """How what waited for a cause ended last: by whom, when, and the state that it went to."""

    by: str
    moment: Instant
    closing: str


class Example(msgspec.Struct, frozen=True):
    """One record that waits for a cause; `sides` is empty where nothing of it was compared."""

    record: Held
    sides: tuple[Side, ...]


class Planned(msgspec.Struct, frozen=True):
    """What would be done, before it is: to which records, their money, and what is left alone.

    `mark` stands for all of it: an act that brings another one is not done. `beyond` are records
    that fit and that one plan does not reach; `most` is how many it was to reach at most."""

    deed: Deed
    cause: SharedCause
    records: tuple[Held, ...]
    money: tuple[Money, ...]
    others: int
    beyond: int
    mark: str
    most: int = AT_ONCE
    named: bool = False


@asks("hold causes", money="shown")
async def causes(desk: Desk) -> list[SharedCause]:
    """List what waits by its cause, the most money first."""
    return await _causes(desk, None)


@asks("hold cause", money="shown")
async def cause(desk: Desk, number: str) -> SharedCause | None:
    """Show one cause; None where nothing waits for it any more."""
    return next(iter(await _causes(desk, number)), None)


@asks("hold members", money="shown")
async def members(
    desk: Desk, number: str, limit: int = 50, start: int = 0, after: After | None = None
) -> list[Held]:
    """List the records that wait for a cause, the most money first."""
    rows = await store.members(desk.database, number, None, limit, start, after)
    return [held(row, desk) for row in rows]


@asks("hold ended")
async def ended(desk: Desk, number: str, records: Sequence[RecordId] = ()) -> Ended | None:
    """Say who last saw to what waited for a cause, or to these records of it, and when.

    None where nobody has.
    """
    row = await store.last_ended(desk.database, number, list(records) or None)
    return Ended(row.by or "", from_stdlib(row.moment), row.closing or "") if row else None


@asks("hold example", money="shown")
async def example(desk: StaffedDesk, number: str, record: RecordId | None) -> Example | None:
    """Show one record of a cause, with what was sent beside what is there, field by field.

    It is the one with the most money, where none is named; None where nothing waits for it.
    """
    named = [record] if record is not None else None
    rows = await store.members(desk.database, number, named, 1)
    if not rows:
        return None
    (row,) = rows
    return Example(held(row, desk), await _sides(desk, row.record, row.route))


@asks("hold plan", money="shown")
async def plan(
    desk: Desk, number: str, deed: Deed, records: Sequence[RecordId] = (), most: int = AT_ONCE
) -> Planned | None:
    """Say what would be done to what waits for a cause (or to some of it): how many, how much
    money, and what is left alone. None where nothing waits for it any more, or none of these.

    Raises `Misconfigured` where it cannot be done to what waits so.
    """
    shared = await cause(desk, number)
    if shared is None:
        return None
    if deed not in shared.deeds:
        raise Misconfigured(
            f"What is {shared.state} is not to be {_DONE[deed]}: {_FITNESS[deed].others}.",
            do="Open it again, and choose among what stands there.",
        )
    most = min(most, MOST)
    rows = await store.members(desk.database, number, list(records) or None, most + 1)
    if not rows:
        return None
    reached = [held(row, desk) for row in rows[:most]]
    money = tuple(sums(member.money for member in reached if member.money is not None))
    marked = [[member.record, str(member.money), str(member.last_held)] for member in reached]
    chosen = len(records) or shared.count
    return Planned(
        deed=deed, cause=shared, records=tuple(reached), money=money,
        others=shared.count - min(chosen, shared.count), beyond=max(0, chosen - len(reached)),
        mark=short(digest_of([deed, number, marked])), most=most, named=bool(records),
    )  # fmt: skip


_DONE = {"send": "sent again", "recheck": "read back again", "aside": "set aside"}


async def _causes(desk: Desk, number: str | None) -> list[SharedCause]:
    lately = later(desk.clock.now(), -_LATELY_S)
    rows = await store.every(desk.database, number, lately)
    by_cause = sorted(rows, key=lambda row: row.id)
    shared = [_shared(desk, list(same)) for _, same in groupby(by_cause, key=lambda row: row.id)]
    return sorted(shared, key=lambda each: (-_weight(each), each.since, each.id))


def _weight(shared: SharedCause) -> int:
    """By what causes are sorted: the money of all currencies, as if they were one."""
    return sum(amount.minor for amount in shared.money)


def _shared(desk: Desk, rows: Sequence[CauseRow]) -> SharedCause:
    first = rows[0]
    route = desk.config.routes.get(first.route)
    target = route.target if route else "the target"
    title = route.title if route else ANY
    count = sum(row.records for row in rows)
    money = sums(Money(row.minor, row.currency) for row in rows if row.currency)
    alike = len(rows) == 1 and first.alike
    return SharedCause(
        id=first.id,
        title=_title(first, target, count, alike=alike, hidden=desk.hides),
        code=first.cause,
        state=State(first.state).word,
        route=first.route,
        target=target,
        document=title.one if count == 1 else title.many,
        place=family(first.place),
        owner=owner(desk.config, first.route, first.cause, first.owner),
        advice=first.advice,
        count=count,
        money=tuple(money),
        since=from_stdlib(min(row.since for row in rows)),
        newest=from_stdlib(max(row.newest for row in rows)),
        recent=sum(row.recent for row in rows),
    )


def _title(row: CauseRow, target: str, count: int, *, alike: bool, hidden: bool) -> str:
    """The cause in one sentence."""
    if State(row.state) is State.DRIFTED and row.place:
        field_name = family(row.place).replace("_", " ").replace(".", ", ")
        return f"{field_name[:1].upper()}{field_name[1:]} at {target} is not what was sent"
    sentence = (redact.sentence(row.said, row.place) if hidden else row.said).rstrip(".")
    if alike or count == 1:
        return sentence
    return f"{sentence}, and {count - 1} like it"


async def _sides(desk: StaffedDesk, record: RecordId, route_name: str) -> tuple[Side, ...]:
    """Every field that was sent, as it is composed again, with what the last read-back found."""
    rows = await records_store.arrived(desk.database, [record])
    route = next((route for route in desk.engine.routes.values() if route.name == route_name), None)
    if route is None or not rows or not recheck.rechecks(State(rows[0].state), rows[0].cause or ""):
        return ()
    (case,) = await recheck.cases_of(desk.engine, route, rows)
    return sides(case.intent, await _last_detail(desk, record))


def sides(intent: Intent | None, detail: Detail) -> tuple[Side, ...]:
    """What was sent beside what the last read-back found, what differs first."""
    differs = detail.differs
    if intent is None:
        return tuple(
            Side(name, sent, actual, "differs") for name, (sent, actual) in differs.items()
        )
    unseen = {*detail.not_compared}
    compared: list[Side] = []
    for name, sent in intent.expect.items():
        kind = intent.kinds.get(family(name))
        masked = name in detail.differs_masked or kind == "person"
        actual = differs[name][1] if name in differs else sent
        verdict = "differs" if name in differs or name in detail.differs_masked else "same"
        if verdict == "same" and family(name) in unseen:
            verdict, actual = "not compared", None
        # Whichever door it leaves by, what tells of a person is not in the answer.
        pair = (None, None) if masked else (sent, actual)
        compared.append(Side(name, *pair, verdict, kind, masked))
    return tuple(sorted(compared, key=lambda side: side.verdict != "differs"))


class Detail(msgspec.Struct, frozen=True):
    """What an entry of a read-back tells."""

    differs: dict[str, list[Field]] = {}
    differs_masked: list[str] = []
    not_compared: list[str] = []


async def _last_detail(desk: Desk, record: RecordId) -> Detail:
    rows = [row for row in await entries.of_records(desk.database, [record]) if row.detail]
    for row in reversed(rows):
        if row.detail.startswith("{") and '"differs' in row.detail:
            return msgspec.json.decode(row.detail, type=Detail)
    return Detail()


@asks("hold count", money="shown")
async def count(desk: Desk) -> int:
    """Say how many wait for a person."""
    return sum(row.records for row in await holds_store.counts(desk.database))

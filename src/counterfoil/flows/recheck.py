"""Recheck: what a person corrected at the target is read back afresh; only then it is confirmed.

Nothing is written at the target. What still differs stays where it is, with today's difference and
its old age. Both are a posting under the person's name, with the read-back as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

import msgspec

from counterfoil.flows.confirm import alone, differences, not_compared, said
from counterfoil.flows.engine import Engine
from counterfoil.flows.hold import posted, seize
from counterfoil.flows.item import kept, made
from counterfoil.flows.patience import patiently
from counterfoil.flows.posting import Decision, write
from counterfoil.flows.route import Route, informed
from counterfoil.kit.capability import ACTS, Act
from counterfoil.kit.connector import ALONE, Inputs, Intent, Seen
from counterfoil.kit.transport import recording
from counterfoil.ledger.account import State
from counterfoil.model.words import Title
from counterfoil.store import inputs, pages
from counterfoil.store import records as records_store
from counterfoil.store.evidence import Kept
from counterfoil.store.holds import Cause, Restated
from counterfoil.store.journal import Move
from counterfoil.store.records import ArrivedRecord
from counterfoil.values.clock import Instant
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import Hold, Misconfigured, Refuse
from counterfoil.values.ids import RecordId

HELD_AFTER_IT_ARRIVED = frozenset({"rules-changed"})
"""The causes for which a record is held that the target is known to have."""


class Rechecked(msgspec.Struct, frozen=True):
    """What a fresh read-back of one record showed: where it stands now, and why."""

    record: RecordId
    number: str
    state: str
    said: str


class Case(msgspec.Struct):
    """One record to be read back: what must be seen, or the cause for which it stays (`cause`).

    `gone` says what happened where its source does not want it any more.
    """

    row: ArrivedRecord
    title: Title
    intent: Intent | None = None
    gone: str = ""
    cause: Cause | None = None
    not_compared: Sequence[str] = ()

    @property
    def state(self) -> State:
        """Where it stands before."""
        return State(self.row.state)

    @property
    def ends(self) -> bool:
        """Whether nothing is to be seen of it any more."""
        return _act(self.row) == "cancel" and self.intent is not None and not self.intent.expect

    @property
    def first(self) -> str:
        """How a sentence about it begins."""
        return f"{self.title.first} {self.row.number}"


def _act(row: ArrivedRecord) -> Act:
    """What was done at the target in the record's name."""
    return ACTS[row.act]


async def recheck(engine: Engine, records: Sequence[RecordId], by: str) -> list[Rechecked]:
    """Read the records back at their target and compare every field; what became of each.

    Raises `Misconfigured` where one has not arrived differing, and what the target's read raises:
    what was compared before that is kept.
    """
    rows = await _rows(engine, records)
    results: list[Rechecked] = []
    for number, members in groupby(rows, key=lambda row: row.route):
        route = engine.routes.get(number)
        if route is None:
            raise Misconfigured(
                "The route of these records is not configured any more.",
                do="Put its file back, or set them aside with a reason.",
            )
        cases = await cases_of(engine, route, list(members))
        size = max(1, route.carries.reads)
        for start in range(0, len(cases), size):
            results += await _compared(engine, route, cases[start : start + size], by)
    return results


async def _rows(engine: Engine, records: Sequence[RecordId]) -> Sequence[ArrivedRecord]:
    rows = await records_store.arrived(engine.database, list(records))
    missing = set(records) - {row.id for row in rows}
    if missing:
        raise Misconfigured(
            f"There is no record {min(missing)}.", do="See `counterfoil hold list`."
        )
    for row in rows:
        if not rechecks(State(row.state), row.cause or ""):
            raise Misconfigured(
                f"Record {row.id} is {State(row.state).word}: only what arrived and was found"
                " to differ is read back again.",
                do="See `counterfoil trace` for what happened to it.",
            )
    return rows


def rechecks(state: State, cause: str) -> bool:
    """Whether what stands so can be read back again: it is known to have arrived."""
    return state is State.DRIFTED or (state is State.HELD and cause in HELD_AFTER_IT_ARRIVED)


async def cases_of(engine: Engine, route: Route, rows: Sequence[ArrivedRecord]) -> list[Case]:
    """What must be seen of each of these records, made again of what each was made of then."""
    cases: list[Case] = []
    given = await _given(engine, route, rows)
    for page, members in groupby(rows, key=lambda row: row.page):
        bodies = (await pages.bodies(engine.database, [page]))[page]
        cases += [_case(route, row, bodies[row.place], given.get(row.id, ALONE)) for row in members]
    return cases


async def _given(
    engine: Engine, route: Route, rows: Sequence[ArrivedRecord]
) -> Mapping[RecordId, Inputs]:
    """Of what each was made beside its body, where its target composes of more than that."""
    if not informed(route):
        return {}
    given = await inputs.of(engine.database, [row.id for row in rows])
    return {record: Inputs(*kept_inputs) for record, kept_inputs in given.items()}


def _case(route: Route, row: ArrivedRecord, body: bytes, given: Inputs) -> Case:
    rules = route.plan.rules
    try:
        document = rules.decode(body)
        act, identity = _act(row), str(row.identity or "")
        gone = rules.happened(document) if document.gone and act != "cancel" else ""
        return Case(row, rules.title, made(route, act, document, identity, given), gone)
    except (Hold, Refuse) as problem:
        return Case(row, rules.title, cause=Cause.of(problem))


async def _compared(
    engine: Engine, route: Route, cases: Sequence[Case], by: str
) -> list[Rechecked]:
    intents = [case.intent for case in cases if case.intent is not None]
    documents: Mapping[str, Sequence[Seen]] = {}
    with recording() as tape:
        if intents:
            read = partial(route.target.read, [intent.reference for intent in intents])
            documents = await patiently(engine, read)
    for case in cases:
        if case.intent is not None:
            documents_there = documents.get(case.intent.reference, ())
            seen = alone(route, case.intent, case.row.identity, documents_there)
            case.cause = _cause(case, case.intent, seen)
    # All that were asked for together: the answer is about each of them, whatever its page.
    record_ids = tuple(case.row.id for case in cases if case.intent is not None)
    exchanges = [kept(exchange, record_ids) for exchange in tape]
    for page, members in groupby(cases, key=lambda case: case.row.page):
        post = partial(_post, engine, route, page, list(members), exchanges, by)
        await posted(engine, post)
    return [_told(case) for case in cases]


def _cause(case: Case, intent: Intent, seen: Sequence[Seen]) -> Cause | None:
    """Why the record cannot be called confirmed; None where it is as it was sent, and once."""
    again = "Then have it read back again with `counterfoil hold recheck`."
    aside = "set the record aside with a reason"
    if case.ends and not seen:
        return None
    if not seen:
        what = f"{case.first} was looked up again, and the target has none under its reference."
        by_hand = f"{aside} and enter the {case.title.one} by hand"
        do = f"Look for it there; if it is not there, {by_hand}."
        return Cause("not-seen", what, do)
    names = [document.number or document.identity for document in seen]
    if len(seen) > 1:
        what = f"{case.first} is at the target {len(seen)} times: {' and '.join(names)}."
        return Cause("found-twice", what, f"Cancel the extra ones there. {again}")
    if case.gone:
        what = f"{case.first} {case.gone}, and the target has it as {names[0]}."
        return Cause("changed-after-sent", what, f"Cancel it there, then {aside}.")
    if seen[0].identity != case.row.identity:
        what = f"{case.first} was taken as {case.row.identity}, and is there as {names[0]}."
        return Cause("not-seen", what, f"Find out which of them holds, then {aside}.")
    drift = differences(intent.expect, seen[0].fields, seen[0].unseen)
    if not drift:
        case.not_compared = not_compared(intent, seen[0])
        return None
    still = f"{case.first} was read back again and still differs: {said(intent, drift)}."
    return Cause("field-differs", still, f"Correct it at the target. {again}", min(drift))


async def _post(
    engine: Engine,
    route: Route,
    number: int,
    cases: Sequence[Case],
    exchanges: Sequence[Kept],
    by: str,
) -> None:
    """Keep what was found on one page: moves of what is confirmed, and words for what stays."""
    moment = engine.clock.now()
    moves = [_confirmed(case, by) for case in cases if case.cause is None]
    decision = Decision(
        moves=moves,
        # Seen once, and every field is right: no earlier sending is in doubt any more.
        once=[move.subject for move in moves],
        restated=_restated([case for case in cases if case.cause is not None]),
        exchanges=exchanges,
        by=by,
    )
    async with engine.database.transaction() as unit:
        page = await seize(engine, unit, number)
        await write(engine, unit, route, page, decision, moment)


def _confirmed(case: Case, by: str) -> Move:
    row = case.row
    detail: dict[str, object] = {"rechecked_by": by}
    if case.not_compared:
        detail["not_compared"] = case.not_compared
    if case.intent is not None and digest(case.intent.whole) != row.intent:
        detail["maps_changed"] = True
    return Move(
        id=row.id, subject=row.subject, seq=row.seq, before=case.state,
        path=(State.DELIVERED, State.CONFIRMED) if case.state is State.HELD else (State.CONFIRMED,),
        minor=row.minor, currency=row.currency, detail=canonical(detail).decode(),
        attempts=row.attempts,
        sent_at=Instant(row.sent_at) if row.sent_at is not None else None,
    )  # fmt: skip


def _restated(cases: Sequence[Case]) -> list[Restated]:
    """What is said of each. What is held keeps its code: by it, it is read back again."""
    restated: list[Restated] = []
    for case in cases:
        cause = case.cause
        assert cause is not None
        if case.state is State.HELD:
            cause = msgspec.structs.replace(cause, code=case.row.cause)
        restated.append(Restated(case.row.id, case.row.seq, cause))
    return restated


def _told(case: Case) -> Rechecked:
    row = case.row
    if case.cause is not None:
        return Rechecked(row.id, row.number, case.state.word, case.cause.said)
    sentence = f"{case.first} was read back again, and every field is as it was sent."
    return Rechecked(row.id, row.number, State.CONFIRMED.word, sentence)

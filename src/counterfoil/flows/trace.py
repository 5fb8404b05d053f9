"""Trace: what happened to one document, in plain sentences, each with its moment.

Told from the journal alone, so it can be told while every other system is away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Plan
from counterfoil.ledger.account import State
from counterfoil.model.words import ANY, TITLES, Title, Word
from counterfoil.store import entries, search, waits
from counterfoil.store.entries import EntryRow
from counterfoil.store.postgres import Executor
from counterfoil.store.search import DocumentRoute, VersionRow
from counterfoil.values.clock import from_stdlib
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

_SHOWN = 4  # differences, or fields not carried, that one sentence names


class Sentence(msgspec.Struct, frozen=True):
    """One sentence and its moment (ISO 8601); `release` is the configuration under which it was
    so (0: it had no number)."""

    at: str
    said: str
    release: int = 0


class Need(msgspec.Struct, frozen=True):
    """Another document that a document waits for, by its word and what the source calls it, and
    when (ISO 8601) it can wait no longer."""

    document: Word
    key: str
    until: str


class Story(msgspec.Struct, frozen=True):
    """The story of one document on one route. `records` are its versions, the last the newest;
    `identity` is what the target calls it; `money` what the newest version asks for; `waits_for`
    the other documents that it waits for."""

    number: str
    key: str
    route: str
    source: str
    target: str
    state: str
    money: Money | None
    identity: str
    records: tuple[RecordId, ...]
    sentences: tuple[Sentence, ...]
    waits_for: tuple[Need, ...] = ()

    @property
    def releases(self) -> tuple[int, ...]:
        """The configurations under which it was moved, by number, the first one first."""
        numbers = (sentence.release for sentence in self.sentences)
        return tuple(number for number in dict.fromkeys(numbers) if number)

    def lines(self) -> list[str]:
        """The story as people read it, a sentence a line; words from outside are as they came."""
        return [f"{_when(sentence.at)}  {sentence.said}" for sentence in self.sentences]

    def text(self) -> str:
        """The lines in one."""
        return "\n".join(self.lines())


async def story(engine: Engine, record: RecordId) -> str:
    """The story of the document that `record` is a version of, as text."""
    plans = {route.name: route.plan for route in engine.routes.values()}
    documents = await search.of_records(engine.database, [record])
    return "\n\n".join(
        telling.text() for telling in await stories(engine.database, plans, documents)
    )


async def stories(
    db: Executor, plans: Mapping[str, Plan], documents: Sequence[DocumentRoute]
) -> list[Story]:
    """The story of each document on a route, in order."""
    versions = await search.versions(db, documents)
    rows = await entries.of_records(db, [version.id for version in versions])
    needs = await waited_for(
        db, [version.id for version in versions if version.state == State.WAITING]
    )
    by_document: dict[tuple[int, int], list[VersionRow]] = {}
    for version in versions:
        by_document.setdefault((version.subject, version.route), []).append(version)
    return [
        _story(members, plans.get(members[0].route_name), rows, needs)
        for members in by_document.values()
    ]


async def waited_for(
    db: Executor, records: Sequence[RecordId]
) -> Mapping[RecordId, tuple[Need, ...]]:
    """The other documents that each of these records waits for; one that waits for none is left
    out."""
    needs: dict[RecordId, tuple[Need, ...]] = {}
    for row in await waits.of(db, records) if records else ():
        need = Need(row.document, row.foreign_id, _iso(row.until))
        needs[row.record] = (*needs.get(row.record, ()), need)
    return needs


def _story(
    versions: Sequence[VersionRow],
    plan: Plan | None,
    rows: Sequence[EntryRow],
    needs: Mapping[RecordId, tuple[Need, ...]],
) -> Story:
    newest = next(version for version in versions if version.id == version.newest)
    source, target = (plan.source, plan.target) if plan else ("the source", "the target")
    title = plan.title if plan else ANY
    teller = _Teller(source, target, title, {version.id: version for version in versions})
    ids = set(teller.versions)
    sentences = teller.tell([entry for entry in rows if entry.record in ids])
    steps = [_step(entry) for entry in rows if entry.record == newest.id]
    cause = str(steps[-1].detail.get("code", "")) if steps else ""
    owner = plan.owner_of(cause) if plan else "its owner"
    sentences.append(teller.standing(newest, owner, sentences[-1].at))
    waits_for = needs.get(newest.id, ())
    if waits_for:
        sentences[-1] = msgspec.structs.replace(
            sentences[-1], said=_waits(target, newest, waits_for)
        )
    return Story(
        number=newest.number,
        key=newest.key,
        route=newest.route_name,
        source=source,
        target=target,
        state=State(newest.state).word,
        money=_money(newest),
        identity=newest.identity or "",
        records=tuple(version.id for version in versions),
        sentences=tuple(sentences),
        waits_for=waits_for,
    )


class _Step(msgspec.Struct, frozen=True):
    """One entry of the journal, read; `tried` counts attempts that are told as one."""

    moment: datetime
    before: State | None
    after: State
    detail: dict[str, Any]
    by: str
    release: int
    tried: int = 1

    @property
    def again(self) -> bool:
        """Whether an attempt ended with nothing landed and another to come."""
        return self.before is State.SENDING and self.after is State.MAPPED


class _Teller:
    """Turns entries into sentences. `versions` are the record rows by number."""

    def __init__(
        self, source: str, target: str, title: Title, versions: Mapping[int, VersionRow]
    ) -> None:
        self.source = source
        self.target = target
        self.title = title
        self.versions = versions
        self.first = next(iter(versions))

    def tell(self, rows: Sequence[EntryRow]) -> list[Sentence]:
        """The sentences of the entries, sorted by their moments."""
        sentences: list[tuple[datetime, int, Sentence]] = []
        for record, version in self.versions.items():
            steps = [_step(entry) for entry in rows if entry.record == record]
            for step in _without_repeats(steps):
                text = self._said(version, step)
                sentence = Sentence(_iso(step.moment), text, step.release)
                sentences.append((step.moment, record, sentence))
        return [sentence for _, _, sentence in sorted(sentences, key=lambda one: one[:2])]

    def standing(self, newest: VersionRow, owner: str, at: str) -> Sentence:
        """Where the document stands now."""
        state, money, identity = State(newest.state), _amount(newest), newest.identity
        aside = (
            f"set aside, and {self.target} has it as {identity}"
            if identity
            else "left out of this route"
        )
        text = {
            State.CONFIRMED: f"It is confirmed: {money} at {self.source} and at {self.target}.",
            State.DELIVERED: f"It is delivered and not read back: {money}.",
            State.HELD: f"It is on hold and waits for {owner}: {money}.",
            State.DRIFTED: f"It differs at {self.target} and waits for {owner}: {money}.",
            State.IN_DOUBT: f"Nobody knows yet whether {self.target} has it: {money}.",
            State.REFUSED: f"It was refused and went no further: {money}.",
            State.EXCLUDED: f"It is {aside}: {money}.",
            State.WAITING: f"It waits at {self.source}: {money}.",
            State.MERGED: f"{self.target} holds all that it says: {money}.",
        }.get(state, f"It is on its way: {money}.")
        return Sentence(at, text)

    def _said(self, version: VersionRow, step: _Step) -> str:
        if step.before is None:
            return self._captured(version, step.after, step.detail)
        if step.tried > 1:
            why = _sentence(step.detail.get("said"))
            return f"{self.target} could not take it {step.tried} times; the last time: {why}"
        return self._moved(step.before, step.after, step.detail, step.by)

    def _captured(self, version: VersionRow, after: State, detail: Mapping[str, Any]) -> str:
        number = version.number or version.key
        what = "it" if version.id == self.first else "a newer version of it"
        way = f"sent a message about {what}" if version.pushed else f"listed {what}"
        text = f"{self.source} {way}: {self.title.one} {number} for {_amount(version)}."
        if after is State.SUPERSEDED:
            text += " A newer version was already here."
        elif after is not State.CAPTURED:
            text += f" It could not be taken further: {_sentence(detail.get('said'))}"
        return text + _lost("Not carried over", detail)

    def _moved(self, before: State, after: State, detail: Mapping[str, Any], by: str) -> str:
        why = _sentence(detail.get("said"))
        if after is State.MAPPED:
            return self._mapped(before, why)
        if after is State.DELIVERED:
            return self._delivered(detail.get("counterfoil", {}))
        if after is State.DRIFTED and before is State.IN_DOUBT:
            delivery = self._delivered(detail.get("counterfoil", {}))
            return f"{delivery} But nobody wants it any more at {self.source}."
        if after is State.DRIFTED:
            return f"It was read back and differs: {_differences(detail)}."
        if after is State.CAPTURED:
            return f"{detail.get('sent_again_by', by)} sent it again."
        if "rechecked_by" in detail:
            return _rechecked(detail)
        if after is State.IN_DOUBT and before is not State.SENDING:
            return why
        return {
            State.SENDING: self._left(detail) + _lost(f"{self.target} has no place for", detail),
            State.CONFIRMED: _confirmed(detail),
            State.IN_DOUBT: f"{self.target} did not answer: {why}",
            State.HELD: f"It was put on hold: {why}",
            State.REFUSED: f"It was refused: {why}",
            State.EXCLUDED: f"It was left out: {_rule(detail)}.",
            State.WAITING: f"It waits: {_rule(detail)}.",
            State.MERGED: _merged(self.target, detail),
            State.SUPERSEDED: "A newer version took its place.",
        }.get(after, f"It moved to {after.word}.")

    def _mapped(self, before: State, why: str) -> str:
        if before is State.CAPTURED:
            return "It was mapped and went no further: the route was in shadow or off."
        if before is State.IN_DOUBT:
            return f"It may be sent again: {why}"
        return f"{self.target} could not take it yet: {why}"

    def _left(self, detail: Mapping[str, Any]) -> str:
        act = detail.get("act", "write")
        if act == "cancel":
            return f"{self.target} was told that it is cancelled."
        if act == "amend":
            return f"What changed was mapped and sent to {self.target}."
        return f"It was mapped and sent to {self.target}."

    def _delivered(self, stub: Mapping[str, Any]) -> str:
        name = stub.get("number") or stub.get("identity", "")
        if stub.get("found"):
            return f"Looked up, it was there: {self.target} calls it {name}."
        return f"{self.target} took it and calls it {name}."


def _step(entry: EntryRow) -> _Step:
    return _Step(
        moment=entry.at,
        before=State(entry.before) if entry.before else None,
        after=State(entry.path[-1]),
        detail=_detail(entry.detail),
        by=entry.by,
        release=entry.release,
    )


def _without_repeats(steps: Sequence[_Step]) -> list[_Step]:
    """The steps, with attempts that ended alike (nothing landed, try later) told as one."""
    again = [index for index, step in enumerate(steps) if step.again]
    if len(again) < 2:
        return list(steps)
    first, last = again[0], again[-1]
    between = [
        step for step in steps[first:last] if step.after not in (State.MAPPED, State.SENDING)
    ]
    summed = msgspec.structs.replace(steps[last], tried=len(again))
    return [*steps[:first], *between, summed, *steps[last + 1 :]]


def _differences(detail: Mapping[str, Any]) -> str:
    differences: dict[str, list[Any]] = detail.get("differs", {})
    named = [
        f"{name} was sent as {sent!r} and is {actual!r}"
        for name, (sent, actual) in differences.items()
    ]
    named += [f"{name} is not as it was sent" for name in detail.get("differs_masked", ())]
    if not named:
        return _sentence(detail.get("said")).rstrip(".")
    others = f"; and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return "; ".join(named[:_SHOWN]) + others


def _lost(what: str, detail: Mapping[str, Any]) -> str:
    """One sentence about what did not come along, empty where nothing was lost."""
    losses: list[dict[str, Any]] = detail.get("losses", [])
    named = [f"{loss['field']} ({loss['why'].rstrip('.')})" for loss in losses]
    others = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f" {what}: {'; '.join(named[:_SHOWN])}{others}." if named else ""


def _confirmed(detail: Mapping[str, Any]) -> str:
    fields: list[str] = detail.get("not_compared", [])
    if not fields:
        return "It was read back, and every field is as it was sent."
    return (
        "It was read back, and every field that was compared is as it was sent. Not compared:"
        f" {', '.join(fields)}."
    )


def _merged(target: str, detail: Mapping[str, Any]) -> str:
    quiet: list[str] = detail.get("differs_quietly", [])
    if not quiet:
        return f"It says nothing that {target} does not hold already."
    return f"Nothing of it is to be done at {target}: {'; '.join(quiet)}."


def _rechecked(detail: Mapping[str, Any]) -> str:
    as_ = "as today's maps would send it" if detail.get("maps_changed") else "as it was sent"
    return f"{detail['rechecked_by']} had it read back again, and every field is {as_}."


def _waits(target: str, newest: VersionRow, needs: Sequence[Need]) -> str:
    names = " and ".join(f"{TITLES[need.document].one} {need.key}" for need in needs)
    until = _when(min(need.until for need in needs))
    amount = f": {_amount(newest)}" if newest.currency else ""
    return f"It waits for {names} to come to {target}, until {until}{amount}."


def _rule(detail: Mapping[str, Any]) -> str:
    why = f" ({detail['why'].rstrip('.')})" if detail.get("why") else ""
    return f"{detail.get('rule', 'by a rule')}{why}"


def _detail(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text) if text.startswith("{") else {}


def _sentence(said: Any) -> str:
    text = str(said or "no reason was kept").strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _money(row: VersionRow) -> Money | None:
    certain = row.currency not in ("", "XXX")  # the second is what a source without one is given
    return Money(row.minor, row.currency) if certain else None


def _amount(row: VersionRow) -> str:
    return str(_money(row) or "an unknown amount")


def _iso(moment: datetime) -> str:
    return from_stdlib(moment).format_iso()


def _when(at: str) -> str:
    """A moment as people read it: 2026-11-02 10:41:07 UTC."""
    return f"{at[:10]} {at[11:19]} UTC"

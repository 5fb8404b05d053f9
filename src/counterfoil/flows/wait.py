"""Wait: a document that needs another one waits until the target knows that, and is woken by it.

The commit by which the other document gets a name makes due what waits for it; so does the one that
leaves it out. Where it does not come in time a person hears of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.prepare import stopped
from counterfoil.flows.route import Route, informed, needy
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.flows.rules import Holds, LeftOut, Stop, Waits, by_its_key, never
from counterfoil.kit.connector import Inputs
from counterfoil.ledger.account import State
from counterfoil.model.document import Ref
from counterfoil.model.words import TITLES, Word
from counterfoil.store import (
    aliases,
    document_routes,
    inputs,
    journal,
    left_out,
    links,
    records,
    waits,
)
from counterfoil.store.bindings import Namespace
from counterfoil.store.links import Named
from counterfoil.store.pages import Page, unpack
from counterfoil.store.postgres import Executor
from counterfoil.store.waits import Wait
from counterfoil.values.clock import Instant, later
from counterfoil.values.ids import Subject

_GIVEN_BY_OTHERS = frozenset({"too-early"})
"""Rules that leave out what another interface has given to the target, under a name that is not
known here: what needs it is not left out with it, and ends with a person."""


class Lack(msgspec.Struct, frozen=True):
    """What keeps an item from being composed: the documents `refs` that it names, and `why`.

    "within": nothing is lacking, and what the target was sent of the document has the item already.
    `names` are those that the target has for one document where it has several, `rule` is that by
    which it was left out of its own route, `until` when the item can wait no longer.
    """

    refs: tuple[Ref, ...]
    why: Literal["not there", "twice", "left out", "within"]
    until: Instant
    names: tuple[str, ...] = ()
    rule: str = ""

    @property
    def word(self) -> Word:
        """What kind of document is lacking."""
        return self.refs[0].word

    @property
    def called(self) -> str:
        """What a sentence calls what is lacking."""
        return " and ".join(f"{TITLES[ref.word].one} {ref.key}" for ref in self.refs)


class _Known(msgspec.Struct, frozen=True):
    """What is known of the documents that a page names: their names, and what left them out."""

    names: Mapping[Ref, Named]
    rules: Mapping[Subject, str]

    def inputs(self, refs: Sequence[Ref]) -> Inputs:
        """The names of these documents that have one."""
        by_ref = {ref: self.names[ref].names for ref in refs if ref in self.names}
        return Inputs({ref: names[0] for ref, names in by_ref.items() if names})

    def lack(self, refs: Sequence[Ref], until: Instant) -> Lack | None:
        """What is lacking of these documents."""
        for ref in refs:
            named = self.names.get(ref)
            if named is not None and len(named.names) > 1:
                return Lack((ref,), "twice", until, named.names)
            if named is not None and named.subject in self.rules:
                return Lack((ref,), "left out", until, rule=self.rules[named.subject])
        absent = tuple(ref for ref in refs if ref not in self.names or not self.names[ref].names)
        return Lack(absent, "not there", until) if absent else None


async def look(
    engine: Engine, db: Executor, route: Route, items: Sequence[Item]
) -> Mapping[int, Lack]:
    """Give each item the names of what it needs; by its record what an item lacks."""
    if not (needy(route) and items):
        return {}
    now = engine.clock.now()
    needs = {item.id: _needs(route, item, now) for item in items}
    knowledge = await _known(engine, db, route, {ref for refs in needs.values() for ref in refs})
    began = await waits.until(db, [item.id for item in items if item.state is State.WAITING])
    lacks: dict[int, Lack] = {}
    for item in items:
        refs = needs[item.id]
        item.inputs = knowledge.inputs(refs)
        longest_s = max((route.plan.wait_s(ref.word) for ref in refs), default=0.0)
        until = began.get(item.id) or later(now, longest_s)
        lack = knowledge.lack(refs, until)
        if lack is not None:
            lacks[item.id] = lack
    return {**await _within(db, engine, route, items, knowledge), **lacks}


async def _within(
    db: Executor, engine: Engine, route: Route, items: Sequence[Item], knowledge: _Known
) -> Mapping[int, Lack]:
    """Those of the items, never sent so far, that are in what was sent of another document."""
    rules, gates = route.plan.rules, route.plan.gates
    if rules.within is never:
        return {}
    needs = {item.id: rules.needs(item.document, gates) for item in items if item.sent is None}
    subjects = {
        ref: knowledge.names[ref].subject
        for refs in needs.values()
        for ref in refs
        if ref in knowledge.names
    }
    others = [
        other.id
        for other in engine.routes.values()
        if other.plan.document in {ref.word for ref in subjects}
        and other.target_connection == route.target_connection
    ]
    documents = await _sent(engine, db, others, sorted({*subjects.values()}))
    now = engine.clock.now()
    return {
        item.id: Lack((ref,), "within", now)
        for item in items
        for ref in needs.get(item.id, ())
        for document in documents.get(subjects.get(ref, -1), ())
        if rules.within(item.document, document)
    }


async def _sent(
    engine: Engine, db: Executor, routes: Sequence[int], subjects: Sequence[int]
) -> Mapping[int, list[Any]]:
    """What was sent of these documents on these routes, by their subjects."""
    if not (routes and subjects):
        return {}
    rows = await document_routes.sent(db, routes, subjects)
    bodies = {row.id: row for row in await records.sent(db, [row.sent for row in rows])}
    documents: dict[int, list[Any]] = {}
    for row in rows:
        version = bodies[row.sent]
        decode = engine.routes[row.route].plan.rules.decode
        document = decode(unpack(version.bodies)[version.place])
        documents.setdefault(row.subject, []).append(document)
    return documents


async def recall(engine: Engine, route: Route, items: Sequence[Item]) -> None:
    """Give each item the names, and what was there, of which it was made when it was sent: what
    came since would make another payload of it."""
    if not (informed(route) and items):
        return
    given = await inputs.of(engine.database, [item.id for item in items])
    for item in items:
        if item.id in given:
            item.inputs = Inputs(*given[item.id])


def _needs(route: Route, item: Item, now: Instant) -> tuple[Ref, ...]:
    if item.document is None:
        item.read(route, now)
    return route.plan.rules.needs(item.document, route.plan.gates)


async def _known(engine: Engine, db: Executor, route: Route, refs: set[Ref]) -> _Known:
    ordered = sorted(refs, key=lambda ref: (ref.word, ref.key))
    names = await _names(db, route, ordered)
    absent = {ref.word: named.subject for ref, named in names.items() if not named.names}
    subjects = sorted({named.subject for named in names.values() if not named.names})
    routes = [
        other.id
        for other in engine.routes.values()
        if other.plan.document in absent and other.target_connection == route.target_connection
    ]
    if not (routes and route.plan.rules.left_out_together):
        return _Known(names, {})
    rows = await left_out.of(db, subjects, routes, journal.HOUSE)
    details = {row.subject: msgspec.json.decode(row.detail or "{}") for row in rows}
    rules = {
        subject: detail.get("rule", "by a rule")
        for subject, detail in details.items()
        if detail.get("code", "") not in _GIVEN_BY_OTHERS
    }
    return _Known(names, rules)


async def _names(db: Executor, route: Route, refs: Sequence[Ref]) -> Mapping[Ref, Named]:
    """What is known of these documents, whether they are named by their keys or by another name."""
    ends = (route.source_connection, route.target_connection)
    names = {**await links.names(db, *ends, refs)}
    others: list[Word] = [ref.word for ref in refs if RULEBOOK[ref.word].called is not by_its_key]
    for word in dict.fromkeys(others):
        unknown = [ref.key for ref in refs if ref.word == word and ref not in names]
        keys = await aliases.keys(db, Namespace(ends[0], word), unknown)
        by_key = await links.names(db, *ends, [Ref(word, key) for key in sorted({*keys.values()})])
        by_alias = {Ref(word, alias): by_key.get(Ref(word, key)) for alias, key in keys.items()}
        names |= {ref: named for ref, named in by_alias.items() if named is not None}
    return names


def stop(engine: Engine, route: Route, page: Page, lack: Lack) -> Stop:
    """What becomes of a document that lacks another: it waits, unless that will not come, or has
    not come in time.

    A route that is in shadow gives its target nothing, and so does the one that the document waits
    for, perhaps: it waits on.
    """
    title = TITLES[lack.word]
    if lack.why == "twice":
        several = f"{len(lack.names)} names: {' and '.join(lack.names)}"
        return Holds(
            "named-twice",
            f"{route.target_called} has {lack.called}, of which it is, under {several}",
            "Find out which of them holds. Enter this one there by hand, and set it aside.",
        )
    if lack.why == "within":
        return LeftOut("within-another", f"its {title.one} was sent without it")
    if lack.why == "left out":
        engine.fired["left-out-with-another"] += 1
        return LeftOut(f"left-out-with-{lack.word}", f"its {title.one} was left out: {lack.rule}")
    if engine.clock.now() < lack.until or page.switch != "on":
        sentence = f"{lack.called} is not at {route.target_called} yet"
        return Waits(f"waits-for-{lack.word}", sentence, lack.until)
    engine.fired["waited-in-vain"] += 1
    return Holds(
        f"no-{lack.word}",
        f"{lack.called}, of which it is, did not come to {route.target_called} in time",
        f"Find out what became of that {title.one}; when it is there, send this one again.",
    )


async def park(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    """Lay the items down to wait; what they lack may have come meanwhile, then they stay as they
    are, and are due.

    Until this is committed nobody adds a name at either end, so that whoever does finds who waits.
    """
    if not items:
        return
    now = engine.clock.now()
    async with engine.database.transaction() as unit:
        await waits.alone(unit, (route.source_connection, route.target_connection))
        lacks = await look(engine, unit, route, items)
        lacking = [(item, lacks[item.id]) for item in items if item.id in lacks]
        absent = [(item, lack) for item, lack in lacking if lack.why == "not there"]
        await waits.keep(
            unit, [wait for item, lack in absent for wait in _waits(route, item, lack)]
        )
        for item, lack in absent:
            if item.state is State.WAITING:
                longest_s = route.plan.wait_s(lack.word)
                due = lack.until if now < lack.until else later(now, longest_s)
                await records.put_off(unit, [(item.id, item.seq)], due)
        new = [(item, lack) for item, lack in absent if item.state is not State.WAITING]
        moves = [stopped(route, item, stop(engine, route, page, lack)) for item, lack in new]
        if moves:
            engine.fired["waits-for-another"] += len(moves)
            await journal.post(
                unit, page, moves, numbers=engine.numbers, at=now, owner=route.plan.owner_of
            )


def _waits(route: Route, item: Item, lack: Lack) -> list[Wait]:
    ends = (route.source_connection, route.target_connection)
    return [Wait(item.id, ends[0], ref.word, ref.key, ends[1], lack.until) for ref in lack.refs]

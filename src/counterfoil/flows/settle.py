"""Settle: a write that left and was not answered is looked up before anything is sent again.

What may be done depends on what the target offers, as its manifest declares:

    A  honours an idempotency key       send again with the same key, while the target knows it;
                                        after that as C
    B  refuses a second reference       write again; the same reference cannot become two
    C  can be searched, is not unique   wait longer than any read lag, look twice, then send again;
                                        two found are held
    D  neither                          one attempt only: it stays in doubt for a person

A level is as C whatever its target offers: what it says may be past. Where it is not there and a
newer one stands it is superseded, else it is composed anew. Of a target that holds one document
under a reference (upsert, level) a look compares its fields, and counts nothing.

A record that was sent again so and is then refused may be there all the same, by its first sending:
it comes here once more, is looked up, and is held only where it is not there. One that was tried as
often as the route allows is looked up so too, and held where it is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows import doubt
from counterfoil.flows.confirm import LATE, LONE, alone, read_back, shows
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.lookup import LookUp, look_up
from counterfoil.flows.outcome import arrived, detail, held, superseded, twice
from counterfoil.flows.posting import Decision, Landed, PutOff, commit
from counterfoil.flows.route import Route, cancels
from counterfoil.flows.steps import go_on
from counterfoil.flows.ticket import asked
from counterfoil.kit.connector import Seen, Written
from counterfoil.ledger.account import State
from counterfoil.store import holds
from counterfoil.store.holds import Cause
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import later, seconds_between
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Hold

_LOOKS = 2


async def settle(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    """Find out what became of the items in doubt that are due."""
    open_ = await asked(engine, route, page, items)
    unsure, repeated = _repeated(engine, route, open_)
    await commit(engine, route, page, repeated)
    ripe, waiting = _ripe(engine, route, unsure)
    await commit(engine, route, page, waiting)
    if ripe:
        looked = await look_up(engine, route, ripe)
        proven = [
            (item, _answer(item, documents))
            for item, documents in looked.answers
            if _proves(item, documents)
        ]
        decision = await _judged(engine, route, looked)
        await commit(engine, route, page, decision)
        await go_on(engine, route, page, proven, () if decision.moves else looked.exchanges)


def _proves(item: Item, seen: Sequence[Seen]) -> bool:
    """Whether what was seen is a step of it that is followed by another."""
    return bool(item.step) and len(seen) == 1 and not item.last


def _repeated(engine: Engine, route: Route, items: Sequence[Item]) -> tuple[list[Item], Decision]:
    """The items that must be looked for; and the moves of those that may be sent again without a
    look, and of those for which a newer version stands."""
    now = engine.clock.now()
    again = [item for item in items if not _sought(item) and doubt.repeatable(route, item, now)]
    # A newer version has come: it is looked for in that one's name, where that is needed.
    older = [item for item in items if _sought(item) and item.id not in (item.flight, item.newest)]
    moves = [item.move(State.MAPPED, State.SUPERSEDED, detail=superseded(item)) for item in older]
    moves += [item.move(State.MAPPED, due=now) for item in again]
    return [item for item in items if item not in (*again, *older)], Decision(moves=moves)


def _ripe(engine: Engine, route: Route, items: Sequence[Item]) -> tuple[list[Item], Decision]:
    """The items that can be looked up now, and what is decided of the others.

    What would have been sent again shows no sooner than anything else; and where the target cannot
    be read, it is a person's.
    """
    now, settle_s = engine.clock.now(), route.plan.settle_s
    ended = [
        item
        for item in items
        if route.carries.doubt(item.act, item.step) in ("A", "B") and not _sought(item)
    ]
    blind = [item for item in ended if not doubt.findable(route, item)]
    fresh = [item for item in ended if item not in blind and item.sent_at and item.looks == 0]
    fresh = [
        item for item in fresh if item.sent_at and seconds_between(item.sent_at, now) < settle_s
    ]
    forgotten = [item for item in ended if item.looks == 0 and doubt.forgotten(route, item, now)]
    if forgotten:
        engine.fired[doubt.FORGOTTEN] += len(forgotten)
    waiting = Decision(
        put_offs=[
            *(PutOff([item], later(item.sent_at or now, settle_s)) for item in fresh),
            PutOff(blind, None),
        ],
        causes=[(item.id, doubt.ended(route, item, now)) for item in ended],
    )
    return [item for item in items if item not in fresh and item not in blind], waiting


async def _judged(engine: Engine, route: Route, looked: LookUp) -> Decision:
    """What becomes of each item by what was seen of it."""
    moves: list[Move] = []
    landed: list[Landed] = []
    unseen: list[Item] = []
    absent: list[Item] = []
    for item, answers in looked.answers:
        if _proves(item, answers):
            continue
        documents = alone(route, item.intent, item.identity, answers)
        if shows(route, item, documents):
            landed.append((item, item.done[0] if item.done else _answer(item, documents)))
            moves.append(_there(engine, route, item, documents))
        elif route.carries.manner == "level" and item.id != item.newest:
            engine.fired["newer-level-stands"] += 1
            absent.append(item)
            moves.append(item.move(State.SUPERSEDED, detail=superseded(item)))
        elif item.looks + 1 < _LOOKS:
            unseen.append(item)
        else:
            absent.append(item)
            moves.append(await _absent(engine, route, item))
    return Decision(
        moves=moves,
        landed=landed,
        absent=absent,
        put_offs=[*looked.put_offs, *_look_again(engine, route, unseen)],
        exchanges=looked.exchanges,
    )


def _there(engine: Engine, route: Route, item: Item, seen: Sequence[Seen]) -> Move:
    """The move of one that the target has: once, or more than once."""
    if len(seen) < 2:
        return _landed(engine, route, item, _answer(item, seen))
    engine.fired["found-twice"] += 1
    return twice(item, seen)


def _answer(item: Item, seen: Sequence[Seen]) -> Written:
    """What the target would have answered; of what is gone there only our own record is left."""
    return Written(seen[0].identity, seen[0].number) if seen else Written(item.identity or "")


def _landed(engine: Engine, route: Route, item: Item, answer: Written) -> Move:
    engine.fired["found-landed"] += 1
    item.sent_at = item.sent_at or engine.clock.now()
    if item.gone and item.act == "write" and cancels(route):
        engine.fired["cancelled-there"] += 1
        item.sent, item.identity = item.id, answer.identity  # it goes on in this very run
        entry = canonical({"said": f"it is there as {answer.identity}, and is cancelled"}).decode()
        return item.move(State.MAPPED, detail=entry, due=engine.clock.now())
    return arrived(route, item, answer, read_back(engine, route, item), found=True)


def _sought(item: Item) -> bool:
    """Whether it is looked for also where it could be sent twice: nobody wants it sent."""
    return _refused(item) or item.unwanted


def _refused(item: Item) -> bool:
    """Whether the last sending was refused, and an earlier one is sought."""
    return item.sent_at is None


async def _held(engine: Engine, item: Item) -> Move:
    """Held for what it was refused for, as its open hold has kept it."""
    *_, hold = await holds.of_record(engine.database, item.id)
    return held(item, Hold(hold.said, do=hold.advice, where=hold.place, code=hold.cause))


async def _absent(engine: Engine, route: Route, item: Item) -> Move:
    """The move of one that is not there: sent again, or held where that has an end."""
    if _refused(item):
        return await _held(engine, item)
    engine.fired["proven-absent"] += 1
    finding = f"looked up {_LOOKS} times and not there"
    if route.carries.manner in LONE:
        finding += " as it was sent"
    if doubt.spent(route, item) and not item.unwanted:
        problem = Hold(
            f"{item.first} was sent {item.attempts} times and not answered; it was {finding}.",
            do="Look for it there once more. If it is not there, find out why the target does not"
            " answer, then send it again.",
            code=doubt.GAVE_UP,
        )
        if item.done:
            return held(item, problem)
        return item.move(State.MAPPED, State.HELD, detail=detail(problem), cause=Cause.of(problem))
    entry = canonical({"said": finding}).decode()
    return item.move(State.MAPPED, detail=entry, due=engine.clock.now())


def _look_again(engine: Engine, route: Route, items: Sequence[Item]) -> list[PutOff]:
    now, settle_s = engine.clock.now(), route.plan.settle_s
    refused = [item for item in items if _refused(item)]
    others = [item for item in items if not _refused(item)]
    late = [item for item in refused if route.carries.doubt(item.act, item.step) == "C"]
    early = [item for item in refused if item not in late]
    return [
        PutOff(others, later(now, settle_s / 2), looked=True),
        PutOff(late, later(now, settle_s * LATE), looked=True),
        PutOff(early, later(now, settle_s), looked=True),
    ]

"""Settle: a write that left and was not answered is looked up before anything is sent again.

What may be done depends on what the target offers, as its manifest declares:

    A  honours an idempotency key       send again with the same key, while the target knows it;
                                        after that as C
    B  refuses a second reference       write again; the same reference cannot become two
    C  can be searched, is not unique   wait longer than any read lag, look twice, then send again;
                                        two found are held
    D  neither                          one attempt only: it stays in doubt for a person

A record that was sent again so and is then refused may be there all the same, by its first sending:
it comes here once more, is looked up, and is held only where it is not there. One that was tried as
often as the route allows is looked up so too, and held where it is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows import doubt
from counterfoil.flows.confirm import LATE, read_back, shows
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
        proven = [(it, _answer(it, seen)) for it, seen in looked.seen if _proves(it, seen)]
        decision = await _judged(engine, route, looked)
        await commit(engine, route, page, decision)
        await go_on(engine, route, page, proven, () if decision.moves else looked.exchanges)


def _proves(it: Item, seen: Sequence[Seen]) -> bool:
    """Whether what was seen is a step of it that is followed by another."""
    return bool(it.step) and len(seen) == 1 and not it.last


def _repeated(engine: Engine, route: Route, items: Sequence[Item]) -> tuple[list[Item], Decision]:
    """The items that must be looked for; and the moves of those that may be sent again without a
    look, and of those for which a newer version stands."""
    now = engine.clock.now()
    again = [it for it in items if not _sought(it) and doubt.repeatable(route, it, now)]
    # A newer version has come: it is looked for in that one's name, where that is needed.
    older = [it for it in items if _sought(it) and it.id not in (it.flight, it.newest)]
    moves = [it.move(State.MAPPED, State.SUPERSEDED, detail=superseded(it)) for it in older]
    moves += [it.move(State.MAPPED, due=now) for it in again]
    return [it for it in items if it not in (*again, *older)], Decision(moves=moves)


def _ripe(engine: Engine, route: Route, items: Sequence[Item]) -> tuple[list[Item], Decision]:
    """The items that can be looked up now, and what is decided of the others.

    What would have been sent again shows no sooner than anything else; and where the target cannot
    be read, it is a person's.
    """
    now, settle_s = engine.clock.now(), route.plan.settle_s
    ended = [
        it for it in items if route.carries.doubt(it.act, it.step) in ("A", "B") and not _sought(it)
    ]
    blind = [it for it in ended if not doubt.findable(route, it)]
    fresh = [it for it in ended if it not in blind and it.sent_at and it.looks == 0]
    fresh = [it for it in fresh if it.sent_at and seconds_between(it.sent_at, now) < settle_s]
    forgotten = [it for it in ended if it.looks == 0 and doubt.forgotten(route, it, now)]
    if forgotten:
        engine.fired[doubt.FORGOTTEN] += len(forgotten)
    waiting = Decision(
        put_offs=[
            *(PutOff([it], later(it.sent_at or now, settle_s)) for it in fresh),
            PutOff(blind, None),
        ],
        said=[(it.id, doubt.ended(route, it, now)) for it in ended],
    )
    return [it for it in items if it not in fresh and it not in blind], waiting


async def _judged(engine: Engine, route: Route, looked: LookUp) -> Decision:
    """What becomes of each item by what was seen of it."""
    moves: list[Move] = []
    landed: list[Landed] = []
    unseen: list[Item] = []
    absent: list[Item] = []
    for it, seen in looked.seen:
        if _proves(it, seen):
            continue
        if shows(route, it, seen):
            landed.append((it, it.done[0] if it.done else _answer(it, seen)))
            moves.append(_there(engine, route, it, seen))
        elif it.looks + 1 < _LOOKS:
            unseen.append(it)
        else:
            absent.append(it)
            moves.append(await _absent(engine, route, it))
    return Decision(
        moves=moves,
        landed=landed,
        absent=absent,
        put_offs=[*looked.put_offs, *_look_again(engine, route, unseen)],
        exchanges=looked.exchanges,
    )


def _there(engine: Engine, route: Route, it: Item, seen: Sequence[Seen]) -> Move:
    """The move of one that the target has: once, or more than once."""
    if len(seen) < 2:
        return _landed(engine, route, it, _answer(it, seen))
    engine.fired["found-twice"] += 1
    return twice(it, seen)


def _answer(it: Item, seen: Sequence[Seen]) -> Written:
    """What the target would have answered; of what is gone there only our own record is left."""
    return Written(seen[0].identity, seen[0].number) if seen else Written(it.identity or "")


def _landed(engine: Engine, route: Route, it: Item, answer: Written) -> Move:
    engine.fired["found-landed"] += 1
    it.sent_at = it.sent_at or engine.clock.now()
    if it.gone and it.act == "write" and cancels(route):
        engine.fired["cancelled-there"] += 1
        told = canonical({"said": f"it is there as {answer.identity}, and is cancelled"}).decode()
        return it.move(State.MAPPED, detail=told, due=engine.clock.now())
    return arrived(route, it, answer, read_back(engine, route, it), found=True)


def _sought(it: Item) -> bool:
    """Whether it is looked for also where it could be sent twice: nobody wants it sent."""
    return _refused(it) or it.unwanted


def _refused(it: Item) -> bool:
    """Whether the last sending was refused, and an earlier one is sought."""
    return it.sent_at is None


async def _held(engine: Engine, it: Item) -> Move:
    """Held for what it was refused for, as its open hold has kept it."""
    *_, hold = await holds.of_record(engine.database, it.id)
    return held(it, Hold(hold.said, do=hold.advice, where=hold.place, code=hold.cause))


async def _absent(engine: Engine, route: Route, it: Item) -> Move:
    """The move of one that is not there: sent again, or held where that has an end."""
    if _refused(it):
        return await _held(engine, it)
    engine.fired["proven-absent"] += 1
    said = f"looked up {_LOOKS} times and not there"
    if doubt.spent(route, it) and not it.unwanted:
        problem = Hold(
            f"{it.first} was sent {it.attempts} times and not answered; it was {said}.",
            do="Look for it there once more. If it is not there, find out why the target does not"
            " answer, then send it again.",
            code=doubt.GAVE_UP,
        )
        if it.done:
            return held(it, problem)
        return it.move(State.MAPPED, State.HELD, detail=detail(problem), cause=Cause.of(problem))
    told = canonical({"said": said}).decode()
    return it.move(State.MAPPED, detail=told, due=engine.clock.now())


def _look_again(engine: Engine, route: Route, items: Sequence[Item]) -> list[PutOff]:
    now, settle_s = engine.clock.now(), route.plan.settle_s
    refused = [it for it in items if _refused(it)]
    others = [it for it in items if not _refused(it)]
    late = [it for it in refused if route.carries.doubt(it.act, it.step) == "C"]
    early = [it for it in refused if it not in late]
    return [
        PutOff(others, later(now, settle_s / 2), looked=True),
        PutOff(late, later(now, settle_s * LATE), looked=True),
        PutOff(early, later(now, settle_s), looked=True),
    ]

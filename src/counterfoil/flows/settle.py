"""Settle: a write that left and was not answered is looked up before anything is sent again.

What may be done depends on what the target offers, as its manifest declares:

    A  honours an idempotency key       send again with the same key
    B  refuses a second reference       write again; the same reference cannot become two
    C  can be searched, is not unique   wait longer than any read lag, look twice, then send again;
                                        two found are held
    D  neither                          one attempt only: it stays in doubt for a person
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows.confirm import wanted
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.lookup import look_up
from counterfoil.flows.outcome import Landed, arrived, commit, put_off, twice
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Seen, Written
from counterfoil.ledger.account import State
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import later
from counterfoil.values.digest import canonical

_LOOKS = 2


async def settle(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    """Find out what became of the items in doubt that are due."""
    if not items:
        return
    if route.carries.in_doubt in ("A", "B"):
        now = engine.clock.now()
        await commit(engine, route, page, [it.move(State.MAPPED, due=now) for it in items])
        return
    found, exchanges = await look_up(engine, route, items)
    moves: list[Move] = []
    landed: list[Landed] = []
    unseen: list[Item] = []
    for it, seen in found:
        if len(seen) == 1:
            landed.append((it, Written(seen[0].identity, seen[0].number)))
            moves.append(_landed(engine, route, it, seen[0]))
        elif seen:
            engine.fired["found-twice"] += 1
            landed.append((it, Written(seen[0].identity, seen[0].number)))
            moves.append(twice(it, seen))
        elif it.looks + 1 < _LOOKS:
            unseen.append(it)
        else:
            moves.append(_absent(engine, it))
    await _look_again(engine, route, unseen)
    await commit(engine, route, page, moves, landed, exchanges)


def _landed(engine: Engine, route: Route, it: Item, seen: Seen) -> Move:
    engine.fired["found-landed"] += 1
    answer = Written(seen.identity, seen.number)
    read_back = engine.clock.now() if wanted(route, it) else None
    return arrived(it, answer, read_back, found=True)


def _absent(engine: Engine, it: Item) -> Move:
    engine.fired["proven-absent"] += 1
    said = canonical({"said": f"looked up {_LOOKS} times and not there"}).decode()
    return it.move(State.MAPPED, detail=said, due=engine.clock.now())


async def _look_again(engine: Engine, route: Route, items: Sequence[Item]) -> None:
    due = later(engine.clock.now(), route.plan.settle_s / 2)
    async with engine.database.transaction() as unit:
        await put_off(unit, items, due, looked=True)

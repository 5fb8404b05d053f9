"""Settle: a write that left and was not answered is looked up before anything is sent again.

What may be done depends on what the target offers, as its manifest declares:

    A  honours an idempotency key       send again with the same key
    B  refuses a second reference       write again; the same reference cannot become two
    C  can be searched, is not unique   wait longer than any read lag, look twice, then send again;
                                        two found are held
    D  neither                          one attempt only: it stays in doubt for a person

A record that was sent again so and is then refused may be there all the same, by its first sending:
it comes here once more, is looked up, and is held only where it is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows.confirm import LATE, read_back
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.lookup import look_up
from counterfoil.flows.outcome import Landed, arrived, commit, held, put_off, twice
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Seen, Written
from counterfoil.ledger.account import State
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import later
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Hold

_LOOKS = 2


async def settle(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    """Find out what became of the items in doubt that are due."""
    if route.carries.in_doubt in ("A", "B"):
        now = engine.clock.now()
        again = [it for it in items if not _sought(it)]
        await commit(engine, route, page, [it.move(State.MAPPED, due=now) for it in again])
        items = [it for it in items if _sought(it)]
    if not items:
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
        elif _refused(it):
            moves.append(await _held(engine, it))
        else:
            moves.append(_absent(engine, it))
    await _look_again(engine, route, unseen)
    await commit(engine, route, page, moves, landed, exchanges)


def _landed(engine: Engine, route: Route, it: Item, seen: Seen) -> Move:
    engine.fired["found-landed"] += 1
    answer = Written(seen.identity, seen.number)
    it.sent_at = it.sent_at or engine.clock.now()
    return arrived(it, answer, read_back(engine, route, it), found=True)


def _sought(it: Item) -> bool:
    """Whether it is looked for also where it could be sent twice: nobody wants it sent."""
    return _refused(it) or it.unwanted


def _refused(it: Item) -> bool:
    """Whether the last sending was refused, and an earlier one is sought."""
    return it.sent_at is None


async def _held(engine: Engine, it: Item) -> Move:
    """Held for what it was refused for, as its open hold has kept it."""
    *_, kept = await engine.database.rows("hold_of", it.id)
    return held(it, Hold(kept["said"], do=kept["advice"], where=kept["place"], code=kept["cause"]))


def _absent(engine: Engine, it: Item) -> Move:
    engine.fired["proven-absent"] += 1
    said = canonical({"said": f"looked up {_LOOKS} times and not there"}).decode()
    return it.move(State.MAPPED, detail=said, due=engine.clock.now())


async def _look_again(engine: Engine, route: Route, items: Sequence[Item]) -> None:
    now, settle_s = engine.clock.now(), route.plan.settle_s
    refused_s = settle_s * (LATE if route.carries.in_doubt == "C" else 1)
    refused = [it for it in items if _refused(it)]
    others = [it for it in items if not _refused(it)]
    async with engine.database.transaction() as unit:
        await put_off(unit, others, later(now, settle_s / 2), looked=True)
        await put_off(unit, refused, later(now, refused_s), looked=True)

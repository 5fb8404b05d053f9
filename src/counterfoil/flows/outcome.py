"""Outcome: every way in which a record moves after a call. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.flows import doubt
from counterfoil.flows.breaker import gives_up
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.route import Route
from counterfoil.flows.rules import Change
from counterfoil.kit.connector import Partly, Pending, Seen, Written
from counterfoil.ledger.account import State
from counterfoil.ledger.counterfoil import Counterfoil
from counterfoil.store.holds import Cause
from counterfoil.store.journal import Move
from counterfoil.values.clock import Instant, later
from counterfoil.values.digest import canonical
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, Retry, Settle

_LONGEST_WAIT_S = 300.0
_TROUBLE_S = 15.0  # how long records wait after a credential or a setting was refused
_SHOWN = 6  # changes that one sentence names


def arrived(
    route: Route, it: Item, answer: Written, read_back: Instant | None, *, found: bool = False
) -> Move:
    """The move of a record that the target has: with its counterfoil, and when to read it back.

    What is only sought and is there all the same has drifted: nobody need compare its fields.
    """
    stub = Counterfoil(
        sent=(it.intent_digest or b"").hex(),
        identity=answer.identity,
        number=answer.number,
        attempt=it.attempts,
        found=found,
        step=it.step,
    )
    it.identity = it.identity if it.done else answer.identity
    if it.only_sought:
        cause = Cause.of(changed(route, it, answer.identity))
        return it.move(State.DELIVERED, State.DRIFTED, detail=stub.text(), cause=cause)
    return it.move(State.DELIVERED, detail=stub.text(), due=read_back)


def in_doubt(engine: Engine, route: Route, it: Item, said: str) -> Move:
    """The move of a record of which nobody knows whether it landed."""
    kind = route.carries.doubt(it.act, it.step) or "D"
    now = engine.clock.now()
    again = later(now, backoff(engine, it.attempts - 1)) if it.attempts > 1 else now
    due = {"A": again, "B": again, "C": later(now, route.plan.settle_s), "D": None}[kind]
    advice = {
        "A": "It is sent again with the same key by itself.",
        "B": "It is sent again under the same reference by itself.",
        "C": "It is looked up twice by itself before anything is sent again.",
        "D": "Look for it at the target by hand: it cannot be found by us, nor sent twice safely.",
    }[kind]
    cause = Cause("no-answer", f"{it.first} was sent and not answered: {said}", advice)
    detail = canonical({"said": said, "class": kind}).decode()
    return it.move(State.IN_DOUBT, detail=detail, due=due, cause=cause)


def pending(engine: Engine, it: Item, answer: Pending) -> Move:
    """The move of a record that the target took to do it later: in doubt, with a ticket."""
    said = f"{it.first} was taken, and is not done yet."
    advice = "The target is asked by itself what came of it; nothing is sent again meanwhile."
    told = canonical({"said": said, "ticket": answer.ticket}).decode()
    due = later(engine.clock.now(), answer.after_s)
    move = it.move(State.IN_DOUBT, detail=told, due=due, cause=Cause("not-done-yet", said, advice))
    move.ticket = answer.ticket
    return move


def in_part(it: Item, answer: Partly, *, found: bool = False) -> Move:
    """The move of a record of which the target has a part only: it differs, and is never held, for
    what is held may be sent again."""
    it.identity = it.identity if it.done else answer.identity
    problem = answer.problem
    cause = Cause(
        "partly-there",
        f"{it.first} is at the target as {it.identity}, but not all of it: {problem.said}",
        "Complete it there, then have it read back again with `counterfoil hold recheck`."
        + (f" {problem.do}" if problem.do else ""),
        problem.where,
    )
    path = (State.DRIFTED,) if it.state is State.MAPPED else (State.DELIVERED, State.DRIFTED)
    told = canonical({"code": problem.code, "said": cause.said, "found": found}).decode()
    return it.move(*path, detail=told, cause=cause)


def held(it: Item, problem: CounterfoilError) -> Move:
    """The move of a record that a person must decide about."""
    if it.done:
        return in_part(it, Partly(it.done[0].identity, problem))
    return it.move(State.HELD, detail=detail(problem), cause=Cause.of(problem))


def superseded(it: Item) -> str:
    """What the entry of a record keeps that a newer version of its document stands for."""
    return canonical({"superseded_by": it.newest}).decode()


def changed(route: Route, it: Item, identity: str | None, found: Sequence[Change] = ()) -> Hold:
    """What is said of a version that the target cannot be given: it keeps what it was sent."""
    what = route.plan.rules.happened(it.document)
    if it.stop is not None and not found and not it.gone:
        what = f"is not to be sent ({it.stop.rule}), and was"
    told = "; ".join(change.said for change in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Hold(
        f"{it.first} {what} after it had been sent{': ' if told else ''}{told}{more}.",
        do=f"Change it at the target by hand ({identity}), then set this record aside.",
        code="changed-after-sent",
    )


def twice(it: Item, found: Sequence[Seen]) -> Move:
    """The move of a record that the target holds more than once."""
    names = " and ".join(seen.number or seen.identity for seen in found)
    return held(
        it,
        Hold(
            f"{it.first} is at the target {len(found)} times: {names}.",
            do="Cancel the extra ones there, then set this record aside or send it again.",
            code="found-twice",
        ),
    )


def failed(engine: Engine, route: Route, it: Item, error: CounterfoilError) -> Move:
    """The move of a record whose write raised `error`."""
    if isinstance(error, Settle):
        return in_doubt(engine, route, it, error.said)
    if isinstance(error, Retry | Misconfigured):
        return _again(engine, route, it, error)
    return _stopped(engine, route, it, error)


def _stopped(engine: Engine, route: Route, it: Item, problem: CounterfoilError) -> Move:
    """The move of a record that is not sent again: held.

    But where an earlier sending was in doubt the target may have it, whatever it says of this one:
    then it is looked up first, and held only if it is not there.
    """
    if it.doubted_at is None or route.carries.doubt(it.act, it.step) not in ("A", "B", "C"):
        return held(it, problem)
    engine.fired["refused-after-doubt"] += 1
    it.sent_at = None  # this sending was answered; what is sought is an earlier one
    due = engine.clock.now()
    return it.move(State.IN_DOUBT, detail=detail(problem), due=due, cause=Cause.of(problem))


def _again(engine: Engine, route: Route, it: Item, error: CounterfoilError) -> Move:
    """Back to mapped, to be sent later: it is certain that nothing landed."""
    if doubt.spent(route, it) and not gives_up(error):
        it.attempts -= 1  # nobody was there to be tried
    elif doubt.spent(route, it):
        tried = Hold(
            f"{error.said} It was tried {it.attempts} times.",
            do=error.do or "Find out why, then send it again.",
            where=error.where,
            code=doubt.GAVE_UP,
        )
        return _stopped(engine, route, it, tried)
    asked_s = error.after_s if isinstance(error, Retry) else _TROUBLE_S
    due = later(engine.clock.now(), max(backoff(engine, it.attempts), asked_s))
    return it.move(State.MAPPED, detail=detail(error), due=due)


def backoff(engine: Engine, attempts: int) -> float:
    """Seconds to wait before the next attempt: doubling, with jitter, at most five minutes."""
    wait_s = 0.25 * 2 ** min(attempts, 12) * (0.5 + engine.chance.random())
    return min(_LONGEST_WAIT_S, wait_s)


def detail(problem: CounterfoilError) -> str:
    """What a journal entry keeps of an error."""
    return canonical({"code": problem.code, "said": problem.said}).decode()

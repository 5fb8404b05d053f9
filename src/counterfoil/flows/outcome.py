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
    route: Route, item: Item, answer: Written, read_back: Instant | None, *, found: bool = False
) -> Move:
    """The move of a record that the target has: with its counterfoil, and when to read it back.

    What is only sought and is there all the same has drifted: nobody need compare its fields.
    """
    stub = Counterfoil(
        sent=(item.intent_digest or b"").hex(),
        identity=answer.identity,
        number=answer.number,
        attempt=item.attempts,
        looked_up=found,
        step=item.step,
    )
    item.identity = item.identity if item.done else answer.identity
    if item.only_sought:
        cause = Cause.of(changed(route, item, answer.identity))
        return item.move(State.DELIVERED, State.DRIFTED, detail=stub.text(), cause=cause)
    return item.move(State.DELIVERED, detail=stub.text(), due=read_back)


def in_doubt(engine: Engine, route: Route, item: Item, said: str) -> Move:
    """The move of a record of which nobody knows whether it landed."""
    kind = route.carries.doubt(item.act, item.step) or "D"
    now = engine.clock.now()
    again = later(now, backoff(engine, item.attempts - 1)) if item.attempts > 1 else now
    due = {"A": again, "B": again, "C": later(now, route.plan.settle_s), "D": None}[kind]
    advice = {
        "A": "It is sent again with the same key by itself.",
        "B": "It is sent again under the same reference by itself.",
        "C": "It is looked up twice by itself before anything is sent again.",
        "D": "Look for it at the target by hand: it cannot be found by us, nor sent twice safely.",
    }[kind]
    cause = Cause("no-answer", f"{item.first} was sent and not answered: {said}", advice)
    detail = canonical({"said": said, "class": kind}).decode()
    return item.move(State.IN_DOUBT, detail=detail, due=due, cause=cause)


def pending(engine: Engine, item: Item, answer: Pending) -> Move:
    """The move of a record that the target took to do it later: in doubt, with a ticket."""
    sentence = f"{item.first} was taken, and is not done yet."
    advice = "The target is asked by itself what came of it; nothing is sent again meanwhile."
    entry = canonical({"said": sentence, "ticket": answer.ticket}).decode()
    due = later(engine.clock.now(), answer.after_s)
    move = item.move(
        State.IN_DOUBT, detail=entry, due=due, cause=Cause("not-done-yet", sentence, advice)
    )
    move.ticket = answer.ticket
    return move


def in_part(item: Item, answer: Partly, *, found: bool = False) -> Move:
    """The move of a record of which the target has a part only: it differs, and is never held, for
    what is held may be sent again."""
    item.identity = item.identity if item.done else answer.identity
    problem = answer.problem
    cause = Cause(
        "partly-there",
        f"{item.first} is at the target as {item.identity}, but not all of it: {problem.said}",
        "Complete it there, then have it read back again with `counterfoil hold recheck`."
        + (f" {problem.do}" if problem.do else ""),
        problem.where,
    )
    path = (State.DRIFTED,) if item.state is State.MAPPED else (State.DELIVERED, State.DRIFTED)
    entry = canonical({"code": problem.code, "said": cause.said, "found": found}).decode()
    return item.move(*path, detail=entry, cause=cause)


def held(item: Item, problem: CounterfoilError) -> Move:
    """The move of a record that a person must decide about."""
    if item.done:
        return in_part(item, Partly(item.done[0].identity, problem))
    return item.move(State.HELD, detail=detail(problem), cause=Cause.of(problem))


def superseded(item: Item) -> str:
    """What the entry of a record keeps that a newer version of its document stands for."""
    return canonical({"superseded_by": item.newest}).decode()


def changed(route: Route, item: Item, identity: str | None, found: Sequence[Change] = ()) -> Hold:
    """What is said of a version that the target cannot be given: it keeps what it was sent."""
    rules, before = route.plan.rules, item.sent_document
    what, when = rules.happened(item.document), "it had been sent"
    if before is not None and rules.begun(before, item.document, route.plan.gates):
        when = "it had been sent, and something of it has left"
    if item.stop is not None and not found and not item.gone:
        what = f"is not to be sent ({item.stop.rule}), and was"
    news = "; ".join(change.said for change in found[:_SHOWN])
    suffix = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Hold(
        f"{item.first} {what} after {when}{': ' if news else ''}{news}{suffix}.",
        do=f"Change it at the target by hand ({identity}), then set this record aside.",
        code="changed-after-sent",
    )


def twice(item: Item, found: Sequence[Seen]) -> Move:
    """The move of a record that the target holds more than once."""
    names = " and ".join(document.number or document.identity for document in found)
    return held(
        item,
        Hold(
            f"{item.first} is at the target {len(found)} times: {names}.",
            do="Cancel the extra ones there, then set this record aside or send it again.",
            code="found-twice",
        ),
    )


def failed(engine: Engine, route: Route, item: Item, error: CounterfoilError) -> Move:
    """The move of a record whose write raised `error`."""
    if isinstance(error, Settle):
        return in_doubt(engine, route, item, error.said)
    if isinstance(error, Retry | Misconfigured):
        return _again(engine, route, item, error)
    return _stopped(engine, route, item, error)


def _stopped(engine: Engine, route: Route, item: Item, problem: CounterfoilError) -> Move:
    """The move of a record that is not sent again: held.

    But where an earlier sending was in doubt the target may have it, whatever it says of this one:
    then it is looked up first, and held only if it is not there.
    """
    if item.doubted_at is None or route.carries.doubt(item.act, item.step) not in ("A", "B", "C"):
        return held(item, problem)
    engine.fired["refused-after-doubt"] += 1
    item.sent_at = None  # this sending was answered; what is sought is an earlier one
    due = engine.clock.now()
    return item.move(State.IN_DOUBT, detail=detail(problem), due=due, cause=Cause.of(problem))


def _again(engine: Engine, route: Route, item: Item, error: CounterfoilError) -> Move:
    """Back to mapped, to be sent later: it is certain that nothing landed."""
    if doubt.spent(route, item) and not gives_up(error):
        item.attempts -= 1  # nobody was there to be tried
    elif doubt.spent(route, item):
        tried = Hold(
            f"{error.said} It was tried {item.attempts} times.",
            do=error.do or "Find out why, then send it again.",
            where=error.where,
            code=doubt.GAVE_UP,
        )
        return _stopped(engine, route, item, tried)
    asked_s = error.after_s if isinstance(error, Retry) else _TROUBLE_S
    due = later(engine.clock.now(), max(backoff(engine, item.attempts), asked_s))
    return item.move(State.MAPPED, detail=detail(error), due=due)


def backoff(engine: Engine, attempts: int) -> float:
    """Seconds to wait before the next attempt: doubling, with jitter, at most five minutes."""
    wait_s = 0.25 * 2 ** min(attempts, 12) * (0.5 + engine.chance.random())
    return min(_LONGEST_WAIT_S, wait_s)


def detail(problem: CounterfoilError) -> str:
    """What a journal entry keeps of an error."""
    return canonical({"code": problem.code, "said": problem.said}).decode()

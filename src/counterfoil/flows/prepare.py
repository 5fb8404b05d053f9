"""Prepared: what a record needs before it may be sent, or why it is not sent now, or ever."""

from __future__ import annotations

from counterfoil.flows import doubt
from counterfoil.flows.act import Able, Fate, act
from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.outcome import changed, detail, held, superseded
from counterfoil.flows.route import Route, amends, cancels
from counterfoil.flows.rules import Holds, Stop, Waits, hold
from counterfoil.kit.capability import ACTS
from counterfoil.ledger.account import State
from counterfoil.store.journal import Cause, Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import Instant
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Hold, Refuse


def prepare(engine: Engine, route: Route, page: Page, it: Item) -> Move | None:
    """Compose the item's intent: a move where it goes no further, None where it is to be sent."""
    if it.done:
        return _resumed(engine, route, page, it)
    if it.id != it.newest:
        return it.move(State.SUPERSEDED, detail=superseded(it))
    try:
        it.read(route)
        if it.sent is not None and (it.sent != it.id or (it.gone and cancels(route))):
            if (fate := _after_sent(route, it)) not in ACTS:
                return _at_rest(route, it, fate)
            it.act = fate
        elif it.stop is not None and it.sent is None and not _perhaps_left(route, page, it):
            return stopped(route, it, it.stop)
        it.intent_digest = it.compose(route)
    except Hold as problem:
        if it.sent is not None or not _perhaps_left(route, page, it):
            return held(it, problem)
        if not _behind(it):
            return _look_first_though(engine, route, it, problem)
        it.seek(route)  # what became of the version in flight is known first
    except Refuse as problem:
        return it.move(State.REFUSED, detail=detail(problem))
    return _behind_a_doubt(engine, route, it) or _there_already(engine, route, page, it)


def _resumed(engine: Engine, route: Route, page: Page, it: Item) -> Move | None:
    """A move where what is half done cannot be finished as it was begun, whatever came since."""
    try:
        it.read(route)
        as_begun = it.compose(route) == it.intent_digest
    except (Hold, Refuse) as problem:
        return held(it, problem)
    if as_begun and _perhaps_sent(page.restored, it):
        said = f"A step of {it.named} may have been sent after the copy that was restored."
        return _look_first(engine, route, it, "restored", said)
    if as_begun:
        return None
    changed_since = Hold(
        "the rules by which it was begun have changed since, so the rest of it would be another.",
        code="rules-changed",
    )
    return held(it, changed_since)


def stopped(route: Route, it: Item, stop: Stop, until: Instant | None = None) -> Move:
    """The move of a record that a rule of its route keeps from being sent; what waits is looked at
    again at `until`."""
    if isinstance(stop, Holds):
        return held(it, hold(route.plan.rules, it.document, stop))
    state = State.WAITING if isinstance(stop, Waits) else State.EXCLUDED
    told = canonical({"code": stop.code, "rule": stop.rule}).decode()
    return it.move(state, detail=told, due=until)


def _there_already(engine: Engine, route: Route, page: Page, it: Item) -> Move | None:
    """A move where the target may have the record already and would take it twice."""
    if doubt.lasting(route, it) and not it.unwanted:
        return None
    if it.sent == it.id and it.state is State.CAPTURED:
        said = f"{it.first} was sent before, and the target called it {it.identity}."
        return _look_first(engine, route, it, "sent-before", said)
    if _given_up(route, it) and it.unwanted:
        said = f"{it.first} {_why(it)}, and what was sent of it was not answered."
        return _look_first(engine, route, it, "cancelled-in-doubt", said)
    if _perhaps_sent(page.restored, it):
        said = f"{it.first} may have been sent after the copy that was restored."
        return _look_first(engine, route, it, "restored", said)
    if doubt.forgotten(route, it, engine.clock.now()):
        said = f"{it.first} was not answered so long ago that its key may be forgotten."
        return _look_first(engine, route, it, doubt.FORGOTTEN, said)
    return None


def _perhaps_left(route: Route, page: Page, it: Item) -> bool:
    """Whether an earlier version of a document that is wanted no more, or can be made no more, may
    be at the target, or get there yet."""
    return _behind(it) or _given_up(route, it) or _perhaps_sent(page.restored, it)


def _behind(it: Item) -> bool:
    """Whether another version of the document is in flight."""
    return it.flight not in (None, it.id)


def _given_up(route: Route, it: Item) -> bool:
    """Whether an earlier version was not answered, and it was not looked for in this one's name."""
    findable = (
        route.carries.doubt(it.act, it.step) in ("A", "B", "C") and "read" in route.carries.verbs
    )
    return findable and not _behind(it) and it.doubted_at is not None and it.sent_at is None


def _perhaps_sent(restored: Instant | None, it: Item) -> bool:
    """Whether the document may have left in the time that a restored database knows nothing of.

    What was tried before the restore may have been tried again in that time; what was sent or
    looked up after it is known.
    """
    if restored is None or it.document.born >= restored:
        return False
    return it.sent_at is None or it.sent_at < restored


def _look_first(engine: Engine, route: Route, it: Item, code: str, said: str) -> Move:
    """A record that the target may have already: it is looked up before it is sent (again)."""
    findable = doubt.findable(route, it)
    engine.fired[code] += 1
    it.sent_at = engine.clock.now()
    advice = (
        "It is looked up by itself before anything is sent."
        if findable
        else "Look for it at the target; then set this record aside, or report it."
    )
    return _sought(
        it,
        canonical({"said": said}).decode(),
        engine.clock.now() if findable else None,
        Cause(code, said, advice),
    )


def _look_first_though(engine: Engine, route: Route, it: Item, problem: Hold) -> Move:
    """The move of a record that cannot be made, where an earlier version may be at the target: it
    is looked for there, and held for `problem` where it is not."""
    if not doubt.findable(route, it):
        return held(it, problem)
    engine.fired["held-after-doubt"] += 1
    it.sent_at = None  # nothing of this version left; what is sought is an earlier one
    return _sought(it, detail(problem), engine.clock.now(), Cause.of(problem))


def _sought(it: Item, detail_: str, due: Instant | None, cause: Cause) -> Move:
    """The move of a record that is in doubt without having left: it is looked for at `due`."""
    path = (State.MAPPED, State.SENDING, State.IN_DOUBT)
    return it.move(*(path if it.fresh else path[1:]), detail=detail_, due=due, cause=cause)


def _behind_a_doubt(engine: Engine, route: Route, it: Item) -> Move | None:
    """A move where an earlier version may be at the target, and only a person can find out.

    A person who sets the earlier one aside does not thereby let this one go: it was set aside
    because it is not there, or because it is, or was entered by hand; and in the last two cases
    this one would be the second. So this one waits until it is itself sent again, by a person.
    """
    unknown = it.stuck or _set_aside(route, it)
    if not unknown:
        return None
    engine.fired["earlier-in-doubt"] += 1
    which = f"record {it.flight}, " if it.stuck else ""
    what = "was sent and not answered" if it.stuck else "was set aside in doubt"
    return held(
        it,
        Hold(
            f"An earlier version of {it.named}, {which}{what}, and may be at the target.",
            do="Look for it there. If it is not there, set the earlier one aside and send this one"
            " again; if it is, change it there by hand and set both aside.",
            code="earlier-in-doubt",
        ),
    )


def _set_aside(route: Route, it: Item) -> bool:
    """Whether an earlier version was set aside in doubt, and nobody has sent this one since."""
    blind = route.carries.doubt(it.act, it.step) not in ("A", "B", "C")
    fresh = (it.state, it.seq) in ((State.CAPTURED, 1), (State.WAITING, 2))
    return blind and fresh and it.doubted_at is not None and it.sent is None


def _after_sent(route: Route, it: Item) -> Fate:
    """What becomes of a version of what the target already holds.

    Whether it says anything new is asked of the two documents, not of what this target has
    members for. Where a change that was not answered was given up, nobody knows which of them it
    holds, so that nothing is the same where it can be given this one.
    """
    able = Able(route.carries.manner, amends(route), cancels(route))
    if it.sent == it.id:
        return act("yes", able, wanted=False, same=False)
    same = not route.plan.rules.changes(it.sent_document, it.document)
    sure = it.doubted_at is None or able == Able()
    return act(
        "cancelled" if it.ended else "yes",
        able,
        wanted=not it.gone,
        same=same and sure,
        stopped=it.stop is not None,
    )


def _at_rest(route: Route, it: Item, fate: Fate) -> Move:
    """The move of a version that the target need not, or cannot, be given."""
    before, rules = it.sent_document, route.plan.rules
    if fate == "held":
        return held(it, changed(route, it, it.identity, rules.changes(before, it.document)))
    told: dict[str, object] = {"merged_into": it.sent}
    if quiet := rules.quiet(before, it.document):
        told["differs_quietly"] = [change.said for change in quiet]
    return it.move(State.MERGED, detail=canonical(told).decode())


def _why(it: Item) -> str:
    assert it.stop is not None
    return "was cancelled" if it.gone else f"is not to be sent ({it.stop.rule})"

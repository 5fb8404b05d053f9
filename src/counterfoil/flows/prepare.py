"""Prepared: what a record needs before it may be sent, or why it is not sent now, or ever.

First the act is chosen; then, with all that it is composed of at hand, its intent is made.
"""

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
from counterfoil.model.lacking import Lacking
from counterfoil.store.journal import Cause, Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import Instant
from counterfoil.values.digest import canonical
from counterfoil.values.errors import Hold, Refuse


def choose(engine: Engine, route: Route, page: Page, item: Item) -> Move | None:
    """Choose the item's act at its target: a move where there is none, None where it goes on."""
    if item.done:
        return None
    if item.id != item.newest:
        return item.move(State.SUPERSEDED, detail=superseded(item))
    item.read(route, engine.clock.now())
    if item.sent is not None and (item.sent != item.id or (item.gone and cancels(route))):
        try:
            fate = _after_sent(route, item)
        except Hold as problem:
            return held(item, problem)
        except Refuse as problem:
            return item.move(State.REFUSED, detail=detail(problem))
        if fate not in ACTS:
            return _at_rest(route, item, fate)
        item.act = fate
    elif item.stop is not None and item.sent is None and not _perhaps_left(route, page, item):
        return stopped(route, item, item.stop)
    return None


def prepare(engine: Engine, route: Route, page: Page, item: Item) -> Move | None:
    """Compose the item's intent: a move where it goes no further, None where it is to be sent.
    Raises `Lacking` where the target has nothing of what it is of."""
    if item.done:
        return _resumed(engine, route, page, item)
    try:
        item.intent_digest = item.compose(route)
    except Hold as problem:
        if item.sent is not None or not _perhaps_left(route, page, item):
            if isinstance(problem, Lacking):
                raise
            return held(item, problem)
        if not _behind(item):
            return _look_first_though(engine, route, item, problem)
        item.seek(route)  # what became of the version in flight is known first; it never leaves
        return _behind_a_doubt(engine, route, item)
    except Refuse as problem:
        return item.move(State.REFUSED, detail=detail(problem))
    return _behind_a_doubt(engine, route, item) or _there_already(engine, route, page, item)


def _resumed(engine: Engine, route: Route, page: Page, item: Item) -> Move | None:
    """A move where what is half done cannot be finished as it was begun, whatever came since."""
    try:
        item.read(route, engine.clock.now())
        as_begun = item.compose(route) == item.intent_digest
    except (Hold, Refuse) as problem:
        return held(item, problem)
    if as_begun and _perhaps_sent(page.restored, item):
        sentence = f"A step of {item.named} may have been sent after the copy that was restored."
        return _look_first(engine, route, item, "restored", sentence)
    if as_begun:
        return None
    changed_since = Hold(
        "the rules by which it was begun have changed since, so the rest of it would be another.",
        code="rules-changed",
    )
    return held(item, changed_since)


def stopped(route: Route, item: Item, stop: Stop) -> Move:
    """The move of a record that a rule of its route keeps from being sent; what waits until a
    moment is looked at again then."""
    if isinstance(stop, Holds):
        return held(item, hold(route.plan.rules, item.document, stop))
    entry = canonical({"code": stop.code, "rule": stop.rule}).decode()
    if isinstance(stop, Waits):
        return item.move(State.WAITING, detail=entry, due=stop.until)
    return item.move(State.EXCLUDED, detail=entry)


def _there_already(engine: Engine, route: Route, page: Page, item: Item) -> Move | None:
    """A move where the target may have the record already and would take it twice."""
    if doubt.lasting(route, item) and not item.unwanted:
        return None
    if item.sent == item.id and item.state is State.CAPTURED:
        sentence = f"{item.first} was sent before, and the target called it {item.identity}."
        return _look_first(engine, route, item, "sent-before", sentence)
    if _given_up(route, item) and item.unwanted:
        sentence = f"{item.first} {_why(item)}, and what was sent of it was not answered."
        return _look_first(engine, route, item, "cancelled-in-doubt", sentence)
    if _perhaps_sent(page.restored, item):
        sentence = f"{item.first} may have been sent after the copy that was restored."
        return _look_first(engine, route, item, "restored", sentence)
    if doubt.forgotten(route, item, engine.clock.now()):
        sentence = f"{item.first} was not answered so long ago that its key may be forgotten."
        return _look_first(engine, route, item, doubt.FORGOTTEN, sentence)
    return None


def _perhaps_left(route: Route, page: Page, item: Item) -> bool:
    """Whether an earlier version of a document that is wanted no more, or can be made no more, may
    be at the target, or get there yet."""
    return _behind(item) or _given_up(route, item) or _perhaps_sent(page.restored, item)


def _behind(item: Item) -> bool:
    """Whether another version of the document is in flight."""
    return item.flight not in (None, item.id)


def _given_up(route: Route, item: Item) -> bool:
    """Whether an earlier version was not answered, and it was not looked for in this one's name."""
    findable = (
        route.carries.doubt(item.act, item.step) in ("A", "B", "C")
        and "read" in route.carries.verbs
    )
    return findable and not _behind(item) and item.doubted_at is not None and item.sent_at is None


def _perhaps_sent(restored: Instant | None, item: Item) -> bool:
    """Whether the document may have left in the time that a restored database knows nothing of.

    What was tried before the restore may have been tried again in that time; what was sent or
    looked up after it is known.
    """
    if restored is None or item.document.born >= restored:
        return False
    return item.sent_at is None or item.sent_at < restored


def _look_first(engine: Engine, route: Route, item: Item, code: str, said: str) -> Move:
    """A record that the target may have already: it is looked up before it is sent (again)."""
    findable = doubt.findable(route, item)
    engine.fired[code] += 1
    item.sent_at = engine.clock.now()
    advice = (
        "It is looked up by itself before anything is sent."
        if findable
        else "Look for it at the target; then set this record aside, or report it."
    )
    return _sought(
        item,
        canonical({"said": said}).decode(),
        engine.clock.now() if findable else None,
        Cause(code, said, advice),
    )


def _look_first_though(engine: Engine, route: Route, item: Item, problem: Hold) -> Move:
    """The move of a record that cannot be made, where an earlier version may be at the target: it
    is looked for there, and held for `problem` where it is not."""
    if not doubt.findable(route, item):
        return held(item, problem)
    engine.fired["held-after-doubt"] += 1
    item.sent_at = None  # nothing of this version left; what is sought is an earlier one
    return _sought(item, detail(problem), engine.clock.now(), Cause.of(problem))


def _sought(item: Item, detail_: str, due: Instant | None, cause: Cause) -> Move:
    """The move of a record that is in doubt without having left: it is looked for at `due`."""
    path = (State.MAPPED, State.SENDING, State.IN_DOUBT)
    return item.move(*(path if item.fresh else path[1:]), detail=detail_, due=due, cause=cause)


def _behind_a_doubt(engine: Engine, route: Route, item: Item) -> Move | None:
    """A move where an earlier version may be at the target, and only a person can find out.

    A person who sets the earlier one aside does not thereby let this one go: it was set aside
    because it is not there, or because it is, or was entered by hand; and in the last two cases
    this one would be the second. So this one waits until it is itself sent again, by a person.
    """
    unknown = item.stuck or _set_aside(route, item)
    if not unknown:
        return None
    engine.fired["earlier-in-doubt"] += 1
    which = f"record {item.flight}, " if item.stuck else ""
    what = "was sent and not answered" if item.stuck else "was set aside in doubt"
    return held(
        item,
        Hold(
            f"An earlier version of {item.named}, {which}{what}, and may be at the target.",
            do="Look for it there. If it is not there, set the earlier one aside and send this one"
            " again; if it is, change it there by hand and set both aside.",
            code="earlier-in-doubt",
        ),
    )


def _set_aside(route: Route, item: Item) -> bool:
    """Whether an earlier version was set aside in doubt, and nobody has sent this one since."""
    blind = route.carries.doubt(item.act, item.step) not in ("A", "B", "C")
    fresh = (item.state, item.seq) in ((State.CAPTURED, 1), (State.WAITING, 2))
    return blind and fresh and item.doubted_at is not None and item.sent is None


def _after_sent(route: Route, item: Item) -> Fate:
    """What becomes of a version of what the target already holds.

    Whether it says anything new is asked of the two documents, not of what this target has
    members for. Where a change that was not answered was given up, nobody knows which of them it
    holds, so that nothing is the same where it can be given this one.
    """
    able = Able(route.carries.manner, amends(route), cancels(route))
    if item.sent == item.id:
        return act("yes", able, wanted=False, same=False)
    route.plan.rules.follows(item.sent_document, item.document)
    rules, before = route.plan.rules, item.sent_document
    same = not rules.changes(before, item.document)
    same = same or rules.apart(before, item.document, route.plan.gates)
    sure = item.doubted_at is None or able == Able()
    return act(
        "cancelled" if item.ended else "yes",
        able,
        wanted=not item.gone,
        same=same and sure,
        stopped=item.stop is not None or rules.begun(before, item.document, route.plan.gates),
    )


def _at_rest(route: Route, item: Item, fate: Fate) -> Move:
    """The move of a version that the target need not, or cannot, be given."""
    before, rules = item.sent_document, route.plan.rules
    if fate == "held":
        return held(item, changed(route, item, item.identity, rules.changes(before, item.document)))
    entry: dict[str, object] = {"merged_into": item.sent}
    if quiet := rules.quiet(before, item.document):
        entry["differs_quietly"] = [change.said for change in quiet]
    return item.move(State.MERGED, detail=canonical(entry).decode())


def _why(item: Item) -> str:
    assert item.stop is not None
    return "was cancelled" if item.gone else f"is not to be sent ({item.stop.rule})"

"""Confirm: only what was read back, field by field, is called confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from counterfoil.flows.engine import Engine
from counterfoil.flows.item import Item
from counterfoil.flows.lookup import LookUp, look_up
from counterfoil.flows.outcome import twice
from counterfoil.flows.posting import Decision, PutOff, commit
from counterfoil.flows.route import Route
from counterfoil.govern.redact import HIDDEN, field_class
from counterfoil.kit.connector import Field, Intent, Seen
from counterfoil.kit.field import family
from counterfoil.ledger.account import State
from counterfoil.store.holds import Cause
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.values.clock import Instant, later, seconds_between
from counterfoil.values.digest import canonical, digest
from counterfoil.values.strike import strike

_SHOWN = 3  # differences named in the sentence; all of them are in the journal
_FIRST_LOOK_S = 0.5
LONE = frozenset({"upsert", "level"})
"""The manners of targets that hold one document under a reference, whoever wrote it: there what was
written is told by its fields, and never by how many there are."""
LATE = 4
"""How many settle windows pass before a document that may be there twice is read back: the first
sending, which was looked up and not found, has had five and a half of them by then to show."""


def wanted(route: Route, item: Item) -> bool:
    """Whether the route's policy reads this record back. The sample is drawn by its identity."""
    plan = route.plan
    if plan.confirm != "sampled":
        return plan.confirm == "every"
    drawn = int.from_bytes(digest(f"{route.name}/{item.key}".encode())[:4]) / 2**32
    return item.minor >= plan.sample_from_minor or drawn < plan.sample


def perhaps_twice(route: Route, item: Item) -> bool:
    """Whether an earlier sending may show beside this one: it was not found, and not refused."""
    if item.doubted_at is None or route.carries.manner in LONE:
        return False
    return route.carries.doubt(item.act, item.step) == "C"


def read_back(engine: Engine, route: Route, item: Item) -> Instant | None:
    """When a record that the target has is read back; None: never.

    What may be there twice is read back whatever the policy: nobody else would ever look. So is
    what an earlier sending may still write over: no newer version is sent before.
    """
    now = engine.clock.now()
    if item.doubted_at is not None and route.carries.manner == "upsert":
        engine.fired["late-look"] += 1
        return max(now, later(item.doubted_at, route.plan.settle_s))
    if perhaps_twice(route, item):
        engine.fired["late-look"] += 1
        return later(now, LATE * route.plan.settle_s)
    return now if wanted(route, item) else None


def due(engine: Engine, item: Item) -> bool:
    """Whether a delivered record is to be read back now."""
    return item.due is not None and item.due <= engine.clock.now()


def differences(
    expect: Mapping[str, Field], seen: Mapping[str, Field], unseen: Collection[str] = ()
) -> dict[str, tuple[Field, Field]]:
    """The fields that differ, each with what was sent and what is there; what the target's answer
    does not show at all (`unseen`, by family) is not compared."""
    return {
        name: (value, seen.get(name))
        for name, value in expect.items()
        if seen.get(name) != value and not (unseen and family(name) in unseen)
    }


def shows(route: Route, item: Item, seen: Sequence[Seen]) -> bool:
    """Whether what the target holds under the reference tells that the act was done.

    A document that was made is told by its being there, and so is one that nobody wants there; one
    that may have been there before by its fields, and an end by what is to be seen of it, or by
    nothing.
    """
    assert item.intent is not None
    creates = item.act == "write" and route.carries.manner not in LONE
    if len(seen) > 1 or creates or item.unwanted:
        return bool(seen)
    if item.leaves_nothing or not seen:
        return item.leaves_nothing and not seen
    return not differences(item.intent.expect, seen[0].fields, seen[0].unseen)


def alone(
    route: Route, intent: Intent | None, identity: str | None, seen: Sequence[Seen]
) -> Sequence[Seen]:
    """What is judged of what the target shows under a reference: all of it, but where it holds one
    document there, the one that it called so, or that is as it was sent, or the first."""
    if len(seen) < 2 or intent is None or route.carries.manner not in LONE:
        return seen
    ours = [each for each in seen if each.identity == identity]
    alike = [each for each in seen if not differences(intent.expect, each.fields, each.unseen)]
    return (ours or alike or seen)[:1]


def not_compared(intent: Intent, seen: Seen) -> list[str]:
    """What was sent and was not compared, by family."""
    sent = {family(name) for name in intent.expect} if seen.unseen else set[str]()
    return sorted({*intent.not_compared, *(seen.unseen & sent)})


async def confirm(engine: Engine, route: Route, page: Page, items: Sequence[Item]) -> None:
    """Read the items back and compare every field with what was sent."""
    if not items:
        return
    looked = await look_up(engine, route, items)
    strike("C12")
    await commit(engine, route, page, _judged(engine, route, looked))
    strike("C13")


def _judged(engine: Engine, route: Route, looked: LookUp) -> Decision:
    """What becomes of each item by what was seen of it."""
    moves: list[Move] = []
    unseen: list[Item] = []
    once: list[int] = []
    for item, documents in looked.answers:
        move = _move(engine, route, item, documents)
        if move is None:
            unseen.append(item)
            continue
        moves.append(move)
        if item.state is State.CONFIRMED and item.doubted_at is not None:
            once.append(item.subject)
    again = _look_again(engine, unseen)
    return Decision(
        moves=moves, once=once, put_offs=[*looked.put_offs, *again], exchanges=looked.exchanges
    )


def _move(engine: Engine, route: Route, item: Item, seen: Sequence[Seen]) -> Move | None:
    """The move of an item that was read back; None where it may still show."""
    seen = alone(route, item.intent, item.identity, seen)
    ours = [document for document in seen if document.identity == item.identity]
    waited = _waited(engine, route, item)
    if len(seen) > 1:
        engine.fired["found-twice"] += 1
        return twice(item, seen)
    if item.leaves_nothing and not seen:
        return item.move(State.CONFIRMED)
    if ours and (item.act == "write" or waited or shows(route, item, seen)):
        return _compared(engine, item, ours[0])
    return _never_seen(item) if waited else None


def _compared(engine: Engine, item: Item, seen: Seen) -> Move:
    assert item.intent is not None
    drift = differences(item.intent.expect, seen.fields, seen.unseen)
    falls = [name for name in drift if has_fallen(item.intent, name, *drift[name])]
    fallen = {name: drift.pop(name) for name in falls}
    if item.leaves_nothing:
        drift["identity"] = (None, seen.identity)
    skipped_fields = not_compared(item.intent, seen)
    entry: dict[str, object] = {"not_compared": skipped_fields} if skipped_fields else {}
    if fallen:
        engine.fired["fallen-since"] += 1
        entry["fallen_since"] = {name: list(pair) for name, pair in fallen.items()}
    if not drift:
        return item.move(State.CONFIRMED, detail=canonical(entry).decode() if entry else "")
    engine.fired["drifted"] += 1
    entry |= shown(item.intent, drift)
    return item.move(State.DRIFTED, detail=canonical(entry).decode(), cause=_cause(item, drift))


def has_fallen(intent: Intent, name: str, sent: Field, there: Field) -> bool:
    """Whether a level is lower than it was set: the target sells of it, and tells us so itself."""
    level = intent.kinds.get(family(name)) == "level"
    return level and isinstance(sent, int) and isinstance(there, int) and there < sent


def shown(intent: Intent, found: Mapping[str, tuple[Field, Field]]) -> dict[str, object]:
    """The differences as the journal keeps them: of a person's fields the names only."""
    plain = {name: list(pair) for name, pair in found.items() if not _personal(intent, name)}
    return {"differs": plain, "differs_masked": sorted(set(found) - set(plain))}


def _personal(intent: Intent, name: str) -> bool:
    """Whether the field tells of a person: its values stay in the evidence, masked when shown."""
    kind = intent.kinds.get(family(name))
    if kind is not None:
        return kind == "person"
    return field_class(tuple(name.split("."))) in HIDDEN


def _cause(item: Item, found: dict[str, tuple[Field, Field]]) -> Cause:
    assert item.intent is not None
    return Cause(
        "field-differs",
        f"{item.first} was read back and differs: {said(item.intent, found)}.",
        "Correct it at the target, then have it read back again with `counterfoil hold recheck`;"
        " nothing is changed by itself.",
        sorted(found)[0],
    )


def said(intent: Intent, found: Mapping[str, tuple[Field, Field]]) -> str:
    """The first differences in words, and how many more there are."""
    first = [_said(intent, name, *pair) for name, pair in list(found.items())[:_SHOWN]]
    suffix = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(first) + suffix


def _said(intent: Intent, name: str, sent: Field, there: Field) -> str:
    if _personal(intent, name):
        return f"{name} is not what was sent"
    return f"{name} was sent as {sent!r} and is {there!r}"


def _never_seen(item: Item) -> Move:
    cause = Cause(
        "not-seen",
        f"{item.first} was answered as {item.identity} and cannot be found at the target.",
        "Look for it there; if it is not there, set this record aside with a reason and enter the"
        f" {item.title.one} by hand.",
    )
    detail = canonical({"said": "answered, and never seen"}).decode()
    return item.move(State.DRIFTED, detail=detail, cause=cause)


def _waited(engine: Engine, route: Route, item: Item) -> bool:
    """Whether the longest read lag has passed since the record was sent."""
    return (
        item.sent_at is not None
        and seconds_between(item.sent_at, engine.clock.now()) > route.plan.settle_s
    )


def _look_again(engine: Engine, items: Sequence[Item]) -> list[PutOff]:
    if not items:
        return []
    engine.fired["read-lag"] += len(items)
    wait_s = _FIRST_LOOK_S * 2 ** min(max(item.looks for item in items), 6)
    return [PutOff(items, later(engine.clock.now(), wait_s), looked=True)]

"""How the house behaved, judged from outside: P12 authority, P13 secrecy, P17 limits, P18 silence.

The other checkers ask what a world came to; these ask how. They read what the vendors' doors saw,
and the tables with SQL of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from counterfoil.rehearse.worlds.order import People
from counterfoil.rehearse.worlds.plans import plan
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot

_SENDING = 3
_BLINK = timedelta(milliseconds=1)
_PATIENCE = timedelta(seconds=30)  # a listing's lease, another try, and a search index behind


def _p12_authority(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    """Every write that reached the target's door has an intent of its own that was there first."""
    intents, keys = _intents(snapshot)
    came: Counter[str] = Counter()
    for write in snapshot.writes:
        came[write.reference] += 1
        before = bisect_right(intents[write.reference], write.at.to_stdlib() + _BLINK)
        if write.reference not in keys:
            yield f"a write of {write.reference!r}, which nobody captured"
        elif came[write.reference] > before:
            yield (
                f"write {came[write.reference]} of order {write.reference} came after"
                f" {before} intents"
            )
    yield from _through_a_shut_gate(snapshot)


def _through_a_shut_gate(snapshot: Snapshot) -> Iterator[str]:
    """What was sent after the route was switched away from "on": the journal would name it."""
    for route in snapshot.tables["route"]:
        if route["switch"] == "on":
            continue
        late = [
            entry["record"]
            for entry in snapshot.entries()
            if _SENDING in entry["path"] and entry["at"] > route["switched_at"] + _BLINK
        ]
        if late:
            yield f"record {late[0]} was sent while the route was {route['switch']}"


def _intents(snapshot: Snapshot) -> tuple[dict[str, list[datetime]], set[str]]:
    """By key, the moments at which a sending was entered, in order; and all keys."""
    keys = {row["id"]: row["key"] for row in snapshot.tables["record"]}
    moments_by_key: dict[str, list[datetime]] = defaultdict(list)
    for entry in snapshot.entries():
        if _SENDING in entry["path"]:
            moments_by_key[keys[entry["record"]]].append(entry["at"])
    for moments in moments_by_key.values():
        moments.sort()
    return moments_by_key, set(keys.values())


def _p13_secrecy(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    """No secret rests anywhere; no person's data outside the places that are meant for it."""
    for secret in sorted(snapshot.secrets):
        if secret.encode() in snapshot.evidence:
            yield f"the evidence holds a secret that begins with {secret[:6]!r}"
        for place, text in snapshot.papers.items():
            if secret in text:
                yield f"{place} holds a secret that begins with {secret[:6]!r}"
    people = People(snapshot)
    for place, text in snapshot.papers.items():
        person = people.named_in(text)
        if person:
            yield f"{place} names a person: {person!r}"


def _p17_limits(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    for vendor, calls in snapshot.over_limit.items():
        if calls:
            yield f"{calls} calls beyond the limit: {vendor}"


def _p18_silence(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    """What no message told is listed in time; every task is due again; every window is counted."""
    yield from _heard_late(snapshot)
    yield from _never_due(snapshot)
    yield from _windows(snapshot)


def _heard_late(snapshot: Snapshot) -> Iterator[str]:
    """Once it is calm, whatever the shop has is here within a listing's cadence."""
    if snapshot.calm_at is None:
        return
    first = {row["record"]: row["at"] for row in snapshot.entries() if row["seq"] == 1}
    allowed = timedelta(seconds=plan(snapshot.recipe).cadence_s) + _PATIENCE
    for key, record in snapshot.newest().items():
        since = max(snapshot.calm_at, record["version"])
        if record["id"] in first and first[record["id"]] - since > allowed:
            late_s = (first[record["id"]] - since).total_seconds()
            yield f"the last news of order {key} came {late_s:.0f} s after it could be listed"


def _never_due(snapshot: Snapshot) -> Iterator[str]:
    """A task that failed, or whose worker died, is due again."""
    ours = plan(snapshot.recipe)
    longest = timedelta(seconds=max(ours.cadence_s, ours.census_s))
    for row in snapshot.tables["cursor"]:
        if row["due"] is None or row["due"] > snapshot.ended_at + longest:
            yield f"the task {row['task']} is due at {row['due']}, long after the end"


def _windows(snapshot: Snapshot) -> Iterator[str]:
    """A closed window agrees with the shop's own books, and one that is over is closed."""
    sold_s = [order.created_s for order in snapshot.sold.values()]
    mine = [row["created"] for row in snapshot.newest().values()]
    for window in snapshot.tables["census"]:
        start, until = window["start"], window["until"]
        in_shop = sum(start.timestamp() <= moment < until.timestamp() for moment in sold_s)
        in_journal = sum(start <= moment < until for moment in mine)
        if window["closed"] and (
            window["missing"] or not in_shop == in_journal == window["listed"]
        ):
            yield (
                f"the window of {start:%H:%M} closed on {window['listed']}:"
                f" {in_shop} were sold, {in_journal} are here"
            )
    yield from _never_closed(snapshot, mine)


def _never_closed(snapshot: Snapshot, created: list[datetime]) -> Iterator[str]:
    """Every window that had the time to be counted, once everything in it was at rest."""
    if snapshot.calm_at is None or snapshot.drained_s < 0 or not created:
        return
    ours = plan(snapshot.recipe)
    spare = timedelta(seconds=ours.overlap_s + ours.census_s) + _PATIENCE
    rested_at = snapshot.calm_at + timedelta(seconds=snapshot.drained_s)
    if snapshot.ended_at - rested_at < spare:
        return
    closed = {row["start"] for row in snapshot.tables["census"] if row["closed"]}
    start = min(created) - timedelta(seconds=min(created).timestamp() % ours.window_s)
    while start + timedelta(seconds=ours.window_s) + spare <= snapshot.ended_at:
        if start not in closed:
            yield f"the window of {start:%H:%M} was never closed"
        start += timedelta(seconds=ours.window_s)


def count_s(recipe: Recipe) -> float:
    """How many seconds after everything is at rest every window of a world must be closed."""
    ours = plan(recipe)
    return ours.window_s + ours.overlap_s + ours.census_s + _PATIENCE.total_seconds() + 1.0


def _p12_shut_gate(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    yield from _through_a_shut_gate(snapshot)


def _p18_due_again(snapshot: Snapshot, verdict: object) -> Iterator[str]:
    yield from _never_due(snapshot)


CHECKS = (_p12_authority, _p13_secrecy, _p17_limits, _p18_silence)
OF_ANY = (_p12_shut_gate, _p18_due_again)
"""What is asked of a route whatever it carries; the rest is asked of the world as a whole."""

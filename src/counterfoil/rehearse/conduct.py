"""How the house behaved, judged from outside: P12 authority, P13 secrecy, P17 limits, P18 silence.

The other checkers ask what a world came to; these ask how. They read what the vendors' doors saw,
and the tables with SQL of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from counterfoil.rehearse.recipe import Recipe
from counterfoil.rehearse.seen import Seen
from counterfoil.rehearse.world import plan

_SENDING = 3
_BLINK = timedelta(milliseconds=1)
_PATIENCE = timedelta(seconds=30)  # a listing's lease, another try, and a search index behind
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d{1,2} \d[A-Z]{2}\b")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def _p12_authority(seen: Seen, verdict: object) -> Iterator[str]:
    """Every write that reached the target's door has an intent of its own that was there first."""
    intents, keys = _intents(seen)
    came: Counter[str] = Counter()
    for write in seen.writes:
        came[write.reference] += 1
        before = bisect_right(intents[write.reference], write.at.to_stdlib() + _BLINK)
        if write.reference not in keys:
            yield f"a write of {write.reference!r}, which nobody captured"
        elif came[write.reference] > before:
            yield (
                f"write {came[write.reference]} of order {write.reference} came after"
                f" {before} intents"
            )
    yield from _through_a_shut_gate(seen)


def _through_a_shut_gate(seen: Seen) -> Iterator[str]:
    """What was sent after the route was switched away from "on": the journal would name it."""
    for route in seen.tables["route"]:
        if route["switch"] == "on":
            continue
        late = [
            entry["record"]
            for entry in seen.entries()
            if _SENDING in entry["path"] and entry["at"] > route["switched_at"] + _BLINK
        ]
        if late:
            yield f"record {late[0]} was sent while the route was {route['switch']}"


def _intents(seen: Seen) -> tuple[dict[str, list[datetime]], set[str]]:
    """By key, the moments at which a sending was entered, in order; and all keys."""
    keys = {row["id"]: row["key"] for row in seen.tables["record"]}
    found: dict[str, list[datetime]] = defaultdict(list)
    for entry in seen.entries():
        if _SENDING in entry["path"]:
            found[keys[entry["record"]]].append(entry["at"])
    for moments in found.values():
        moments.sort()
    return found, set(keys.values())


def _p13_secrecy(seen: Seen, verdict: object) -> Iterator[str]:
    """No secret rests anywhere; no person's data outside the places that are meant for it."""
    for secret in sorted(seen.secrets):
        if secret.encode() in seen.evidence:
            yield f"the evidence holds a secret that begins with {secret[:6]!r}"
        for place, text in seen.papers.items():
            if secret in text:
                yield f"{place} holds a secret that begins with {secret[:6]!r}"
    people = _People(seen)
    for place, text in seen.papers.items():
        told = people.named_in(text)
        if told:
            yield f"{place} names a person: {told!r}"


class _People:
    """What in a world tells of a person: mailboxes, postcodes, streets and names."""

    def __init__(self, seen: Seen) -> None:
        sales = [kept.sale for kept in seen.sold.values()]
        self._exact = {sale.email for sale in sales} | {sale.deliver_to.postcode for sale in sales}
        places = {sale.deliver_to.line1 for sale in sales}
        self._streets = {place.partition(" ")[2] for place in places} - {""}
        self._names = {sale.deliver_to.name.rstrip("0123456789") for sale in sales} - {""}

    def named_in(self, text: str) -> str:
        """The first that is named in `text`; "" where nobody is."""
        tokens = (*_MAILBOX.findall(text), *_POSTCODE.findall(text))
        told = [token for token in tokens if token in self._exact]
        told += [name for name in sorted(self._streets | self._names) if name in text]
        return told[0] if told else ""


def _p17_limits(seen: Seen, verdict: object) -> Iterator[str]:
    for vendor, calls in seen.over_limit.items():
        if calls:
            yield f"{calls} calls beyond the limit: {vendor}"


def _p18_silence(seen: Seen, verdict: object) -> Iterator[str]:
    """What no message told is listed in time; every task is due again; every window is counted."""
    yield from _heard_late(seen)
    yield from _never_due(seen)
    yield from _windows(seen)


def _heard_late(seen: Seen) -> Iterator[str]:
    """Once it is calm, whatever the shop has is here within a listing's cadence."""
    if seen.calm_at is None:
        return
    first = {row["record"]: row["at"] for row in seen.entries() if row["seq"] == 1}
    allowed = timedelta(seconds=plan(seen.recipe).cadence_s) + _PATIENCE
    for key, record in seen.newest().items():
        since = max(seen.calm_at, record["version"])
        if record["id"] in first and first[record["id"]] - since > allowed:
            late_s = (first[record["id"]] - since).total_seconds()
            yield f"the last news of order {key} came {late_s:.0f} s after it could be listed"


def _never_due(seen: Seen) -> Iterator[str]:
    """A task that failed, or whose worker died, is due again."""
    ours = plan(seen.recipe)
    longest = timedelta(seconds=max(ours.cadence_s, ours.census_s))
    for row in seen.tables["cursor"]:
        if row["due"] is None or row["due"] > seen.ended_at + longest:
            yield f"the task {row['task']} is due at {row['due']}, long after the end"


def _windows(seen: Seen) -> Iterator[str]:
    """A closed window agrees with the shop's own books, and one that is over is closed."""
    sold = [kept.created_s for kept in seen.sold.values()]
    mine = [row["created"] for row in seen.newest().values()]
    for window in seen.tables["census"]:
        start, until = window["start"], window["until"]
        there = sum(start.timestamp() <= at < until.timestamp() for at in sold)
        here = sum(start <= at < until for at in mine)
        if window["closed"] and (window["missing"] or not there == here == window["listed"]):
            yield (
                f"the window of {start:%H:%M} closed on {window['listed']}:"
                f" {there} were sold, {here} are here"
            )
    yield from _never_closed(seen, mine)


def _never_closed(seen: Seen, created: list[datetime]) -> Iterator[str]:
    """Every window that had the time to be counted, once everything in it was at rest."""
    if seen.calm_at is None or seen.drained_s < 0 or not created:
        return
    ours = plan(seen.recipe)
    spare = timedelta(seconds=ours.overlap_s + ours.census_s) + _PATIENCE
    rested_at = seen.calm_at + timedelta(seconds=seen.drained_s)
    if seen.ended_at - rested_at < spare:
        return
    closed = {row["start"] for row in seen.tables["census"] if row["closed"]}
    at = min(created) - timedelta(seconds=min(created).timestamp() % ours.window_s)
    while at + timedelta(seconds=ours.window_s) + spare <= seen.ended_at:
        if at not in closed:
            yield f"the window of {at:%H:%M} was never closed"
        at += timedelta(seconds=ours.window_s)


def count_s(recipe: Recipe) -> float:
    """How many seconds after everything is at rest every window of a world must be closed."""
    ours = plan(recipe)
    return ours.window_s + ours.overlap_s + ours.census_s + _PATIENCE.total_seconds() + 1.0


CHECKS = (_p12_authority, _p13_secrecy, _p17_limits, _p18_silence)

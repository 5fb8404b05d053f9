"""What the office holds against what the shop owes: P22 units, P23 news, P24 gates, P25 fields.

Asked of worlds in which orders are edited, paid, refunded and returned after they were placed. The
shop's twin keeps every state of an order, the office's what it received; between them stand only
the versions of the records that were sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.rehearse.seen import Seen
from counterfoil.twins.shopify.order import Kept, items

_SENDING, _CONFIRMED = 3, 5
_UNPAID = ("AUTHORIZED", "PENDING", "VOIDED")


def _p22_units(seen: Seen, verdict: Any) -> Iterator[str]:
    """No unit is at the office that the shop did not owe when it was sent."""
    for key, office, states in _written(seen):
        units = seen.units[office.id]
        if not any(_owes(state, units) for state in states):
            owed = [dict(owed_units(state)) for state in states]
            verdict.undetected += 1
            yield f"order {key} is at the office with {dict(units)}, and was owed {owed}"


def _p23_news(seen: Seen, verdict: Any) -> Iterator[str]:
    """What has changed since an order was sent is held, has drifted, or is on its way."""
    causes, versions = seen.open_causes(), seen.versions()
    for key, _, states in _written(seen):
        now = seen.states[key][-1]
        if any(told_apart(state) == told_apart(now) for state in states):
            continue
        rows = versions[key]
        if not any(row["id"] in causes or row["due"] is not None for row in rows):
            verdict.undetected += 1
            changed = [
                name
                for name, told in told_apart(now).items()
                if all(told_apart(state)[name] != told for state in states)
            ]
            yield f"order {key} changed after it was sent, unseen: {changed}"


def _p24_gates(seen: Seen, verdict: Any) -> Iterator[str]:
    """No test, nothing unpaid, and nothing that left over a counter was written."""
    for key, _, states in _written(seen):
        if all(shut(state) for state in states):
            yield f"order {key} was written: {shut(states[-1])}"


def _p25_fields(seen: Seen, verdict: Any) -> Iterator[str]:
    """What is called confirmed is kept by the office as it came, in every field."""
    for key, rows in seen.versions().items():
        there = seen.held.get(key, ())
        if len(there) != 1 or not any(row["state"] == _CONFIRMED for row in rows):
            continue
        altered = ", ".join(seen.altered.get(there[0].id, ()))
        if altered:
            verdict.undetected += 1
            yield f"order {key} is called confirmed, and the office keeps another {altered}"


def _written(seen: Seen) -> Iterator[tuple[str, Any, list[Kept]]]:
    """Every order at the office, with the states of the shop's that may have been sent."""
    sent = _sent(seen)
    for key, there in seen.held.items():
        states = [state for state in seen.states.get(key, ()) if state.updated_s in sent[key]]
        for office in there if states else ():
            yield key, office, states


def _sent(seen: Seen) -> Mapping[str, set[int]]:
    """By key, the versions (seconds since 1970) of the records that were ever sent."""
    records = {row["id"]: row for row in seen.tables["record"]}
    found: dict[str, set[int]] = defaultdict(set)
    for entry in seen.entries():
        if _SENDING in entry["path"]:
            row = records[entry["record"]]
            found[row["key"]].add(int(row["version"].timestamp()))
    return found


def owed_units(state: Kept) -> Counter[str]:
    """How many of each stock code the shop owes."""
    found: Counter[str] = Counter()
    for item in items(state):
        found[item.line.sku] += item.current
    return found


def _owes(state: Kept, units: Mapping[str, int]) -> bool:
    """Whether the office holds no more of anything; what is no stock of the shop's is not asked."""
    owed = owed_units(state)
    return all(count <= owed[sku] for sku, count in units.items() if sku in owed)


def told_apart(state: Kept) -> dict[str, object]:
    """What of an order matters to whoever has it already."""
    sale = state.sale
    return {
        "units": tuple(item.current for item in items(state) if item.current),
        "money": state.current_total_minor,
        "address": sale.deliver_to,
        "note": sale.note,
        "attributes": sale.attributes,
        "cancelled": bool(state.cancelled_s),
    }


def shut(state: Kept) -> str:
    """Why an order may not be written; "" where it may."""
    if state.sale.test:
        return "a test"
    if state.sale.handed_over:
        return "handed over at a till"
    return (state.financial or "").lower() if state.financial in _UNPAID else ""


CHECKS = (_p22_units, _p23_news, _p24_gates, _p25_fields)

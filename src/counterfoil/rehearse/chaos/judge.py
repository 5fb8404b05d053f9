"""The judge of a round: what was lost, doubled, forgotten or unproven, counted from outside.

It asks the twins for their own books and the database for its rows. What the house says of itself
is only compared with them.
"""

from __future__ import annotations

from collections import Counter

from counterfoil.app import House
from counterfoil.flows.balance import proven
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.store import holds, inbox, standings

_ROWS = 5000

FENCES = ("fence", "fenced", "overtaken")
"""The guards that turn a worker away whose page is in other hands."""


async def judge(house: House, known: Rehearsal, told: Outcome) -> tuple[dict[str, int], list[str]]:
    """Count what was lost, doubled, unseen and unproven, each in its own way."""
    times_held = Counter(await estate.references(known.target))
    doubled = {key for key, times in times_held.items() if times > 1}
    shown_twice = await _shown_twice(house)
    lost = await _unknown(house, known)
    accepted, unkept = await _unkept(house, known)
    proof = await proven(house.engine.database)
    counts = {
        "orders": told.placed,
        "losses": len(lost) + told.target.missing,
        "duplicates": sum(times_held[key] - 1 for key in doubled),
        "undetected": len(doubled - shown_twice)
        + told.balance["unaccounted"]
        + told.target.unlisted,
        "acknowledged": accepted,
        "acknowledged_lost": unkept,
        "fences": sum(told.guards.get(name, 0) for name in FENCES),
        "in_doubt_settled": told.guards.get("found-landed", 0)
        + told.guards.get("proven-absent", 0),
    }
    wrong = [
        f"{counts[name]} {name}"
        for name in ("losses", "undetected", "acknowledged_lost")
        if counts[name]
    ]
    wrong += [
        f"{amounts['difference_minor']} minor units of {currency} are not accounted for"
        for currency, amounts in told.money.items()
        if amounts["difference_minor"]
    ]
    if told.balance["in_flight"]:
        wrong.append(f"{told.balance['in_flight']} still in flight")
    if not proof.holds:
        wrong.append(f"the journal does not prove: {proof.misplaced[:5]} {proof.broken[:5]}")
    return counts, wrong


async def _shown_twice(house: House) -> set[str]:
    """The orders that a person is shown as being at the target more than once."""
    keys: set[str] = set()
    while True:
        rows = await holds.open_now(house.engine.database, None, "found-twice", _ROWS, len(keys))
        keys |= {hold.key for hold in rows}
        if len(rows) < _ROWS:
            return keys


async def _unknown(house: House, known: Rehearsal) -> set[str]:
    """The shop's orders that the journal has never heard of, by the shop's own book."""
    (route,) = house.engine.routes.values()
    journal: set[str] = set()
    after = 0
    while rows := await standings.keys(house.engine.database, route.id, after, _ROWS):
        after = rows[-1].subject
        journal |= {row.key.rsplit("/", 1)[-1] for row in rows}
    return await estate.source_keys(known.source) - journal


async def _unkept(house: House, known: Rehearsal) -> tuple[int, int]:
    """How many messages were acknowledged, and how many of them are not in the inbox."""
    count = missing = 0
    after = ("", "")
    while True:
        rows = await estate.accepted(known.source, after)
        if not rows:
            return count, missing
        after = rows[-1]
        connection = house.connections[estate.SOURCE].id
        deliveries = await inbox.known(
            house.engine.database,
            [(connection, topic, bytes.fromhex(digest)) for topic, digest in rows],
        )
        count += len(rows)
        missing += len(rows) - len({delivery.id for delivery in deliveries})

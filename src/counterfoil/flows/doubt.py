"""Doubt: what may be done by itself about a write that left and was not answered.

What a target offers against a second document may end. A key is honoured for as long as the target
remembers it; a route tries a record so often and no more. After either the record is looked up, and
where the target cannot be read it is a person's.
"""

from __future__ import annotations

import math

from counterfoil.flows.item import Item
from counterfoil.flows.route import Route
from counterfoil.store.holds import Cause
from counterfoil.values.clock import Instant, seconds_between

_TRUSTED = 0.5  # of a key's life: a call can leave late and arrive later, and two clocks differ

FORGOTTEN = "key-forgotten"
GAVE_UP = "gave-up"


def lasting(route: Route, item: Item) -> bool:
    """Whether the target will always take a repeated write for the one that it is."""
    kind = route.carries.doubt(item.act, item.step)
    return kind == "B" or (kind == "A" and route.carries.life_s(item.step) in (None, math.inf))


def findable(route: Route, item: Item) -> bool:
    """Whether the target can be asked what it holds under a reference."""
    return route.carries.doubt(item.act, item.step) != "D" and "read" in route.carries.verbs


def repeatable(route: Route, item: Item, now: Instant) -> bool:
    """Whether the item in doubt may be sent again without a look.

    Of a key that dies the first sending must be known: it is the one that the target remembers.
    """
    if spent(route, item):
        return False
    key_lives = item.unanswered_at is not None and not forgotten(route, item, now)
    return lasting(route, item) or (route.carries.doubt(item.act, item.step) == "A" and key_lives)


def forgotten(route: Route, item: Item, now: Instant) -> bool:
    """Whether the target may have forgotten the key since the first unanswered sending."""
    life_s = route.carries.life_s(item.step)
    if (
        route.carries.doubt(item.act, item.step) != "A"
        or life_s is None
        or item.unanswered_at is None
    ):
        return False
    return seconds_between(item.unanswered_at, now) >= _TRUSTED * life_s


def spent(route: Route, item: Item) -> bool:
    """Whether the record was tried as often as the route allows."""
    return item.attempts >= route.plan.attempts


def ended(route: Route, item: Item, now: Instant) -> Cause:
    """What is said of one that was sent again by itself, and is so no longer."""
    dead = forgotten(route, item, now)
    why = "its key may be forgotten by now" if dead else f"it was tried {item.attempts} times"
    return Cause(
        FORGOTTEN if dead else GAVE_UP,
        f"{item.first} was sent and not answered, and {why}.",
        "It is looked up twice by itself; where it is there, nothing is sent again."
        if findable(route, item)
        else "Look for it at the target by hand, then set this record aside: it cannot be found by"
        " us, nor sent again safely.",
    )

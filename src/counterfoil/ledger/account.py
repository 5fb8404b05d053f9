"""The accounts of a route: at every moment each record stands on exactly one of them.

    captured → mapped → sending → delivered → confirmed
                 │         │          └→ drifted   (read back, a field differs)
                 │         └→ in_doubt             (sent, no answer: settled by the target's class)
                 └→ held · waiting · refused · excluded · merged · superseded

A record enters once, by being captured; after that it only moves, and each move takes it off
one account and puts it on another. So what entered is always what stands somewhere.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from itertools import pairwise


class State(IntEnum):
    """Where a record stands; the number is what the database keeps."""

    CAPTURED = 1
    MAPPED = 2
    SENDING = 3
    DELIVERED = 4
    CONFIRMED = 5
    DRIFTED = 6
    IN_DOUBT = 7
    HELD = 8
    REFUSED = 9
    EXCLUDED = 10
    MERGED = 11
    SUPERSEDED = 12
    WAITING = 13

    @property
    def word(self) -> str:
        """The word for people and for JSON."""
        return self.name.lower()


IN_FLIGHT = frozenset({State.CAPTURED, State.MAPPED, State.SENDING})
"""On their way; a finished run has none."""

NEEDS_A_PERSON = frozenset({State.HELD, State.IN_DOUBT, State.DRIFTED})
"""Visible with cause, owner, age and money, and without an end of their own."""

_FORWARD = {
    State.HELD, State.WAITING, State.REFUSED, State.EXCLUDED, State.MERGED, State.SUPERSEDED,
}  # fmt: skip

MOVES: dict[State, frozenset[State]] = {
    State.CAPTURED: frozenset({State.MAPPED} | _FORWARD),
    # Drifted where a part of it is at the target, and the rest can be made no longer.
    State.MAPPED: frozenset({State.SENDING, State.DRIFTED} | _FORWARD),
    # Back to mapped only where it is certain that nothing landed; to sending by its next step.
    State.SENDING: frozenset(
        {
            State.SENDING,
            State.DELIVERED,
            State.IN_DOUBT,
            State.MAPPED,
            State.HELD,
            State.REFUSED,
        }
    ),
    # Superseded where only the newest counts, a newer one stands, and this one is not there.
    State.IN_DOUBT: frozenset(
        {State.DELIVERED, State.MAPPED, State.HELD, State.EXCLUDED, State.SUPERSEDED}
    ),
    State.DELIVERED: frozenset({State.CONFIRMED, State.DRIFTED, State.HELD}),
    State.CONFIRMED: frozenset(),
    State.DRIFTED: frozenset({State.CONFIRMED, State.EXCLUDED}),
    # Back to delivered only what was sent, and was held because the rules changed before it was
    # read back: a person has put the rule back, and lets it be read.
    State.HELD: frozenset({State.CAPTURED, State.DELIVERED, State.EXCLUDED, State.SUPERSEDED}),
    State.REFUSED: frozenset({State.CAPTURED, State.EXCLUDED, State.SUPERSEDED}),
    # It waits for a newer version of itself, such as the paid one; a person may let it go before.
    State.WAITING: frozenset({State.CAPTURED, State.EXCLUDED, State.SUPERSEDED}),
    State.EXCLUDED: frozenset(),
    State.MERGED: frozenset(),
    State.SUPERSEDED: frozenset(),
}
"""Every legal move. Nothing leaves a closed account."""


@cache
def legal(path: tuple[State, ...]) -> bool:
    """Whether each step of `path` is a legal move."""
    return all(after in MOVES[before] for before, after in pairwise(path))

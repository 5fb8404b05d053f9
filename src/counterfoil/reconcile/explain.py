"""Explain: a difference as a sum of amounts that the documents themselves state, or not at all.

Search, not guessing: an explanation is the fewest stated amounts, each added or taken off once,
that make up the whole difference. Where several sets of the same size do, none is offered: a false
explanation is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

import msgspec

MOST_AMOUNTS = 12
"""So many stated amounts are tried; more would explain anything."""
_MOST_TOGETHER = 3


class Stated(msgspec.Struct, frozen=True):
    """An amount that evidence states: the `cause` that it would be, where it stands, and how much,
    in minor units."""

    cause: str
    place: str
    minor: int


def explain(
    difference: int, stated: Sequence[Stated], *, either: bool = True
) -> tuple[Stated, ...]:
    """The amounts that make up `difference` (minor units), with the sign by which they do; not
    `either`: with the sign that is stated alone.

    Empty where nothing does, where several sets of the same size do, or where more than
    `MOST_AMOUNTS` are stated.
    """
    usable = _usable(stated) if either else [amount for amount in stated if amount.minor]
    if not difference or len(usable) > MOST_AMOUNTS:
        return ()
    for size in range(1, _MOST_TOGETHER + 1):
        sets: Iterable[tuple[Stated, ...]]
        sets = _signed(usable, size) if either else combinations(usable, size)
        sums = [chosen for chosen in sets if _total(chosen) == difference]
        if len(sums) == 1:
            return sums[0]
        if sums:
            return ()
    return ()


def _usable(stated: Sequence[Stated]) -> list[Stated]:
    """Every amount that is one; what both books state alike of one cause is one evidence."""
    by_amount = {(amount.cause, abs(amount.minor)): amount for amount in stated if amount.minor}
    return list(by_amount.values())


def _signed(stated: Sequence[Stated], size: int) -> Iterator[tuple[Stated, ...]]:
    for chosen in combinations(stated, size):
        for signs in product((1, -1), repeat=size):
            yield tuple(
                msgspec.structs.replace(amount, minor=sign * amount.minor)
                for amount, sign in zip(chosen, signs, strict=True)
            )


def _total(chosen: Sequence[Stated]) -> int:
    return sum(amount.minor for amount in chosen)

"""Volume: how many documents an hour brings by experience, and when too few came to be chance.

The same hour of the week in the weeks before is what is expected. Counts are taken to be Poisson
with a rate well below the median of those hours, since trade moves more than chance does; an hour
is late where as few as came would be met once in a million.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

_WEEKS = 3  # that must have been seen
_SHARE = 0.6  # of the median: trade may be so much weaker
_CHANCE = 1e-6


def usual(counts: Sequence[int]) -> float | None:
    """What the same hour brought before, by its median; None after fewer than three weeks."""
    return median(counts) if len(counts) >= _WEEKS else None


def is_too_few(count: int, usual_count: float) -> bool:
    """Whether `count` documents are too few where `usual_count` are usual."""
    return at_most(count, usual_count * _SHARE) < _CHANCE


def at_most(count: int, rate: float) -> float:
    """The chance of `count` or fewer where `rate` is the mean of a Poisson distribution."""
    if rate <= 0:
        return 1.0
    return min(
        1.0,
        math.fsum(
            math.exp(number * math.log(rate) - rate - math.lgamma(number + 1))
            for number in range(count + 1)
        ),
    )

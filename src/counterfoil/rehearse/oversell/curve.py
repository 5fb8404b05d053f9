"""The trade-off drawn: calls spent against pieces oversold, by the clock and by expected loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from counterfoil.rehearse.oversell.demand import Season
from counterfoil.rehearse.oversell.policies import ExpectedLoss, FixedCadence
from counterfoil.rehearse.oversell.trial import Outcome, play

CADENCES_S: Sequence[float] = (60.0, 300.0, 600.0, 1800.0, 3600.0)


class Point(msgspec.Struct, frozen=True):
    """One cadence, and the same number of calls spent by expected loss instead."""

    cadence_s: float
    by_clock: Outcome
    by_loss: Outcome


def curve(season: Season, cadences_s: Sequence[float] = CADENCES_S) -> Iterator[Point]:
    """A point for each cadence, the closest first; the second way never spends more calls."""
    for cadence_s in cadences_s:
        by_clock = play(season, FixedCadence(cadence_s))
        yield Point(cadence_s, by_clock, play(season, ExpectedLoss(by_clock.calls, season)))

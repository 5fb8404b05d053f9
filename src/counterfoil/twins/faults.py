"""Faults on command, drawn by a seed, each counted where it really happened.

A fault that was configured is not a fault that happened: `reached` tells which did.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

from counterfoil.twins.kit.faults import Fault

__all__ = ["Fault", "Faults"]


class Faults:
    """The faults of one twin in one run.

    Under a profile other than "none" each fault strikes for the first time within its first
    `soon` opportunities, so that a short run reaches it too; afterwards at its own rate.
    """

    def __init__(
        self, catalogue: Mapping[str, Fault], profile: str, chance: random.Random, soon: int = 25
    ) -> None:
        self.catalogue = catalogue
        self.profile = profile
        self.reached: Counter[str] = Counter()
        self._chance = chance
        self._rates = {
            name: 0.0 if profile == "none" else getattr(fault, profile)
            for name, fault in catalogue.items()
        }
        self._opportunities: Counter[str] = Counter()
        self._first = {name: chance.randrange(soon) for name in catalogue}
        self.calm = False

    def strikes(self, name: str) -> bool:
        """Whether the fault happens now; a True is counted as reached, so it must happen."""
        drawn = self.drawn(name)
        if drawn:
            self.happened(name)
        return drawn

    def drawn(self, name: str) -> bool:
        """Whether the fault lies in wait from now on; `happened` counts it if anyone meets it."""
        rate = self._rates[name]
        at = self._opportunities[name]
        self._opportunities[name] = at + 1
        if self.calm or not rate:
            return False
        return at == self._first[name] or self._chance.random() < rate

    def happened(self, name: str) -> None:
        """Count a fault as reached."""
        self.reached[name] += 1

    def draw(self, low: float, high: float) -> float:
        """A duration in seconds, drawn by the seed."""
        return self._chance.uniform(low, high)

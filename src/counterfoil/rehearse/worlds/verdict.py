"""What the judges of a world say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from counterfoil.rehearse.worlds.snapshot import Snapshot


class Verdict(msgspec.Struct):
    """What was found: sentences by property, and the figures of the proof."""

    wrong: list[str] = []
    losses: int = 0
    duplicates_ab: int = 0
    extras_shown: int = 0
    undetected: int = 0

    def add(self, other: Verdict, of: str) -> None:
        """Take in what was found of another route, which `of` names."""
        self.wrong += [f"{sentence}{of}" for sentence in other.wrong]
        self.losses += other.losses
        self.duplicates_ab += other.duplicates_ab
        self.extras_shown += other.extras_shown
        self.undetected += other.undetected


Check = Callable[[Snapshot, Verdict], Iterator[str]]
"""One property: a sentence for each thing that is not so; it may add to the figures."""

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


Check = Callable[[Snapshot, Verdict], Iterator[str]]
"""One property: a sentence for each thing that is not so; it may add to the figures."""

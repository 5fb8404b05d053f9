"""What a run of worlds must have reached: a fault that never happened proves nothing.

A zero is red as soon as a run is long enough for everything to have had its chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from counterfoil.rehearse.worlds.recipe import despatch_names, goods_names, lively_names, names

LONG_ENOUGH: Final = 60
"""From so many seeds on, a zero is red."""
SELDOM: Final = {
    "guard.found-twice": 400,
    "guard.waited-in-vain": 240,
    "guard.waits-for-another": 240,
    "guard.woken": 240,
    "guard.newer-level-stands": 400,
    "guard.cancelled-there": 400,
    "guard.same-content": 240,
    "guard.behind-its-turn": 240,
    "guard.census-found-missing": 240,
    "guard.left-out-with-another": 240,
    **dict.fromkeys((*despatch_names(), *goods_names()), 240),
    "warehouse.lines_late": 400,
}
"""What needs more seeds than that: a second write that shows is met in one world of eighty, as
keys are not relied on for longer than they live; and only in every sixth anything is despatched."""

DATABASE: Final = (
    "database.away",
    "database.in_unit",
    "database.link_lost_after_commit",
    "database.link_lost_after_statement",
    "database.link_lost_before_commit",
)
WORKERS: Final = ("worker.killed", "worker.paused")
GUARDS: Final = (
    "another-topic",
    "behind-its-turn",
    "cancelled-there",
    "census-found-missing",
    "cursor-expired",
    "drifted",
    "earlier-in-doubt",
    "fence",
    "fenced",
    "found-landed",
    "found-twice",
    "late-look",
    "left-out-with-another",
    "newer-level-stands",
    "older-version",
    "one-in-flight",
    "overtaken",
    "proven-absent",
    "read-first",
    "read-lag",
    "refused-after-doubt",
    "refused-signature",
    "replayed",
    "same-content",
    "same-delivery",
    "same-version",
    "swept-in",
    "target-crowded",
    "waited-in-vain",
    "waits-for-another",
    "woken",
)
"""The guards that act in a world."""
ELSEWHERE: Final = {
    "intake-full": "A world has too few messages to fill an intake.",
    "breaker-opened": "No fault of a world lasts long enough to be an outage.",
    "breaker-closed": "As before.",
    "probed": "As before.",
    "rested": "As before.",
    "census-reopened": "A shop's order is never born late, and keeps its total.",
    "equal-stamps": "A shop's clock moves on between two changes that the house hears of.",
    "erased": "Nobody of a world is erased.",
    "future-dated": "A shop's clock is right.",
    "held-after-doubt": "Seldom: while a sending is in doubt its order must become one that none is"
    " made of.",
    "batch-halved": "The office takes one order a call.",
    "hinted": "The shop's twin tells whole documents.",
    "hinted-and-absent": "The shop's twin tells whole documents.",
    "pulled": "The shop's twin pushes what happens, and has no queue.",
    "other-release": "A world's configuration is one from its first moment to its last.",
    "fallen-since": "A shop seldom sells between the setting of a level and its reading back.",
    "vanished": "The office tells of a despatch that it makes void.",
    "read-whole": "A message of the shop's twin says all that the house asks of it.",
}
"""The guards that cannot act in a world, each with its reason; other tests are for them."""


def wanted() -> list[str]:
    """Everything that a run must reach, by the names under which it is counted."""
    lively = [name for name in lively_names() if not name.startswith("site.")]
    guards = [f"guard.{name}" for name in GUARDS]
    others = (*despatch_names(), *goods_names())
    return [*names(), *lively, *others, *DATABASE, *WORKERS, *guards]


def counted(
    reached: Iterable[Mapping[str, int]], fired: Iterable[Mapping[str, int]]
) -> dict[str, int]:
    """The sums over a run, with a zero for whatever was never reached."""
    sums: Counter[str] = Counter(dict.fromkeys(wanted(), 0))
    for counts in reached:
        sums.update(counts)
    for counts in fired:
        sums.update({f"guard.{name}": count for name, count in counts.items() if count})
    return dict(sums)


def never(counts: Mapping[str, int], wanted_: Sequence[str]) -> list[str]:
    """The names of what was wanted and never came."""
    return [name for name in wanted_ if not counts.get(name)]


def due(name: str, seeds: int) -> bool:
    """Whether a run of so many seeds must have reached it."""
    return seeds >= SELDOM.get(name, LONG_ENOUGH)

"""The exhibit of planted defects: what is lost with each guard, and who noticed that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median_low
from typing import Final

from counterfoil.rehearse.sabotage.copies import Trial
from counterfoil.rehearse.sabotage.patches import Sabotage, planted
from counterfoil.rehearse.sabotage.worlds_look import Sight

PLACE: Final = Path("docs/explain/sabotage.md")
"""Where it hangs, in a checkout."""

_HEAD = """\
# Planted defects

A check that has never seen a defect proves nothing. So each guard of the house is taken out of a
copy of it, alone and together with those that stand in for it, and somebody must notice: the
specifications, which run on the copy until one says no; and where the defect can show there, the
worlds too, which are played with the copy from seed 1 on until the checkers of one say no. What
said no is then put to the house as it is, and must be silent.

Under "worlds" stands the seed that said no, with the property that it named; a drill is one of
restores, and a kept world one of tests/worlds/seeds. Where it is empty no world needs to see the
defect: it lies outside of what a world shows (another currency, a forged message, what a person is
told), or other guards stand in for the one that is gone, and all of them are taken out together
below.

Written by `python -m counterfoil.rehearse.sabotage --worlds`.
"""
_COLUMNS = """\
| without | what is lost | the specification that noticed | worlds |
| --- | --- | --- | --- |
"""


def page(trials: Sequence[Trial]) -> str:
    """The page of a whole pass, as Markdown."""
    table = planted()
    single = [trial for trial in trials if not table[trial.name].group]
    groups = [trial for trial in trials if table[trial.name].group]
    return "\n".join(
        (
            _HEAD,
            _sums(trials),
            "## One guard at a time\n",
            _COLUMNS + "".join(_rows(single)),
            "## Guards that stand in for each other\n",
            _COLUMNS + "".join(_rows(groups)),
        )
    )


def _sums(trials: Sequence[Trial]) -> str:
    sights = [trial.sight for trial in trials if trial.sight]
    seeds = sorted(sight.worlds for sight in sights if sight.caught)
    noticed = sum(trial.look.caught for trial in trials)
    sums = [f"{noticed} of {len(trials)} were noticed by a specification"]
    sums += [f"{len(seeds)} of {len(sights)} that the worlds must see were seen by them"]
    if seeds:
        sums += [f"after {median_low(seeds)} of them in the middle, {seeds[-1]} at most"]
    return f"{', '.join(sums)}.\n"


def _rows(trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        of = planted()[trial.name]
        yield f"| `{trial.name}` | {of.breaks} | {_noticed(trial)} | {_worlds(of, trial)} |\n"


def _noticed(trial: Trial) -> str:
    if not trial.look.caught:
        return "**none**"
    file, _, test = trial.look.by.partition("::")
    return f"`{Path(file).stem}::{test.partition('[')[0]}`"


def _worlds(of: Sabotage, trial: Trial) -> str:
    if trial.sight is None:
        return ""
    if not trial.sight.caught:
        return "**none**"
    return f"{_number(of, trial.sight)}, {_property(trial.sight.by)}"


def _number(of: Sabotage, sight: Sight) -> str:
    if of.kept:
        return f"kept {of.kept.partition('-')[0]}"
    return f"drill {sight.number}" if of.restores else f"{sight.number}"


def _property(check: str) -> str:
    """`p1_p4_nothing_lost` is read "P1 P4 nothing lost"."""
    return " ".join(part.upper() if _is_number(part) else part for part in check.split("_"))


def _is_number(part: str) -> bool:
    return part[:1] == "p" and part[1:].isdecimal()

"""Sabotage: each guard is taken out of a copy of the house, and somebody must notice.

"Nothing was found" is worth as much as the finders. So every planted defect (`sabotages.toml`) is
put to the project's own tests, which run on the copy, and where it can show there, to worlds that
are played with the copy, seed after seed. Noticed means that a check said no; a copy that does not
even start proves nothing, and a check or a world that also says no to the house as it is proves
nothing either.

    python -m counterfoil.rehearse.sabotage [--worlds] [NAME...]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median_low
from typing import TypeVar

import msgspec

from counterfoil.kit import workshop
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.sabotage import report
from counterfoil.rehearse.sabotage.copies import Bench, Look, Trial, bench, checkout
from counterfoil.rehearse.sabotage.patches import Sabotage, named, planted
from counterfoil.rehearse.sabotage.worlds_look import Sight
from counterfoil.values.clock import SystemClock

NAME = "sabotage"

_SETTLED_S = 45.0  # kept of the time for the control


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Plant as many sabotages as the time allows, in an order drawn by `seed`.

    `reached` says of each after how many checks the tests caught it, and after how many seeds the
    worlds did, where they must; 0: they did not.
    """
    clock = SystemClock()
    start = clock.monotonic()
    root = checkout()
    if root is None:
        return _unplayed(cores, "It needs the project's checkout: its tests look at the copies.")
    lacking = workshop.lacking()
    if lacking:
        missing = workshop.needs("The layer sabotage", lacking)
        return _unplayed(cores, f"{missing.said} {missing.do}")
    chosen = list(planted().values())
    random.Random(seed).shuffle(chosen)
    until = start + budget_s - min(_SETTLED_S, budget_s / 3)
    with bench(root) as copies:
        trials = _believed(copies, list(_trials(copies, chosen, until, cores)))
    unplanted = sorted({sabotage.name for sabotage in chosen} - {trial.name for trial in trials})
    unseen = sorted(
        trial.name for trial in trials if planted()[trial.name].worlds and not trial.sight
    )
    notes = [_told(trials)]
    notes += [f"not planted for want of time: {', '.join(unplanted)}"] * bool(unplanted)
    notes += [f"not shown to worlds for want of time: {', '.join(unseen)}"] * bool(unseen)
    return Layer(
        name=NAME,
        seconds=clock.monotonic() - start,
        cores=cores,
        counts=_counts(trials, planted()),
        reached=_reached(trials),
        failures=tuple(failure for trial in trials for failure in _failures(trial)),
        notes=tuple(notes),
    )


def _unplayed(cores: int, why: str) -> Layer:
    return Layer(NAME, 0.0, cores, _counts([], planted()), notes=(why,), played=False)


def _trials(
    made: Bench, chosen: Sequence[Sabotage], until: float, cores: int, *, worlds: bool = True
) -> Iterator[Trial]:
    clock = SystemClock()

    def tried(sabotage: Sabotage) -> Trial | None:
        return (
            made.trial(sabotage, until=until, worlds=worlds) if clock.monotonic() < until else None
        )

    with ThreadPoolExecutor(max(1, cores)) as pool:
        for trial in pool.map(tried, chosen):
            if trial is not None:
                yield trial


def _believed(made: Bench, trials: Sequence[Trial]) -> list[Trial]:
    """The trials; a check or a world that says no to the sound house too has noticed nothing."""
    checks = made.control(sorted({trial.look.by for trial in trials if trial.look.caught}))
    worlds = made.unsound([trial.sight for trial in trials if trial.sight and trial.sight.caught])
    return [
        Trial(
            trial.name,
            _doubted(trial.look, "check") if trial.look.by in checks else trial.look,
            _doubted(trial.sight, "world") if trial.sight and trial.name in worlds else trial.sight,
        )
        for trial in trials
    ]


_Noticed = TypeVar("_Noticed", Look, Sight)


def _doubted(one: _Noticed, who: str) -> _Noticed:
    fault = f"the same {who} says no to the house as it is"
    return msgspec.structs.replace(one, fault=fault)


def _counts(trials: Sequence[Trial], table: Mapping[str, Sabotage]) -> dict[str, int]:
    groups = [trial for trial in trials if table[trial.name].group]
    singles = [trial for trial in trials if not table[trial.name].group]
    sights = [trial.sight for trial in trials if trial.sight]
    worlds = sorted(sight.worlds for sight in sights if sight.caught)
    return {
        "planted": len(table),
        "sabotages": len(singles),
        "caught": sum(trial.passed for trial in singles),
        "groups": len(groups),
        "groups_caught": sum(trial.passed for trial in groups),
        "caught_by_tests": sum(trial.look.caught for trial in trials),
        "checks": sum(trial.look.after for trial in trials),
        "shown_to_worlds": len(sights),
        "caught_by_worlds": len(worlds),
        "seeds_median": median_low(worlds) if worlds else 0,
        "seeds_most": max(worlds, default=0),
    }


def _reached(trials: Sequence[Trial]) -> dict[str, int]:
    tests = {f"tests.{trial.name}": trial.look.after * trial.look.caught for trial in trials}
    return tests | {
        f"worlds.{trial.name}": trial.sight.worlds * trial.sight.caught
        for trial in trials
        if trial.sight
    }


def _told(trials: Sequence[Trial]) -> str:
    counts = _counts(trials, planted())
    checks = sorted(trial.look.after for trial in trials if trial.look.caught)
    if not checks:
        return "nothing was caught"
    return (
        f"caught by the tests after {median_low(checks)} checks in the middle,"
        f" {checks[-1]} at most; by the worlds after {counts['seeds_median']} seeds,"
        f" {counts['seeds_most']} at most"
    )


def _failures(trial: Trial) -> Iterator[str]:
    breaks = planted()[trial.name].breaks
    again = f"Again: python -m counterfoil.rehearse.sabotage --worlds {trial.name}"
    look, sight = trial.look, trial.sight
    if not look.caught:
        why = look.fault or f"{breaks} {look.after} checks saw nothing."
        yield f"{trial.name}: {why} {again}"
    if sight and not sight.caught:
        why = sight.fault or f"{breaks} {sight.worlds} worlds saw nothing."
        yield f"{trial.name}: {why} {again}"


def main(words: Sequence[str]) -> int:
    """Plant the named sabotages (all where none is named), and say what noticed each.

    With `--worlds`, and nothing named, the table of all of them is written anew.
    """
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.sabotage")
    parser.add_argument("--worlds", action="store_true", help="worlds look too, not only tests")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args(words)
    root = checkout()
    if root is None:
        sys.stderr.write("This needs the project's checkout: its tests look at the copies.\n")
        return 2
    lacking = workshop.lacking()
    if lacking:
        missing = workshop.needs("This", lacking)
        sys.stderr.write(f"{missing.said} {missing.do}\n")
        return 2
    chosen = [named(name) for name in arguments.names] or list(planted().values())
    trials: list[Trial] = []
    with bench(root) as copies:
        cores = os.cpu_count() or 1
        for trial in _trials(copies, chosen, float("inf"), cores, worlds=arguments.worlds):
            _say(_line(trial))
            trials.append(trial)
        trials = _believed(copies, trials)
    missed = [trial for trial in trials if not trial.passed]
    _say(f"{len(trials) - len(missed)} of {len(trials)} caught.")
    for trial in missed:
        _say(_line(trial))
    if arguments.worlds and not arguments.names:
        (root / report.PLACE).write_text(report.page(trials), "utf-8")
    return int(bool(missed))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(trial: Trial) -> str:
    look, sight = trial.look, trial.sight
    sentence = (
        f"by {look.by} after {look.after} checks" if look.caught else look.fault or "by no test"
    )
    if sight:
        by_world = f"by {sight.by} in world {sight.worlds}" if sight.caught else sight.fault
        sentence += f"; {by_world or f'by none of {sight.worlds} worlds'}"
    return f"{'caught' if trial.passed else 'NOT CAUGHT':<11} {trial.name} {sentence}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

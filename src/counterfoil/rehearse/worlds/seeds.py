"""The layer of worlds: seed after seed on every core, each judged, each repeatable alone.

`python -m counterfoil.rehearse.worlds --seed N` plays one seed and tells what was found, and
`--recipe FILE` a world that was kept.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.worlds import coverage, pool, regressions
from counterfoil.rehearse.worlds.customer import peopled
from counterfoil.rehearse.worlds.recipe import (
    Recipe,
    catalogued,
    despatching,
    drawn,
    hung,
    paying_out,
    repaying,
    stocked,
)
from counterfoil.rehearse.worlds.runner import Result, Runner, runners

WITH: Final[Mapping[str, Callable[[Recipe], Recipe]]] = {
    "fulfilment": despatching,
    "stock": stocked,
    "product": catalogued,
    "refund": repaying,
    "settlement": paying_out,
    "customer": peopled,
    "hanging": hung,
}
"""What a world can be given beside what its seed draws."""
_SHOWN = 3
_WORLD_S = 1.0  # of real time; what a world takes before any has shown
_KINDS = {
    "twins": ("shop", "office", "warehouse", "counter"),
    "people": ("stores", "catalogue", "clients"),
    "wire": ("wire", "hook"),
    "database": ("database",),
    "workers": ("worker",),
}


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Worlds from `seed` on, until the time is up.

    The recipe of a world that fails is kept in `regressions.PLACE`. From `coverage.LONG_ENOUGH`
    seeds on a fault or a guard that was never reached is a failure too.
    """
    tally = Found(again=f"counterfoil prove --layer worlds --seed {seed}")
    return pool.layer_of(tally, _player, seed, budget_s, cores)


def _player(runner: Runner, share: pool.Share) -> Iterator[bytes]:
    """Every `share.of`-th seed, as long as its world can end in time: its number, then its result.

    How long a world may take is judged by the slowest of the last.
    """
    slowest_s = _WORLD_S
    for seed in itertools.count(share.seed + share.at, share.of):
        if not share.room_for(slowest_s):
            return
        yield msgspec.json.encode(seed)
        result, _ = runner.play(drawn(seed))
        slowest_s = max(0.8 * slowest_s, result.real_s)
        yield msgspec.json.encode(result)


class Found:
    """What the worlds of a run came to, as it comes in."""

    def __init__(self, again: str) -> None:
        self.results: list[Result] = []
        self.failures: list[str] = []
        self.notes: list[str] = []
        self._again = again

    def hear(self, told: bytes) -> None:
        """Take in what a process says."""
        ended = pool.ended(told)
        if ended is not None:
            self._broke_off(ended)
            return
        result = msgspec.json.decode(told, type=int | Result)
        if isinstance(result, Result):
            self.results.append(result)
            if result.wrong:
                self._fail(result.seed, "; ".join(result.wrong[:_SHOWN]))

    def layer(self, seconds: float, cores: int) -> Layer:
        """The layer, once every process has ended."""
        results = self.results
        reached = coverage.counted(
            [result.reached for result in results], [result.fired for result in results]
        )
        never = coverage.never(reached, coverage.wanted())
        red = ", ".join(name for name in never if coverage.due(name, len(results)))
        if red:
            self.failures.append(f"Never reached in {len(results)} seeds: {red} ({self._again})")
        early = ", ".join(name for name in never if not coverage.due(name, len(results)))
        if early:
            self.notes.append(f"In so few seeds ({len(results)}) never reached: {early}.")
        counts = _counts(results)
        busy_s = sum(result.real_s for result in results)
        self.notes.append(
            f"{1000 * busy_s / max(1, counts.get('records', 0)):.1f} ms of core time a document."
        )
        return Layer(
            "worlds", seconds, cores, counts, reached, tuple(self.failures), tuple(self.notes)
        )

    def _broke_off(self, ended: pool.Ended) -> None:
        last = msgspec.json.decode(ended.last, type=int | Result) if ended.last else "no seed"
        if not isinstance(last, int):
            self.failures.append(f"A process ended between worlds ({ended.code}) ({self._again})")
        elif ended.cut and not ended.hung:
            self.notes.append(f"Seed {last} was cut off when the time was up.")
        else:
            fault = f"no end within {pool.LONGEST_S:g} s" if ended.cut else "its process broke"
            self._fail(last, fault)

    def _fail(self, seed: int, said: str) -> None:
        file = regressions.keep(regressions.PLACE, drawn(seed), said)
        again = f"python -m counterfoil.rehearse.worlds --recipe {file}"
        self.failures.append(f"Seed {seed}: {said} ({again})")


def _counts(results: list[Result]) -> dict[str, int]:
    return {
        "seeds": len(results),
        "orders": sum(result.orders for result in results),
        "virtual_minutes": round(sum(result.virtual_s for result in results) / 60),
        "faults": sum(sum(result.reached.values()) for result in results),
        **{
            f"faults_{kind}": sum(
                count
                for result in results
                for name, count in result.reached.items()
                if name.partition(".")[0] in parts
            )
            for kind, parts in _KINDS.items()
        },
        "losses": sum(result.losses for result in results),
        "duplicates_ab": sum(result.duplicates_ab for result in results),
        "extras_shown_cd": sum(result.extras_shown for result in results),
        "undetected": sum(result.undetected for result in results),
        "slowest_drain_s": round(max((result.drained_s for result in results), default=0)),
        **_by_word(results),
    }


def _by_word(results: list[Result]) -> dict[str, int]:
    """In how many worlds each word was, and how many documents of it; and of all of them together
    (`records`)."""
    counts = Counter[str]()
    for result in results:
        for word, count in result.documents.items():
            counts[f"worlds_{word}"] += 1
            counts[f"documents_{word}"] += count
            counts["records"] += count
    return dict(counts)


def main(words: list[str]) -> int:
    """Play one world or several, and print what was found; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.worlds")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int)
    which.add_argument("--recipe", type=Path, help="a file of a world that was kept")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--many", type=int, default=1, help="seeds from --seed on")
    parser.add_argument("--with", choices=WITH, action="append", default=[], dest="more")
    parser.add_argument("--keep", metavar="WHY", help="keep the seed's world, and say why")
    arguments = parser.parse_args(words)
    if arguments.keep and arguments.seed is not None:
        recipe = _with(arguments.seed, arguments.more)
        sys.stdout.write(f"{regressions.keep(regressions.SEEDS, recipe, arguments.keep)}\n")
        return 0
    with runners(1) as (runner,):
        results = [
            _told(runner, recipe)
            for recipe in _asked_for(arguments)
            for _ in range(arguments.times)
        ]
    return int(any(result.wrong for result in results))


def _asked_for(asked: argparse.Namespace) -> Iterator[Recipe]:
    if asked.recipe:
        yield regressions.read(asked.recipe).recipe
    else:
        for seed in range(asked.seed, asked.seed + asked.many):
            yield _with(seed, asked.more)


def _with(seed: int, more: list[str]) -> Recipe:
    """The world of a seed with more than it has drawn."""
    recipe = drawn(seed)
    for name in more:
        recipe = WITH[name](recipe)
    return recipe


def _told(runner: Runner, recipe: Recipe) -> Result:
    result, _ = runner.play(recipe)
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    return result

"""Lookout: worlds look at one copy of the house, one after another, until one says no.

A process of its own, since it is the copy that is imported; it says a `Word` before and after
each world, and `sight` tells what its words come to. No world may take long: a defect can keep a
house from ever coming to rest, and then that is what was found.

    DATABASE_URL=… PYTHONPATH=COPY \
        python -m counterfoil.rehearse.sabotage.worlds_look --database NAME 1 2 3
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.rehearse.worlds import regressions, restore
from counterfoil.rehearse.worlds.drill import Drill
from counterfoil.rehearse.worlds.recipe import drawn
from counterfoil.rehearse.worlds.runner import Runner, new_database
from counterfoil.rehearse.worlds.world import World
from counterfoil.store.server import Server

DRAIN_S: Final = 600.0
"""Virtual: a sound house is at rest long before, also after the worst of chaos."""
CORE_S: Final = 15.0
"""Core time of one world."""
LONGEST_S: Final = 90
"""Real time of one world: who waits for something else than the clock would wait for ever."""
LOST_S: Final = 400.0
"""Virtual: how old the copy is that a drill puts back."""

CUT: Final = -1
"""The exit status of one whose time was over."""

_HUNG = -signal.SIGALRM
_BROKEN = re.compile(
    r"\b(?:NameError|ImportError|ModuleNotFoundError|UnboundLocalError|AttributeError)\("
)
_PROPERTY = re.compile(r"[fmp]\d+_")
_DRILL = "restored"  # what a drill says itself, and no property
_VAGUE = ("p10_drained", "p19_foreseen")  # they say less than what came of it


class Word(msgspec.Struct, frozen=True):
    """World `number` begins, or has ended; `wrong` is what its checkers said."""

    number: int
    ended: bool = False
    wrong: tuple[str, ...] = ()


class Sight(msgspec.Struct, frozen=True):
    """What the worlds saw of one sabotage. `by` is the property that said no, empty where none
    did; `worlds` how many there were by then, the last of them being `number`; `fault` says why
    this proves nothing, and `cut` that there was no time for more."""

    name: str
    by: str
    worlds: int
    number: int = 0
    said: str = ""
    fault: str = ""
    cut: bool = False

    @property
    def caught(self) -> bool:
        """Whether a world said no, and may be believed."""
        return bool(self.by) and not self.fault


def sight(name: str, ended: subprocess.CompletedProcess[str]) -> Sight:
    """What a lookout at the sabotage `name` has told, once its process is gone."""
    words = _words(ended)
    worlds = sum(not word.ended for word in words)
    last = words[-1] if words else Word(0, True)
    if ended.returncode == _HUNG and not last.ended:
        return Sight(name, "p10_drained", worlds, last.number, f"no end within {LONGEST_S} s")
    if last.wrong:
        fault = next(
            (f"the copy broke: {problem}" for problem in last.wrong if _BROKEN.search(problem)), ""
        )
        first = min(last.wrong, key=lambda said: said.startswith(_VAGUE))
        by, _, problem = first.partition(": ") if _PROPERTY.match(first) else (_DRILL, "", first)
        return Sight(name, by, worlds, last.number, problem, fault)
    if ended.returncode:
        why = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        cut = ended.returncode == CUT
        return Sight(name, "", worlds, fault=f"nothing was looked at: {why}", cut=cut)
    return Sight(name, "", worlds)


def silent(ended: subprocess.CompletedProcess[str]) -> frozenset[int]:
    """The worlds of a lookout that came to their end and had nothing to say."""
    return frozenset(word.number for word in _words(ended) if word.ended and not word.wrong)


def _words(ended: subprocess.CompletedProcess[str]) -> list[Word]:
    return [msgspec.json.decode(line, type=Word) for line in ended.stdout.splitlines()]


# --- the process ---

Play = Callable[[Runner, int], Sequence[str]]
"""Plays the world of a number: what is wrong with it."""


def _seed(first: Path | None, runner: Runner, number: int) -> Sequence[str]:
    recipe = regressions.read(first).recipe if first and not number else drawn(number)
    result, _ = runner.play(recipe, prepare=_hurry)
    return result.wrong


def _hurry(played: World) -> None:
    played.loop.allow(CORE_S)
    played.drain_s = DRAIN_S


def _drill(wanted: list[restore.End], runner: Runner, number: int) -> Sequence[str]:
    if not wanted:
        wanted.append(restore.undisturbed(runner, Drill.of(1, 0, LOST_S))[1])
    return restore.play(runner, Drill.of(1, number - 1, LOST_S), wanted[0]).wrong


def _watched(runner: Runner, play: Play, numbers: Sequence[int], *, every: bool) -> Iterator[Word]:
    for number in numbers:
        yield Word(number)
        signal.alarm(LONGEST_S)  # nobody handles it: the process is gone
        wrong = tuple(play(runner, number))
        signal.alarm(0)
        yield Word(number, True, wrong)
        if wrong and not every:
            return


def main(words: list[str]) -> int:
    """Look at the house that this process imports; 1 where a world said no."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.sabotage.worlds_look")
    parser.add_argument("--database", required=True, help="the name of one that is not there yet")
    parser.add_argument("--restores", action="store_true", help="drills of seed 1, not seeds")
    parser.add_argument("--kept", type=Path, help="the recipe of world 0, which no seed draws")
    parser.add_argument("--every", action="store_true", help="also after one that said no")
    parser.add_argument("numbers", type=int, nargs="+", metavar="NUMBER")
    arguments = parser.parse_args(words)
    runner = Runner(
        asyncio.run(new_database(Server(os.environ["DATABASE_URL"]), arguments.database))
    )
    play: Play = partial(_drill, []) if arguments.restores else partial(_seed, arguments.kept)
    wrong = False
    for word in _watched(runner, play, arguments.numbers, every=arguments.every):
        sys.stdout.write(f"{msgspec.json.encode(word).decode()}\n")
        sys.stdout.flush()
        wrong |= bool(word.wrong)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

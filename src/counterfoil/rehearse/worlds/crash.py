"""The layer of crash points: a worker dies at each named moment, and dies there again in recovery.

Between faultless twins, so that nothing but the crash can make a difference: after the restart
the end must be that of the same seed without any crash.

`python -m counterfoil.rehearse.worlds.crash --seed 1 --point C9 --form recovery --pass 3` plays one
cell.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, Literal, get_args

import msgspec

from counterfoil.model.words import Word
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.worlds import pool
from counterfoil.rehearse.worlds.database import Killed
from counterfoil.rehearse.worlds.loop import PROCESS
from counterfoil.rehearse.worlds.recipe import Recipe, catalogued, despatching, quiet, stocked
from counterfoil.rehearse.worlds.runner import Result, Runner, runners
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.world import World
from counterfoil.values import strike
from counterfoil.values.strike import POINTS

Form = Literal["first", "recovery"]
End = Mapping[str, tuple[int, int, str, tuple[int, ...], tuple[str, ...]]]
"""By key the state, the money, what the target holds, and which goods the source was told of; and
what a shop shows and lists, under its name."""
FORMS: tuple[Form, ...] = get_args(Form)
PLAYED: Final[tuple[Word, ...]] = ("order", "fulfilment", "stock", "product")
"""The words of which a worker dies."""
_LATER: Final = PLAYED[1:]
"""Those that move when the orders have arrived."""
UNREACHED: Final[Mapping[tuple[Word, str], str]] = {
    **{(word, point): "No message tells of it." for word in _LATER for point in ("C1", "C2", "C3")},
    **{(word, "C14"): "In these worlds nothing of it has to be decided." for word in _LATER},
    **{(word, "C15"): "Both systems were signed in to long before it moves." for word in _LATER},
}
"""The points that a word does not pass, each with its reason."""

_ORDERS = 12
_HELD = 5  # of those orders, only a person can free
_LINGER_S = 60.0
_WINDOW_S = 5.0
_TIMES = 4  # how often a cell strikes, or strikes twice in a row
_APART = 4  # passes between
_PASSES = 4  # of one seed, before the next
_PICKED_S = (40.0, 140.0)  # after which what landed is despatched: by then no order moves any more
_TOLD_S = 120.0  # for so long people count and enter goods
_CADENCE_S = 5.0
_BEGINS_S = 30.0
_CELL_S = 1.0  # of real time; what a cell takes before any has shown


class Cell(msgspec.Struct, frozen=True):
    """One place in the matrix: `nth` is the pass at which the worker dies for the first time."""

    seed: int
    point: str
    form: Form
    nth: int = 1
    word: Word = "order"

    @property
    def strikes(self) -> frozenset[int]:
        """The passes at which a worker dies."""
        first = {self.nth + _APART * again for again in range(_TIMES)}
        return frozenset(
            first | {pass_ + 1 for pass_ in first} if self.form == "recovery" else first
        )

    @property
    def recipe(self) -> Recipe:
        """The world of this cell."""
        recipe = _world(self.seed, self.word)
        # Windows close only when they have ended, and the overlap after them.
        linger_s = max(recipe.linger_s, _LINGER_S)
        counted = msgspec.structs.replace(recipe, linger_s=linger_s, window_s=_WINDOW_S)
        return counted if self.point == "C16" else recipe

    @property
    def again(self) -> str:
        """The command that plays it again."""
        return (
            f"python -m counterfoil.rehearse.worlds.crash --seed {self.seed} --point {self.point}"
            f" --form {self.form} --pass {self.nth} --word {self.word}"
        )


class Struck(msgspec.Struct, frozen=True):
    """What became of a cell: how often it died as its form says, and what is not as it should."""

    cell: Cell
    hits: int
    wrong: tuple[str, ...]


class Striker:
    """Kills the worker that passes the cell's point, at the passes that the cell names."""

    def __init__(self, world: World, cell: Cell) -> None:
        self.deaths = 0
        self._world = world
        self._point = cell.point
        self._strikes = cell.strikes
        self._begins_s = 0.0 if cell.word == "order" else _BEGINS_S
        self._passes = 0

    def __call__(self, point: str) -> None:
        """Pass a crash point. Raises `Killed` where the worker dies."""
        process = PROCESS.get()
        worker = self._world.of(process) if process is not None else None
        early = self._world.loop.time() < self._begins_s
        if point != self._point or worker is None or early:
            return
        self._passes += 1
        if self._passes in self._strikes:
            self.deaths += 1
            self._world.bury(worker)
            raise Killed


def struck(runner: Runner, cell: Cell, wanted: End) -> Struck:
    """Play one cell; `wanted` is the end without any crash."""
    strikers: list[Striker] = []

    def prepare(world: World) -> None:
        strikers.append(Striker(world, cell))
        strike.install(strikers[0])

    try:
        result, snapshot = runner.play(cell.recipe, prepare=prepare, asking=False)
    finally:
        strike.install(None)
    wrong = list(result.wrong)
    if end(snapshot) != wanted:
        wrong.append("another end than without the crash")
    deaths = strikers[0].deaths
    return Struck(cell, deaths // 2 if cell.form == "recovery" else deaths, tuple(wrong))


def uncrashed(runner: Runner, seed: int, word: Word = "order") -> tuple[Result, End]:
    """The same seed without any crash."""
    result, snapshot = runner.play(_world(seed, word), asking=False)
    return result, end(snapshot)


def _world(seed: int, word: Word) -> Recipe:
    recipe = msgspec.structs.replace(quiet(seed, _ORDERS), unmapped=_HELD)
    if word == "fulfilment":
        return msgspec.structs.replace(despatching(recipe), pick_s=_PICKED_S)
    if word == "stock":
        return msgspec.structs.replace(stocked(recipe), linger_s=_TOLD_S)
    if word == "product":
        return msgspec.structs.replace(catalogued(recipe), linger_s=_TOLD_S, cadence_s=_CADENCE_S)
    return recipe


def end(snapshot: Snapshot) -> End:
    """The end that must be equal: by key the state, the money, what the target holds, and which
    goods the source was told of; and what a shop shows and lists, under its name."""
    sentence: dict[str, list[str]] = defaultdict(list)
    for despatch in snapshot.told:
        sentence[despatch.order].append(f"{sorted(despatch.pieces.items())} {despatch.void}")
    orders = {
        key: (
            row["state"],
            row["minor"],
            row["currency"],
            tuple(order.gross for order in snapshot.held.get(key, ())),
            tuple(sorted(sentence[key])),
        )
        for key, row in sorted(snapshot.newest().items())
    }
    goods = {shop: _goods(snapshot, shop) for shop in sorted(snapshot.shows)}
    return {**orders, **{shop: (0, 0, "", (), told) for shop, told in goods.items()}}


def _goods(snapshot: Snapshot, shop: str) -> tuple[str, ...]:
    """What a shop shows and lists; when it was told is another moment with a crash."""
    listed = [msgspec.structs.replace(one, changed_s=0) for one in snapshot.listed[shop]]
    by_key = sorted(listed, key=lambda article: article.key)
    return (*map(repr, sorted(snapshot.shows[shop].items())), *map(repr, by_key))


def cells(seed: int) -> Iterator[Cell]:
    """The whole matrix, round after round: later passes, then later seeds, without end."""
    for number in itertools.count():
        nth, world = 1 + number % _PASSES, seed + number // _PASSES
        yield from (
            Cell(world, point, form, nth, word)
            for word in PLAYED
            for form in FORMS
            for point in POINTS
            if (word, point) not in UNREACHED
        )


ROUND: Final = len(PLAYED) * len(POINTS) * len(FORMS) - len(UNREACHED) * len(FORMS)
"""The cells of one round: every point that a word passes, in both forms."""


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Every point in both forms, and then again at later passes and seeds until the time is up."""
    return pool.layer_of(Found(seed), _player, seed, budget_s, cores)


def _player(runner: Runner, share: pool.Share) -> Iterator[bytes]:
    """Every `share.of`-th cell, as long as it can end in time: the cell, then what became of it."""
    ends: dict[tuple[int, Word], End] = {}
    slowest_s = _CELL_S
    for cell in itertools.islice(cells(share.seed), share.at, None, share.of):
        if not share.room_for(slowest_s):
            return
        began = time.perf_counter()
        yield msgspec.json.encode(cell)
        place = (cell.seed, cell.word)
        if place not in ends:
            ends[place] = uncrashed(runner, *place)[1]
        yield msgspec.json.encode(struck(runner, cell, ends[place]))
        slowest_s = max(0.9 * slowest_s, time.perf_counter() - began)


class Found:
    """What the cells of a run came to, as it comes in."""

    def __init__(self, seed: int) -> None:
        self.cells = 0
        self.seeds: set[int] = set()
        self.hit = Counter(dict.fromkeys((_name(cell) for cell in _first_round(seed)), 0))
        self.failures: list[str] = []
        self.notes: list[str] = []
        self._seed = seed

    def hear(self, told: bytes) -> None:
        """Take in what a process says."""
        ended = pool.ended(told)
        if ended is not None:
            self._broke_off(ended)
        elif b'"cell"' in told:
            self._take(msgspec.json.decode(told, type=Struck))

    def layer(self, seconds: float, cores: int) -> Layer:
        """The layer, once every process has ended."""
        never = ", ".join(name for name, count in self.hit.items() if not count)
        if never and self.cells >= ROUND:
            again = f"counterfoil prove --layer crash --seed {self._seed}"
            self.failures.append(f"Never struck in {self.cells} cells: {never} ({again})")
        elif never:
            self.notes.append(
                f"Too little time for the whole matrix: {self.cells} of {ROUND} cells."
            )
        counts = {
            "cells": self.cells,
            "seeds": len(self.seeds),
            "orders": self.cells * _ORDERS,
            "deaths": self.hit.total(),
            "points_hit": sum(map(bool, self.hit.values())),
        }
        return Layer(
            "crash", seconds, cores, counts, dict(self.hit), tuple(self.failures), tuple(self.notes)
        )

    def _take(self, one: Struck) -> None:
        self.cells += 1
        self.seeds.add(one.cell.seed)
        self.hit[_name(one.cell)] += one.hits
        if one.wrong:
            self._fail(one.cell, "; ".join(one.wrong[:3]))

    def _broke_off(self, ended: pool.Ended) -> None:
        if not ended.last or b'"cell"' in ended.last:
            self.failures.append(f"A process ended between cells, with {ended.code}.")
            return
        cell = msgspec.json.decode(ended.last, type=Cell)
        if ended.cut and not ended.hung:
            self.notes.append(f"{_name(cell)}, pass {cell.nth}, was cut off when the time was up.")
        else:
            self._fail(cell, "no end" if ended.cut else "its process broke")

    def _fail(self, cell: Cell, said: str) -> None:
        where = f"{_name(cell)}, pass {cell.nth}, seed {cell.seed}"
        self.failures.append(f"{where}: {said} ({cell.again})")


def _first_round(seed: int) -> Iterator[Cell]:
    return itertools.islice(cells(seed), ROUND)


def _name(cell: Cell) -> str:
    return f"{cell.word} {cell.point} {cell.form}"


def main(words: list[str]) -> int:
    """Play one cell and tell what became of it; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.worlds.crash")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--point", choices=POINTS, required=True)
    parser.add_argument("--form", choices=FORMS, default="first")
    parser.add_argument("--pass", type=int, default=1, dest="nth")
    parser.add_argument("--word", choices=PLAYED, default=PLAYED[0])
    question = parser.parse_args(words)
    cell = Cell(question.seed, question.point, question.form, question.nth, question.word)
    with runners(1) as (runner,):
        outcome = struck(runner, cell, uncrashed(runner, cell.seed, cell.word)[1])
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The layer of crash points: a worker dies at each named moment, and dies there again in recovery.

Between faultless twins, so that nothing but the crash can make a difference: after the restart
the end must be that of the same seed without any crash.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, Literal

import msgspec

from counterfoil.rehearse import checkers
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.line import Killed
from counterfoil.rehearse.loop import PROCESS
from counterfoil.rehearse.recipe import quiet
from counterfoil.rehearse.world import World
from counterfoil.rehearse.worlds import Ground, Result, grounds
from counterfoil.values import strike
from counterfoil.values.strike import POINTS

Form = Literal["first", "in recovery"]
FORMS: tuple[Form, ...] = ("first", "in recovery")
_ORDERS = 12


class Striker:
    """Kills the worker that passes `point` for the `nth` time, and in recovery at the next."""

    def __init__(self, world: World, point: str, nth: int, form: Form) -> None:
        self.hits = 0
        self._world = world
        self._point = point
        self._passes = 0
        self._at = {nth, nth + 1} if form == "in recovery" else {nth}

    def __call__(self, point: str) -> None:
        """Pass a crash point. Raises `Killed` where the worker dies."""
        process = PROCESS.get()
        worker = self._world.of(process) if process is not None else None
        if point != self._point or worker is None:
            return
        self._passes += 1
        if self._passes in self._at:
            self.hits += 1
            self._world.bury(worker)
            raise Killed


def cell(
    ground: Ground, seed: int, point: str, form: Form, nth: int = 1
) -> tuple[Result, Any, int]:
    """One crash: the result, the end, and how often it struck."""
    strikers: list[Striker] = []

    def prepare(world: World) -> None:
        strikers.append(Striker(world, point, nth, form))
        strike.install(strikers[0])

    recipe = quiet(seed, _ORDERS)
    if point == "C16":  # a window closes only when it has ended, and the overlap after it
        recipe = msgspec.structs.replace(recipe, linger_s=150.0)
    try:
        result, seen = ground.play(recipe, prepare=prepare)
    finally:
        strike.install(None)
    return result, end(seen), strikers[0].hits


def uncrashed(ground: Ground, seed: int) -> tuple[Result, Any]:
    """The same seed without any crash."""
    result, seen = ground.play(quiet(seed, _ORDERS))
    return result, end(seen)


def end(seen: checkers.Seen) -> dict[str, tuple[int, int, str, tuple[int, ...]]]:
    """The end that must be equal: by key the state, the money, and what the target holds."""
    return {
        key: (
            row["state"],
            row["minor"],
            row["currency"],
            tuple(order.gross for order in seen.held.get(key, ())),
        )
        for key, row in sorted(seen.newest().items())
    }


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Every point in both forms, and then again at later passes until the time is up.

    One process: a cell takes about a second.
    """
    started = time.perf_counter()
    hit: Counter[str] = Counter()
    failures: list[str] = []
    cells = 0
    with grounds(1) as (ground,):
        _, wanted = uncrashed(ground, seed)
        for nth in range(1, _ORDERS):
            for point in POINTS:
                for form in FORMS:
                    if cells >= len(POINTS) * 2 and time.perf_counter() - started > budget_s:
                        return _layer(started, seed, cells, hit, failures)
                    result, found, hits = cell(ground, seed, point, form, nth)
                    cells += 1
                    hit[f"{point} {form}"] += hits >= (1 if form == "first" else 2)
                    if result.wrong or found != wanted:
                        said = "; ".join(result.wrong[:3]) or "another end"
                        failures.append(f"{point} {form}, pass {nth}, seed {seed}: {said}")
    return _layer(started, seed, cells, hit, failures)


def _layer(started: float, seed: int, cells: int, hit: Counter[str], failures: list[str]) -> Layer:
    counts = {"cells": cells, "orders": cells * _ORDERS, "points_hit": sum(map(bool, hit.values()))}
    again = f"(counterfoil prove --layer crash --seed {seed})"
    return Layer(
        "crash",
        time.perf_counter() - started,
        1,
        counts,
        dict(hit),
        tuple(f"{one} {again}" for one in failures),
    )

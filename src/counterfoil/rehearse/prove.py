"""The proof: every layer within the minutes, one after the other, and what they add up to."""

from __future__ import annotations

import math
import os
import secrets
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.model.words import TITLES, WORDS
from counterfoil.rehearse.layer import Layer
from counterfoil.values.errors import Misconfigured

SHARES: Final[Mapping[str, int]] = {
    "worlds": 260,
    "crash": 50,
    "restore": 60,
    "chaos": 125,
    "bytes": 65,
    "sabotage": 40,
}
"""The layers in their order, each with its share of the time."""
CORES: Final = 2

FAULT_MODEL: Final = (
    "Survived: a message that comes twice, late, out of order, forged or not at all; an answer "
    "that is lost, cut short, slow, or not what it says; a target that is busy, refuses, or shows "
    "late what it took; a worker that is killed at any named point, also while it recovers, or "
    "stopped past its lease and continued; a database that stops and starts, or is put back from "
    "a copy that is an hour old; bytes of any kind at any door. Not survived: a disk lost without "
    "a backup; a disk that says it has written and has not; a target that forgets what it has "
    "confirmed; a master key that is stolen. At a target that has neither a key nor a search "
    "(class D), or shows its writes later than the settle time (class C), the promise is not one "
    "write at most, but that a person is shown what may be there twice. What a class C target "
    "shows later than five and a half settle times after it was sent is not seen."
)
"""The fault model in one paragraph, with what is outside of it."""

_SEEDS = 1_000_000
_MODULES: Final[Mapping[str, str]] = {
    "worlds": "worlds.seeds",
    "crash": "worlds.crash",
    "restore": "worlds.restore",
    "chaos": "chaos.chaos",
    "bytes": "fuzz.fuzz",
    "sabotage": "sabotage.sabotage",
}

Advance = Callable[[str, int, int], None]


class Options(msgspec.Struct, frozen=True):
    """What is to be proved: from which seed (`drawn`: by nobody's choice), for how many minutes, by
    which layers (none: all). Raises `Misconfigured` where the minutes are no time."""

    seed: int
    drawn: bool = False
    minutes: float = 5.0
    layers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.minutes < math.inf:
            raise Misconfigured(
                f"{self.minutes:g} minutes are no time in which anything is proved.",
                do="Write a number above 0, such as 5 (a look) or 60 (a proof).",
                where="--minutes",
            )


class Row(msgspec.Struct, frozen=True):
    """One line of the table; `bound` is what a zero is worth, "" where it is none."""

    what: str
    found: str
    bound: str = ""


class Proof(msgspec.Struct, frozen=True):
    """What the layers found together. `absent` names the layers that could not be played here;
    `drawn` says that nobody chose the seed."""

    seed: int
    drawn: bool
    minutes: float
    version: str
    commit: str
    cores: int
    seconds: float
    layers: tuple[Layer, ...]
    absent: tuple[str, ...]
    rows: tuple[Row, ...]
    fault_model: str
    sound: bool


def prove(options: Options, advance: Advance) -> Proof:
    """Run the layers, each with its share of the minutes, and add them up.

    A layer that cannot be played here is named and proves nothing; the proof is sound where every
    layer that was played is, and at least one was.
    """
    start = time.monotonic()
    names = [name for name in SHARES if not options.layers or name in options.layers]
    present = [name for name in names if find_spec(_module(name))]
    whole = sum(SHARES[name] for name in present)
    layers: list[Layer] = []
    for index, name in enumerate(present):
        advance(name, index, len(present))
        budget_s = 60.0 * options.minutes * SHARES[name] / whole
        layers.append(_run(name, options.seed, budget_s))
    played = [layer for layer in layers if layer.played]
    return Proof(
        seed=options.seed,
        drawn=options.drawn,
        minutes=options.minutes,
        version=version("counterfoil"),
        commit=_commit(),
        cores=CORES,
        seconds=time.monotonic() - start,
        layers=tuple(layers),
        absent=tuple(name for name in names if name not in [layer.name for layer in played]),
        rows=rows(played),
        fault_model=FAULT_MODEL,
        sound=bool(played) and all(layer.sound for layer in played),
    )


def seed() -> int:
    """A seed that nobody chose: a defect that the usual seeds pass by is found by another."""
    return 1 + secrets.randbelow(_SEEDS)


def _module(name: str) -> str:
    return f"counterfoil.rehearse.{_MODULES[name]}"


def _run(name: str, seed: int, budget_s: float) -> Layer:
    layer: Layer = import_module(_module(name)).run(seed, budget_s, CORES)
    return layer


def _commit() -> str:
    """The commit of the checkout that this runs from, "" where it is none."""
    git, root = shutil.which("git"), Path(__file__).parents[3]
    if git is None or not (root / ".git").exists():
        return ""
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    ended = subprocess.run(
        [git, "-C", str(root), "rev-parse", "--short=12", "HEAD"],
        capture_output=True, text=True, check=False, env=quiet,
    )  # fmt: skip
    return ended.stdout.strip()


# --- the table ---


def rows(layers: Sequence[Layer]) -> tuple[Row, ...]:
    """The table of the layers that ran, in the order of the README."""
    named = {layer.name: layer for layer in layers}
    table: list[Row] = []
    for name, rows_of in _TOLD.items():
        if name in named:
            table += rows_of(named[name])
    return (*table, *_together(layers))


def bound(trials: int) -> str:
    """What a zero in so many trials is worth: the rate is below 3/n, with 95 % confidence."""
    return f"below 1 in {trials // 3:,}" if trials >= 3 else "too few trials to say"


def least(reached: Mapping[str, int]) -> tuple[str, int]:
    """What was reached least often."""
    name = min(sorted(reached), key=reached.__getitem__, default="nothing")
    return name, reached.get(name, 0)


def _zero(what: str, count: int, trials: int) -> Row:
    return Row(what, f"{count:,}", "" if count else bound(trials))


def _moved(layer: Layer) -> list[Row]:
    """What a layer that moves records says, as far as it counts it."""
    counts, name = layer.counts, layer.name
    records = counts.get("records", counts.get("orders", 0))
    table = [
        Row(f"{name}: {words}", f"{counts[key]:,}") for key, words in _FIGURES.items()
        if key in counts
    ]  # fmt: skip
    if "virtual_minutes" in counts:
        table.append(Row(f"{name}: virtual days", f"{counts['virtual_minutes'] / 1440:,.1f}"))
    if records and layer.seconds:
        a_minute = 60 * records / layer.seconds
        table.append(Row(f"{name}: records or orders a minute, here", f"{a_minute:,.0f}"))
    if layer.reached:
        fault, times = least(layer.reached)
        total = sum(layer.reached.values())
        table.append(
            Row(
                f"{name}: faults and points reached, of {len(layer.reached)} kinds",
                f"{total:,}; least often {fault} ({times:,})",
            )
        )
    table += [
        _zero(f"{name}: {words}", counts[key], records) for key, words in _ZEROS.items()
        if key in counts
    ]  # fmt: skip
    return table


def _chaos(layer: Layer) -> list[Row]:
    counts = layer.counts
    table = _moved(layer)
    if "sleeper_unsent" in counts:
        unsent, past_s = counts["sleeper_unsent"], counts["sleeper_seconds_past_lease"]
        asleep = f"chaos: posted by a worker that woke {past_s} s past its lease"
        table += [
            _zero(asleep, counts["sleeper_posted_after_waking"], unsent),
            Row("chaos: fences that stopped it", f"{counts['sleeper_fences']:,}"),
        ]
    if "redrive_records" in counts:
        sent, kills = counts["redrive_records"], counts["redrive_kills"]
        again = f"of {sent:,} held orders sent again with {kills} kills"
        table += [
            _zero(f"chaos: lost {again}", counts["redrive_losses"], sent),
            _zero(f"chaos: twice {again}", counts["redrive_duplicates"], sent),
        ]
    if "redrive_p99_percent_with_kills" in counts:
        percent = counts["redrive_p99_percent_with_kills"]
        table.append(Row("chaos: live p99 meanwhile, of that with the kills alone", f"{percent} %"))
    if "partition_cuts" in counts:
        cuts, pages = counts["partition_cuts"], counts["partition_pages_cut_off"]
        table.append(
            Row("chaos: cuts between two hosts, pages then in far hands", f"{cuts}, {pages}")
        )
    return table


_FIGURES = {
    "seeds": "seeds",
    "rounds": "rounds",
    "restores": "copies of an hour ago put back",
    "broken_off": "of these, after a first attempt that died",
    "records": "records",
    "orders": "orders",
    **{
        f"{counted}_{word}": f"{words} {TITLES[word].many}"
        for word in WORDS
        for counted, words in (("worlds", "seeds with"), ("documents", "of these,"))
    },
    "faults": "faults injected",
    "faults_twins": "of these, by a vendor",
    "faults_wire": "of these, on the way",
    "faults_database": "of these, by the database",
    "faults_workers": "of these, workers killed or stopped",
    "faults_people": "of these, what people did with goods",
    "cells": "cells of the crash matrix",
    "points_hit": "crash points hit, of each word, first and in recovery",
    "deaths": "deaths at a crash point",
    "kills": "processes killed",
    "pauses": "processes stopped and continued",
    "door_kills": "doors killed",
    "database_stops": "database stops",
    "fences": "late writes that a fence refused",
    "acknowledged": "messages acknowledged",
    "sent_in_lost_time": "writes that the copy knew nothing of",
    "found_again": "orders and changes found again before the switch",
    "switches_refused": "switches refused before the count",
    "in_doubt_settled": "in doubt and settled",
    "in_doubt_shown": "in doubt and shown to a person (C, D)",
    "extras_shown_cd": "extras shown to a person (C, D)",
    "slowest_drain_s": "slowest drain after calm (s)",
}
_ZEROS = {
    "written_before_switch": "written before a person switched on",
    "lost": "lost",
    "losses": "lost",
    "acknowledged_lost": "acknowledged and lost",
    "duplicates": "twice (A, B)",
    "duplicates_ab": "twice (A, B)",
    "undetected": "undetected",
}


def _bytes(layer: Layer) -> list[Row]:
    counts = layer.counts
    tried = counts["inputs"] + counts["by_hand"]
    damage, times = least(layer.reached)
    return [
        Row(
            "bytes: damaged bodies tried, in seeds", f"{counts['inputs']:,} in {counts['seeds']:,}"
        ),
        Row("bytes: made by hand", f"{counts['by_hand']:,}"),
        Row(
            "bytes: accepted, held, refused, asked again",
            ", ".join(f"{counts[key]:,}" for key in ("accepted", "held", "refused", "again")),
        ),
        Row("bytes: least often tried", f"{damage} ({times:,})"),
        _zero("bytes: crashed", counts["crashed"], tried),
        _zero("bytes: slower than 1 s", counts["slow"], tried),
        Row("bytes: time that they had of a processor", f"{counts['core_seconds']:,} s"),
        Row("bytes: growth of a process", f"{counts['grown_mb']} MB of 64"),
        _zero(
            f"bytes: accepted of {counts['forged_tried']:,} forged messages",
            counts["forged_accepted"],
            counts["forged_tried"],
        ),
    ]


def _sabotage(layer: Layer) -> list[Row]:
    counts = Counter(layer.counts)
    return [
        Row("sabotage: planted defects caught", f"{counts['caught']:,} of {counts['sabotages']:,}"),
        Row(
            "sabotage: planted groups caught",
            f"{counts['groups_caught']:,} of {counts['groups']:,}",
        ),
        Row(
            "sabotage: of these, seen by worlds that must see them",
            f"{counts['caught_by_worlds']:,} of {counts['shown_to_worlds']:,}",
        ),
        Row(
            "sabotage: seeds until one saw it, in the middle and at most",
            f"{counts['seeds_median']:,}, {counts['seeds_most']:,}",
        ),
        Row("sabotage: in the catalogue", f"{counts['planted']:,}"),
    ]


def _together(layers: Sequence[Layer]) -> Iterable[Row]:
    reached = Counter[str]()
    for layer in layers:
        if layer.name == "sabotage":  # there a zero is a defect that was not caught, told above
            continue
        reached.update({f"{layer.name}: {name}": n for name, n in layer.reached.items()})
    never = [name for name, count in reached.items() if not count]
    yield Row("set up and never reached", ", ".join(never) or "0")
    for layer in layers:
        yield Row(f"{layer.name}: wall time", f"{layer.seconds:,.0f} s on {layer.cores} cores")


_TOLD: Final[Mapping[str, Callable[[Layer], list[Row]]]] = {
    "worlds": _moved,
    "crash": _moved,
    "restore": _moved,
    "chaos": _chaos,
    "bytes": _bytes,
    "sabotage": _sabotage,
}

"""The layer of restores: an hour-old copy of the database is put back, and nothing comes of it.

Between faultless twins a house works, its database is copied aside, and an hour goes on: orders are
sold, changed, cancelled, sent and decided about. Then the house dies and the copy is put back, with
the very statements that `counterfoil db restore` keeps beside it. Nothing may reach the target
before the source has been counted and a person has switched the route on; and the end must be that
of the same hours without any restore.

`python -m counterfoil.rehearse.worlds.restore --seed N` plays the drills of one seed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.ledger.account import State
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.worlds import pool
from counterfoil.rehearse.worlds.drill import KINDS, MOMENTS, Drill, Drilled, Told, Undisturbed
from counterfoil.rehearse.worlds.runner import Result, Runner, runners
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.world import World

DRILLS: Final = len(MOMENTS) * len(KINDS)
"""So many drills a seed has: each moment at each class of target."""

_SHOWN = 3
_DRILL_S = 15.0  # of real time; what a drill takes before any has shown

End = Mapping[str, tuple[str, int, str, tuple[int, ...]]]
"""By key: where the order stands, its money, and what the target holds of it."""


class Played(msgspec.Struct):
    """What one drill came to; `wrong` are sentences, `shown` orders that a person must look at."""

    drill: Drill
    result: Result
    told: Told
    wrong: list[str]
    shown: int = 0


def undisturbed(runner: Runner, drill: Drill) -> tuple[Result, End]:
    """The same hours without any restore."""

    def prepare(world: World) -> None:
        Undisturbed(world, drill).begin()

    result, snapshot = runner.play(drill.recipe(), prepare=prepare)
    return result, end(snapshot)


def play(runner: Runner, drill: Drill, wanted: End) -> Played:
    """One restore, compared with the end of the same hours without any."""
    conductors: list[Drilled] = []

    def prepare(world: World) -> None:
        conductors.append(Drilled(world, drill))
        conductors[0].begin()

    try:
        result, snapshot = runner.play(drill.recipe(), prepare=prepare)
    finally:
        for conductor in conductors:
            conductor.close()
    drilled = conductors[0].told
    extras = _shown(snapshot)
    differ = {
        key: (want, ending)
        for key, want, ending in _differences(wanted, end(snapshot))
        if not (drill.kind == "D" and key in extras)
    }
    wrong = [*drilled.wrong, *result.wrong]
    wrong += [
        f"order {key} ended as {ending}, not as {want}" for key, (want, ending) in differ.items()
    ]
    wrong += [
        f"order {key} is at the target {len(orders)} times"
        for key, orders in snapshot.held.items()
        if len(orders) > 1
    ]
    if not drilled.done:
        wrong.append("the drill did not come to its end")
    return Played(drill, result, drilled, wrong, len(extras) if drill.kind == "D" else 0)


def end(snapshot: Snapshot) -> End:
    """The end that must be equal. A version that said nothing new stands where the sent one does,
    and what waits for a person by its cause: a restored journal may meet an order in its last
    version only."""
    records = {row["id"]: row for row in snapshot.tables["record"]}
    sent = {row["newest"]: row["sent"] for row in snapshot.tables["thread"]}
    causes = snapshot.open_causes()
    ends: dict[str, tuple[str, int, str, tuple[int, ...]]] = {}
    for key, row in sorted(snapshot.newest().items()):
        record = records[sent[row["id"]]] if row["state"] == State.MERGED else row
        gross = tuple(order.gross for order in snapshot.held.get(key, ()))
        stands = State(record["state"]).word
        where = ", ".join(causes.get(record["id"], ())) or stands
        ends[key] = (where, row["minor"], row["currency"], gross)
    return ends


def _differences(wanted: End, found: End) -> Iterator[tuple[str, object, object]]:
    for key in sorted({*wanted, *found}):
        if wanted.get(key) != found.get(key):
            yield key, wanted.get(key), found.get(key)


def _shown(snapshot: Snapshot) -> set[str]:
    """The orders of which some version waits for a person, with a cause."""
    causes = snapshot.open_causes()
    return {
        key for key, rows in snapshot.versions().items() if any(row["id"] in causes for row in rows)
    }


# --- the layer ---


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Drill after drill from `seed` on, until the time is up."""
    return pool.layer_of(Found(), _player, seed, budget_s, cores)


def _player(runner: Runner, share: pool.Share) -> Iterator[bytes]:
    """Every `share.of`-th drill, as long as it can end in time: the drill, then what it came to."""
    ends: dict[int, End] = {}
    slowest_s = _DRILL_S
    for number in itertools.count(share.at, share.of):
        drill = Drill.of(share.seed + number // DRILLS, number % DRILLS)
        if not share.room_for(slowest_s):
            return
        began = time.perf_counter()
        yield msgspec.json.encode(drill)
        if drill.seed not in ends:
            ends = {drill.seed: undisturbed(runner, drill)[1]}
        yield msgspec.json.encode(play(runner, drill, ends[drill.seed]))
        slowest_s = max(0.9 * slowest_s, time.perf_counter() - began)


class Found:
    """What the drills of a run came to, as it comes in."""

    def __init__(self) -> None:
        self.played: list[Played] = []
        self.failures: list[str] = []
        self.notes: list[str] = []

    def hear(self, told: bytes) -> None:
        """Take in what a process says."""
        ended = pool.ended(told)
        if ended is not None:
            self._broke_off(ended)
        elif b'"result"' in told:
            self._take(msgspec.json.decode(told, type=Played))

    def layer(self, seconds: float, cores: int) -> Layer:
        """The layer, once every process has ended."""
        if not self.played:
            self.notes.append("Too little time for a single drill.")
        return Layer(
            "restore",
            seconds,
            cores,
            _counts(self.played),
            _reached(self.played),
            tuple(self.failures),
            tuple(self.notes),
        )

    def _take(self, one: Played) -> None:
        self.played.append(one)
        if one.wrong:
            self._fail(one.drill, "; ".join(one.wrong[:_SHOWN]))

    def _broke_off(self, ended: pool.Ended) -> None:
        if not ended.last or b'"result"' in ended.last:
            self.failures.append(f"A process ended between drills, with {ended.code}.")
            return
        drill = msgspec.json.decode(ended.last, type=Drill)
        if ended.cut and not ended.hung:
            self.notes.append(f"{_named(drill)} was cut off when the time was up.")
        else:
            self._fail(drill, "no end" if ended.cut else "its process broke")

    def _fail(self, drill: Drill, said: str) -> None:
        self.failures.append(f"{_named(drill)}: {said} ({again(drill)})")


def _reached(played: Sequence[Played]) -> dict[str, int]:
    """Moments and classes that were met; and the guards that acted."""
    counts: Counter[str] = Counter()
    for play_ in played:
        counts[play_.drill.moment] += 1
        counts[f"class {play_.drill.kind}"] += 1
        if play_.drill.broken:
            counts[f"broken off {play_.drill.broken}"] += 1
        counts.update({f"guard.{name}": n for name, n in play_.result.fired.items() if n})
    return dict(counts)


def _counts(played: Sequence[Played]) -> dict[str, int]:
    return {
        "restores": len(played),
        "broken_off": sum(bool(play_.drill.broken) for play_ in played),
        "orders": sum(play_.result.orders for play_ in played),
        "virtual_minutes": round(sum(play_.result.virtual_s for play_ in played) / 60),
        "sent_in_lost_time": sum(play_.told.lost for play_ in played),
        "found_again": sum(play_.told.found for play_ in played),
        "switches_refused": sum(play_.told.refused for play_ in played),
        "written_before_switch": sum(play_.told.between for play_ in played),
        "extras_shown_cd": sum(play_.shown for play_ in played),
        "losses": sum(play_.result.losses for play_ in played),
        "duplicates": sum(play_.result.duplicates_ab for play_ in played),
        "undetected": sum(play_.result.undetected for play_ in played),
    }


def again(drill: Drill) -> str:
    """The command that plays a drill again."""
    return (
        f"python -m counterfoil.rehearse.worlds.restore --seed {drill.seed} --drill {drill.number}"
    )


def _named(drill: Drill) -> str:
    return f"Seed {drill.seed}, class {drill.kind}, copied {drill.moment}"


def main(words: list[str]) -> int:
    """Play the drills of one seed and print what was found."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.worlds.restore")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--drill", type=int, help=f"only this one, of {DRILLS}")
    parser.add_argument("--lost", type=float, default=3600.0, help="seconds that the copy is old")
    arguments = parser.parse_args(words)
    numbers = range(DRILLS) if arguments.drill is None else (arguments.drill,)
    failed = False
    with runners(1) as (runner,):
        _, end_ = undisturbed(runner, Drill.of(arguments.seed, 0, arguments.lost))
        for number in numbers:
            outcome = play(runner, Drill.of(arguments.seed, number, arguments.lost), end_)
            sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
            failed |= bool(outcome.wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The layer of worlds: what it makes of what its processes say."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import counterfoil
from counterfoil.rehearse.worlds import coverage, pool, regressions
from counterfoil.rehearse.worlds.recipe import drawn
from counterfoil.rehearse.worlds.runner import Result
from counterfoil.rehearse.worlds.seeds import Found

SOURCE = Path(counterfoil.__file__).parent
EVERYTHING = {name: 1 for name in coverage.wanted() if not name.startswith("guard.")}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def result(seed: int, **more: object) -> bytes:
    fields = {
        "orders": 10,
        "virtual_s": 60.0,
        "real_s": 1.0,
        "drained_s": 5.0,
        "digest": "",
        "reached": EVERYTHING,
        "fired": dict.fromkeys(coverage.GUARDS, 1),
        "wrong": [],
    }
    return msgspec.json.encode(msgspec.convert({**fields, "seed": seed, **more}, Result))


def heard(*told: bytes) -> Found:
    found = Found("counterfoil prove --layer worlds --seed 1")
    for one in told:
        found.hear(one)
    return found


def test_a_failing_seed_becomes_a_file_and_a_command_that_replays_it() -> None:
    wrong = ["p3_at_most_once: order 5 is at the target 2 times"]
    (failure,) = heard(b"17", result(17, wrong=wrong)).layer(1.0, 2).failures
    file = ".counterfoil-proof/17-p3-at-most-once-order.json"
    assert failure == (
        f"Seed 17: {wrong[0]} (python -m counterfoil.rehearse.worlds --recipe {file})"
    )
    assert regressions.read(Path(file)) == regressions.Kept(wrong[0], drawn(17))


def test_figures_are_sums_and_faults_are_told_by_their_class() -> None:
    reached = {"shop.reset": 2, "office.penny": 1, "wire.late": 3, "hook.slow": 1}
    reached |= {"database.away": 5, "worker.killed": 4, "stores.counted": 1}
    layer = heard(result(1, reached=reached), result(2, reached=reached)).layer(1.0, 2)
    assert layer.counts["seeds"] == 2
    assert layer.counts["orders"] == 20
    assert layer.counts["faults"] == 34
    told = {name: count for name, count in layer.counts.items() if name.startswith("faults_")}
    assert told == {
        "faults_twins": 6, "faults_people": 2, "faults_wire": 8, "faults_database": 10,
        "faults_workers": 8,
    }  # fmt: skip


def test_worlds_and_documents_are_counted_by_word() -> None:
    both = result(1, documents={"order": 10, "stock": 4})
    counts = heard(both, result(2, documents={"order": 6})).layer(1.0, 2).counts
    assert (counts["worlds_order"], counts["worlds_stock"]) == (2, 1)
    assert (counts["documents_order"], counts["documents_stock"], counts["records"]) == (16, 4, 20)


@pytest.mark.parametrize("never", ["shop.cursor_expired", "database.in_unit", "worker.paused"])
def test_a_fault_that_never_happened_is_red_once_the_run_is_long_enough(never: str) -> None:
    without = {name: count for name, count in EVERYTHING.items() if name != never}
    told = [result(seed, reached=without) for seed in range(coverage.LONG_ENOUGH)]
    (failure,) = heard(*told).layer(1.0, 2).failures
    assert failure == (
        f"Never reached in 60 seeds: {never} (counterfoil prove --layer worlds --seed 1)"
    )
    layer = heard(*told[1:]).layer(1.0, 2)
    assert layer.failures == ()
    assert layer.notes[0] == f"In so few seeds (59) never reached: {never}."
    assert layer.reached[never] == 0


def test_a_guard_that_never_acted_is_red_too() -> None:
    told = [result(seed, fired={"fence": 0}) for seed in range(coverage.LONG_ENOUGH)]
    (failure,) = heard(*told).layer(1.0, 2).failures
    assert "guard.fence," in failure


@pytest.mark.parametrize(("name", "seeds"), sorted(coverage.SELDOM.items()))
def test_what_is_seldom_met_is_red_only_where_the_run_had_the_seeds_for_it(
    name: str, seeds: int
) -> None:
    fired = {name.removeprefix("guard."): 0}
    counts: dict[str, object] = {
        "reached": {known: count for known, count in EVERYTHING.items() if known != name},
        "fired": dict.fromkeys(coverage.GUARDS, 1) | fired,
    }
    told = [result(seed, **counts) for seed in range(seeds)]
    assert heard(*told[1:]).layer(1.0, 2).failures == ()
    (failure,) = heard(*told).layer(1.0, 2).failures
    assert failure.startswith(f"Never reached in {seeds} seeds: {name} (")


def test_a_world_that_broke_its_process_is_red_and_kept() -> None:
    ended = pool.Ended(at=0, cut=False, code=1, silent_s=2.0, last=b"17")
    (failure,) = heard(b"17", pool.told_of(ended)).layer(1.0, 2).failures
    assert failure.startswith("Seed 17: its process broke (python -m ")
    assert list(Path(".counterfoil-proof").glob("17-*.json"))


def test_a_world_without_end_is_red_and_one_that_had_no_time_is_not() -> None:
    hung = pool.Ended(at=0, cut=True, code=0, silent_s=pool.LONGEST_S, last=b"17")
    late = pool.Ended(at=1, cut=True, code=0, silent_s=12.0, last=b"18")
    layer = heard(pool.told_of(hung), pool.told_of(late)).layer(1.0, 2)
    (failure,) = layer.failures
    assert failure.startswith("Seed 17: no end within 90 s ")
    assert "Seed 18 was cut off when the time was up." in layer.notes


# --- nothing that the house or a world counts is left out of what must be reached ---


def counted(pattern: str, *files: Path) -> set[str]:
    return {found for file in files for found in re.findall(pattern, file.read_text("utf-8"))}


def test_every_failure_of_the_line_must_be_reached() -> None:
    line = SOURCE / "rehearse/worlds/database.py"
    assert counted(r'strikes\("(database\.\w+)"\)', line) == set(coverage.DATABASE)


def test_every_guard_must_fire_or_is_named_as_one_that_cannot() -> None:
    flows = [*(SOURCE / "flows").glob("*.py")]
    known = counted(r'fired\["([\w-]+)"\]', *flows)
    assert known - set(coverage.GUARDS) == set(coverage.ELSEWHERE)

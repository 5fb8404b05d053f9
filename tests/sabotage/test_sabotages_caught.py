"""A share of the planted defects, really planted: somebody must notice each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from counterfoil.rehearse.sabotage import sabotage
from counterfoil.rehearse.sabotage.copies import Bench
from counterfoil.rehearse.sabotage.patches import Patch, Sabotage, named

ROOT = Path(__file__).parents[2]
SHARE = (
    "ack-before-insert",
    "signature-only-if-present",
    "retry-blind",
    "no-fence-at-the-posting",
    "half-even",
    "doubt-forgotten",
)

SEEN = ("no-settle", "restored-and-trusted", "refusal-is-believed")

pytestmark = [pytest.mark.xdist_group("sabotage"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with sabotage.bench(ROOT) as made:
        yield made


def test_a_share_is_caught_and_by_checks_that_the_house_itself_passes(bench: Bench) -> None:
    with ThreadPoolExecutor(2) as pool:
        looks = list(pool.map(bench.look, map(named, SHARE)))
    assert [(look.name, look.said, look.fault) for look in looks if not look.caught] == []
    assert bench.control([look.by for look in looks]) == []


def test_a_change_that_breaks_nothing_is_not_called_caught(bench: Bench) -> None:
    harmless = _planted('"""Money:', '"""Money, once more:')
    look = bench.look(harmless)
    assert (look.caught, look.by, look.fault) == (False, "", "")
    assert look.after > 10


@pytest.mark.parametrize("new", ["import nowhere\n", "def (:\n"])
def test_a_copy_that_does_not_start_proves_nothing(bench: Bench, new: str) -> None:
    look = bench.look(_planted("from collections", f"{new}from collections"))
    assert not look.caught
    assert look.fault.startswith("nothing was checked")


def test_a_name_that_is_missing_is_no_defect_that_was_noticed(bench: Bench) -> None:
    look = bench.look(_planted("quotient += 2", "quotient += nobody + 2"))
    assert not look.caught
    assert look.fault.startswith("the copy did not do wrong, it broke or was slow: NameError")


def test_a_share_is_seen_by_worlds_that_are_silent_about_the_house_itself(bench: Bench) -> None:
    with ThreadPoolExecutor(2) as pool:
        sights = list(pool.map(bench.watch, map(named, SEEN)))
    assert [(one.name, one.said, one.fault) for one in sights if not one.caught] == []
    assert bench.unsound(sights) == frozenset()


def test_the_worlds_see_nothing_where_nothing_is_broken(bench: Bench) -> None:
    sight = bench.watch(_planted('"""Money:', '"""Money, once more:', seeds=2))
    assert (sight.caught, sight.by, sight.fault, sight.worlds) == (False, "", "", 2)


def test_a_copy_that_breaks_in_a_world_proves_nothing(bench: Bench) -> None:
    sight = bench.watch(_planted("quotient += 2", "quotient += nobody + 2", seeds=1))
    assert not sight.caught
    assert "nobody" in sight.fault or "NameError" in sight.fault


def test_without_a_checkout_the_layer_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sabotage, "checkout", lambda: None)
    layer = sabotage.run(1, 1.0, 1)
    assert layer.counts["sabotages"] == 0
    assert "needs the project's checkout" in layer.notes[0]


def _planted(old: str, new: str, *, seeds: int = 0) -> Sabotage:
    patch = Patch("values/money.py", old, new)
    return Sabotage("a-try", "Nothing.", ("tests/values/test_money.py",), (patch,), seeds)

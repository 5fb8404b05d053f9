"""Every planted defect can still be planted, and those who must notice it are still there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from counterfoil.rehearse.sabotage.patches import Sabotage, copy, named, plant, planted
from counterfoil.rehearse.worlds import regressions, restore
from counterfoil.values.errors import Halt, Misconfigured

ROOT = Path(__file__).parents[2]
ALL = list(planted().values())
SINGLE = [one for one in ALL if not one.group]
GROUPS = [one for one in ALL if one.group]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package as it is."""
    return copy(tmp_path_factory.mktemp("sound"))


@pytest.fixture(params=ALL, ids=lambda one: one.name)
def sabotage(request: pytest.FixtureRequest) -> Sabotage:
    return request.param


def test_each_text_to_take_out_stands_exactly_once(
    sabotage: Sabotage, sound: Path, tmp_path: Path
) -> None:
    for patch in sabotage.patch:
        file = tmp_path / "counterfoil" / patch.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((sound / "counterfoil" / patch.file).read_text("utf-8"), "utf-8")
    plant(tmp_path, sabotage)
    for file in tmp_path.rglob("*.py"):
        ast.parse(file.read_text("utf-8"))


def test_who_must_notice_is_there(sabotage: Sabotage) -> None:
    assert sabotage.tests
    for test in sabotage.tests:
        assert (ROOT / test).is_file()


def test_the_worlds_that_must_notice_are_named_in_one_way(sabotage: Sabotage) -> None:
    assert sum(map(bool, (sabotage.seeds, sabotage.restores, sabotage.kept))) <= 1
    assert 0 <= sabotage.seeds <= 24
    assert sabotage.restores <= restore.DRILLS
    assert not sabotage.kept or (ROOT / regressions.SEEDS / sabotage.kept).is_file()


def test_the_worlds_must_notice_most_groups_and_many_single_ones() -> None:
    assert sum(bool(one.worlds) for one in GROUPS) * 2 > len(GROUPS)
    assert sum(bool(one.worlds) for one in SINGLE) >= 20


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    text = (ROOT / "src/counterfoil/rehearse/sabotage/sabotages.toml").read_text("utf-8")
    assert not [name for name, count in Counter(_names(text)).items() if count > 1]
    assert len(SINGLE) >= 40
    assert len(GROUPS) >= 5


def test_each_says_what_it_breaks_in_a_sentence() -> None:
    assert not [one.name for one in ALL if not re.fullmatch(r"[A-Z].*[.]", one.breaks)]
    assert len({one.breaks for one in ALL}) == len(ALL)


def test_a_text_that_is_gone_is_said_and_nothing_is_planted(tmp_path: Path) -> None:
    moved = named("half-even")
    (tmp_path / "counterfoil/values").mkdir(parents=True)
    (tmp_path / "counterfoil/values/money.py").write_text("", "utf-8")
    with pytest.raises(Halt, match="stands 0 times"):
        plant(tmp_path, moved)


def test_a_name_that_nobody_knows_is_said() -> None:
    with pytest.raises(Misconfigured, match="no sabotage 'nonsense'"):
        named("nonsense")


def _names(text: str) -> list[str]:
    return re.findall(r'^name = "(.+)"$', text, re.MULTILINE)

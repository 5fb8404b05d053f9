"""A world that failed is kept as its whole recipe, and can be played from its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterfoil.rehearse.worlds import regressions, seeds
from counterfoil.rehearse.worlds.recipe import drawn
from counterfoil.values.errors import Misconfigured


def test_what_is_read_is_what_was_kept(tmp_path: Path) -> None:
    file = regressions.keep(tmp_path / "new", drawn(17), "Order 5 is nowhere: it was lost.")
    assert file.name == "17-order-5-is-nowhere-it.json"
    assert regressions.read(file) == regressions.Kept("Order 5 is nowhere: it was lost.", drawn(17))
    assert json.loads(file.read_text())["recipe"]["seed"] == 17


def test_a_file_that_is_no_recipe_is_named(tmp_path: Path) -> None:
    file = tmp_path / "1-odd.json"
    file.write_text('{"why": "x", "recipe": {"seed": 1}}')
    with pytest.raises(Misconfigured, match="is no recipe of a world"):
        regressions.read(file)


def test_a_seed_is_kept_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert seeds.main(["--seed", "17", "--keep", "It was lost."]) == 0
    file = Path(capsys.readouterr().out.strip())
    assert file.parent == regressions.SEEDS
    assert regressions.read(file).recipe == drawn(17)

"""The proof as anyone runs it: one command, one JSON document, one exit code."""

from __future__ import annotations

from typing import get_args

import pytest

from counterfoil.rehearse.prove import SHARES
from counterfoil.surfaces.cli.prove import Named


def test_one_layer_is_proved_and_told_as_json(run) -> None:
    ended = run("prove", "--layer", "bytes", "--minutes", "0.02", "--json")
    assert ended.code == 0, ended.out + ended.err
    assert ended.json["schema"] == "counterfoil.proof/1"
    (layer,) = ended.data["layers"]
    assert layer["name"] == "bytes"
    assert layer["counts"]["crashed"] == layer["counts"]["forged_accepted"] == 0
    assert ended.data["sound"] is True
    assert "Not survived" in ended.data["fault_model"]
    bounds = {row["what"]: row["bound"] for row in ended.data["rows"]}
    assert bounds["bytes: crashed"].startswith("below 1 in ")


def test_a_layer_that_there_is_not_is_usage(run) -> None:
    ended = run("prove", "--layer", "miracles")
    assert ended.code == 2
    for name in SHARES:
        assert name in ended.err, name


def test_the_layers_that_can_be_named_are_those_that_there_are() -> None:
    assert get_args(Named) == tuple(SHARES)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "-inf"])
def test_minutes_that_are_no_time_are_refused(run, minutes: str) -> None:
    ended = run("prove", "--layer", "bytes", f"--minutes={minutes}")
    assert ended.code == 2
    assert "--minutes" in ended.err
    assert "Traceback" not in ended.err
    assert len([line for line in ended.err.splitlines() if line]) <= 2, "what, and what to do"


def test_a_proof_draws_its_seed_and_says_it_first(run) -> None:
    one, other = (run("prove", "--layer", "bytes", "--minutes", "0.02") for _ in range(2))
    seeds = [
        int(ended.err.splitlines()[0].removeprefix("Seed ").split(",")[0]) for ended in (one, other)
    ]
    assert seeds[0] != seeds[1]
    assert f"counterfoil prove --seed {seeds[0]} " in one.out
    assert "drawn" in one.err.splitlines()[0]


def test_a_proof_is_told_its_seed(run) -> None:
    ended = run("prove", "--layer", "bytes", "--minutes", "0.02", "--seed", "4", "--json")
    assert (ended.data["seed"], ended.data["drawn"]) == (4, False)
    assert ended.err.splitlines()[0] == "Seed 4, as it was told."
    drawn = run("prove", "--layer", "bytes", "--minutes", "0.02", "--json")
    assert drawn.data["drawn"] is True
    assert drawn.err.startswith(f"Seed {drawn.data['seed']}, drawn")

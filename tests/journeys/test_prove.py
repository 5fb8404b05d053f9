"""The proof as anyone runs it: one command, one JSON document, one exit code."""

from __future__ import annotations


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
    assert "bytes" in ended.err

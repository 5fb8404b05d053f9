"""What a newcomer types first, and what they get where they mistype."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_help_names_every_command_and_every_exit_code(run) -> None:
    ended = run("--help")
    assert ended.code == 0
    for word in ("init", "doctor", "trace", "balance", "--json", "130"):
        assert word in ended.out


def test_a_mistyped_command_is_usage_and_names_the_nearest(run) -> None:
    ended = run("dcotor")
    assert ended.code == 2
    assert "doctor" in ended.err
    assert not ended.out


def test_a_mistyped_option_is_usage(run) -> None:
    ended = run("explain", "hold", "--colour")
    assert ended.code == 2
    assert "--help" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "explain", "hold"),
        ("explain", "--json", "hold"),
        ("explain", "hold", "--json"),
    ],
)
def test_json_may_stand_anywhere(run, words: tuple[str, ...]) -> None:
    found = run(*words).json
    assert found["schema"] == "counterfoil.explain/1"
    assert found["data"]["term"] == "hold"
    assert found["as_of"].endswith("Z")


def test_an_error_is_json_too_where_json_was_asked_for(run) -> None:
    ended = run("explain", "unmaped-value", "--json")
    assert ended.code == 2
    assert not ended.out
    found = json.loads(ended.err)
    assert found["schema"] == "counterfoil.error/1"
    assert found["exit"] == 2
    assert "unmapped-value" in found["do"]


def test_what_breaks_in_us_is_one_sentence_with_a_reference(tmp_path: Path) -> None:
    broken = """
import sys
from counterfoil.surfaces.cli import main
from counterfoil.surfaces.desk import words
words.meanings = lambda: 1 // 0
sys.exit(main.main(["explain", "hold", *sys.argv[1:]]))
"""

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", broken, *words], capture_output=True, text=True, check=False
        )

    ended = ran()
    assert ended.returncode == 1
    assert "reference" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Traceback" in ran("--verbose").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script(run, shell: str) -> None:
    ended = run("completion", shell)
    assert ended.code == 0
    assert "counterfoil" in ended.out


def test_connectors_are_listed_with_their_rung(run) -> None:
    found = {one["name"]: one for one in run("connector", "list", "--json").data}
    assert set(found) >= {"shopify", "orderwise"}
    assert "write" in found["orderwise"]["documents"]["order"]
    assert found["orderwise"]["rung"] in ("sketched", "rehearsed", "recorded", "proven")


def test_jsonl_is_a_row_a_line(run) -> None:
    lines = run("connector", "list", "--jsonl").out.splitlines()
    assert [json.loads(line)["name"] for line in lines] == [
        "bigcommerce",
        "files",
        "orderwise",
        "peoplevox",
        "shipstation",
        "shopify",
        "xero",
    ]


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_what_the_system_calls_things_need_not_be_utf8(
    folder: Path, run, flags: tuple[str, ...]
) -> None:
    odd = folder / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    told = [
        run("init", ".", *flags, folder=odd),
        run("doctor", "--offline", *flags, folder=odd, DATABASE_URL="postgresql://127.0.0.1:1/x"),
        run("config", "show", "--origin", *flags, folder=odd),
        run("config", "show", *flags, COUNTERFOIL__WEB__HOST=os.fsdecode(b"\xe9")),
        run("config", "show", *flags, **{os.fsdecode(b"COUNTERFOIL__\xe9"): "1"}),
        run("connection", "test", "office", *flags, OFFICE_USER=os.fsdecode(b"\xe9")),
    ]
    (folder / "routes" / os.fsdecode(b"\xe9.toml")).write_text("")
    told.append(run("config", "show", *flags))
    assert [one.code for one in told] == [0, 2, 0, 2, 2, 4, 2], [one.err for one in told]
    for one in told:
        assert "Traceback" not in one.err
        for line in (one.out + one.err).splitlines() if flags else ():
            json.loads(line)

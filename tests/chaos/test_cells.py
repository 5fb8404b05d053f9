"""The cells beside the rounds: one sleeping worker, two hosts, and how the layer plays them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from counterfoil.rehearse.chaos import experiments, partition, sleeper
from counterfoil.rehearse.chaos.experiments import Beside

pytestmark = pytest.mark.timeout(180)

KEYS = ("gid://shop/Order/17", "gid://shop/Order/18")


def said(at: float, line: int, path: str, key: str) -> tuple[float, int, bytes]:
    return at, line, f'POST {path} HTTP/1.1\r\nHost: x\r\n\r\n{{"ref": "{key}"}}'.encode()


def test_a_worker_that_slept_past_its_lease_posts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    slept = asyncio.run(sleeper.sleep(3, 2.0))
    assert slept.wrong == ()
    assert slept.unsent > 0, "there was nothing that it could have posted"
    assert slept.posted == 0
    assert slept.fence[1] > slept.fence[0]
    assert slept.fenced > 0


def test_a_write_after_the_wake_is_heard() -> None:
    heard = [
        said(1.0, 1, "/api/sales/order?session_id=1", KEYS[0]),
        said(9.0, 1, "/api/sales/order?session_id=1", KEYS[1]),
    ]
    assert sleeper.posted(heard, 5.0, KEYS) == {KEYS[1]}
    assert sleeper.posted(heard, 0.5, KEYS) == set(KEYS)


def test_a_write_of_which_only_the_end_was_said_after_the_wake_is_heard() -> None:
    at, line, request = said(1.0, 1, "/api/sales/order?session_id=1", KEYS[0])
    heard = [(at, line, request[:40]), (9.0, line, request[40:])]
    assert sleeper.posted(heard, 5.0, KEYS) == {KEYS[0]}


def test_a_look_after_the_wake_and_another_order_are_no_writes_of_the_page() -> None:
    heard = [
        said(9.0, 1, "/api/system/export-definition/101", KEYS[0]),
        said(9.0, 2, "/api/sales/order?session_id=1", "gid://shop/Order/170"),
    ]
    assert sleeper.posted(heard, 5.0, KEYS) == set()


def test_two_hosts_whose_wire_was_cut_for_longer_than_a_lease_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = asyncio.run(partition.part(2, (7.0,)))
    if not found.cuts:
        pytest.skip(found.note)
    assert found.wrong == ()
    assert found.counts["orders"] > 0
    assert found.counts["duplicates"] == 0


def test_where_there_is_no_second_network_the_answer_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = asyncio.run(partition.part(1))
    assert found.cuts == 0
    assert found.wrong == ()
    assert found.note.startswith("two hosts were not played here: ")
    assert found.note.endswith("ip is not installed")


def test_a_layer_without_time_for_a_cell_says_so() -> None:
    playing = Beside()
    playing.start(1, 10.0)
    (told,) = playing.told(0.0)
    assert [note.split()[2] for note in told.notes] == ["sleeper", "partition", "redrive"]


def test_a_cell_that_breaks_is_a_failure_with_the_command_that_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    playing = Beside()
    playing.start(7, 60.0)
    failures = [failure for cell in playing.told(5.0) for failure in cell.failures]
    assert len(failures) == 1
    assert failures[0].endswith("python -m counterfoil.rehearse.chaos.sleeper --seconds 6 --seed 7")


def test_a_cell_that_the_layer_s_end_cuts_off_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    monkeypatch.setattr(experiments, "_PATIENCE_S", 0.1)
    with experiments.beside(7, 60.0) as playing:
        told = playing.told(0.0)
    assert sum(cell.counts.get("cells_cut_off", 0) for cell in told) == 1
    assert not any(cell.failures for cell in told)


def test_what_a_cell_counts_is_counted_under_its_name() -> None:
    told = experiments.read("sleeper", b'words\n{"tally": {"fences": 3}, "wrong": [], "note": ""}')
    assert told is not None
    assert told.counts == {"sleeper_fences": 3}

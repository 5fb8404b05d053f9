"""An old backup is put back, as an operations person does it: what is said, and what moves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from journeys_environment import environment

from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.rehearse.demo.vendors import write_plan
from counterfoil.rehearse.traffic.sales import Pace
from counterfoil.rehearse.traffic.trade import trade

ORDERS = 12
TRADE_S = 4.0
PATIENCE_S = 40.0


@pytest.fixture
def shop(tmp_path: Path) -> Rehearsal:
    """A rehearsal's folder: a shop that sells a dozen orders, an office, and no mishaps."""
    with trade(date(2026, 11, 2), orders=ORDERS, seed=3, pace=Pace(spread_s=1.0)) as sales:
        config = project.write(tmp_path, seed=3, faults="none", traffic=sales.traffic)
        write_plan(config, sales, TRADE_S)
    found = project.rehearsal(config)
    assert found is not None
    return found


@contextmanager
def up(place: Path, database: str) -> Iterator[None]:
    """The whole house, as `counterfoil up` runs it, with the two simulated systems beside it."""
    running = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "up", "--quiet"],
        cwd=place,
        env=environment(DATABASE_URL=database),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        running.send_signal(signal.SIGTERM)  # it takes the simulated systems with it
        try:
            ended = running.wait(30)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait(10)
    assert ended == 0


def told(port: int) -> dict[str, Any]:
    """A simulated system's own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_twin/report", timeout=5) as answer:
        return json.load(answer)


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("that took too long")


def test_an_old_backup_is_put_back_and_nothing_is_sent_twice(
    shop: Rehearsal, tmp_path: Path, run, database: str
) -> None:
    def counterfoil(*words: str) -> Any:
        return run(*words, DATABASE_URL=database)

    with up(tmp_path, database):
        until(lambda: told(shop.target)["orders"] >= 2)
        assert counterfoil("db", "backup", "copy.dump").code == 0
        until(lambda: told(shop.target)["orders"] == ORDERS)
        refused = counterfoil("db", "restore", "copy.dump", "--yes")
        assert refused.code == 6
        assert "Stop `counterfoil up` and every `counterfoil worker`" in refused.err

    restored = counterfoil("db", "restore", "copy.dump", "--yes")
    assert restored.code == 0, restored.err
    assert "What was sent since that copy is not in it." in restored.out
    assert "Nothing leaves now: orders in shadow." in restored.out
    hasty = counterfoil("route", "on", "orders", "--reason", "in a hurry")
    assert hasty.code == 6
    assert "has not been counted since" in hasty.err
    assert "counterfoil balance --recount --route orders" in hasty.err

    with up(tmp_path, database):
        until(lambda: told(shop.source)["orders"] == ORDERS)
        until(lambda: counterfoil("balance", "--recount", "--json").data["confirmed"] == ORDERS)
        counted = counterfoil("balance", "--recount")
        assert counted.code == 0
        assert "orders: everything that the source listed is accounted for." in counted.out
        on = counterfoil("route", "on", "orders", "--reason", "counted after the restore")
        assert on.code == 0, on.err
        office = told(shop.target)
        assert (office["orders"], office["duplicates"]) == (ORDERS, 0)

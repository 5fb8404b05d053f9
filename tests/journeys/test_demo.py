"""The demo as a program asks for it: every order accounted for, and what was not carried told."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import demos
import pytest

from tests.rehearse.salesfiles import REAL, needs_real

PATIENCE_S = 280.0  # the golden month takes 50 s where two cores have nothing else to do


demo = partial(demos.demo, patience_s=PATIENCE_S)


def is_whole(told: Any, orders: int) -> None:
    """All orders and all money are accounted for, none twice, and what was not carried is told."""
    balance, target = told["balance"], told["target"]
    assert told["traffic"]["orders"] == told["placed"] == balance["listed"] == orders
    (money,) = told["money"].values()
    assert money["listed_minor"] == money["accounted_minor"] > 0
    assert money["difference_minor"] == 0
    assert (balance["in_flight"], balance["unaccounted"]) == (0, 0)
    assert (target["duplicates"], target["missing"], target["unlisted"]) == (0, 0, 0)
    landed = balance["confirmed"] + balance["drifted"] + balance["merged"]
    assert 0 < landed <= target["orders"] <= orders
    assert "lines.item_number" in told["not_compared"]
    for counts in (told["not_compared"], told["losses"]):
        assert 0 < balance["confirmed"] <= max(counts.values()) <= orders
    assert sum(told["left_out"].values()) == balance["excluded"]


MEMBERS = {
    "traffic", "balance", "money", "target", "faults", "fault_texts", "guards", "holds", "samples",
    "placed", "webhooks", "seconds", "peak_mib", "folder", "not_compared", "losses", "left_out",
    "refunds",
}  # fmt: skip
"""What the demo of one route has told since there was only one."""


def test_a_small_demo_accounts_for_every_order(tmp_path: Path) -> None:
    told = demo(tmp_path, "--orders", "40")
    is_whole(told, 40)
    assert told.keys() == MEMBERS
    assert told["traffic"]["gross_minor"] == 1_472_539
    assert {name.partition(".")[0] for name in told["fault_texts"]} == {"shopify", "orderwise"}


@needs_real
@pytest.mark.timeout(PATIENCE_S + 20)
def test_the_golden_november_is_carried_to_the_penny(tmp_path: Path) -> None:
    november = ("--from", "2011-11-01", "--to", "2011-11-30")
    told = demo(tmp_path, "--traffic", str(REAL), *november)
    is_whole(told, 2769)
    assert told["traffic"]["gross_minor"] == told["money"]["GBP"]["accounted_minor"] == 150_949_633

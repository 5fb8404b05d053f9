"""Which payouts a route tells, and what of a newer version is news."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.flows.rules import stopped
from counterfoil.flows.settlement import RULES, Gates
from counterfoil.model.settlement import Row, Settlement
from counterfoil.values.clock import instant
from counterfoil.values.errors import Refuse

ISSUED = "2026-11-02T00:00:00Z"
CHARGE = Row("1", "charge", 6065, 5953, fee_minor=112, order="1042")
PAYOUT = Settlement("77120", "77120", "paid", ISSUED, ISSUED, "GBP", 5953, (CHARGE,))


def judged(payout: Settlement, **gates: Any) -> str:
    stop = stopped(RULES, payout, Gates(**gates), None, instant(ISSUED))
    return stop.code if stop else "goes"


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("paid", "goes"),
        ("expected", "not-paid-out"),
        ("in-transit", "not-paid-out"),
        ("failed", "payout-failed"),
        ("cancelled", "cancelled"),
    ],
)
def test_only_what_was_paid_out_goes(status: Any, becomes: str) -> None:
    assert judged(replace(PAYOUT, status=status)) == becomes


def test_a_route_tells_the_currencies_that_it_says() -> None:
    assert judged(PAYOUT, currencies=("EUR",)) == "not-this-currency"
    assert judged(PAYOUT, currencies=("EUR", "GBP")) == "goes"


def test_it_needs_no_other_document_at_the_target() -> None:
    assert RULES.needs(PAYOUT, Gates()) == ()


def test_what_whoever_was_told_would_act_on_is_news() -> None:
    late = Row("2", "refund", -2160, -2160)
    now = replace(PAYOUT, rows=(CHARGE, late), net_minor=3793)
    assert [change.said for change in RULES.changes(PAYOUT, now)] == [
        "payout £59.53 → £37.93",
        "entry 2 nothing → refund -£21.60, -£21.60 net",
    ]
    failed = replace(PAYOUT, status="failed")
    assert [change.said for change in RULES.changes(PAYOUT, failed)] == ["status paid → failed"]
    assert RULES.happened(failed) == "was taken back by the bank"
    assert RULES.changes(PAYOUT, replace(PAYOUT, as_of="2026-11-03T00:00:00Z")) == []


def test_a_bank_reference_that_came_later_is_no_news() -> None:
    told = replace(PAYOUT, bank_reference="BACS 1", arrived="2026-11-03")
    assert RULES.changes(PAYOUT, told) == []
    assert [change.field for change in RULES.quiet(PAYOUT, told)] == [
        "day at the bank",
        "bank reference",
    ]


def test_what_the_bank_refused_is_never_paid_later() -> None:
    failed = replace(PAYOUT, status="failed")
    RULES.follows(PAYOUT, failed)
    with pytest.raises(Refuse, match="was failed, and is paid now: that cannot be"):
        RULES.follows(failed, PAYOUT)

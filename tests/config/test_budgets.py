"""The limits of an account: the vendor's, ours for what can wait, and the account's own word."""

from __future__ import annotations

import math

import pytest

from counterfoil.app import budgets
from counterfoil.config import Connection
from counterfoil.config.shape import Budget
from counterfoil.connectors import orderwise
from counterfoil.kit.manifest import Limit
from counterfoil.kit.throttle import PATIENT, UNHURRIED
from counterfoil.values.errors import Misconfigured


def limited(**limits: Budget) -> dict[str, Limit]:
    one = Connection("orderwise", "https://office.example", limits=limits)
    return budgets("office", one, orderwise.CONNECTOR)


def test_an_account_that_says_nothing_has_the_manifest_s_limits_and_a_pace_for_what_can_wait() -> (
    None
):
    assert limited() == {**orderwise.CONNECTOR.manifest.limits, PATIENT: UNHURRIED}


def test_an_account_s_own_word_replaces_each_of_them() -> None:
    found = limited(slots=Budget(4), patient=Budget(10, 100.0))
    assert found["slots"] == Limit("slots", 4, "this account's own")
    assert found[PATIENT] == Limit("rate", 10, "this account's own", 100.0)
    assert found["calls"] == orderwise.CONNECTOR.manifest.limits["calls"]


def test_a_limit_that_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(Misconfigured, match="OrderWise has no limit 'call'") as said:
        limited(call=Budget(8, 8.0))
    assert said.value.do == "Did you mean 'calls'?"
    assert said.value.where == "connections.office.limits.call"


@pytest.mark.parametrize(
    ("bucket", "own"),
    [
        ("calls", Budget(8)),
        ("calls", Budget(0, 8.0)),
        ("calls", Budget(8, -1.0)),
        ("calls", Budget(8, math.nan)),
        ("calls", Budget(8, math.inf)),
        ("slots", Budget(0)),
        ("slots", Budget(2, 1.0)),
        (PATIENT, Budget(1, 0.0)),
    ],
)
def test_a_limit_that_would_let_nothing_through_for_ever_is_a_mistake(
    bucket: str, own: Budget
) -> None:
    with pytest.raises(Misconfigured, match="is no limit"):
        limited(**{bucket: own})

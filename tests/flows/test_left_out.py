"""Orders that are left out before they are ever sent, each by the rule that is told."""

from __future__ import annotations

import pytest
from ends import order
from msgspec.structs import replace

from counterfoil.flows.order import CANCELLED, excluded
from counterfoil.values.clock import instant, later

BORN = instant(order(1).created)


@pytest.mark.parametrize(
    ("changes", "begins_s", "rule"),
    [
        ({}, None, ""),
        ({}, 0.0, ""),
        ({}, 1.0, f"created before {later(BORN, 1.0)}, when this route begins"),
        ({"test": True}, None, "a test order of the shop"),
        ({"cancelled": True}, None, CANCELLED),
        ({"test": True, "cancelled": True}, None, "a test order of the shop"),
    ],
)
def test_an_order_is_left_out_by_the_first_rule_that_fits(
    changes: dict[str, bool], begins_s: float | None, rule: str
) -> None:
    begins = later(BORN, begins_s) if begins_s is not None else None
    assert excluded(replace(order(1), **changes), begins) == rule

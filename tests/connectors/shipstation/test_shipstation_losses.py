"""No field of an order is left behind in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.connectors.shipstation import CONNECTOR
from counterfoil.connectors.shipstation.order import UNTOLD
from counterfoil.kit.contract import Case, at_stage
from counterfoil.values.errors import Hold
from tests.connectors.orderwise.test_orderwise_losses import another, changed, fields, full
from tests.connectors.shipstation.shipstation_stage import stage


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


@pytest.mark.parametrize("path", list(fields(full())))
def test_every_field_is_carried_or_named_or_left_with_a_reason(case: Case, path: str) -> None:
    target = case.open().target("order")
    order = full()
    other = changed(order, path.split("."), lambda value: another(value, path))
    try:
        intent = target.compose(other)
    except Hold:
        return  # a person meets it
    first = target.compose(order)
    carried = (first.payload, first.expect, first.losses) != (
        intent.payload,
        intent.expect,
        intent.losses,
    )
    assert carried or path in UNTOLD.ignored


def test_what_is_left_with_a_reason_is_a_field_of_the_model() -> None:
    assert UNTOLD.ignored.keys() <= {*fields(full())}
    assert all(reason.endswith(".") for reason in UNTOLD.ignored.values())

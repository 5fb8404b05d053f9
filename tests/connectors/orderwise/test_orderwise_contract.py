"""OrderWise keeps the kit's contract; the stage is its twin."""

from __future__ import annotations

from counterfoil.connectors import orderwise
from counterfoil.kit.contract import suite
from tests.connectors.orderwise.orderwise_stage import stage

test_contract = suite(orderwise, stage)

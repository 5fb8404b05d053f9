"""Xero keeps the kit's contract."""

from __future__ import annotations

from counterfoil.connectors import xero
from counterfoil.kit.contract import suite
from tests.connectors.xero.xero_stage import paid_stage

test_contract = suite(xero, paid_stage)

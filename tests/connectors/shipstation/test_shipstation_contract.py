"""ShipStation keeps the kit's contract."""

from __future__ import annotations

from counterfoil.connectors import shipstation
from counterfoil.kit.contract import suite
from tests.connectors.shipstation.shipstation_stage import stage

test_contract = suite(shipstation, stage)

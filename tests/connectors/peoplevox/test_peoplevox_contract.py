"""Peoplevox keeps the kit's contract; the stage is its twin."""

from __future__ import annotations

from counterfoil.connectors import peoplevox
from counterfoil.kit.contract import suite
from tests.connectors.peoplevox.peoplevox_stage import stage

test_contract = suite(peoplevox, stage)

"""An order with something everywhere: no target leaves any of it behind in silence.

The contract asks the same of each stage's own documents; here every target has a place for whatever
may have one there.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from counterfoil.connectors import orderwise, peoplevox, shipstation
from counterfoil.kit.contract import Stage, StoppedClock, suite
from counterfoil.kit.contract.carrying import nothing_is_left_behind_in_silence
from counterfoil.kit.contract.stage import StageMaker
from counterfoil.mapping.valuemap import ValueMap
from tests.connectors.full_order import SITE, Full
from tests.connectors.orderwise.orderwise_stage import stage as office
from tests.connectors.peoplevox.peoplevox_stage import stage as warehouse
from tests.connectors.shipstation.shipstation_stage import stage as account

RULE = (nothing_is_left_behind_in_silence,)
METHODS = {"card": "4", "gift_card": "6", "card9": "5"}


def given(
    stage: StageMaker,
    maps: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any] | None = None,
    *,
    ships: bool = False,
) -> StageMaker:
    """The stage with more maps and settings, and the full order as its document."""

    @contextmanager
    def made(clock: StoppedClock) -> Generator[Stage]:
        with stage(clock) as site:
            yield replace(
                site,
                maps={**site.maps, **{name: ValueMap(name, words) for name, words in maps.items()}},
                settings={**site.settings, **(settings or {})},
                receivers={**site.receivers, "order": Full(ships=ships)},
            )

    return made


OFFICE = {
    "payments": METHODS,
    "companies": {"77": "2001", "77/north": "2002", "779": "2003"},
    "variants": {"4001": "TEE-RED-M", "40019": "TEE-RED-L"},
    "delivery": {"DPD": "7", "DPD9": "8"},
}

test_orderwise = suite(orderwise, given(office, OFFICE, SITE), RULE)
test_peoplevox = suite(peoplevox, given(warehouse, {"payment-methods": METHODS}, ships=True), RULE)
test_shipstation = suite(shipstation, given(account, {}), RULE)

"""How OrderWise misbehaves here: each way named, in plain words, with how often."""

from __future__ import annotations

import random

from counterfoil.twins.kit.faults import Fault, Faults, common
from counterfoil.twins.kit.write_faults import NAMES
from counterfoil.twins.orderwise.order import PlacedOrder

_WIDTH = 20

VENDOR = "OrderWise"
CATALOGUE = {
    **common(
        VENDOR,
        *NAMES,
        "token_expired",
    ),
    "penny": Fault("OrderWise recalculated an amount by a penny.", 0.0005, 0.005),
    "dropped_field": Fault("OrderWise did not store the postcode or the e-mail.", 0.0005, 0.005),
    "truncated": Fault("OrderWise cut the delivery name at 20 characters.", 0.0005, 0.005),
    "locked_period": Fault("OrderWise refused: the period was locked.", 0.0002, 0.003),
    **common(VENDOR, "read_lag", "html_page", "record_locked", "slow"),
}


def spoil(order: PlacedOrder, faults: Faults, chance: random.Random) -> None:
    """Store something else than what was sent, where a fault says so; only what can go wrong."""
    if faults.strikes("penny"):
        _off_by_a_penny(order, chance)
    droppable = [name for name in ("postcode", "email") if getattr(order, name)]
    if droppable and faults.strikes("dropped_field"):
        setattr(order, chance.choice(droppable), "")
    if len(order.name) > _WIDTH and faults.strikes("truncated"):
        order.name = order.name[:_WIDTH]


def _off_by_a_penny(order: PlacedOrder, chance: random.Random) -> None:
    penny = chance.choice((-1, 1))
    if chance.random() < 0.5:
        order.gross += penny
    else:
        chance.choice(order.lines).gross += penny

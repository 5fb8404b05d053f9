"""The gate that every write passes: allowed, held back, or refused, each with its rule's name."""

from __future__ import annotations

from typing import Literal

import msgspec


class Decision(msgspec.Struct, frozen=True):
    """What the gate said. "shadow": everything but the write. `rule` names the reason."""

    answer: Literal["allowed", "shadow", "refused"]
    rule: str


def decide(switch: str) -> Decision:
    """May a record leave on a route whose switch stands so?"""
    if switch == "on":
        return Decision("allowed", "the route is on")
    if switch == "shadow":
        return Decision("shadow", "the route is in shadow: everything but the write")
    return Decision("refused", "the route is off")

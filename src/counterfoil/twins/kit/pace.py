"""How long things take at a vendor."""

from __future__ import annotations

import msgspec

from counterfoil.twins.kit.faults import Between


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take, in seconds; pairs are drawn between their two ends.

    `retries_s` are the waits before each repeat of a webhook that was not accepted. `patience_s`:
    how long a caller waits for an answer, so that silence lasts longer.
    """

    patience_s: float = 30.0
    lag_s: Between = (0.5, 3.0)
    late_s: Between = (3.0, 15.0)
    edit_s: Between = (2.0, 6.0)
    life_s: Between = (1.0, 20.0)
    attack_s: Between = (0.2, 2.0)
    retries_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)

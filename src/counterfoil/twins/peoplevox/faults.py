"""How Peoplevox misbehaves here: each way named, in plain words, with how often."""

from __future__ import annotations

from counterfoil.twins.kit.faults import Fault, common
from counterfoil.twins.kit.write_faults import NAMES

VENDOR = "Peoplevox"
CATALOGUE = {
    **common(
        VENDOR,
        *NAMES,
        "token_expired",
        "html_page",
        "slow",
    ),
    "deadlocked": Fault("Peoplevox was in its own way, and saved nothing.", 0.001, 0.01),
    "lines_failed": Fault("The lines of an order failed after its head.", 0.001, 0.01),
    "row_refused": Fault("One row among many was refused.", 0.0005, 0.005),
    "row_untold": Fault("A row was saved, and no status told of it.", 0.001, 0.01),
}

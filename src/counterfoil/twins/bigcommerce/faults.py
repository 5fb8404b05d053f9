"""How BigCommerce misbehaves here: each way named, in plain words, with how often."""

from __future__ import annotations

from typing import Final

from counterfoil.twins.kit.faults import MESSAGES, Fault, common
from counterfoil.twins.kit.read_faults import NAMES

CATALOGUE: Final = {
    **common("BigCommerce", "too_many", *NAMES, "search_lag"),
    "overload": Fault("A call was refused for load, whatever was left of the window.", 0.001, 0.01),
    **common("BigCommerce", *MESSAGES, "edited_later"),
}
"""Every fault of this twin."""

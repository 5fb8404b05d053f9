"""Registry: every endpoint, whichever file declares it."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.surfaces.api.v1 import looking, people, reconcile, stock, switches, waiting
from counterfoil.surfaces.api.v1.endpoint import ENDPOINTS, Endpoint

FILES = (waiting, looking, switches, stock, reconcile, people)
"""The files in which endpoints stand."""


def endpoints() -> Sequence[Endpoint]:
    """Every endpoint; a fixed address stands before one that has a place at its position."""
    return sorted(ENDPOINTS, key=lambda door: (len(door.places), door.path, door.method))

"""Documents of which their source tells nothing more once they are void."""

from __future__ import annotations

from typing import Protocol, TypeVar

from counterfoil.kit.connector import Reading, Source
from counterfoil.values.clock import Instant

D = TypeVar("D")


class Vanishes(Source[D], Protocol[D]):
    """A source that tells nothing more of a document once it is void (`Carries.vanishes_s`)."""

    def vanished(self, source: bytes, at: Instant) -> Reading[D]:
        """What was kept of a document, made void `at` a moment; again, as it was made so (pure)."""
        ...

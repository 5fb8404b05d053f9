"""What a writer meets on a bad day: something in place of the work, or no true answer after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from counterfoil.twins.kit.answers import CutShort, Silence, instead, page, too_many
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.twin import Ground

_SLOW_S: Final = (0.3, 1.0)
NAMES: Final = (
    "server_error_before", "timeout_before", "timeout_after", "reset_after", "server_error_after",
    "too_many",
)  # fmt: skip
"""The faults that every such vendor's catalogue has; some have "html_page" and "slow" beside."""


class WriteFaults:
    """The common faults of writes, as one vendor words them.

    `patience_s` is how long a caller waits for an answer; `refuse` makes a refusal of a status and
    a text.
    """

    def __init__(
        self,
        vendor: str,
        ground: Ground,
        faults: Faults,
        patience_s: float,
        refuse: Callable[[int, str], Response],
    ) -> None:
        self._cut = f"{vendor} cut the connection"
        self._clock = ground.clock
        self._chance = ground.chance
        self._faults = faults
        self._patience_s = patience_s
        self._refuse = refuse

    async def before(self, web_page: str) -> Response | None:
        """What comes in place of any work (of which the `web_page` is one); None: it is done, and
        perhaps late."""
        met = instead(
            self._faults,
            {
                "too_many": lambda: too_many(1),
                "server_error_before": lambda: self._failed(self._chance.choice((500, 503))),
                "timeout_before": self._silence,
                "html_page": lambda: page(web_page),
            },
        )
        if met is None and self._faults.strikes("slow"):
            # Slower than half of what a caller waits, and it would be silence.
            await self._clock.sleep(min(self._faults.draw(_SLOW_S), self._patience_s / 2))
        return met

    def after(self, true: Response) -> Response:
        """The answer to what was done: the true one, or what came of it."""
        met = instead(
            self._faults,
            {
                "timeout_after": self._silence,
                "reset_after": lambda: CutShort(true, self._cut),
                "server_error_after": lambda: self._failed(500),
            },
        )
        return met or true

    def _failed(self, status: int) -> Response:
        return self._refuse(status, "An error has occurred")

    def _silence(self) -> Response:
        return Silence(self._clock, self._patience_s, self._cut)

"""What a writer meets on a bad day: something in place of the work, or no true answer after it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.responses import Response

from counterfoil.twins.kit.answers import instead, page, too_many
from counterfoil.twins.kit.bad_day import BadDay

_SLOW_S: Final = (0.3, 1.0)
NAMES: Final = (
    "server_error_before", "timeout_before", "timeout_after", "reset_after", "server_error_after",
    "too_many",
)  # fmt: skip
"""The faults that every such vendor's catalogue has; some have "html_page" and "slow" beside."""


class WriteFaults(NamedTuple):
    """The common faults of writes, as one vendor words them; `refuse` makes a refusal of a status
    and a text."""

    day: BadDay
    chance: random.Random
    refuse: Callable[[int, str], Response]

    async def before(self, web_page: str) -> Response | None:
        """What comes in place of any work (of which the `web_page` is one); None: it is done, and
        perhaps late."""
        return await self.day.met(
            {
                "too_many": lambda: too_many(1),
                "server_error_before": lambda: self._failed(self.chance.choice((500, 503))),
                "timeout_before": self.day.silence,
                "html_page": lambda: page(web_page),
            },
            _SLOW_S,
        )

    def after(self, true: Response) -> Response:
        """The answer to what was done: the true one, or what came of it."""
        met = instead(
            self.day.faults,
            {
                "timeout_after": self.day.silence,
                "reset_after": lambda: self.day.cut_short(true),
                "server_error_after": lambda: self._failed(500),
            },
        )
        return met or true

    def _failed(self, status: int) -> Response:
        return self.refuse(status, "An error has occurred")

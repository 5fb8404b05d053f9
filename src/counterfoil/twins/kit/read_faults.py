"""What a reader of a REST vendor meets on a bad day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from starlette.responses import Response

from counterfoil.twins.kit.answers import answer, nothing, page
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.rest import Refusal

_SLOW_S: Final = (0.3, 2.0)
_WAIT_PAGE: Final = "<!DOCTYPE html><html><title>Just a moment</title><p>Please wait.</p></html>"
NAMES: Final = (
    "server_error", "read_timeout", "reset", "html_error_page", "empty_page", "slow",
)  # fmt: skip
"""The faults of calls that are met here, which any such vendor's catalogue may have."""


class ReadFaults(NamedTuple):
    """The common faults of reads, refused as one vendor does."""

    day: BadDay
    refusal: Refusal

    async def before(self, own: Mapping[str, Callable[[], Response]]) -> Response | None:
        """What comes in place of any work: of the vendor's `own` faults first; None on a good
        day, perhaps after a while."""
        statuses = (500, 502, 503)
        answers: Mapping[str, Callable[[], Response]] = {
            "server_error": lambda: self.refusal(self.day.faults.pick(*statuses), "Try again."),
            "read_timeout": self.day.silence,
            "html_error_page": lambda: page(_WAIT_PAGE),
            "empty_page": nothing,
        }
        return await self.day.met({**own, **answers}, _SLOW_S)

    def answered(self, value: object) -> Response:
        """A value as JSON; or the first half of it."""
        whole = answer(value)
        return self.day.cut_short(whole) if self.day.faults.strikes("reset") else whole

"""The bad days of the shop: how often each comes, and in plain words what happens."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from counterfoil.twins.faults import Fault, Faults
from counterfoil.twins.shopify.memory import Memory

CATALOGUE: Final[dict[str, Fault]] = {
    "throttled": Fault(
        "Another process of the same app has drained the bucket, so a call was refused for cost.",
        normal=0.002,
        hostile=0.015,
    ),
    "server_error": Fault("A read was answered 500, 502 or 503.", normal=0.002, hostile=0.015),
    "read_timeout": Fault(
        "A read was held open until the caller gave up.", normal=0.001, hostile=0.008
    ),
    "reset": Fault(
        "The connection was closed in the middle of an answer.", normal=0.001, hostile=0.01
    ),
    "html_error_page": Fault(
        "A read was answered 200 with a page for people instead of data.",
        normal=0.001,
        hostile=0.01,
    ),
    "empty_page": Fault("A read was answered 200 with no body at all.", normal=0.001, hostile=0.01),
    "cursor_expired": Fault(
        "A cursor in the middle of a listing was no longer accepted.", normal=0.002, hostile=0.02
    ),
    "search_lag": Fault(
        "A change reached the search index only seconds after it was made.",
        normal=0.005,
        hostile=0.03,
    ),
    "webhook_duplicate": Fault("A webhook came twice.", normal=0.005, hostile=0.03),
    "webhook_lost": Fault("A webhook was never sent.", normal=0.002, hostile=0.02),
    "webhook_late": Fault("A webhook came late.", normal=0.005, hostile=0.03),
    "webhook_reordered": Fault(
        "The news of a change came before the news of the order.", normal=0.005, hostile=0.02
    ),
    "webhook_forged": Fault(
        "A stranger posted an order with a signature that is not right.",
        normal=0.001,
        hostile=0.02,
    ),
    "webhook_replayed": Fault(
        "A stranger posted an old, rightly signed message again under a new delivery number.",
        normal=0.001,
        hostile=0.02,
    ),
    "edited_later": Fault(
        "The shop edited an order seconds after it was placed.", normal=0.01, hostile=0.03
    ),
    "unmapped_value": Fault(
        "An order was shipped by a method that nobody has mapped.", normal=0.002, hostile=0.005
    ),
}
"""Every fault of this twin. "unmapped_value" leaves an order that only a person can free."""

UNMAPPED_SHIPPING: Final = "Drone Air Express"
"""The shipping method that no value map knows."""


class Mishaps:
    """The faults of this twin; which of them happened is remembered beyond a restart."""

    def __init__(
        self,
        memory: Memory,
        profile: str,
        chance: random.Random,
        catalogue: Mapping[str, Fault] = CATALOGUE,
    ) -> None:
        self._memory = memory
        self._faults = Faults(catalogue, profile, chance)
        self._faults.calm = bool(memory.fact("calm", 0))

    def strikes(self, name: str) -> bool:
        """Whether the fault happens now; a True is counted, so it must happen."""
        if not self._faults.strikes(name):
            return False
        self._memory.count(f"fault:{name}")
        return True

    def draw(self, between: tuple[float, float]) -> float:
        """A duration in seconds."""
        return self._faults.draw(*between)

    def pick(self, *statuses: int) -> int:
        """One of several HTTP statuses."""
        return statuses[int(self._faults.draw(0, len(statuses))) % len(statuses)]

    def calm(self) -> None:
        """No more faults from now on."""
        self._faults.calm = True
        self._memory.run("update facts set value = 1 where name = 'calm'")

    def reached(self) -> Mapping[str, int]:
        """How often each fault has happened."""
        happened = self._memory.counts("fault:")
        return {name: happened.get(name, 0) for name in CATALOGUE}

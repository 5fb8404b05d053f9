"""A twin that sells: it trades by itself, tells whoever listens, and counts what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from counterfoil.twins.kit.courier import Courier, Send
from counterfoil.twins.kit.faults import Fault, Faults, Weather
from counterfoil.twins.kit.happenings import Changing, Days, Happenings, Script
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.shelf import Shelf
from counterfoil.twins.kit.standing import Standing
from counterfoil.twins.kit.twin import Ground, Report, counted, own
from counterfoil.twins.kit.webhooks import Dialect, Webhooks

K = TypeVar("K", bound=Changing)


class Selling(Standing, Generic[K]):
    """What such twins have in common; a vendor's class hands over its `trade`, and has its `app`.

    What `weather` has `besides` is what befalls documents after they were placed.
    """

    trade: Happenings[K]
    shelf: Shelf[K]

    def __init__(
        self,
        ground: Ground,
        weather: Weather,
        catalogue: Mapping[str, Fault],
        pace: Pace,
        dialect: Dialect,
    ) -> None:
        memory, chance = ground.memory, ground.chance
        super().__init__(Ground(memory, ground.clock, own(chance)), weather, catalogue)
        self._ground = ground
        self._pace = pace
        self._fate = Faults(weather.besides, weather.day, own(chance), memory, "life:")
        self._fates = (self._fate,)
        self._webhooks = Webhooks(memory, self.faults, pace, dialect, own(chance))

    def _opened(self, script: Script[K], shelf: Shelf[K], send: Send) -> None:
        days = Days(self.faults, self._fate)
        ground, webhooks = self._ground, self._webhooks
        self.shelf = shelf
        self._books = {"order": lambda after: map(script.entry, shelf.every(after))}
        self.trade = Happenings(ground, self._pace, script, shelf, webhooks, days)
        self._courier = Courier(webhooks, self.faults, self._pace, ground.clock, send)
        self._works = (self.trade.sales, self.trade.turns)

    def listen(self, topics: Iterable[str], address: str) -> None:
        """Have the news of these topics sent to `address`, as an app's own settings would."""
        self._webhooks.listen(topics, address, self._ground.clock.now())

    def report(self) -> Report:
        """What has happened. `pending` are what befalls documents, and messages that nobody has
        been given yet."""
        orders, totals = self.shelf.totals()
        report = Report(
            faults=self.faults.reached(),
            befell=self._fate.reached(),
            orders=orders,
            totals_minor=totals,
            planned=self.trade.plan.planned,
            pending=self.trade.turns.pending + self._webhooks.untold,
            webhooks=self._webhooks.counts(),
        )
        return counted(report, self._ground.memory)

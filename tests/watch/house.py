"""A house in virtual time, as its books show it: it lists, is told, works, and may fall silent."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from counterfoil.flows.census import window_start
from counterfoil.flows.route import Plan
from counterfoil.store.watched import HourRow, MessageRow, RoleRow, RunRow, UntoldRow
from counterfoil.values.clock import Instant, instant, later, seconds_between
from counterfoil.watch.books import HOUR_S, HOURS_S, LATELY_S, TOLD_S, Books

BEGUN = instant("2026-11-02T00:00:00Z")
ROUTE = "orders"
PLAN = Plan(document="order", source="shop", target="office", owner="operations", cadence_s=180.0)


@dataclass
class VirtualHouse:
    """One route that is told of orders and lists them too; each part stops at its own moment."""

    chance: random.Random
    rate: float = 0.05  # orders a second
    listing_stops: Instant | None = None
    hook_stops: Instant | None = None
    worker_stops: Instant | None = None
    now: Instant = BEGUN
    due: Instant = BEGUN
    seen_at: Instant = BEGUN
    told: MessageRow = field(default_factory=lambda: MessageRow("shop", BEGUN.to_stdlib(), 1))
    first_untold: Instant | None = None
    _listed: list[tuple[Instant, Instant]] = field(default_factory=list)
    _waiting: list[Instant] = field(default_factory=list)
    _hours: dict[Instant, int] = field(default_factory=dict)

    def step(self, seconds: float) -> None:
        """Live on for some seconds."""
        until = later(self.now, seconds)
        for order in self._orders(seconds):
            hour = window_start(order, HOUR_S)
            self._hours[hour] = self._hours.get(hour, 0) + 1
            if self.hook_stops is not None and order >= self.hook_stops:
                self.first_untold = self.first_untold or order
                self._waiting.append(order)
            else:
                self.told = MessageRow("shop", order.to_stdlib(), self.told.number + 1)
        self.now = until
        if self.worker_stops is None or until < self.worker_stops:
            self.seen_at = later(until, -self.chance.uniform(0, 2))
            self._list()

    def _orders(self, seconds: float) -> list[Instant]:
        moments: list[Instant] = []
        at = self.chance.expovariate(self.rate)
        while at < seconds:
            moments.append(later(self.now, at))
            at += self.chance.expovariate(self.rate)
        return moments

    def _list(self) -> None:
        if self.listing_stops is not None and self.now >= self.listing_stops:
            return
        if self.now >= self.due:
            self._listed += [(self.now, order) for order in self._waiting]
            self._waiting.clear()
            self.due = later(self.now, PLAN.cadence_s + self.chance.uniform(0, 5))

    def seen(self) -> Books:
        """What the books show now."""
        start = later(self.now, -LATELY_S)
        late = [
            order
            for listed, order in self._listed
            if listed >= start and seconds_between(order, listed) > TOLD_S
        ]
        first, last = (
            window_start(later(self.now, -HOURS_S), HOUR_S),
            window_start(self.now, HOUR_S),
        )
        self._hours = {hour: count for hour, count in self._hours.items() if hour >= first}
        hours = [
            HourRow(ROUTE, hour.to_stdlib(), count)
            for hour, count in self._hours.items()
            if hour < last
        ]
        return Books(
            runs=[RunRow(ROUTE, "listing", self.due.to_stdlib(), None)],
            roles=[RoleRow("up", self.seen_at.to_stdlib())],
            messages=[self.told],
            untold=[
                UntoldRow(
                    ROUTE, "GBP", len(late), 4200 * len(late),
                    min(late).to_stdlib(), max(late).to_stdlib(),
                )
            ] if late else [],
            hours=hours,
        )  # fmt: skip

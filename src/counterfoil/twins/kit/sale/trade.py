"""What becomes of a shop's orders, and whose news it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.sale.events import befalls
from counterfoil.twins.kit.sale.life import Change
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.kit.trade import Agenda, Plan, Sales, Turn
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Instant


class Days(NamedTuple):
    """What goes wrong at a shop, and what befalls its orders by itself. `odd_shipping` is a method
    of shipping that nobody has mapped."""

    faults: Faults
    fate: Faults
    odd_shipping: str


class News(NamedTuple):
    """How a shop tells of an order: to whom, what the message says, and under which topics."""

    webhooks: Webhooks
    body: Callable[[Order], bytes]
    created: str
    updated: str
    cancelled: str


class Trade:
    """What becomes of orders.

    `sales`, `edits` and `turns` are what happens by itself; `days.fate` draws which events of
    `life` an order meets, with a chance of its own: the ground's.
    """

    def __init__(self, ground: Ground, pace: Pace, shop: Shop, news: News, days: Days) -> None:
        memory, clock = ground.memory, ground.clock
        self._memory = memory
        self._clock = clock
        self._chance = ground.chance
        self._pace = pace
        self.shop = shop
        self._news = news
        self._days = days
        self.plan = Plan(memory)
        self.sales = Sales(self.plan, memory, clock, lambda sale: self.place(sale, clock.now()))
        self.edits = Agenda("edits", memory, clock, self._edit)
        self.turns = Agenda("life", memory, clock, self._befall)

    def place(self, sale: Sale, now: Instant) -> int:
        """One customer buys: the order exists, and its news is promised. The order's number."""
        news, faults, fate = self._news, self._days.faults, self._days.fate
        with self._memory.transaction():
            order = self.shop.place(self._shipped_oddly(sale), now, lag_s=self._lag_s())
            late_s = 0.0
            if news.webhooks.listeners(news.updated) and faults.strikes("webhook_reordered"):
                news.webhooks.tell(news.updated, news.body(order), now)
                late_s = faults.draw(self._pace.attack_s)
            self._promise(order.id, news.created, now, late_s)
            if faults.strikes("edited_later"):
                after_s = faults.draw(self._pace.edit_s)
                self.edits.add(order.id, "edited", self._now_s() + after_s)
            for name, line, units in self._drawn(order):
                due_s = self._now_s() + fate.draw(self._pace.life_s)
                self.turns.add(order.id, name, due_s, at=line, units=units)
        return order.id

    def change(self, order_id: int, change: Change) -> bool:
        """Let something befall an order: its news is promised. False where that cannot be."""
        now = self._clock.now()
        with self._memory.transaction():
            before = self.shop.order(order_id)
            changed = self.shop.change(order_id, change, now, lag_s=self._lag_s())
            if before is None or changed is None:
                return False
            if changed.cancelled_s and not before.cancelled_s:
                self._promise(order_id, self._news.cancelled, now)
            self._promise(order_id, self._news.updated, now)
        return True

    def touch(self, order_id: int) -> None:
        """Somebody edits an order: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self.shop.touch(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:edited")
                self._promise(order_id, self._news.updated, now)

    def cancel(self, order_id: int) -> None:
        """A customer thinks better of it: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self.shop.cancel(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:cancelled")
                for topic in (self._news.cancelled, self._news.updated):
                    self._promise(order_id, topic, now)

    @property
    def pending(self) -> int:
        """How many edits and turns of orders are to come."""
        return self.edits.pending + self.turns.pending

    # --- inside ---

    def _edit(self, turn: Turn) -> None:
        self.touch(turn.document)

    def _befall(self, turn: Turn) -> float | None:
        fate, order = self._days.fate, self.shop.order(turn.document)
        changes = befalls(turn.name, order, turn.at, turn.units) if order else ()
        if turn.stage >= len(changes) or not self.change(turn.document, changes[turn.stage]):
            return None
        if not turn.stage:
            fate.happened(turn.name)
        last = turn.stage + 1 >= len(changes)
        return None if last else self._now_s() + fate.draw(self._pace.life_s)

    def _drawn(self, order: Order) -> list[tuple[str, int, int]]:
        """What will befall an order that was just placed: the event, a line, units of it."""
        fate, lines = self._days.fate, order.sale.lines
        goods = [place for place, line in enumerate(lines) if line.kind == "product"]
        drawn: list[tuple[str, int, int]] = []
        for name in fate.catalogue if goods else ():
            if fate.drawn(name):
                place = self._chance.choice(goods)
                drawn.append((name, place, self._chance.randint(1, lines[place].quantity)))
        return drawn

    def _promise(self, order_id: int, topic: str, now: Instant, late_s: float = 0.0) -> None:
        order, news = self.shop.order(order_id), self._news
        if order is not None:
            news.webhooks.promise(topic, lambda: news.body(order), now, late_s)

    def _shipped_oddly(self, sale: Sale) -> Sale:
        if not sale.shipping or not self._days.faults.strikes("unmapped_value"):
            return sale
        first = msgspec.structs.replace(sale.shipping[0], title=self._days.odd_shipping)
        return msgspec.structs.replace(sale, shipping=(first, *sale.shipping[1:]))

    def _lag_s(self) -> float:
        faults = self._days.faults
        return faults.draw(self._pace.lag_s) if faults.strikes("search_lag") else 0.0

    def _now_s(self) -> float:
        return unix_s(self._clock.now())

"""What happens at the shop by itself: customers buy, somebody edits, orders meet their fate."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.sale.events import befalls
from counterfoil.twins.kit.sale.life import Change
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.trade import Agenda, Plan, Sales, Turn
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify import notification, rest
from counterfoil.twins.shopify.faults import UNMAPPED_SHIPPING
from counterfoil.twins.shopify.profile import Site
from counterfoil.twins.shopify.state import Shop
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Instant

_CHANGED: Final = "orders/updated"


class Trade:
    """What becomes of orders, and whose news it is.

    `sales`, `edits` and `turns` are what happens by itself; `fate` draws which events of `life` an
    order meets, with a chance of its own: the ground's.
    """

    def __init__(
        self,
        ground: Ground,
        site: Site,
        shop: Shop,
        webhooks: Webhooks,
        faults: Faults,
        fate: Faults,
    ) -> None:
        memory, clock = ground.memory, ground.clock
        self._memory = memory
        self._clock = clock
        self._chance = ground.chance
        self._profile = site.profile
        self._pace = site.pace
        self._shop = shop
        self._webhooks = webhooks
        self._faults = faults
        self._fate = fate
        self.plan = Plan(memory)
        self.sales = Sales(self.plan, memory, clock, lambda sale: self.place(sale, clock.now()))
        self.edits = Agenda("edits", memory, clock, self._edit)
        self.turns = Agenda("life", memory, clock, self._befall)

    def place(self, sale: Sale, now: Instant) -> int:
        """One customer buys: the order exists, and its news is promised. The order's number."""
        with self._memory.transaction():
            order = self._shop.place(self._shipped_oddly(sale), now, lag_s=self._lag_s())
            late_s = 0.0
            if self._webhooks.listeners(_CHANGED) and self._faults.strikes("webhook_reordered"):
                self._webhooks.tell(_CHANGED, self._body(order), now)
                late_s = self._faults.draw(self._pace.attack_s)
            self._promise(order.id, "orders/create", now, late_s)
            if self._faults.strikes("edited_later"):
                after_s = self._faults.draw(self._pace.edit_s)
                self.edits.add(order.id, "edited", self._now_s() + after_s)
            for name, at, units in self._drawn(order):
                due_s = self._now_s() + self._fate.draw(self._pace.life_s)
                self.turns.add(order.id, name, due_s, at=at, units=units)
        return order.id

    def change(self, order_id: int, change: Change) -> bool:
        """Let something befall an order: its news is promised. False where that cannot be."""
        now = self._clock.now()
        with self._memory.transaction():
            before = self._shop.order(order_id)
            changed = self._shop.change(order_id, change, now, lag_s=self._lag_s())
            if before is None or changed is None:
                return False
            if changed.cancelled_s and not before.cancelled_s:
                self._promise(order_id, "orders/cancelled", now)
            self._promise(order_id, _CHANGED, now)
        return True

    def touch(self, order_id: int) -> None:
        """Somebody edits an order: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self._shop.touch(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:edited")
                self._promise(order_id, _CHANGED, now)

    def cancel(self, order_id: int) -> None:
        """A customer thinks better of it: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self._shop.cancel(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:cancelled")
                for topic in ("orders/cancelled", _CHANGED):
                    self._promise(order_id, topic, now)

    def notify(self, topic: str) -> int:
        """Somebody presses "send test notification"; how many hear of it."""
        now, profile = self._clock.now(), self._profile
        body = notification.body(profile.currency, now.timestamp(), profile.offset_minutes)
        return self._webhooks.tell(topic, body, now)

    # --- inside ---

    def _edit(self, turn: Turn) -> None:
        self.touch(turn.document)

    def _befall(self, turn: Turn) -> float | None:
        order = self._shop.order(turn.document)
        changes = befalls(turn.name, order, turn.at, turn.units) if order else ()
        if turn.stage >= len(changes) or not self.change(turn.document, changes[turn.stage]):
            return None
        if not turn.stage:
            self._fate.happened(turn.name)
        last = turn.stage + 1 >= len(changes)
        return None if last else self._now_s() + self._fate.draw(self._pace.life_s)

    def _drawn(self, order: Order) -> list[tuple[str, int, int]]:
        """What will befall an order that was just placed: the event, a line, units of it."""
        goods = [at for at, line in enumerate(order.sale.lines) if line.kind == "product"]
        drawn: list[tuple[str, int, int]] = []
        for name in self._fate.catalogue if goods else ():
            if self._fate.drawn(name):
                at = self._chance.choice(goods)
                drawn.append((name, at, self._chance.randint(1, order.sale.lines[at].quantity)))
        return drawn

    def _promise(self, order_id: int, topic: str, now: Instant, late_s: float = 0.0) -> None:
        order = self._shop.order(order_id)
        if order is not None:
            self._webhooks.promise(topic, lambda: self._body(order), now, late_s)

    def _body(self, order: Order) -> bytes:
        return rest.body(order, self._profile.offset_minutes)

    def _shipped_oddly(self, sale: Sale) -> Sale:
        if not sale.shipping or not self._faults.strikes("unmapped_value"):
            return sale
        first = msgspec.structs.replace(sale.shipping[0], title=UNMAPPED_SHIPPING)
        return msgspec.structs.replace(sale, shipping=(first, *sale.shipping[1:]))

    def _lag_s(self) -> float:
        return self._faults.draw(self._pace.lag_s) if self._faults.strikes("search_lag") else 0.0

    def _now_s(self) -> float:
        return unix_s(self._clock.now())

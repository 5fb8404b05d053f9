"""What happens at the shop by itself: customers buy, somebody edits, messages go out."""

from __future__ import annotations

import asyncio

import msgspec

from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.fate import Fate
from counterfoil.twins.shopify.faults import UNMAPPED_SHIPPING, Mishaps
from counterfoil.twins.shopify.life import Change
from counterfoil.twins.shopify.memory import Memory
from counterfoil.twins.shopify.profile import Pace
from counterfoil.twins.shopify.spelling import unix_s
from counterfoil.twins.shopify.state import Shop, Turn
from counterfoil.twins.shopify.webhooks import DUPLICATE, FORGED, REPLAYED, Delivery, Send, Webhooks
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock, Instant

_AT_ONCE = 20  # messages on their way at the same time
_LONGEST_REST_S = 1.0  # then it looks again, whoever forgot to wake it


class Trade:
    """The background of the shop. Trade begins when `run` is first called, and goes on after a
    restart as if it had never stopped."""

    def __init__(
        self,
        memory: Memory,
        shop: Shop,
        webhooks: Webhooks,
        bulk: Bulk,
        mishaps: Mishaps,
        pace: Pace,
        clock: Clock,
        send: Send,
        *,
        fate: Fate,
    ) -> None:
        self._memory = memory
        self._shop = shop
        self._webhooks = webhooks
        self._bulk = bulk
        self._mishaps = mishaps
        self._fate = fate
        self._pace = pace
        self._clock = clock
        self._send = send
        self._on_the_way: set[int] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                busy = self.catch_up()
                self._deliver(tasks)
                await self._rest(0.0 if busy else self._idle_s(self._opened_s()))

    def catch_up(self) -> bool:
        """Do a batch of what is due inside the shop; False where there was nothing."""
        busy = self.place_due(self._now_s() - self._opened_s())
        busy |= self.edit_due()
        busy |= self.befall_due()
        busy |= self._bulk.advance(self._clock.now())
        return busy

    def place_due(self, elapsed_s: float) -> bool:
        """Place a batch of the sales whose moment has come; False where there was none."""
        now = self._clock.now()
        with self._memory.transaction():
            sales = self._shop.due(elapsed_s)
            for sale in sales:
                self.place(sale, now)
        return bool(sales)

    def place(self, sale: Sale, now: Instant) -> int:
        """One customer buys: the order exists, and its news is promised. The order's number."""
        with self._memory.transaction():
            order = self._shop.place(self._shipped_oddly(sale), now, lag_s=self._lag_s())
            late_s = 0.0
            if self._listened("orders/updated") and self._mishaps.strikes("webhook_reordered"):
                self._webhooks.promise(order, "orders/updated", now)
                late_s = self._mishaps.draw(self._pace.attack_s)
            self._promise(order.id, "orders/create", now, late_s)
            if self._mishaps.strikes("edited_later"):
                after_s = self._mishaps.draw(self._pace.edit_s)
                self._shop.will_edit(order.id, self._now_s() + after_s)
            for name, at, units in self._fate.drawn(order):
                due_s = self._now_s() + self._fate.draw(self._pace.life_s)
                self._shop.will_befall(order.id, name, at, units, due_s)
        return order.id

    def edit_due(self) -> bool:
        """Make the edits whose moment has come; False where there was none."""
        with self._memory.transaction():
            numbers = self._shop.edits(self._now_s())
            for number in numbers:
                self.touch(number)
        return bool(numbers)

    def befall_due(self) -> bool:
        """Let what is due befall its orders; False where there was nothing."""
        with self._memory.transaction():
            turns = self._shop.turns(self._now_s())
            for turn in turns:
                self._take(turn)
        return bool(turns)

    def _take(self, turn: Turn) -> None:
        order = self._shop.order(turn.order_id)
        changes = self._fate.changes(turn, order) if order else ()
        again_s: float | None = None
        if turn.stage < len(changes) and self.change(turn.order_id, changes[turn.stage]):
            self._fate.happened(turn)
            if turn.stage + 1 < len(changes):
                again_s = self._now_s() + self._fate.draw(self._pace.life_s)
        self._shop.turned(turn, again_s)

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
            self._promise(order_id, "orders/updated", now)
        return True

    def touch(self, order_id: int) -> None:
        """Somebody edits an order: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self._shop.touch(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:edited")
                self._promise(order_id, "orders/updated", now)

    def cancel(self, order_id: int) -> None:
        """A customer thinks better of it: its news is promised."""
        now = self._clock.now()
        with self._memory.transaction():
            if self._shop.cancel(order_id, now, lag_s=self._lag_s()):
                self._memory.count("orders:cancelled")
                for topic in ("orders/cancelled", "orders/updated"):
                    self._promise(order_id, topic, now)

    def notify(self, topic: str) -> int:
        """Somebody presses "send test notification"; how many hear of it."""
        return self._webhooks.notify(topic, self._clock.now())

    def wake(self) -> None:
        """Look again now: something was added from outside."""
        self._wake.set()

    # --- messages ---

    def _promise(self, order_id: int, topic: str, now: Instant, late_s: float = 0.0) -> None:
        order = self._shop.order(order_id)
        if order is None or not self._listened(topic):
            return
        if self._mishaps.strikes("webhook_lost"):
            self._memory.count("hooks:lost")
            return
        if self._mishaps.strikes("webhook_late"):
            late_s += self._mishaps.draw(self._pace.late_s)
        self._webhooks.promise(order, topic, now, later_s=late_s)

    def _deliver(self, tasks: asyncio.TaskGroup) -> None:
        free = _AT_ONCE - len(self._on_the_way)
        if free <= 0:
            return
        for delivery in self._webhooks.due(self._now_s(), free, self._on_the_way):
            self._on_the_way.add(delivery.id)
            tasks.create_task(self._hand_over(delivery))

    async def _hand_over(self, delivery: Delivery) -> None:
        headers = self._webhooks.headers(delivery)
        try:
            status = await self._send(delivery.uri, headers, delivery.body)
        except (OSError, TimeoutError):
            status = 0
        finally:
            self._on_the_way.discard(delivery.id)
        if self._webhooks.settle(delivery, status, self._clock.now()):
            self._afterwards(delivery)
        self._wake.set()

    def _afterwards(self, delivery: Delivery) -> None:
        """What else comes of a message that arrived: the same again, or a stranger's copy."""
        for fault, kind in (
            ("webhook_duplicate", DUPLICATE),
            ("webhook_forged", FORGED),
            ("webhook_replayed", REPLAYED),
        ):
            if self._mishaps.strikes(fault):
                due_s = self._now_s() + self._mishaps.draw(self._pace.attack_s)
                self._webhooks.again(delivery, kind, due_s)

    def _listened(self, topic: str) -> bool:
        return bool(self._webhooks.subscriptions((topic,)))

    # --- inside ---

    def _shipped_oddly(self, sale: Sale) -> Sale:
        if not sale.shipping or not self._mishaps.strikes("unmapped_value"):
            return sale
        first = msgspec.structs.replace(sale.shipping[0], title=UNMAPPED_SHIPPING)
        return msgspec.structs.replace(sale, shipping=(first, *sale.shipping[1:]))

    def _lag_s(self) -> float:
        return self._mishaps.draw(self._pace.lag_s) if self._mishaps.strikes("search_lag") else 0.0

    def _now_s(self) -> float:
        return unix_s(self._clock.now())

    def _opened_s(self) -> float:
        return self._memory.fact("opened", self._now_s())

    def _idle_s(self, opened_s: float) -> float:
        at_s = self._shop.next_at_s()
        moments = [
            None if at_s is None else opened_s + at_s,
            self._shop.next_edit_s(),
            self._shop.next_turn_s(),
            self._bulk.ready_s(),
        ]
        if len(self._on_the_way) < _AT_ONCE:
            moments.append(self._webhooks.next_s(self._on_the_way))
        soonest = min((moment for moment in moments if moment is not None), default=None)
        if soonest is None:
            return _LONGEST_REST_S
        # Milliseconds are all that the clock is asked for, so less than one is not waited for.
        return min(max(soonest - self._now_s(), 0.001), _LONGEST_REST_S)

    async def _rest(self, seconds: float) -> None:
        """Wait for a moment, or for something that cannot wait."""
        if not seconds:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.create_task(self._clock.sleep(seconds))
        waker = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait((sleeper, waker), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waker.cancel()

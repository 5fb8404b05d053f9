"""What happens at the store by itself, and whose news it is."""

from __future__ import annotations

import msgspec

from counterfoil.twins.bigcommerce.hooks import ARCHIVED, CREATED, STATUS_UPDATED, UPDATED, notice
from counterfoil.twins.bigcommerce.life import EVENTS, Change
from counterfoil.twins.bigcommerce.order import Kept
from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.bigcommerce.state import Store
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.trade import Agenda, Plan, Sales, Turn
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.world import Sale


class Trade:
    """What becomes of orders; `fate` draws what befalls them after they were placed."""

    def __init__(
        self,
        ground: Ground,
        site: Site,
        store: Store,
        webhooks: Webhooks,
        faults: Faults,
        fate: Faults,
    ) -> None:
        self._memory = ground.memory
        self._clock = ground.clock
        self._site = site
        self._store = store
        self._webhooks = webhooks
        self._faults = faults
        self._fate = fate
        self.lag = Lag(faults, "search_lag", ground.clock, site.pace.lag_s)
        self.plan = Plan(ground.memory)
        self.sales = Sales(self.plan, ground.memory, ground.clock, self.place)
        self.turns = Agenda("life", ground.memory, ground.clock, self._befall)

    def place(self, sale: Sale) -> int:
        """A sale begins: the order exists, and its news is promised. Its number."""
        now_s, pace = unix_s(self._clock.now()), self._site.pace
        with self._memory.transaction():
            kept = self._store.place(sale, int(now_s))
            self.lag.landed(kept.id)
            late_s = 0.0
            if self._faults.strikes("webhook_reordered"):
                self._tell(UPDATED, kept)
                late_s = self._faults.draw(pace.attack_s)
            self._tell(CREATED, kept, late_s)
            if kept.by_shopper:
                done_s = now_s + self._faults.draw(pace.edit_s)
                self.turns.add(kept.id, "completed", done_s)
            if self._faults.strikes("edited_later"):
                edited_s = now_s + pace.edit_s[1] + self._faults.draw(pace.edit_s)
                self.turns.add(kept.id, "edited", edited_s)
            for name in self._fate.catalogue:
                if self._fate.drawn(name):
                    due_s = now_s + pace.edit_s[1] + self._fate.draw(pace.life_s)
                    self.turns.add(kept.id, name, due_s)
        return kept.id

    def change(self, order_id: int, change: Change) -> Kept | None:
        """Let something befall an order, and promise its news; None where there is nothing new."""
        now_s = int(unix_s(self._clock.now()))
        with self._memory.transaction():
            before = self._store.order(order_id)
            changed = change(before, now_s) if before else None
            if before is None or changed is None or changed == before:
                return None
            kept = msgspec.structs.replace(changed, modified_s=max(now_s, before.modified_s))
            self._store.save(kept)
            self.lag.landed(kept.id)
            if kept.status != before.status:
                moved = {"previous_status_id": before.status, "new_status_id": kept.status}
                self._tell(STATUS_UPDATED, kept, status=moved)
            self._tell(ARCHIVED if kept.archived and not before.archived else UPDATED, kept)
        return kept

    def _befall(self, turn: Turn) -> None:
        changed = self.change(turn.document, EVENTS[turn.name])
        if changed is not None and turn.name in self._fate.catalogue:
            self._fate.happened(turn.name)

    def _tell(self, scope: str, kept: Kept, late_s: float = 0.0, **more: object) -> None:
        now = self._clock.now()
        data: dict[str, object] = {"type": "order", "id": kept.id, **more}
        body = notice(self._site, scope, now.timestamp(), data)
        self._webhooks.promise(scope, lambda: body, now, late_s)

"""What happens at the shop by itself, and what a person there may press."""

from __future__ import annotations

from functools import partial
from typing import Final

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.inventory import Inventory
from counterfoil.twins.kit.sale.life import Change
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.parcel import assignments
from counterfoil.twins.kit.sale.refund import Repaid, repayments
from counterfoil.twins.kit.sale.sending import reassigned
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.kit.sale.trade import Days, News, Trade
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify import notification, rest
from counterfoil.twins.shopify.profile import Site
from counterfoil.twins.world import Place, Sale
from counterfoil.values.clock import Instant

_ANNEX: Final = Place(701, "Annex")


class ShopTrade(Trade):
    """What becomes of orders; its news has a whole order in each message."""

    def __init__(
        self,
        ground: Ground,
        site: Site,
        shop: Shop,
        webhooks: Webhooks,
        days: Days,
        inventory: Inventory,
        mishaps: Faults,
    ) -> None:
        self._profile = site.profile
        self._inventory = inventory
        self._mishaps = mishaps
        topics = ("orders/create", "orders/updated", "orders/cancelled")
        super().__init__(ground, site.pace, shop, News(webhooks, self._body, *topics), days)

    def place(self, sale: Sale, now: Instant) -> int:
        """One customer buys: what is bought is not available any more, from this moment on; perhaps
        another place is to send a part of it."""
        with self._memory.transaction():
            order_id = super().place(sale, now)
            self._inventory.sold(sale)
        order = self.shop.order(order_id)
        assert order is not None
        for first in assignments(order)[:1]:  # none, where nothing is to be sent
            lines = list(first.remainder)
            if len(lines) > 1 and self._mishaps.strikes("moved_elsewhere"):
                self.change(order_id, reassigned(first.number, {lines[-1]: 1}, _ANNEX))
        return order_id

    def change(self, order_id: int, change: Change) -> bool:
        """Let something befall an order; whoever listens hears of a refund by itself, too."""
        before = self.shop.order(order_id)
        done = super().change(order_id, change)
        after = self.shop.order(order_id)
        if done and before is not None and after is not None:
            for repaid in repayments(after)[len(before.refunds) :]:
                self._news.webhooks.promise(
                    "refunds/create", partial(self.refund_body, repaid), self._clock.now()
                )
        return done

    def refund_body(self, repaid: Repaid) -> bytes:
        """What a message says of a refund."""
        return rest.refund_body(repaid, self._profile.offset_minutes)

    def notify(self, topic: str) -> int:
        """Somebody presses "send test notification"; how many hear of it."""
        now, profile = self._clock.now(), self._profile
        body = notification.body(profile.currency, now.timestamp(), profile.offset_minutes)
        return self._news.webhooks.tell(topic, body, now)

    def _body(self, order: Order) -> bytes:
        return rest.body(order, self._profile.offset_minutes)

"""The Shopify twin, put together: one shop, its memory, its bad days, its way out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from starlette.applications import Starlette

from counterfoil.twins.faults import Fault
from counterfoil.twins.shopify.access import Access
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.control import Control
from counterfoil.twins.shopify.cost import Bucket
from counterfoil.twins.shopify.fate import Fate
from counterfoil.twins.shopify.faults import CATALOGUE, Mishaps
from counterfoil.twins.shopify.graph import Graph
from counterfoil.twins.shopify.life import NOTHING
from counterfoil.twins.shopify.memory import Memory
from counterfoil.twins.shopify.profile import Pace, Profile
from counterfoil.twins.shopify.queries import Root
from counterfoil.twins.shopify.routes import Routes
from counterfoil.twins.shopify.state import Shop
from counterfoil.twins.shopify.trade import Trade
from counterfoil.twins.shopify.webhooks import COUNTED, Send, Webhooks
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock

_PENDING = """select (select count(*) from edits)
    + (select count(*) from turns) + (select count(*) from deliveries where attempts = 0)"""
# What the shop will still do by itself: edits, what befalls orders, and messages that nobody has
# been given yet.


class ShopifyTwin:
    """A shop that answers the Admin API of 2026-10, sends webhooks and fails on command.

    `path` is a file or ":memory:"; what is in the file is gone on with. `faults` is "none",
    "normal" or "hostile". `send` posts a webhook: address, headers and body to HTTP status, 0
    where none came. The same `chance`, clock and calls give the same shop. `catalogue`: the same
    faults at other rates. `life`: what befalls orders after they were placed, and how often, such
    as `life.LIFE`; by itself nothing does.
    """

    app: Starlette
    shop: Shop
    trade: Trade

    def __init__(
        self,
        path: str,
        clock: Clock,
        chance: random.Random,
        faults: str,
        *,
        profile: Profile,
        send: Send,
        pace: Pace | None = None,
        catalogue: Mapping[str, Fault] = CATALOGUE,
        life: Mapping[str, Fault] = NOTHING,
    ) -> None:
        pace = pace or Pace()
        self._memory = memory = Memory(path)
        self._mishaps = mishaps = Mishaps(memory, faults, _own(chance), catalogue)
        self.shop = shop = Shop(
            memory,
            sees_all="read_all_orders" in profile.scopes,
            remembers=profile.remembers,
        )
        self._webhooks = webhooks = Webhooks(memory, profile, pace, _own(chance))
        self._clock = clock
        bulk = Bulk(memory, shop, pace)
        bucket = Bucket(profile.bucket_size, profile.restore_per_s, clock)
        graph = Graph(Root(memory, shop, webhooks, bulk, profile, clock), bucket, memory, mishaps)
        access = Access(memory, profile, pace, clock, _own(chance))
        vendor = Routes(memory, access, graph, bulk, mishaps, pace, clock, _own(chance))
        # Last, so that what befalls orders moves nobody else's chance.
        fate = Fate(memory, faults, _own(chance), life)
        self.trade = Trade(memory, shop, webhooks, bulk, mishaps, pace, clock, send, fate=fate)
        self._fate = fate
        control = Control(shop, webhooks, self.calm, self.report)
        self.app = Starlette(routes=[*vendor.routes(), *control.routes()])

    def load_plan(self, sales: Iterable[Sale]) -> int:
        """The trade to come, in any order; a plan that is there already is kept."""
        return self.shop.load_plan(sales)

    def listen(self, topics: Iterable[str], address: str) -> None:
        """Have the news of these topics sent to `address`, as an app's own settings would."""
        for topic in topics:
            if not self._webhooks.subscriptions((topic,), address):
                self._webhooks.subscribe(topic, address, None, self._clock.now())

    async def run(self) -> None:
        """Trade until cancelled: place what is due, edit, deliver webhooks, work off bulk."""
        await self.trade.run()

    def calm(self) -> None:
        """No more faults from now on."""
        self._mishaps.calm()
        self._fate.calm()

    def report(self) -> Mapping[str, object]:
        """What has happened, as plain JSON: counts, money in minor units, faults reached."""
        totals = self.shop.totals()
        calls = self._memory.counts("calls:")
        hooks = self._memory.counts("hooks:")
        changes = self._memory.counts("orders:")
        return {
            "orders": sum(count for count, _ in totals.values()),
            "orders_total_minor": {code: total for code, (_, total) in totals.items()},
            "planned": self.shop.planned(),
            "pending": int(self._memory.number(_PENDING)),
            "edited": changes.get("edited", 0),
            "cancelled": changes.get("cancelled", 0),
            "webhooks": {name: hooks.get(name, 0) for name in COUNTED},
            "calls": calls.get("all", 0),
            "throttled": calls.get("throttled", 0),
            "over_limit": calls.get("over_limit", 0),
            "faults": dict(self._mishaps.reached()),
            "life": dict(self._fate.befell()),
        }

    def close(self) -> None:
        """Let the file go."""
        self._memory.close()


def _own(chance: random.Random) -> random.Random:
    """A stream of chance of its own, so that one part's draws do not move another's."""
    return random.Random(chance.getrandbits(64))

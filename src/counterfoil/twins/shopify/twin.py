"""The Shopify twin, put together: one shop, its memory, its bad days, its way out."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.consignments import book
from counterfoil.twins.kit.control import PAGE, control
from counterfoil.twins.kit.courier import Courier, Send, unheard
from counterfoil.twins.kit.faults import NEVER, Faults, Weather
from counterfoil.twins.kit.gate import CONTROL, Gate
from counterfoil.twins.kit.inventory import Inventory
from counterfoil.twins.kit.limits import Bucket, Meter
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.paging import keyset
from counterfoil.twins.kit.sale.shop import Shop, Ways
from counterfoil.twins.kit.sale.trade import Days
from counterfoil.twins.kit.standing import Book, Standing
from counterfoil.twins.kit.twin import Ground, Report, counted, own
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.customer import SCOPE as SCOPE_OF_CUSTOMERS
from counterfoil.twins.shopify.customer import Customers
from counterfoil.twins.shopify.faults import CATALOGUE, UNMAPPED_SHIPPING
from counterfoil.twins.shopify.fulfilment import MISHAPS, SCOPE, Fulfilments
from counterfoil.twins.shopify.graph import Graph
from counterfoil.twins.shopify.paying import Paying
from counterfoil.twins.shopify.product import Catalogue
from counterfoil.twins.shopify.profile import Site
from counterfoil.twins.shopify.queries import Root
from counterfoil.twins.shopify.refund import SCOPE as SCOPE_OF_REFUNDS
from counterfoil.twins.shopify.refund import Refunds
from counterfoil.twins.shopify.routes import Gatehouse, Routes
from counterfoil.twins.shopify.settlement import SCOPE as PAYMENTS
from counterfoil.twins.shopify.settlement import Payments
from counterfoil.twins.shopify.shapes import bodies
from counterfoil.twins.shopify.stock import Levels
from counterfoil.twins.shopify.trade import ShopTrade
from counterfoil.twins.shopify.webhooks import dialect
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock


class ShopifyTwin(Standing):
    """A shop that answers the Admin API of 2026-10, sends webhooks and fails on command.

    `send` posts a webhook: address, headers and body to HTTP status, 0 where none came. The same
    `chance`, clock and calls give the same shop. What `weather` has `besides` is what befalls
    orders after they were placed, such as `events.LIFE`; by itself nothing does.
    """

    def __init__(
        self,
        memory: Memory,
        clock: Clock,
        chance: random.Random,
        weather: Weather,
        site: Site,
        send: Send = unheard,
    ) -> None:
        profile, pace = site.profile, site.pace
        # A stream of its own, taken from the other's state without moving it.
        telling = random.Random(repr(chance.getstate()) + "tell")
        super().__init__(Ground(memory, clock, own(chance)), weather, CATALOGUE)
        faults = self.faults
        besides = weather.besides
        life = {name: fault for name, fault in besides.items() if name not in MISHAPS}
        mishaps = {name: besides.get(name, NEVER) for name in MISHAPS}
        self.mishaps = Faults(mishaps, weather.day, telling, memory, "told:")
        # Without this scope an app sees the orders of 60 days (shopify.dev, access scopes).
        shows_days = None if "read_all_orders" in profile.scopes else 60
        ways = Ways(6_001_000, 15_001_000, shows_days, remembers=profile.remembers)
        self.shop = shop = Shop(memory, ways)
        self._webhooks = webhooks = Webhooks(memory, faults, pace, dialect(profile), own(chance))
        self.bulk = bulk = Bulk(memory, shop, clock, profile.bulk_s)
        gatehouse = Gatehouse(Ground(memory, clock, own(chance)), profile)
        bucket = Bucket(profile.bucket_size, profile.restore_per_s, clock)
        self.catalogue = catalogue = Catalogue(memory, clock, profile.currency)
        root = Root(Ground(memory, clock, chance), shop, webhooks, bulk, profile, catalogue)
        self.inventory = Inventory(memory, clock, profile.location)
        root.serve(Levels(memory, clock, self.inventory).answers(), "write_inventory")
        self.customers = Customers(memory, clock, webhooks, profile)
        root.serve(self.customers.answers(), SCOPE_OF_CUSTOMERS)
        self.payments = Payments(memory, clock, profile.currency)
        root.serve(self.payments.answers(), PAYMENTS)
        graph = Graph(root, bucket, memory, faults)
        vendor = Routes(Ground(memory, clock, own(chance)), pace, graph, bulk, faults, self.mishaps)
        # Last, so that what befalls orders moves nobody else's chance.
        fated = own(chance)
        self._fate = Faults(life, weather.day, fated, memory, "life:")
        days = Days(faults, self._fate, UNMAPPED_SHIPPING)
        ground = Ground(memory, clock, fated)
        self.trade = trade = ShopTrade(
            ground, site, shop, webhooks, days, self.inventory, self.mishaps
        )
        self.refunds = Refunds(shop)
        root.serve(self.refunds.answers(), SCOPE_OF_REFUNDS)
        root.serve(Fulfilments(shop, trade.change).answers, SCOPE)
        ground = Ground(memory, clock, random.Random(repr(chance.getstate()) + "paying"))
        self.paying = Paying(ground, site.calendar, weather.day, trade, self.payments)
        self._fates = (self._fate, self.mishaps, self.paying.fate)
        self._works = (trade.sales, trade.edits, trade.turns, bulk, *self.paying.works)
        self._courier = Courier(webhooks, faults, pace, clock, send)
        self._books = self._by_word()
        self.app = Gate(
            vendor.router(gatehouse),
            control(self, Route(CONTROL + "orders", self._orders), webhooks=webhooks),
            Meter(memory, clock),
            gatehouse.front(vendor),
        )

    def _by_word(self) -> dict[str, Book]:
        return {
            "order": self.shop.book,
            "refund": self.refunds.book,
            "fulfilment": partial(book, self.shop),
            "product": self.catalogue.book,
            "stock": self.inventory.book,
            "customer": self.customers.book,
            "settlement": self.payments.book,
            "account": self.payments.trade,
        }

    def load_plan(self, sales: Iterable[Sale]) -> int:
        """The trade to come, in any order; a plan that is there already is kept."""
        return self.trade.plan.load(sales)

    def listen(self, topics: Iterable[str], address: str) -> None:
        """Have the news of these topics sent to `address`, as an app's own settings would."""
        self._webhooks.listen(topics, address, self._clock.now())

    def report(self) -> Report:
        """What has happened. `pending` are edits, what befalls orders, and messages that nobody has
        been given yet."""
        totals = self.shop.totals()
        changes = self._memory.counts("orders:")
        met = {**self.mishaps.reached(), **self.paying.fate.reached()}
        befell = {name: count for name, count in met.items() if count}
        report = Report(
            faults=self.faults.reached(),
            befell={**self._fate.reached(), **befell},
            orders=sum(count for count, _ in totals.values()),
            totals_minor={code: total for code, (_, total) in totals.items()},
            planned=self.trade.plan.planned,
            pending=self.trade.pending + self._webhooks.untold + self.paying.pending,
            edited=changes.get("edited", 0),
            cancelled=changes.get("cancelled", 0),
            webhooks=self._webhooks.counts(),
        )
        return counted(report, self._memory)

    async def _orders(self, request: Request) -> Response:
        """Every order, for whoever checks: `after` (a number) and `limit` make pages; `next` is
        null at the end."""
        after, limit = keyset(request, "after", PAGE, PAGE)
        orders = self.shop.every(after, limit)
        record = bodies(0).record("held")
        further = orders[-1].id if len(orders) == limit else None
        return answer({"orders": [record(order) for order in orders], "next": further})

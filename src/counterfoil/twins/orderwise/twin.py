"""The twin, put together, and its own count of what reached it."""

from __future__ import annotations

import random
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import NEVER, Faults, Weather
from counterfoil.twins.kit.gate import Gate
from counterfoil.twins.kit.keeping import Keeping
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.limits import Bucket, Meter, Slots
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.standing import Standing
from counterfoil.twins.kit.twin import Ground, Report
from counterfoil.twins.orderwise.customer import Customers
from counterfoil.twins.orderwise.faults import CATALOGUE
from counterfoil.twins.orderwise.fulfilment import MISHAPS, Warehouse
from counterfoil.twins.orderwise.keeping import ways
from counterfoil.twins.orderwise.product import Products
from counterfoil.twins.orderwise.routes import Routes
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.state import State
from counterfoil.twins.orderwise.stock import Shelves
from counterfoil.values.clock import Clock


class OrderWiseTwin(Standing):
    """One OrderWise instance; `.app` is its ASGI application. It sends no message by itself.

    What `weather` has `besides` are ways in which orders are stored otherwise than they came, such
    as `keeping.KEEPING`, and what befalls their goods, such as `fulfilment.MISHAPS`; by itself they
    are altered in those of its catalogue only.
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
        # A stream of its own, taken from the other's state without moving it.
        beside, picking = (random.Random(repr(chance.getstate()) + name) for name in ("", "pick"))
        super().__init__(Ground(memory, clock, chance), weather, CATALOGUE)
        keeping_faults = {
            name: fault for name, fault in weather.besides.items() if name not in MISHAPS
        }
        mishaps = {name: weather.besides.get(name, NEVER) for name in MISHAPS}
        self._keeping = Keeping(
            Faults(keeping_faults, weather.day, beside, memory, "kept:"), beside, ways(site)
        )
        self.warehouse = Warehouse(
            Ground(memory, clock, picking),
            site,
            Faults(mishaps, weather.day, picking, memory, "picked:"),
        )
        self.state = State(memory, site)
        self.products = Products(memory, clock, site)
        self.customers = Customers(memory, clock, site)
        ground = Ground(memory, clock, chance)
        zone = ZoneInfo(site.zone)
        self.shelves = Shelves(
            memory,
            self.state.variant,
            lambda: datetime.fromtimestamp(clock.now().timestamp(), zone).replace(tzinfo=None),
        )
        self._books = {
            "order": self.state.book,
            "refund": partial(self.state.book, credits=True),
            "fulfilment": self.warehouse.book,
            "product": self.products.book,
            "customer": self.customers.book,
            "stock": self.shelves.book,
        }
        people = self.warehouse, self.customers
        routes = Routes(ground, site, self.state, self.faults, self._keeping, people)
        self._fates = (self._keeping.faults, self.warehouse.faults)
        self._works = (self.warehouse.agenda,)
        limits = (Slots(site.slots), Bucket(site.burst, site.calls_per_s, clock))
        self.app = Gate(
            routes.router(),
            control(self),
            Meter(memory, clock, limits),
            routes.front(),
        )

    def report(self) -> Report:
        """The twin's own count."""
        picked = {name: count for name, count in self.warehouse.faults.reached().items() if count}
        befell = {**self._keeping.faults.reached(), **picked}
        report = landed(self._memory, self.state.currency, self.faults.reached(), befell)
        return msgspec.structs.replace(report, pending=self._pending)

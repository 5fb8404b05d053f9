"""The BigCommerce twin, put together."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from starlette.routing import Router

from counterfoil.twins.bigcommerce.faults import CATALOGUE
from counterfoil.twins.bigcommerce.hooks import Hooks, dialect
from counterfoil.twins.bigcommerce.routes import Gatehouse, Routes
from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.bigcommerce.state import Store
from counterfoil.twins.bigcommerce.trade import Trade
from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Courier, Send, unheard
from counterfoil.twins.kit.faults import Faults, Weather
from counterfoil.twins.kit.gate import Gate
from counterfoil.twins.kit.limits import Meter, Slots, Window
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.trade import Background
from counterfoil.twins.kit.twin import Ground, Report, counted, own
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.values.clock import Clock


class BigCommerceTwin:
    """A store that answers V2 orders, sends webhooks that only name them, and fails on command.

    What `weather` has `besides` is what befalls orders after they were placed, such as `life.LIFE`;
    by itself shoppers finish what they began, and nothing else happens.
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
        self._memory = memory
        self._clock = clock
        catalogue = CATALOGUE if weather.catalogue is None else weather.catalogue
        self.faults = faults = Faults(catalogue, weather.day, own(chance), memory)
        self._fate = Faults(weather.besides, weather.day, own(chance), memory, "life:")
        self.store = store = Store(memory, remembers=site.remembers)
        self._webhooks = webhooks = Webhooks(
            memory, faults, site.pace, dialect(site, clock), own(chance)
        )
        ground = Ground(memory, clock, chance)
        self.trade = trade = Trade(ground, site, store, webhooks, faults, self._fate)
        courier = Courier(webhooks, faults, site.pace, clock, send)
        self._background = Background(clock, (trade.sales, trade.turns), courier)
        window = Window(site.quota, site.window_s, clock)
        orders = Routes(site, store, faults, trade.lag, trade.change)
        self.app = Gate(
            Router([*orders.routes(), *Hooks(site, webhooks, clock).routes()]),
            control(self, webhooks=webhooks),
            Meter(memory, clock, (Slots(site.slots), window)),
            Gatehouse(site, faults, window, clock).front(),
        )

    def listen(self, topics: Iterable[str], address: str) -> None:
        """Have the news of these topics sent to `address`, as an app's own settings would."""
        self._webhooks.listen(topics, address, self._clock.now())

    async def run(self) -> None:
        """Trade until cancelled: place what is due, complete, deliver webhooks."""
        await self._background.run()

    def calm(self) -> None:
        """No more faults from now on."""
        self.faults.stop()
        self._fate.stop()

    def report(self) -> Report:
        """What has happened. `pending` are what befalls orders, and messages that nobody has been
        given yet."""
        orders, totals = self.store.totals()
        report = Report(
            faults=self.faults.reached(),
            befell=self._fate.reached(),
            orders=orders,
            totals_minor=totals,
            planned=self.trade.plan.planned,
            pending=self.trade.turns.pending + self._webhooks.untold,
            webhooks=self._webhooks.counts(),
        )
        return counted(report, self._memory)

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        """Every order, the oldest first."""
        return self.store.book(after) if word == "order" else iter(())

    def close(self) -> None:
        """Let the file go."""
        self._memory.close()

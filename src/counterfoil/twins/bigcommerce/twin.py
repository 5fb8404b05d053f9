"""The BigCommerce twin, put together."""

from __future__ import annotations

import random

from starlette.routing import Router

from counterfoil.twins.bigcommerce.faults import CATALOGUE
from counterfoil.twins.bigcommerce.hooks import Script, dialect, hooks
from counterfoil.twins.bigcommerce.routes import HEADERS, orders, refusal
from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.gate import Gate
from counterfoil.twins.kit.limits import Meter, Slots, Window
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.read_faults import ReadFaults
from counterfoil.twins.kit.selling import Selling
from counterfoil.twins.kit.shelf import Shelf
from counterfoil.twins.kit.status_order import StatusOrder, columns
from counterfoil.twins.kit.token_gate import token_gate
from counterfoil.twins.kit.twin import Ground
from counterfoil.values.clock import Clock


class BigCommerceTwin(Selling[StatusOrder]):
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
        memory.lay(__package__ or "", "tables.sql")
        ground = Ground(memory, clock, chance)
        super().__init__(ground, weather, CATALOGUE, site.pace, dialect(site, clock))
        shelf = Shelf(memory, "orders", StatusOrder, columns, remembers=site.remembers)
        self._opened(Script(site, shelf), shelf, send)
        window = Window(site.quota, site.window_s, clock)
        day = BadDay("BigCommerce", self.faults, clock, site.pace.patience_s)
        reads = ReadFaults(day, refusal)
        self.app = Gate(
            Router([*orders(site, shelf, self.trade, reads), *hooks(site, self._webhooks, clock)]),
            control(self, webhooks=self._webhooks),
            Meter(memory, clock, (Slots(site.slots), window)),
            token_gate("x-auth-token", site.token, window, HEADERS, reads),
        )

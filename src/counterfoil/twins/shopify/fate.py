"""What befalls orders by itself, drawn by a seed of its own, counted where it really happened."""

from __future__ import annotations

import random
from collections.abc import Mapping

from counterfoil.twins.faults import Fault, Faults
from counterfoil.twins.shopify.life import Change, befalls
from counterfoil.twins.shopify.memory import Memory
from counterfoil.twins.shopify.order import Kept
from counterfoil.twins.shopify.state import Turn


class Fate:
    """Which events of `life` an order meets; none under the profile "none"."""

    def __init__(
        self, memory: Memory, profile: str, chance: random.Random, life: Mapping[str, Fault]
    ) -> None:
        self._memory = memory
        self._life = life
        self._chance = chance
        self._faults = Faults(life, profile, chance)
        self._faults.calm = bool(memory.fact("calm", 0))

    def drawn(self, order: Kept) -> list[tuple[str, int, int]]:
        """What will befall an order that was just placed: the event, a line, units of it."""
        goods = [at for at, line in enumerate(order.sale.lines) if line.kind == "product"]
        found: list[tuple[str, int, int]] = []
        for name in self._life if goods else ():
            if self._faults.drawn(name):
                at = self._chance.choice(goods)
                units = self._chance.randint(1, order.sale.lines[at].quantity)
                found.append((name, at, units))
        return found

    def changes(self, turn: Turn, order: Kept) -> tuple[Change, ...]:
        """The changes that a turn's event is made of, by its stages."""
        return befalls(turn.name, order, turn.at, turn.units)

    def happened(self, turn: Turn) -> None:
        """Count an event once, at its first stage."""
        if not turn.stage:
            self._memory.count(f"life:{turn.name}")

    def draw(self, between: tuple[float, float]) -> float:
        """A duration in seconds."""
        return self._faults.draw(*between)

    def calm(self) -> None:
        """Nothing more will befall orders that are placed from now on."""
        self._faults.calm = True

    def befell(self) -> Mapping[str, int]:
        """How often each event has happened."""
        happened = self._memory.counts("life:")
        return {name: happened.get(name, 0) for name in self._life}

"""Home: what the house's own ends work with, where a route begins or ends in the house itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from counterfoil.flows.route import HOUSE, Plan
from counterfoil.model.words import Word
from counterfoil.store.postgres import Database
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Halt


class Lane(NamedTuple):
    """A route as the house sees it: its ends by their names, and its gates."""

    name: str
    word: Word
    source: str
    target: str
    gates: Any

    @classmethod
    def of(cls, name: str, plan: Plan) -> Lane:
        """The route of this name, as it is declared."""
        return cls(name, plan.document, plan.source, plan.target, plan.gates)


class Home(NamedTuple):
    """What the house's own ends work with. Without a database nothing is kept and nothing listed:
    so a configuration is checked and a document tried. `numbers` are those of the connections,
    `routes` those of the routes, by their names."""

    database: Database | None
    clock: Clock
    lanes: tuple[Lane, ...]
    numbers: Mapping[str, int] = {}
    routes: Mapping[str, int] = {}

    @property
    def store(self) -> Database:
        """The database. Raises `Halt` where there is none."""
        if self.database is None:
            raise Halt("The house was asked without its database.", code="called-nowhere")
        return self.database

    @property
    def asked_for(self) -> bool:
        """Whether any route begins or ends here."""
        return any(HOUSE in (lane.source, lane.target) for lane in self.lanes)

    def into(self, word: Word) -> list[Lane]:
        """The routes that bring documents of this word here."""
        return [lane for lane in self.lanes if lane.word == word and lane.target == HOUSE]

    def out_of(self, word: Word) -> list[Lane]:
        """The routes that take documents of this word from here."""
        return [lane for lane in self.lanes if lane.word == word and lane.source == HOUSE]

    def masters(self) -> frozenset[str]:
        """The connections of which something is brought here."""
        return frozenset(lane.source for lane in self.lanes if lane.target == HOUSE)

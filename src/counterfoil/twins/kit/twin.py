"""What every twin is: one constructor, one report, one way to look into it.

A vendor's class takes `(memory, clock, chance, weather, site, send)`, in this order, and puts the
pieces of this kit together; `site` is the vendor's own value: everything that differs from customer
to customer.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec
from starlette.types import ASGIApp

from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.memory import Memory
from counterfoil.values.clock import Clock


class Ground(NamedTuple):
    """What a twin's parts stand on; `chance` is the one of the part that is given it."""

    memory: Memory
    clock: Clock
    chance: random.Random


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A twin's own count; money in minor units.

    `faults`: how often each was really met; `befell`: what else has happened to documents, by name.
    `orders` with the `totals_minor` of each currency ("" where none is said). `duplicates`: orders
    beyond the first of each of the `references`, of which `duplicate_references` lists some.
    `pending`: what the twin will still do by itself, of sales that were `planned` apart. `calls`
    include those refused for a limit (`over_limit`, `over_slots`); `throttled` counts those refused
    because of anybody's calls.
    """

    faults: Mapping[str, int]
    orders: int
    totals_minor: Mapping[str, int]
    befell: Mapping[str, int] = {}
    planned: int = 0
    pending: int = 0
    edited: int = 0
    cancelled: int = 0
    webhooks: Mapping[str, int] = {}
    references: int = 0
    duplicates: int = 0
    duplicate_references: Sequence[object] = ()
    calls: int = 0
    throttled: int = 0
    over_limit: int = 0
    over_slots: int = 0
    peak_concurrency: int = 0
    peak_calls_per_s: int = 0


@runtime_checkable
class Twin(Protocol):
    """One pretended vendor."""

    @property
    def app(self) -> ASGIApp:
        """The application that answers its callers."""
        ...

    async def run(self) -> None:
        """Do what the vendor does by itself, until cancelled."""
        ...

    def calm(self) -> None:
        """No fault strikes from now on."""
        ...

    def report(self) -> Report:
        """The twin's own count."""
        ...

    def book(self, word: str, after: int = 0) -> Iterable[Entry]:
        """Every document of that word that the twin holds beyond the key `after`, by their keys,
        which are numbers: the oldest first; nothing of a word that it does not know."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


def counted(report: Report, memory: Memory) -> Report:
    """The report with the figures of calls, as the gate counted them."""
    counts = memory.counts("calls:")
    names = ("throttled", "over_limit", "over_slots", "peak_concurrency", "peak_calls_per_s")
    figures = {name: counts.get(name, 0) for name in names}
    return msgspec.structs.replace(report, calls=counts.get("all", 0), **figures)


def own(chance: random.Random) -> random.Random:
    """A stream of chance of its own, so that one part's draws do not move another's."""
    return random.Random(chance.getrandbits(64))

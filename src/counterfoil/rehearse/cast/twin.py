"""What a rehearsal asks of a pretended vendor, whichever it is; each vendor has one adapter.

Everything here is neutral: no path, no table and no field of a vendor's. So a world, a round of
chaos or a demo is the same code for every pair of systems.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from counterfoil.kit.asgi import Application, Message
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.twins.kit import twin as kit
from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.world import Sale

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a webhook to an address, with headers and a body: the HTTP status, 0 where none came."""


class Sold(msgspec.Struct, frozen=True):
    """An order as a source has it. Moments are seconds since 1970.

    `total_minor` is what it comes to now, `owed` each line's stock code and pieces that are still
    owed, `sent` how many pieces of each line have left, and `payment` the source's word for whether
    the money has come.
    """

    key: str
    sale: Sale
    created_s: int
    updated_s: int
    total_minor: int
    owed: tuple[tuple[str, int], ...]
    cancelled: bool = False
    payment: str = ""
    sent: tuple[int, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """An order at the target: pennies, and the texts that it can spoil; None of one that keeps no
    people."""

    id: int
    reference: str
    gross: int
    lines: int
    postcode: str | None
    email: str | None


class Despatched(msgspec.Struct, frozen=True):
    """Goods that left, as a twin has them: of which order (by the reference or key that both ends
    know), how many pieces of each stock code, and how their parcels are followed. `changed_s` is
    the moment of the last change, in seconds since 1970."""

    key: str
    order: str
    pieces: Mapping[str, int]
    tracking: tuple[str, ...]
    void: bool
    changed_s: int

    @classmethod
    def of(cls, entry: Entry) -> Despatched:
        """What an entry of a twin's book tells."""
        facts = msgspec.convert(entry.facts, _Facts)
        goods = (facts.units, facts.tracking, facts.void)
        return cls(entry.key, entry.reference, *goods, entry.changed_s)


class _Facts(msgspec.Struct, frozen=True):
    units: dict[str, int]
    tracking: tuple[str, ...]
    void: bool


class Landing(msgspec.Struct, frozen=True):
    """A write that reached a target: its word, and its reference ("" where none is told)."""

    word: str
    reference: str


class Figures(msgspec.Struct, frozen=True):
    """A twin's own count: what went wrong or befell its documents, by `side.name`; and by limit the
    calls that it had to refuse for one."""

    reached: Mapping[str, int]
    over_limit: Mapping[str, int]


class Conditions(msgspec.Struct, frozen=True):
    """Under what conditions the twins of a world play: their faults by side, whether any day is bad
    at all, and how the vendors differ from one customer to the next. `unique` targets know a
    reference for `unique_for_s`; `oddities` are names of what a site does to what it is given.
    `despatches`: what has landed is despatched by itself, each step after `pick_s`."""

    faults: Mapping[str, Mapping[str, Fault]]
    faulty: bool
    lively: bool
    page: int
    slots: int
    lag_s: tuple[float, float]
    unique: bool
    unique_for_s: float
    oddities: frozenset[str]
    despatches: bool = False
    pick_s: tuple[float, float] = (2.0, 15.0)


class Stub(msgspec.Struct, frozen=True):
    """With what a connector is opened on canned answers."""

    system: str
    url: str
    secrets: Mapping[str, str]
    settings: Mapping[str, object] = {}
    maps: Mapping[str, ValueMap] = {}


class Staging(msgspec.Struct, frozen=True):
    """How the twins of a demo's folder are served: where they remember, the secrets by the name of
    their file, how bad the day is, and for how long a twin bears a client."""

    state: Path
    secrets: Mapping[str, str]
    faults: str
    patience_s: float


class Twin(Protocol):
    """One pretended vendor."""

    @property
    def app(self) -> Application:
        """What answers its calls."""
        ...

    def calm(self) -> None:
        """No fault strikes from now on."""
        ...

    def close(self) -> None:
        """Let what it remembers go."""
        ...

    def figures(self) -> Figures:
        """Its own count."""
        ...

    def landing(self, method: str, path: str, body: bytes) -> Landing | None:
        """What a request writes, None for one that writes no document."""
        ...


K = TypeVar("K", bound=kit.Twin)


class Played(Generic[K]):
    """A vendor's twin as a rehearsal asks any of them; its own words are its adapter's."""

    def __init__(self, twin: K) -> None:
        self.twin = twin

    @property
    def app(self) -> Application:
        return self.twin.app

    async def run(self) -> None:
        await self.twin.run()

    def calm(self) -> None:
        self.twin.calm()

    def close(self) -> None:
        self.twin.close()

    def reached(self, faults: str, befell: str, **others: Collection[str]) -> dict[str, int]:
        """How often each fault was met, and what befell documents, by `side.name`; `others` are
        sides beside `befell`, each with the names that are its own."""
        report = self.twin.report()
        sides = {name: side for side, names in others.items() for name in names}
        return {f"{faults}.{name}": count for name, count in report.faults.items()} | {
            f"{sides.get(name, befell)}.{name}": count for name, count in report.befell.items()
        }


class SourceTwin(Twin, Protocol):
    """A vendor where documents begin."""

    async def run(self) -> None:
        """Trade until cancelled: place what is due, deliver webhooks."""
        ...

    def load_plan(self, sales: Iterable[Sale]) -> int:
        """Plan sales; how many."""
        ...

    def listen(self, address: str) -> None:
        """Send every message to this address."""
        ...

    def at_rest(self) -> bool:
        """Whether every sale is placed and no message waits."""
        ...

    def versions(self) -> dict[str, int]:
        """When each order changed last, by key, the oldest order first."""
        ...

    def sold(self) -> dict[str, Sold]:
        """Every order as it is now, by key, the oldest first."""
        ...

    def states(self, key: str) -> list[Sold]:
        """Every state that an order was in, the first one first."""
        ...

    def told(self) -> list[Despatched]:
        """Every despatch that it was told of, the first one first."""
        ...

    def touch(self, key: str) -> None:
        """Somebody edits the order."""
        ...

    def cancel(self, key: str) -> None:
        """Somebody cancels the order."""
        ...


class SourcePart(Protocol):
    """A source in the folder of a demo: how it is connected, and how its twin is made."""

    @property
    def connection(self) -> str:
        """The name of its connection."""
        ...

    @property
    def system(self) -> str:
        """The name of its connector."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def faults(self) -> Mapping[str, Fault]:
        """Everything that can go wrong there, by name."""
        ...

    @property
    def secret_files(self) -> tuple[str, ...]:
        """The files that its secrets lie in."""
        ...

    def toml(self, port: int, timeout_s: float) -> str:
        """Its connection as a counterfoil.toml has it."""
        ...

    def write_plan(self, state: Path, sales: Iterable[Sale]) -> None:
        """Hand it its trade, while it is not open yet."""
        ...

    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> SourceTwin:
        """Its twin, which remembers in the folder's own files."""
        ...


class TargetTwin(Twin, Protocol):
    """A vendor where documents arrive."""

    async def run(self) -> None:
        """Do what the vendor does by itself, until cancelled."""
        ...

    def held(self) -> dict[str, list[Held]]:
        """Every order by its reference, the first to land first."""
        ...

    def units(self) -> Mapping[int, Counter[str]]:
        """The pieces of each stock code, by the order's number here."""
        ...

    def altered(self) -> dict[int, list[str]]:
        """The fields that are not kept as they came, by the order's number here."""
        ...

    def at_rest(self) -> bool:
        """Whether nothing will happen by itself any more."""
        ...

    def despatches(self) -> list[Despatched]:
        """Every despatch, the first one first."""
        ...


class TargetPart(Protocol):
    """A target in the folder of a demo: how it is connected, and how its twin is made."""

    @property
    def connection(self) -> str:
        """The name of its connection."""
        ...

    @property
    def system(self) -> str:
        """The name of its connector."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def faults(self) -> Mapping[str, Fault]:
        """Everything that can go wrong there, by name."""
        ...

    @property
    def secret_files(self) -> tuple[str, ...]:
        """The files that its secrets lie in."""
        ...

    @property
    def user_file(self) -> str:
        """The file that has the name of its user."""
        ...

    def toml(self, port: int, timeout_s: float) -> str:
        """Its connection, and its value maps, as a counterfoil.toml has them."""
        ...

    def served(self, staging: Staging, chance: random.Random) -> TargetTwin:
        """Its twin, which remembers in the folder's own files."""
        ...

"""What a rehearsal asks of a pretended vendor, whichever it is; each vendor has one adapter.

Everything here is neutral: no path, no table and no field of a vendor's. So a world, a round of
chaos or a demo is the same code for every pair of systems.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from counterfoil.config.shape import Connection
from counterfoil.kit.asgi import Application, Message
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.words import Word
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
    `despatches`: what has landed is despatched by itself, each step after `pick_s`. `repaid`: what
    went back of orders is credited. After each of `days` of `day_s` seconds there is a payout."""

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
    repaid: bool = False
    days: int = 0
    day_s: float = 0.0


class Stub(msgspec.Struct, frozen=True):
    """With what a connector is opened on canned answers."""

    system: str
    url: str
    secrets: Mapping[str, str]
    settings: Mapping[str, object] = {}
    maps: Mapping[str, ValueMap] = {}


End = tuple[Word, Literal["source", "target"]]
"""What a connection is to one route: of which document, and on which side."""
Ends = frozenset[End]


class Staging(msgspec.Struct, frozen=True):
    """How the twins of a demo's folder are served: where they remember, the secrets by the name of
    their file, how bad the days are, for how long a twin bears a client, what this one is to the
    routes of its estate, and how many days there are, each so many seconds long."""

    state: Path
    secrets: Mapping[str, str]
    faults: str
    patience_s: float
    ends: Ends = frozenset()
    days: int = 1
    day_s: float = 0.0


class Address(NamedTuple):
    """Where a twin of a demo listens on this machine, and how long it may take to answer."""

    port: int
    timeout_s: float


def rehearsed(real: Connection, address: Address | None, **changes: Any) -> Connection:
    """A connection to its twin at an address, with what a rehearsal has otherwise; as a real one
    begins where there is none."""
    if address is None:
        return real
    return msgspec.structs.replace(
        real,
        url=f"http://127.0.0.1:{address.port}",
        hosts=("127.0.0.1",),
        timeout_s=address.timeout_s,
        **changes,
    )


class Goods(NamedTuple):
    """Something that is sold: its price in minor units, and how many pieces the day will ask."""

    sku: str
    title: str
    unit_minor: int
    pieces: int


class Twin(Protocol):
    """One pretended vendor."""

    @property
    def app(self) -> Application:
        """What answers its calls."""
        ...

    async def run(self) -> None:
        """Do what the vendor does by itself, until cancelled: trade, pick, deliver webhooks."""
        ...

    def listen(self, address: str) -> None:
        """Send every message to this address; nothing, where it sends none."""
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

    def listen(self, address: str) -> None:
        """It sends no messages."""

    def calm(self) -> None:
        self.twin.calm()

    def close(self) -> None:
        self.twin.close()

    def refunds(self) -> list[Entry]:
        """Every refund or credit in its own book, the first one first."""
        return [*self.twin.book("refund")]

    def payouts(self) -> list[Entry]:
        """Every payout in its own book, the first one first."""
        return [*self.twin.book("settlement")]

    def moves(self) -> list[Entry]:
        """Everything that moved an account of its own."""
        return [*self.twin.book("account")]

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

    def load_plan(self, sales: Iterable[Sale]) -> int:
        """Plan sales; how many."""
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

    def refunds(self) -> list[Entry]:
        """Every refund, those of the oldest order first."""
        ...

    def payouts(self) -> list[Entry]:
        """Every payout, the first one first."""
        ...

    def moves(self) -> list[Entry]:
        """Every payment and repayment that its provider has."""
        ...

    def touch(self, key: str) -> None:
        """Somebody edits the order."""
        ...

    def cancel(self, key: str) -> None:
        """Somebody cancels the order."""
        ...


@dataclass(frozen=True)
class Part(ABC):
    """A system in an estate, under the name of its connection: how it is connected, and how its
    twin is made. What it is to the estate's routes (`ends`) decides its settings and its day."""

    connection: str
    system: ClassVar[str]
    title: ClassVar[str]
    faults: ClassVar[Mapping[str, Fault]]
    code: ClassVar[str] = ""
    """The fact of a product in its twin's book that is the stock code."""
    by_code: ClassVar[bool] = False
    """Whether it knows what is sold by its stock code alone."""
    goods: ClassVar[bool] = True
    """Whether it counts pieces, and not money alone."""
    clearing: ClassVar[str] = ""
    """The account in its twin's book that payouts are cleared over."""
    bank: ClassVar[str] = ""
    """The account in its twin's book that payouts arrive at."""

    @property
    @abstractmethod
    def secret_files(self) -> tuple[str, ...]:
        """The files that its secrets lie in."""

    @property
    def user_files(self) -> tuple[str, ...]:
        """The files that have the name of its user."""
        return ()

    @abstractmethod
    def configured(self, address: Address | None, ends: Ends) -> Connection:
        """Its connection: to its twin at this address, or as a real one begins."""

    def maps(self, ends: Ends) -> Mapping[str, Mapping[str, str]]:
        """The value maps that its settings name."""
        return {}

    def despatch(self, key: str) -> str:
        """What it calls a despatch that has this key in its twin's book."""
        return key

    def write_plan(self, state: Path, sales: Iterable[Sale]) -> None:  # noqa: B027 - few sell
        """Hand it its trade, while it is not open yet; nothing, where nothing is sold."""

    def furnish(self, staging: Staging, goods: Sequence[Goods]) -> None:  # noqa: B027
        """Let it have these goods before the day begins, while it is not open yet."""

    @abstractmethod
    def served(self, staging: Staging, chance: random.Random, send: Deliver) -> Twin:
        """Its twin, which remembers in the folder's own files."""


class TargetTwin(Twin, Protocol):
    """A vendor where documents arrive."""

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

    def refunds(self) -> list[Entry]:
        """Every credit, the first one first."""
        ...

    def moves(self) -> list[Entry]:
        """Everything that moved an account, where it keeps any."""
        ...

    def despatches(self) -> list[Despatched]:
        """Every despatch, the first one first."""
        ...

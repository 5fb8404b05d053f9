"""The estates that a demo can play: which connections there are, which routes between them, and
which twin stands behind each."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from counterfoil.rehearse.cast.office import Office
from counterfoil.rehearse.cast.shop import Shop
from counterfoil.rehearse.cast.store import Store
from counterfoil.rehearse.cast.twin import (
    Deliver,
    SourcePart,
    SourceTwin,
    Staging,
    TargetPart,
    TargetTwin,
)
from counterfoil.rehearse.cast.warehouse import Warehouse
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

WORD: Final = "order"
"""The document that every route of an estate carries."""


OFFICE: Final = Office()


class Way(NamedTuple):
    """One route: from which connection to which, and what stands before the source's keys there."""

    source: str
    target: str
    prefix: str


class Served(NamedTuple):
    """The twins of a demo; the sources by their connection."""

    sources: Mapping[str, SourceTwin]
    target: TargetTwin


@dataclass(frozen=True)
class Estate:
    """Sources that all feed one target. `about` is a sentence for who must choose one."""

    name: str
    about: str
    sources: tuple[SourcePart, ...]
    ways: Mapping[str, Way]
    part: TargetPart = OFFICE

    @property
    def target(self) -> str:
        """The connection of the target."""
        return self.part.connection

    @property
    def connections(self) -> tuple[str, ...]:
        """Every connection, the sources first."""
        return (*(part.connection for part in self.sources), self.target)

    @property
    def titles(self) -> Mapping[str, str]:
        """What people call the systems, by connection."""
        named = {part.connection: part.title for part in self.sources}
        return {**named, self.target: self.part.title}

    @property
    def systems(self) -> Mapping[str, str]:
        """What people call each system, by the name of its connector; once each."""
        return {part.system: part.title for part in (*self.sources, self.part)}

    @property
    def fault_texts(self) -> dict[str, str]:
        """Every fault that can be met, in plain words, by `system.name`."""
        sides = [(part.system, part.faults) for part in (*self.sources, self.part)]
        return {
            f"{system}.{name}": fault.text
            for system, faults in sides
            for name, fault in faults.items()
        }

    def named_faults(self, met: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """What was met at each connection, by `system.name`."""
        systems = {part.connection: part.system for part in (*self.sources, self.part)}
        counts_by_name = Counter[str]()
        for connection, counts in met.items():
            counts_by_name.update(
                {f"{systems[connection]}.{name}": many for name, many in counts.items()}
            )
        return dict(counts_by_name)

    def write_secrets(self, folder: Path) -> None:
        """Draw new secrets for every connection."""
        for name in self._secret_files:
            (folder / name).write_text(secrets.token_hex(16), "utf-8")
        (folder / self.part.user_file).write_text("counterfoil", "utf-8")

    def connections_toml(self, ports: Mapping[str, int], timeout_s: float) -> str:
        """Every connection, and the value maps of the target, as a counterfoil.toml has them."""
        tables = [part.toml(ports[part.connection], timeout_s) for part in self.sources]
        return "\n".join([*tables, self.part.toml(ports[self.target], timeout_s)])

    def write_plan(self, state: Path, sales: Mapping[str, Iterable[Sale]]) -> None:
        """Hand each source its trade, while none is open yet."""
        for part in self.sources:
            part.write_plan(state, sales[part.connection])

    def served(self, folder: Path, state: Path, *, seed: int, faults: str, patience_s: float,
               send: Deliver) -> Served:  # fmt: skip
        """The twins, with the secrets of the folder; they remember in `state`."""
        secrets = {
            name: (folder / "secrets" / name).read_text("utf-8").strip()
            for name in (*self._secret_files, self.part.user_file)
        }
        staging = Staging(state, secrets, faults, patience_s)
        target = self.part.served(staging, random.Random(seed + 1))
        # The first source and the target draw as ever; each further source from a seed of its own.
        chances = [random.Random(seed + index + (index > 0)) for index in range(len(self.sources))]
        return Served(
            {
                part.connection: part.served(staging, chance, send)
                for part, chance in zip(self.sources, chances, strict=True)
            },
            target,
        )

    @property
    def _secret_files(self) -> tuple[str, ...]:
        names = (name for part in self.sources for name in part.secret_files)
        return (*names, *self.part.secret_files)


def _several(name: str, about: str, *sources: SourcePart) -> Estate:
    """Each source has a route of its own, and references of its own at the target."""
    ways = {
        f"{part.connection}-{WORD}s": Way(part.connection, OFFICE.connection, f"{part.connection}-")
        for part in sources
    }
    return Estate(name, about, sources, ways)


SINGLE: Final = Estate(
    "", "One shop and one office.", (Shop(),),
    {"orders": Way(Shop().connection, OFFICE.connection, "")},
)  # fmt: skip
"""The demo as it is without a word: one route."""
SHOPS: Final = _several(
    "shops", "Shopify and BigCommerce, side by side into one OrderWise.", Shop(), Store()
)
BRANDS: Final = _several(
    "brands",
    "Two Shopify shops, which number their orders alike, into one OrderWise.",
    Shop(),
    Shop("store"),
)
WAREHOUSE: Final = Estate(
    "warehouse",
    "Shopify into Peoplevox, which picks and despatches what it is told.",
    (Shop(),),
    {"orders": Way(Shop().connection, Warehouse().connection, "")},
    Warehouse(),
)

ESTATES: Final[Mapping[str, Estate]] = {
    estate.name: estate for estate in (SHOPS, BRANDS, WAREHOUSE)
}
"""The estates with several routes, by name."""
DEFAULT: Final = SHOPS.name


def named(name: str) -> Estate:
    """The estate of this name; "" is the single route. Raises `Misconfigured` for another."""
    if not name:
        return SINGLE
    if name not in ESTATES:
        choices = "; ".join(f"{estate.name}: {estate.about}" for estate in ESTATES.values())
        raise Misconfigured(
            f"There is no estate named {name!r} to play.", do=f"Known are {choices}"
        )
    return ESTATES[name]

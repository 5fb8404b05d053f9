"""A second document for the tests of the flows: a parcel, which is of something and names it.

It travels from the office, which knows what it is of by a name of the office's own, to the shop,
which must be told that in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from flow_stage import Stage

from counterfoil.flows import rulebook
from counterfoil.flows.route import Plan, Route
from counterfoil.flows.rules import GOES, Change, LeftOut, Rules, Standing
from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.connector import (
    ALONE,
    CensusPage,
    Inputs,
    Intent,
    Listed,
    Listing,
    Reading,
    Seen,
    Written,
)
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import newest
from counterfoil.mapping.losses import Loss
from counterfoil.model.document import Measure, Ref
from counterfoil.model.words import Word
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError

WORD: Word = "fulfilment"


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parcel: `of` is what it is of as its source calls that; "" names nothing."""

    key: str
    updated: str = "2026-11-02T11:00:00Z"
    of: tuple[str, ...] = ()
    tracking: str = ""
    void: bool = False
    behind: str = ""
    pieces: int = 1

    @property
    def number(self) -> str:
        return self.key

    @property
    def version(self) -> Instant:
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        return instant("2026-11-02T11:00:00Z")

    @property
    def measure(self) -> Measure:
        return Measure(pieces=self.pieces)

    @property
    def gone(self) -> bool:
        return self.void

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(Ref("order", key) for key in self.of)

    @property
    def turn(self) -> Ref | None:
        return Ref("order", self.behind) if self.behind else None


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing keeps a parcel but what it needs."""


def _standing(parcel: Parcel, gates: Gates) -> Standing:
    return LeftOut("void", "made void before it was told") if parcel.void else GOES


def _check(parcel: Parcel) -> None:
    """It always adds up."""


def _part(parcel: Parcel, gates: Gates) -> tuple[Parcel, tuple[Loss, ...]]:
    return parcel, ()


def _noted(parcel: Parcel, text: str) -> Parcel:
    return parcel


def _changes(before: Parcel, now: Parcel) -> Sequence[Change]:
    same = before.tracking == now.tracking
    return () if same else (Change("tracking", before.tracking, now.tracking),)


def _quiet(before: Parcel, now: Parcel) -> Sequence[Change]:
    return ()


def _happened(parcel: Parcel) -> str:
    return "was changed"


def _needs(parcel: Parcel, gates: Gates) -> tuple[Ref, ...]:
    return parcel.refs


RULES: Rules[Parcel, Gates] = Rules(
    word=WORD,
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Parcel).decode,
    standing=_standing,
    check=_check,
    part=_part,
    noted=_noted,
    changes=_changes,
    quiet=_quiet,
    happened=_happened,
    test=LeftOut("test", "a test"),
    gone=LeftOut("void", "made void before it was told"),
    needs=_needs,
)


def _reading(parcel: Parcel) -> Reading[Parcel]:
    return Reading(
        parcel.key, parcel.number, parcel.version, document=parcel, pieces=parcel.measure.pieces,
        source=msgspec.json.encode(parcel),
    )  # fmt: skip


@dataclass
class Depot:
    """Where parcels come from: what it lists is what it holds."""

    parcels: dict[str, Parcel] = field(default_factory=dict)

    def put(self, *parcels: Parcel) -> None:
        self.parcels |= {parcel.key: parcel for parcel in parcels}

    def parse(self, body: bytes, at: Instant) -> Reading[Parcel]:
        return _reading(msgspec.json.decode(body, type=Parcel))

    def reread(self, source: bytes, at: Instant) -> Reading[Parcel]:
        return self.parse(source, at)

    def read_any(self, body: bytes, at: Instant) -> Reading[Parcel]:
        return self.parse(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Parcel]]:
        return [_reading(self.parcels[key]) for key in keys if key in self.parcels]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Parcel]:
        every = sorted(self.parcels.values(), key=lambda parcel: (parcel.version, parcel.key))
        readings = tuple(map(_reading, every))
        return Listing(readings, None, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        every = [p for p in self.parcels.values() if start <= p.born < end]
        listed = tuple(Listed(p.key, p.number, p.version, p.born, pieces=p.pieces) for p in every)
        return CensusPage(listed, None, len(listed))


@dataclass
class Counter:
    """Who is told of parcels: what it was told, by reference. `answers` are played first; `keeps`
    is the tracking that it keeps of a parcel, whatever it is told."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[CounterfoilError | str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    keeps: dict[str, str] = field(default_factory=dict)

    def compose(self, document: Parcel, inputs: Inputs = ALONE) -> Intent:
        of = [inputs.name(ref) for ref in document.refs]
        fields = {"of": ",".join(of), "tracking": document.tracking}
        return Intent(document.key, msgspec.json.encode(fields), fields)

    def amendment(self, document: Parcel, identity: str, inputs: Inputs = ALONE) -> Intent:
        return self.compose(document, inputs)

    def cancellation(self, document: Parcel, identity: str, inputs: Inputs = ALONE) -> Intent:
        return Intent(document.key, identity.encode(), {"void": True})

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        return [self._write(intent) for intent in intents]

    amend = cancel = write

    def _write(self, intent: Intent) -> Written | CounterfoilError:
        self.calls.append(intent.reference)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, CounterfoilError) and not getattr(answer, "landed", False):
            return answer
        self.held[intent.reference] = dict(intent.expect)
        if intent.reference in self.keeps:
            self.held[intent.reference]["tracking"] = self.keeps[intent.reference]
        name = f"F-{intent.reference}"
        return answer if isinstance(answer, CounterfoilError) else Written(name, name)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            reference: [Seen(f"F-{reference}", reference, self.held[reference])]
            for reference in references
            if reference in self.held
        }


@dataclass
class Parcels:
    """The second route of a stage, with its two ends."""

    stage: Stage
    route: Route
    depot: Depot
    counter: Counter

    async def swept(self) -> int:
        """List every parcel; how many records are new."""
        _, new = await sweep_source(self.stage.engine, self.route, None)
        return new

    def again(self, **changes: object) -> Route:
        """The same route with other promises."""
        plan = msgspec.structs.replace(self.route.plan, **changes)
        return self.put(msgspec.structs.replace(self.route, plan=plan))

    def carrying(self, **changes: object) -> Route:
        """The same route to a target that declares something else."""
        carries = msgspec.structs.replace(self.route.carries, **changes)
        return self.put(msgspec.structs.replace(self.route, carries=carries))

    def reading(self, **changes: object) -> Route:
        """The same route from a source that declares something else."""
        carries = msgspec.structs.replace(self.route.source_carries, **changes)
        return self.put(msgspec.structs.replace(self.route, source_carries=carries))

    def put(self, route: Route) -> Route:
        """The route in the place of the one that was there."""
        self.route = route
        self.stage.engine.routes = {**self.stage.engine.routes, route.id: route}
        return route

    async def state(self, key: str) -> str:
        """Where the newest version of a parcel stands."""
        return (await self.stage.states())[key]


async def laid(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    """A route of parcels from the office to the shop, beside the stage's own."""
    monkeypatch.setitem(rulebook.RULEBOOK, WORD, RULES)  # type: ignore[arg-type]
    plan = Plan(WORD, "office", "shop", "warehouse", switch="on", settle_s=30.0)
    await stage.database.run("name_route", "parcels", "on", stage.clock.now().to_stdlib())
    carries = Carries(("write", "read"), "a test", in_doubt="C", batch=1, reads=250)
    depot, counter = Depot(), Counter()
    parcels = Parcels(
        stage, Route(2, "parcels", plan, depot, counter, carries, 2, 1), depot, counter
    )
    parcels.put(parcels.route)
    return parcels

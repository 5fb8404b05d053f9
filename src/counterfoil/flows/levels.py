"""Levels, delivered into the house: what each system says stands where, the newest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.flows.home import Home, Lane
from counterfoil.flows.stock import Gates
from counterfoil.kit.connector import Answer, Field, Intent, Kind, Seen, Written
from counterfoil.kit.manifest import Carries
from counterfoil.mapping.unit import EACH, Pack, Packs
from counterfoil.model.stock import Stock, available
from counterfoil.store import levels
from counterfoil.store.levels import Level
from counterfoil.values.clock import Instant, from_stdlib, instant
from counterfoil.values.errors import Hold

CARRIES: Final = Carries(
    verbs=("read", "write", "since", "census"),
    source="The tables of the house itself.",
    in_doubt="B",
    in_doubt_source="A level is kept under its SKU and spot, so that a second one is the same one.",
    batch=250,
    reads=250,
    manner="level",
    overlap=False,
    ordered=False,
    counts="state",
)
KINDS: Final[Mapping[str, Kind]] = {"available": "pieces", "place": "code", "as_of": "code"}
_AMOUNTS: Final = ("on_hand", "allocated", "quarantined", "incoming")


class _Kept(msgspec.Struct, frozen=True):
    """A level as it is delivered into the house: exact amounts in pieces."""

    sku: str
    spot: str
    place: str | None
    on_hand: Decimal
    allocated: Decimal | None
    quarantined: Decimal | None
    incoming: Decimal | None
    available: Decimal
    as_of: str


_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(_Kept).decode


class LevelTarget:
    """Levels of one route into the house, as `kit.connector.Target`."""

    def __init__(self, home: Home, lane: Lane) -> None:
        gates: Gates = lane.gates
        self._home = home
        self._connection = home.numbers.get(lane.source, 0)
        self._name = lane.name
        self._places = gates.places
        version = repr(sorted(gates.units.items()))
        self._packs = Packs(
            "", version, {unit: _pack(unit, of) for unit, of in gates.units.items()}
        )

    def compose(self, document: Stock) -> Intent:
        """The level in pieces, at the place that the route's file gives it (pure).

        Raises `Hold`: "unknown-unit", or "not-exact".
        """
        packs = msgspec.structs.replace(self._packs, sku=document.sku)
        amounts = {
            name: amount for name in _AMOUNTS if (amount := getattr(document, name)) is not None
        }
        pieces = msgspec.structs.replace(
            document,
            unit=EACH,
            **{name: packs.in_pieces(amount, document.unit) for name, amount in amounts.items()},
        )
        place = self._places.get(document.place) if self._places else document.place
        row = _Kept(
            sku=document.sku,
            spot=document.place,
            place=place,
            available=available(pieces),
            as_of=document.as_of,
            **{name: getattr(pieces, name) for name in _AMOUNTS},
        )
        return Intent(
            reference=document.key,
            payload=_ENCODE(row),
            expect=_fields(row.place, row.available, instant(row.as_of)),
            kinds=KINDS,
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Keep them. One whose place nobody has named is kept too, so that no pool is told that it
        may be in, and a person hears of it."""
        rows = [_DECODE(intent.payload) for intent in intents]
        async with self._home.store.transaction() as unit:
            await levels.put(unit, self._connection, [self._level(row) for row in rows])
        return [
            self._unmapped(row) if row.place is None else Written(f"{row.sku}@{row.spot}")
            for row in rows
        ]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """The levels that stand here under these references, each a SKU at a spot."""
        spots = [(sku, spot) for sku, _, spot in (key.rpartition("@") for key in references)]
        rows = await levels.at(self._home.store, self._connection, spots)
        return {key: (level,) for key, level in map(_seen, rows)}

    async def recounted(self, keys: Sequence[str]) -> None:
        """What is gone from the source can be sold no more: its pools are reckoned again."""
        skus = [key.rpartition("@")[0] for key in keys]
        await levels.reckon_again(self._home.store, skus, told=True)

    def _level(self, row: _Kept) -> Level:
        return Level(
            row.sku, self._connection, row.spot, row.place, row.on_hand, row.allocated,
            row.quarantined, row.incoming, row.available, _moment(row.as_of),
        )  # fmt: skip

    def _unmapped(self, row: _Kept) -> Hold:
        return Hold(
            f"Nobody has said to which place {row.spot!r} belongs, where {row.sku} has"
            f" {row.available:f}: no pool of {row.sku} is told any more.",
            do=f"Add {row.spot!r} to places, in [gates] of routes/{self._name}.toml (an empty text:"
            " it counts nowhere), then send the held records again.",
            where=row.spot,
            code="unmapped-place",
        )


def _pack(unit: str, ratio: str) -> Pack:
    pieces, _, of = ratio.partition("/")
    return Pack(unit, int(pieces), int(of or 1))


def _moment(text: str) -> datetime:
    return instant(text).to_stdlib()


def _seen(row: Level) -> tuple[str, Seen]:
    key = f"{row.sku}@{row.spot}"
    return key, Seen(key, key, _fields(row.place, row.available, from_stdlib(row.as_of)))


def _fields(place: str | None, amount: Decimal, as_of: Instant) -> dict[str, Field]:
    """What is compared. The amount is as text, for it may be a part of a piece; the moment as the
    database keeps it, in whole microseconds."""
    return {
        "available": f"{amount.normalize():f}",
        "place": place,
        "as_of": as_of.to_stdlib().isoformat(),
    }

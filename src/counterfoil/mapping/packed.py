"""A despatch of the rows in which a warehouse tells what is in its packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from counterfoil.mapping.convert import Converter, identity, trimmed, whole
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.zoned import Zoned
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent, Short

Row = Mapping[str, str]
_TIMES = ("moved", "tracked")


class Packed(msgspec.Struct, frozen=True):
    """One row: pieces of an item in a package. Moments are ISO 8601 in UTC: when it left, and when
    it could first be followed (empty: not yet)."""

    order: str
    sku: str
    quantity: int
    moved: str
    tracked: str
    package: str
    tracking: str
    carrier: str
    service: str
    place: str


class Despatching:
    """Makes despatches of rows whose columns are called as the fields of `Packed`, at a warehouse
    with this `clock`."""

    def __init__(self, name: str, clock: Zoned) -> None:
        forms: dict[str, Converter] = {
            "order": identity,
            "sku": identity,
            "quantity": whole,
            "moved": clock.convert,
            "tracked": lambda value, currency: clock.convert(value, currency) if value else "",
        }
        names = Packed.__struct_fields__
        entries = [Field(name, name, forms.get(name, trimmed)) for name in names]
        self._mapper = Mapper(Table(name, entries, Packed))
        self._clock = clock

    def made(
        self, key: str, rows: Sequence[Row], beside: Iterable[Row]
    ) -> tuple[Fulfilment, tuple[Loss, ...]]:
        """The despatch that is called `key`, and what of it is not certain.

        `beside` the last despatch of an order stands what was `wanted` of each item, and the rows
        of the order's others: so what never came is seen. Raises `Hold` where a cell is not what it
        should be.
        """
        packed = [self._mapper.run(row, "") for row in rows]
        packages: dict[str, list[Packed]] = {}
        for row in packed:
            packages.setdefault(row.package, []).append(row)
        first, moved = packed[0], max(row.moved for row in packed)
        document = Fulfilment(
            key=key,
            number=key,
            order=first.order,
            order_number=first.order,
            status="shipped",
            created=min(row.moved for row in packed),
            updated=max(moved, *(row.tracked for row in packed)),
            holds=_sent(packed),
            moved=moved,
            place=first.place,
            parcels=tuple(map(_parcel, packages.values())),
            shorts=_shorts(packed, beside),
        )
        times = {row[time] for row in rows for time in _TIMES}
        return document, tuple(
            loss for text in sorted(times) for loss in self._clock.losses("moved", text)
        )


def besides(
    rows: Iterable[Row], last: Mapping[str, str], wanted: Mapping[str, Iterable[Row]]
) -> dict[str, list[Row]]:
    """What stands beside the `last` despatch of each order of which nothing more is sent: what was
    `wanted` of it, and the `rows` of its other despatches."""
    beside: dict[str, list[Row]] = {}
    for order, despatch in last.items():
        beside[despatch] = list(wanted.get(order, ()))
    for row in rows:
        despatch = last.get(row["order"], row["despatch"])
        if row["despatch"] != despatch:
            beside[despatch].append(row)
    return beside


def _sent(rows: Iterable[Packed]) -> tuple[Sent, ...]:
    pieces: Counter[str] = Counter()
    for row in rows:
        pieces[row.sku] += row.quantity
    return tuple(Sent(sku, count) for sku, count in pieces.items())


def _parcel(rows: Sequence[Packed]) -> Parcel:
    first = rows[0]
    return Parcel(first.carrier, first.service, first.tracking, holds=_sent(rows))


def _shorts(packed: Iterable[Packed], beside: Iterable[Row]) -> tuple[Short, ...]:
    lacking: Counter[str] = Counter()
    for row in beside:
        lacking[row["sku"]] += whole(row.get("wanted", "0"), "")
        lacking[row["sku"]] -= whole(row.get("quantity", "0"), "")
    for sent in _sent(packed) if lacking else ():
        lacking[sent.sku] -= sent.quantity
    return tuple(Short(sku, pieces) for sku, pieces in sorted(lacking.items()) if pieces > 0)

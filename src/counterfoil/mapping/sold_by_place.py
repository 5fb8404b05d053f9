"""What was sold, or comes back, of lines each of which has a place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from msgspec.structs import replace

from counterfoil.mapping.convert import both
from counterfoil.mapping.sold import CodeAtPlace, Priced, Pricer, Sold
from counterfoil.model.order import Order


class Placed(Priced, frozen=True, gc=False):
    """A row with the id of its place."""

    place_id: int


def sold_by_place(pricer: Pricer, order: Order, places: Sequence[int], elsewhere: int) -> Sold:
    """The rows of an order whose lines have these places, in their sequence, and whose extras are
    `elsewhere`; by code the place beside the rest. Raises as `Pricer.sold`."""
    groups: list[tuple[int, Order]] = [
        (place, replace(order, lines=tuple(line for _, line in pairs), extras=()))
        for place, pairs in groupby(zip(places, order.lines, strict=True), key=lambda pair: pair[0])
    ]
    groups.append((elsewhere, replace(order, lines=())))
    rows: list[Placed] = []
    codes: dict[str, CodeAtPlace] = {}
    taxed = 0
    for place, part in groups:
        sold = pricer.sold(part)
        taxed += sold.tax_minor
        for row in sold.rows:
            number = len(rows) + 1
            rows.append(Placed(number, row.code, row.quantity, row.price_minor, row.rate_id, place))
        for code, (pieces, gross, rate, *_) in sold.codes.items():
            before = codes.get(code, (0, 0, rate, place))
            codes[code] = (
                before[0] + pieces,
                before[1] + gross,
                both(before[2], rate),
                both(before[3], place),
            )
    return Sold(tuple(rows), codes, taxed)

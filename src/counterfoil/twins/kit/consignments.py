"""What has left of a shop's sales, for whoever checks: each consignment, the oldest order first."""

from __future__ import annotations

from collections.abc import Iterator

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.parcel import APART, Consignment, despatched
from counterfoil.twins.kit.sale.shop import Shop

_PAGE = 500


def book(shop: Shop, after: int = 0) -> Iterator[Entry]:
    """Every consignment beyond the number `after`."""
    orders = (order for page in _pages(shop, after // APART - 1) for order in page)
    for order in orders:
        for row in reversed(despatched(order)):
            if row.id > after:
                yield _entry(row)


def _pages(shop: Shop, after: int) -> Iterator[list[Order]]:
    while page := shop.every(after, _PAGE):
        yield page
        after = page[-1].id


def _entry(row: Consignment) -> Entry:
    units: dict[str, int] = {}
    for item, count in ((sent.item, sent.sent) for sent in row.sent_items):
        units[item.line.sku] = units.get(item.line.sku, 0) + count
    return Entry(
        key=str(row.id),
        reference=str(row.order.id),
        born_s=row.created_s,
        changed_s=row.updated_s,
        measure=Measure(sum(units.values()), "pieces"),
        facts={
            "units": units,
            "tracking": tuple(tracking.number for tracking in row.tracking if tracking.number),
            "carriers": tuple({tracking.company: None for tracking in row.tracking}),
            "void": row.cancelled,
        },
    )

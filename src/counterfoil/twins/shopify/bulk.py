"""Everything at once: bulk operations, worked off page by page into a file of JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from counterfoil.twins.kit.graphql.answer import reader, reader_of
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected, selected
from counterfoil.twins.kit.jobs import Batch, Job, Jobs
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.paging import Cursor
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.shopify.schema import SCHEMA
from counterfoil.twins.shopify.search import continued, search
from counterfoil.twins.shopify.shapes import bodies
from counterfoil.twins.shopify.spelling import gid
from counterfoil.values.clock import Clock, Instant

_CHUNK: Final = 100
_MOST_RUNNING: Final = 5  # shopify.dev, bulk operations: per shop and app since 2026-01
_MOST_CONNECTIONS: Final = 5

_Writer = Callable[[Order], list[bytes]]
"""From an order to lines of a file."""


class Bulk(Jobs):
    """The bulk operations of the shop."""

    def __init__(self, memory: Memory, shop: Shop, clock: Clock, takes_s: float) -> None:
        super().__init__(memory, clock, takes_s, self._page)
        self._shop = shop

    def start(self, query: str) -> Job:
        """Begin an operation. Raises `Refused` with the code of a user error where it may not."""
        if len(self.unfinished) >= _MOST_RUNNING:
            raise Refused(
                "A bulk query operation for this app and shop is already in progress.",
                code="OPERATION_IN_PROGRESS",
            )
        connection(query)
        return self.begin(query)

    def _page(self, job: Job, now: Instant) -> Batch:
        root = connection(job.query)
        listing = search(str(root.arguments.get("query") or ""), now)
        if job.last_id:
            listing = continued(listing, Cursor(job.last_id, job.last_id, listing.listing))
        orders = [row.order for row in self._shop.find(listing, now, _CHUNK)]
        write = _writer(root)
        lines = [line for order in orders for line in write(order)]
        last_id = orders[-1].id if orders else job.last_id
        return Batch(lines, len(orders), last_id, last=len(orders) < _CHUNK)


def shown(job: Job, base_url: str) -> Json:
    """The operation as `BulkOperation` shows it; an empty result has no address."""
    url = f"{base_url}/bulk/{job.id}.jsonl" if job.finished and job.objects else None
    size = str(job.size) if job.finished else None
    return {**bodies(0).record("operation")(job), "fileSize": size, "url": url}


def connection(query: str) -> Selected:
    """The one root connection of a bulk query. Raises `Refused` (INVALID) for anything else."""
    judged = SCHEMA.judge(query)
    if judged.document is None:
        raise Refused(f"Invalid bulk query: {judged.problems[0].message}", code="INVALID")
    roots = selected(SCHEMA, SCHEMA.asked(judged.document, None, {}))
    if len(roots) != 1 or roots[0].name != "orders":
        raise Refused("This twin runs bulk queries over orders only.", code="INVALID")
    inner = [child for node in roots[0].node() for child in node.children if child.connection]
    if 1 + len(inner) > _MOST_CONNECTIONS:
        raise Refused("Bulk queries cannot contain more than 5 connections.", code="INVALID")
    below = [child for outer in inner for node in outer.node() for child in node.children]
    if any(child.connection for child in below):
        raise Refused("Bulk queries cannot nest connections deeper than 2.", code="INVALID")
    return roots[0]


def _writer(root: Selected) -> _Writer:
    """From an order to its own line and a line for each nested item, with `__parentId`."""
    node = root.node()[0]
    read = reader([child for child in node.children if not child.connection])
    nested = [_nested(child) for child in node.children if child.connection]

    def write(order: Order) -> list[bytes]:
        lines = [msgspec.json.encode(read(order))]
        for below in nested:
            lines.extend(below(order))
        return lines

    return write


def _nested(child: Selected) -> _Writer:
    items, read = child.items(), reader_of(child.node()[0])

    def write(order: Order) -> list[bytes]:
        parent = {"__parentId": gid("Order", order.id)}
        return [msgspec.json.encode({**read(item), **parent}) for item in items(order)]

    return write

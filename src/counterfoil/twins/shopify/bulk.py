"""Everything at once: bulk operations, worked off page by page into a file of JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.graphql.answer import reader, reader_of
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected, selected
from counterfoil.twins.kit.memory import Memory, blob
from counterfoil.twins.kit.moments import unix_s
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

_BULK_COLUMNS: Final = "id, query, status, created_s, completed_s, last_id, objects, roots, size"


class Operation(msgspec.Struct, frozen=True, array_like=True):
    """One bulk operation; `last_id` is how far it has come, `size` in bytes."""

    id: int
    query: str
    status: str
    created_s: int
    completed_s: int | None
    last_id: int
    objects: int
    roots: int
    size: int


class Bulk:
    """The bulk operations of the shop. `advance` does the work, a page at a time."""

    def __init__(self, memory: Memory, shop: Shop, clock: Clock, takes_s: float) -> None:
        self._memory = memory
        self._shop = shop
        self._clock = clock
        self._takes_s = takes_s

    def start(self, query: str) -> Operation:
        """Begin an operation. Raises `Refused` with the code of a user error where it may not."""
        if len(self._unfinished()) >= _MOST_RUNNING:
            raise Refused(
                "A bulk query operation for this app and shop is already in progress.",
                code="OPERATION_IN_PROGRESS",
            )
        connection(query)
        number = self._memory.run(
            "insert into bulk (query, status, created_s) values (?, 'CREATED', ?)",
            query,
            self._clock.now().timestamp(),
        )
        found = self.operation(number)
        assert found is not None
        return found

    def operation(self, number: int) -> Operation | None:
        """One operation, or None."""
        rows = self._select("where id = ?", number)
        return rows[0] if rows else None

    def file(self, number: int) -> Iterator[bytes]:
        """The lines of a finished operation, in pieces."""
        seq = 0
        while True:
            row = self._memory.row(
                "select body from bulk_chunks where bulk_id = ? and seq = ?", number, seq
            )
            if row is None:
                return
            yield blob(row[0])
            seq += 1

    def next_s(self) -> float | None:
        """When the oldest unfinished operation can be worked on (seconds since 1970)."""
        waiting = self._unfinished()
        return waiting[0].created_s + self._takes_s if waiting else None

    def advance(self) -> bool:
        """Work off one page of the oldest operation; False where there is nothing to do."""
        now = self._clock.now()
        ready_s = self.next_s()
        if ready_s is None or ready_s > unix_s(now):
            return False
        operation = self._unfinished()[0]
        with self._memory.transaction():
            self._page(operation, now)
        return True

    def _page(self, operation: Operation, now: Instant) -> None:
        root = connection(operation.query)
        wanted = search(str(root.arguments.get("query") or ""), now)
        if operation.last_id:
            place = Cursor(operation.last_id, operation.last_id, wanted.listing)
            wanted = continued(wanted, place)
        orders = [found.order for found in self._shop.find(wanted, now, _CHUNK)]
        write = _writer(root)
        lines = [line for order in orders for line in write(order)]
        body = b"".join(line + b"\n" for line in lines)
        done = len(orders) < _CHUNK
        self._memory.run(
            "insert into bulk_chunks select ?, count(*), ? from bulk_chunks where bulk_id = ?1",
            operation.id,
            body,
        )
        self._memory.run(
            "update bulk set status = ?, last_id = ?, objects = objects + ?, roots = roots + ?, "
            "size = size + ?, completed_s = ? where id = ?",
            "COMPLETED" if done else "RUNNING",
            orders[-1].id if orders else operation.last_id,
            len(lines),
            len(orders),
            len(body),
            now.timestamp() if done else None,
            operation.id,
        )

    def _unfinished(self) -> list[Operation]:
        return self._select("where status in ('CREATED', 'RUNNING') order by id")

    def _select(self, where: str, *values: object) -> list[Operation]:
        rows = self._memory.rows(f"select {_BULK_COLUMNS} from bulk {where}", *values)  # noqa: S608
        return msgspec.convert(rows, list[Operation])


def shown(operation: Operation, base_url: str) -> Json:
    """The operation as `BulkOperation` shows it; an empty result has no address."""
    finished = operation.status == "COMPLETED"
    url = f"{base_url}/bulk/{operation.id}.jsonl" if finished and operation.objects else None
    size = str(operation.size) if finished else None
    return {**bodies(0).record("operation")(operation), "fileSize": size, "url": url}


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
    if any(below.connection for one in inner for node in one.node() for below in node.children):
        raise Refused("Bulk queries cannot nest connections deeper than 2.", code="INVALID")
    return roots[0]


def _writer(root: Selected) -> Callable[[Order], list[bytes]]:
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


def _nested(child: Selected) -> Callable[[Order], list[bytes]]:
    resolve: Callable[[Any], Any] | None = child.resolve
    assert resolve is not None
    read = reader_of(child.node()[0])

    def write(order: Order) -> list[bytes]:
        parent = {"__parentId": gid("Order", order.id)}
        return [msgspec.json.encode({**read(item), **parent}) for item in resolve(order)]

    return write

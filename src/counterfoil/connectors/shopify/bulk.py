"""Bulk operations: the whole shop at once, written by Shopify to a file, read here in slices.

The file is asked for with `groupObjects`, so that the lines of an order follow the order itself.
Ungrouped, a child may stand anywhere, and an exact reader would have to hold the whole shop in
memory; grouped, memory is one slice and one page, whatever the shop's size.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from counterfoil.connectors.shopify import queries
from counterfoil.connectors.shopify.client import Client
from counterfoil.kit.api import jobs
from counterfoil.kit.formats import strict_json
from counterfoil.values.errors import Halt, Misconfigured, Refuse, Retry

_PAGE = 250
_BUSY_S = 60.0
_WHAT = "The bulk operation"
_CHILDREN = {"LineItem": "lineItems", "ShippingLine": "shippingLines"}


class _Operation(msgspec.Struct, frozen=True):
    id: str
    status: str
    errorCode: str | None = None
    url: str | None = None


class _Error(msgspec.Struct, frozen=True):
    code: str | None = None
    message: str | None = None


class _Run(msgspec.Struct, frozen=True):
    bulkOperation: _Operation | None = None
    userErrors: list[_Error] | None = None


class BulkPage(msgspec.Struct, frozen=True):
    """At most 250 orders, each with all its lines."""

    nodes: list[dict[str, Any]]
    cursor: str | None


async def result_of(client: Client, query: str, wait_s: float) -> str | None:
    """The address of the file that `query` ends in; None where it found nothing.

    Raises `Retry` where Shopify is busy or failed, or is not done after `wait_s` seconds.
    """
    data = await client.ask(queries.BULK_RUN, {"query": query}, kind="bulk run", estimate=10.0)

    async def poll(operation: _Operation) -> _Operation:
        told = await client.ask(
            queries.BULK_POLL, {"id": operation.id}, kind="bulk poll", estimate=1.0
        )
        return strict_json.convert(told.get("bulkOperation"), _Operation, what=_WHAT)

    operation = await jobs.ended(
        _started(data.get("bulkOperationRunQuery"), client.where),
        poll,
        running=lambda operation: operation.status in ("CREATED", "RUNNING"),
        clock=client.clock,
        wait_s=wait_s,
        overdue=lambda: _failed(client.where, f"is not done after {wait_s:g} seconds"),
    )
    if operation.status != "COMPLETED":
        raise _ended(operation, client.where)
    return operation.url


async def pages(client: Client, url: str) -> AsyncIterator[BulkPage]:
    """The orders in the file at `url`. Raises `Refuse` where its lines are not grouped."""
    nodes: list[dict[str, Any]] = []
    number = 0
    pieces = jobs.ranges(
        lambda start, end: client.fetch(url, start, end),
        where=client.where,
        gone=lambda status: _unfetched(client.where, status),
    )
    async for line in jobs.lines(pieces, what="The bulk file"):
        value = strict_json.convert(strict_json.parse(line, what="The file's line"), dict[str, Any])
        parent = value.get("__parentId")
        if parent is None:
            if len(nodes) == _PAGE:
                number += 1
                yield BulkPage(nodes, str(number))
                nodes = []
            nodes.append(_opened(value))
        else:
            _put(nodes, parent, value)
    if nodes:
        yield BulkPage(nodes, None)


def _opened(order: dict[str, Any]) -> dict[str, Any]:
    order.pop("__typename", None)
    return {**order, **{name: {"nodes": []} for name in _CHILDREN.values()}}


def _put(nodes: list[dict[str, Any]], parent: object, child: dict[str, Any]) -> None:
    place = _CHILDREN.get(str(child.pop("__typename", "")))
    if not nodes or nodes[-1].get("id") != parent or place is None:
        raise Refuse(
            "The bulk file has a line away from its order.",
            do="Run the load again; if that repeats, tell the connector's keepers.",
            code="ungrouped",
        )
    del child["__parentId"]
    nodes[-1][place]["nodes"].append(child)


def _started(payload: Any, where: str) -> _Operation:
    run = strict_json.convert(payload, _Run, what=_WHAT)
    errors = run.userErrors or []
    if {error.code for error in errors} & {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
        raise Retry(
            f"{where} is already running as many bulk operations as it may.",
            after_s=_BUSY_S,
            do="It is tried again by itself.",
            where=where,
            code="bulk-busy",
        )
    if errors:
        raise Halt(
            f"{where} does not accept our bulk query: {str(errors[0].message)[:200]}",
            do="This is a fault of the connector; tell its keepers.",
            where=where,
            code="bad-query",
        )
    if run.bulkOperation is None:
        raise _failed(where, "was taken and not begun")
    return run.bulkOperation


def _ended(operation: _Operation, where: str) -> Retry | Misconfigured:
    if operation.errorCode == "ACCESS_DENIED":
        return Misconfigured(
            f"{where} denies the bulk operation access.",
            do="Give the app read_orders, and read_all_orders for orders older than 60 days.",
            where=where,
            code="access-denied",
        )
    return _failed(where, f"ended as {operation.status} ({operation.errorCode or 'no reason'})")


def _failed(where: str, what: str) -> Retry:
    return Retry(
        f"The bulk operation of {where} {what}.",
        after_s=_BUSY_S,
        do="Start the load again; it begins anew.",
        where=where,
        code="bulk-failed",
    )


def _unfetched(where: str, status: int) -> Retry | None:
    if status < 500 and status not in (403, 404, 429):
        return None
    return _failed(where, f"left a file that answers {status}")

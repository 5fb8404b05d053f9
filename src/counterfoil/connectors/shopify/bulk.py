"""Bulk operations: the whole shop at once, written by Shopify to a file, read here in slices.

The file is asked for with `groupObjects`, so that the lines of an order follow the order itself.
Ungrouped, a child may stand anywhere, and an exact reader would have to hold the whole shop in
memory; grouped, memory is one slice and one page, whatever the shop's size.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS, Client
from counterfoil.kit.api import jobs
from counterfoil.kit.api.graphql import UserError
from counterfoil.kit.api.paging import Nodes
from counterfoil.kit.formats import strict_json
from counterfoil.values.errors import CounterfoilError

_PAGE = 250
_WHAT = "The bulk operation"
_LISTS = {"LineItem": "lineItems", "ShippingLine": "shippingLines"}
_PARTS = jobs.Parts(parent="__parentId", key="id", kind="__typename", lists=_LISTS)
_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


class _Operation(msgspec.Struct, frozen=True):
    id: str
    status: str
    errorCode: str | None = None
    url: str | None = None


class _Run(msgspec.Struct, frozen=True):
    bulkOperation: _Operation | None = None
    userErrors: list[UserError] | None = None


async def result_of(client: Client, query: str, wait_s: float) -> str | None:
    """The address of the file that `query` ends in; None where it found nothing.

    Raises `Retry` where Shopify is busy or failed, or is not done after `wait_s` seconds.
    """

    async def poll(operation: _Operation) -> _Operation:
        values = {"id": operation.id}
        body = await client.ask(DOCUMENTS["BulkPoll"], values, kind="bulk poll", estimate=1.0)
        return strict_json.convert(body.get("bulkOperation"), _Operation, what=_WHAT)

    operation = await jobs.ended(
        await _started(client, query),
        poll,
        running=lambda operation: operation.status in ("CREATED", "RUNNING"),
        clock=client.clock,
        wait_s=wait_s,
        overdue=lambda: client.error("bulk-failed", what=f"is not done after {wait_s:g} seconds"),
    )
    if operation.errorCode == "ACCESS_DENIED" and operation.status != "COMPLETED":
        raise client.error("bulk-denied")
    if operation.status != "COMPLETED":
        what = f"ended as {operation.status} ({operation.errorCode or 'no reason'})"
        raise client.error("bulk-failed", what=what)
    return operation.url


async def _started(client: Client, query: str) -> _Operation:
    values = {"query": query}
    body = await client.ask(DOCUMENTS["BulkRun"], values, kind="bulk run", estimate=10.0)
    run = strict_json.convert(body.get("bulkOperationRunQuery"), _Run, what=_WHAT)
    errors = run.userErrors or []
    if _BUSY & {error.code for error in errors}:
        raise client.error("bulk-busy")
    if errors:
        raise client.error("bulk-query", quoted=errors[0].quoted)
    if run.bulkOperation is None:
        raise client.error("bulk-failed", what="was taken and not begun")
    return run.bulkOperation


def pages(client: Client, url: str) -> AsyncIterator[Nodes]:
    """The orders in the file at `url`, at most 250 a page, each with all its lines.

    Raises `Refuse` where its lines are not grouped.
    """

    def gone(status: int) -> CounterfoilError:
        return client.error("bulk-failed", what=f"left a file that answers {status}")

    pieces = jobs.ranges(partial(client.fetch, url), where=client.where, gone=gone)
    rows = jobs.rows(pieces, what="The bulk file")
    return jobs.documents(rows, _PARTS, most=_PAGE, astray=partial(client.error, "ungrouped"))

"""Refunds out of Shopify, which lists none: they stand under the orders that changed since.

A message names one and says too little of its money (a pending one nets to nothing in its own body,
live 2024 and 2025), so that each is read whole by its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from counterfoil.connectors.shopify.client import DOCUMENTS, Client, searched
from counterfoil.connectors.shopify.refund_told import ReadRefund, flat
from counterfoil.kit.api.completion import Completion, Rows, Words
from counterfoil.kit.api.faults import member
from counterfoil.kit.api.graphql import Wanted, more_rows, rows_of
from counterfoil.kit.api.paging import Nodes, Sizes, relay
from counterfoil.kit.api.reading import inside_of
from counterfoil.kit.connector import CensusPage, Hint, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.strict_json import Object
from counterfoil.kit.mark import made, moment
from counterfoil.mapping.convert import when
from counterfoil.model.refund import Refund
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold, Refuse

_ORDERS, _REFUNDS, _READ = 50, 100, 5  # of an order so many refunds are read, and no more
_HEADS, _ONE = 200.0, 80.0  # first estimates in points
_CHANGED: Final = searched("updated_at", "updatedAt")
_WHOLE: Final = Wanted("refund", "WholeRefund", _ONE)
_DO: Final = "Enter its credits by hand: so many are not read."


class RefundSource:
    """The refunds of one connection (`kit.connector.Source`)."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._page = Sizes(min(settings["orders_per_page"], _ORDERS))
        self._few = Sizes(_READ, settings["lines_per_order"])
        more = more_rows(client.ask, DOCUMENTS, Wanted("refund", "RefundLines", _ONE))
        words = Words("Refund", "legacyResourceId", "updatedAt", client.where, _DO)
        rows = Rows("refundLineItems", "lines", settings["most_lines"])
        postage = Rows("refundShippingLines", "shipping lines", 5)
        self._completion = Completion(more, rows, postage, words)
        self._reader = ReadRefund()

    def parse(self, body: bytes, at: Instant) -> tuple[Hint, ...]:
        """The refund that a message names. Raises `Refuse` where it names none."""
        named = member(strict_json.parse(body, what="The webhook"), ("id",))
        if type(named) is not int or named <= 0:
            sentence = "The message does not say which refund it is about."
            raise Refuse(sentence, do="Subscribe to refunds/create alone.", code="no-identity")
        return (Hint((str(named),)),)

    def reread(self, source: bytes, at: Instant) -> Reading[Refund]:
        """Read a refund that was kept."""
        return self._reader.read(strict_json.parse(source, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Refund]:
        """Read a refund as GraphQL tells it, or an answer that holds one."""
        value = inside_of(strict_json.parse(body, what="The file"), "data", "refund")
        return self._reader.read(flat(strict_json.convert(value, Object)), at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Refund]]:
        """The refunds with these numbers, by identity."""

        async def ask(batch: Sequence[str], rows: int) -> list[Object | None]:
            identities = [f"gid://shopify/Refund/{key}" for key in batch]
            return await rows_of(self._client.ask, DOCUMENTS, _WHOLE, identities, rows=rows)

        nodes = await self._few.batches(keys, ask)
        return [await self._reading(node) for node in nodes if node is not None]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Refund]:
        """One page of the orders changed at or after the moment `mark`, with all their refunds."""
        start = moment(mark)
        page = await self._orders("RefundHeads", _CHANGED.text(start), cursor)
        _CHANGED.check(page.nodes, start)
        keys = [str(row["legacyResourceId"]) for row in self._under(page)]
        changed = [instant(when(node.get("updatedAt"), "")) for node in page.nodes]
        reached = made(max(changed)) if changed else None
        return Listing(tuple(await self.read(keys)), page.cursor, reached)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was created in [start, end): of the orders changed since `start`, by
        the index of their own creation; a refund is a change of its order."""
        page = await self._orders("RefundCensus", _CHANGED.text(start), cursor)
        rows = [self._reader.listed(flat(row)) for row in self._under(page)]
        within = tuple(row for row in rows if start <= row.created < end)
        return CensusPage(within, page.cursor)

    async def _orders(self, query: str, search: str | None, cursor: str | None) -> Nodes:
        async def ask(first: int, _: int) -> Nodes:
            values = {"first": first, "rows": _REFUNDS, "after": cursor, "query": search}
            kind = f"{query} {first}"
            body = await self._client.ask(DOCUMENTS[query], values, kind=kind, estimate=_HEADS)
            return relay(body.get("orders"), cursor)

        return await self._page.asked(ask)

    @staticmethod
    def _under(page: Nodes) -> list[Object]:
        """The refunds of a page of orders. Raises `Hold` where an order has more than are asked."""
        rows: list[Object] = []
        for order in page.nodes:
            refunds = strict_json.convert(order.get("refunds"), list[Object], what="The refunds")
            if len(refunds) >= _REFUNDS:
                number = str(order.get("legacyResourceId"))
                raise Hold(f"Order {number} has {_REFUNDS} refunds.", do=_DO, code="too-long")
            rows += refunds
        return rows

    async def _reading(self, node: Object) -> Reading[Refund]:
        now = self._client.clock.now()
        try:
            await self._completion.complete(node)
        except Hold as problem:
            row = flat(node)
            return self._reader.stump(row, now, problem, strict_json.encode(row))
        row = flat(node)
        return self._reader.read(row, now, strict_json.encode(row))

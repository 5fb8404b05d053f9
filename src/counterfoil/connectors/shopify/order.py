"""Orders out of Shopify: by identity, by change, by census, in bulk, and as they are pushed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from counterfoil.connectors.shopify import bulk, queries
from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.pages import Page, Sizes, listed, page_of, search_time
from counterfoil.connectors.shopify.reading import HookReader, NodeReader
from counterfoil.kit import wire
from counterfoil.kit.connector import CensusPage, Listing, Reading
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Halt, Hold, Refuse, Retry

_LINE_PAGE = 250
_CENSUS_PAGE = 250
_MOST_CALLS = 400  # further pages of lines for one order


class OrderSource:
    """The order source of one connection (`kit.connector.Source` and `Bulk`)."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._sizes = Sizes(settings["orders_per_page"], settings["lines_per_order"], _LINE_PAGE)
        self._most_lines: int = settings["most_lines"]
        self._bulk_wait_s: int = settings["bulk_wait_s"]
        self._nodes = NodeReader(keep_losses=settings["keep_losses"])
        self._hooks = HookReader(keep_losses=settings["keep_losses"])

    def parse(self, body: bytes) -> Reading[Order]:
        """Read a webhook's body. Raises `Refuse` where it is not JSON or names no order."""
        return self._hooks.read(wire.read(body, what="The webhook"), self._client.clock.now())

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        """The orders with these numbers; read by identity, so no index can lag behind."""
        found: list[Reading[Order]] = []
        left = list(keys)
        while left:
            nodes, taken = await self._by_id(left)
            found += [await self._reading(node) for node in nodes]
            left = left[taken:]
        return found

    async def since(self, mark: Instant | None, cursor: str | None) -> Listing[Order]:
        """One page of the orders changed at or after `mark`, oldest change first.

        A cursor lives for one run of one listing; a `Retry` with code "cursor-expired" asks for a
        new run from the mark. The search index lags behind by seconds: marks need an overlap.
        """
        search = None if mark is None else f"updated_at:>='{search_time(mark)}'"
        data, raw = await self._orders(search, cursor)
        page = page_of(data, "orders", cursor)
        if mark is not None:
            self._inside(page, "updatedAt", search_time(mark), None)
        readings = [await self._reading(node) for node in page.nodes]
        return Listing(tuple(readings), page.cursor, raw)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was created in [start, end), by Shopify's index of creation.

        `count` is Shopify's own count of the window, with the first page, where it is exact.
        """
        first, last = search_time(start), search_time(end)
        search = f"created_at:>='{first}' created_at:<'{last}'"
        asked = {"query": search, "after": cursor, "first": _CENSUS_PAGE, "counted": cursor is None}
        data, _ = await self._client.ask(queries.CENSUS, asked, kind="census")
        page = page_of(data, "orders", cursor)
        self._inside(page, "createdAt", first, last)
        count = data.get("ordersCount") or {}
        exact = count.get("precision") == "EXACT"
        rows = tuple(listed(node) for node in page.nodes)
        return CensusPage(rows, page.cursor, count["count"] if exact else None)

    async def load(self, start: Instant | None) -> AsyncIterator[Listing[Order]]:
        """Every order created at or after `start`, in pages of at most 250, in no order."""
        search = "" if start is None else f"created_at:>='{search_time(start)}'"
        url = await bulk.result_of(self._client, queries.bulk(search), self._bulk_wait_s)
        pages = bulk.pages(self._client, url) if url else bulk.nothing()
        async for page in pages:
            now = self._client.clock.now()
            readings = tuple(self._nodes.read(node, now) for node in page.nodes)
            yield Listing(readings, page.cursor, page.raw)

    async def _orders(self, search: str | None, cursor: str | None) -> tuple[dict[str, Any], bytes]:
        while True:
            first, lines = self._sizes.orders, self._sizes.lines
            asked = {"first": first, "lines": lines, "after": cursor, "query": search}
            try:
                return await self._client.ask(
                    queries.ORDERS, asked, kind=f"orders {first} x {lines}", estimate=8.0 * first
                )
            except Refuse as error:
                if error.code != "max-cost" or not self._sizes.shrink():
                    raise

    async def _by_id(self, keys: list[str]) -> tuple[list[Any], int]:
        while True:
            some, lines = keys[: self._sizes.orders], self._sizes.lines
            asked = {f"k{at}": f"gid://shopify/Order/{key}" for at, key in enumerate(some)}
            try:
                data, _ = await self._client.ask(
                    queries.orders_by_id(len(some)),
                    {"lines": lines, **asked},
                    kind=f"read {len(some)} x {lines}",
                    estimate=20.0 * len(some),
                )
            except Refuse as error:
                if error.code != "max-cost" or not self._sizes.shrink():
                    raise
                continue
            return [node for node in data.values() if node is not None], len(some)

    async def _reading(self, node: Any) -> Reading[Order]:
        now = self._client.clock.now()
        try:
            await self._complete(node)
        except Hold as hold:
            stump = self._nodes.read(node, now)
            return Reading(
                stump.key, stump.number, stump.version, stump.minor, stump.currency, problem=hold
            )
        return self._nodes.read(node, now)

    async def _complete(self, node: Any) -> None:
        """Add to `node` the lines that its page did not carry; an order is read whole or not."""
        ...

    def _inside(self, page: Page, field: str, first: str, last: str | None) -> None:
        """Shopify ignores a filter it does not know: what lies outside shows that it did."""
        ...

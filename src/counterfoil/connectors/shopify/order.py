"""Orders out of Shopify: by identity, by change, by census, in bulk, and as they are pushed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from counterfoil.connectors.shopify import bulk
from counterfoil.connectors.shopify.client import DOCUMENTS, Client, searched
from counterfoil.connectors.shopify.fields import HOOK, NODE
from counterfoil.connectors.shopify.reading import Reader, unwrapped
from counterfoil.kit.api.completion import Completion, Rows, Words
from counterfoil.kit.api.graphql import Wanted, more_rows, rows_of
from counterfoil.kit.api.paging import Sizes, exact_count, relay
from counterfoil.kit.connector import CensusPage, Listing, Reading
from counterfoil.kit.formats import graphql, strict_json
from counterfoil.kit.mark import moment, newest
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Hold

_CENSUS_PAGE, _READ_PAGE = 250, 10
# First estimates in points, rather too high than too low; what Shopify says takes their place.
_LISTING, _CENSUS, _ONE = 600.0, 20.0, 60.0
_CHANGED, _MADE = searched("updated_at", "updatedAt"), searched("created_at", "createdAt")
_WHOLE: Final = Wanted("order", "Whole", _ONE)
_POSTAGE: Final = Rows("shippingLines", "shipping lines", 5)
_DO: Final = "Raise most_lines of this connection, or set the order aside with a reason."


class OrderSource:
    """The order source of one connection (`kit.connector.Source` and `Bulk`)."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self.client = client
        lines: int = settings["lines_per_order"]
        self._page = Sizes(settings["orders_per_page"], lines)
        self._few = Sizes(_READ_PAGE, lines)
        rows = Rows("lineItems", "lines", settings["most_lines"])
        more = more_rows(client.ask, DOCUMENTS, Wanted("order", "Lines", _ONE))
        words = Words("Order", "name", "updatedAt", client.where, _DO)
        self._completion = Completion(more, rows, _POSTAGE, words)
        self._bulk_wait_s: float = settings["bulk_wait_s"]
        self._nodes = Reader(NODE)
        self._hooks = Reader(HOOK)

    def parse(self, body: bytes, at: Instant) -> Reading[Order]:
        """Read a webhook's body. Raises `Refuse` where it is not JSON or names no order."""
        return self._hooks.read(strict_json.parse(body, what="The webhook"), at)

    def reread(self, source: bytes, at: Instant) -> Reading[Order]:
        """Read a node that was kept of a listing, of a load, or of a reading by number."""
        return self._nodes.read(strict_json.parse(source, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Order]:
        """Read a webhook's body, a GraphQL node, or an answer that holds one of them."""
        value = unwrapped(strict_json.parse(body, what="The file"))
        node = isinstance(value, dict) and ("legacyResourceId" in value or "lineItems" in value)
        return (self._nodes if node else self._hooks).read(value, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        """The orders with these numbers, read by identity: no index that lags is asked."""

        async def ask(batch: Sequence[str], lines: int) -> list[dict[str, Any]]:
            identities = [f"gid://shopify/Order/{key}" for key in batch]
            nodes = await rows_of(self.client.ask, DOCUMENTS, _WHOLE, identities, lines=lines)
            return [node for node in nodes if node is not None]

        return [await self._reading(node) for node in await self._few.batches(keys, ask)]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        """One page of what changed at or after the moment `mark`, oldest change first. A cursor
        lives for one run of it: a `Retry` "cursor-expired" asks for a new one from the mark."""
        start = moment(mark)
        search = _CHANGED.text(start)

        async def ask(first: int, lines: int) -> graphql.Body:
            values = {"first": first, "lines": lines, "after": cursor, "query": search}
            kind = f"orders {first} x {lines}"
            return await self.client.ask(DOCUMENTS["Orders"], values, kind=kind, estimate=_LISTING)

        body = await self._page.asked(ask)
        page = relay(body.get("orders"), cursor)
        _CHANGED.check(page.nodes, start)
        sources = zip(page.nodes, body.nodes("orders"), strict=True)
        readings = [await self._reading(node, source) for node, source in sources]
        return Listing(tuple(readings), page.cursor, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was created in [start, end), whole seconds, by the index of creation.

        `count` is Shopify's own count of the window, with the first page, where it is exact.
        """
        search, counted = _MADE.text(start, end), cursor is None
        values = {"query": search, "after": cursor, "first": _CENSUS_PAGE, "counted": counted}
        body = await self.client.ask(DOCUMENTS["Census"], values, kind="census", estimate=_CENSUS)
        page = relay(body.get("orders"), cursor)
        _MADE.check(page.nodes, start, end)
        rows = tuple(self._nodes.listed(node) for node in page.nodes)
        return CensusPage(rows, page.cursor, exact_count(body.get("ordersCount"), "EXACT"))

    async def load(self, start: Instant | None) -> AsyncIterator[Listing[Order]]:
        """Every order created at or after `start`, in pages of at most 250, in no order."""
        search = _MADE.text(start) or ""
        url = await bulk.result_of(
            self.client, DOCUMENTS.literal("Bulk", search=search), self._bulk_wait_s
        )
        if url is None:
            return
        async for page in bulk.pages(self.client, url):
            now = self.client.clock.now()
            readings = tuple(
                self._nodes.read(node, now, strict_json.encode(node)) for node in page.nodes
            )
            yield Listing(readings, page.cursor)

    async def _reading(self, node: dict[str, Any], source: bytes = b"") -> Reading[Order]:
        """The reading of a node, which was read from `source` where that is at hand."""
        now = self.client.clock.now()
        try:
            completed = await self._completion.complete(node)
        except Hold as problem:
            return self._nodes.stump(node, now, problem, strict_json.encode(node))
        if completed or not source:
            source = strict_json.encode(node)
        return self._nodes.read(node, now, source)

"""Orders with more lines than a page carries: completed before they are read, or held."""

from __future__ import annotations

from typing import Any

from counterfoil.connectors.shopify import queries
from counterfoil.connectors.shopify.client import Client
from counterfoil.kit.api.paging import relay
from counterfoil.values.errors import Hold, Refuse, Retry

_FIRST_SIZE = 250
_ESTIMATE = 60.0  # points
_MOST_POSTAGE = 5


class Completion:
    """Fetches the lines that are missing; `most` lines is where an order is held instead."""

    def __init__(self, client: Client, most: int) -> None:
        self._client = client
        self._most = most
        self._size = _FIRST_SIZE

    async def complete(self, node: dict[str, Any]) -> bool:
        """Add to `node` the lines that its page did not carry; whether there were any.

        Raises `Hold` where the order is too long, `Retry` where it changed in between.
        """
        page = relay(node.get("lineItems"), None)
        cursor, nodes = page.cursor, page.nodes
        short = cursor is not None
        while cursor is not None:
            if len(nodes) >= self._most:
                raise _too_long(node, f"more than {self._most} lines")
            page = relay(await self._more(node, cursor), cursor)
            cursor = page.cursor
            nodes += page.nodes
        node["lineItems"] = {"nodes": nodes}
        if relay(node.get("shippingLines"), None).cursor is not None:
            raise _too_long(node, f"more than {_MOST_POSTAGE} shipping lines")
        return short

    async def _more(self, node: dict[str, Any], after: str) -> Any:
        while True:
            asked = {"id": node["id"], "first": self._size, "after": after}
            kind = f"lines {self._size}"
            try:
                data = await self._client.ask(queries.LINES, asked, kind=kind, estimate=_ESTIMATE)
            except Refuse as error:
                if error.code != "max-cost" or self._size == 1:
                    raise
                self._size //= 2
                continue
            order: dict[str, Any] = data.get("order") or {}
            if order.get("updatedAt") != node.get("updatedAt"):
                raise Retry(
                    f"Order {node.get('name')} changed while it was being read.",
                    do="It is read again by itself.",
                    where=self._client.where,
                    code="changed",
                )
            return order.get("lineItems")


def _too_long(node: dict[str, Any], what: str) -> Hold:
    return Hold(
        f"Order {node.get('name')} has {what}.",
        do="Raise most_lines of this connection, or set the order aside with a reason.",
        code="too-long",
    )

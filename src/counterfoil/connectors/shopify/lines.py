"""Orders with more lines than a page carries: completed before they are read, or held."""

from __future__ import annotations

from typing import Any

from counterfoil.connectors.shopify.client import Client
from counterfoil.connectors.shopify.queries import DOCUMENTS
from counterfoil.kit.api.paging import Sizes, completed, relay
from counterfoil.kit.formats.graphql import Body
from counterfoil.values.errors import Hold, Retry

_ESTIMATE = 60.0  # points
_MOST_POSTAGE = 5


class Completion:
    """Fetches the lines that are missing; `most` lines is where an order is held instead."""

    def __init__(self, client: Client, most: int) -> None:
        self._client = client
        self._most = most
        self._sizes = Sizes(250)

    async def complete(self, node: dict[str, Any]) -> bool:
        """Add to `node` the lines that its page did not carry; whether there were any.

        Raises `Hold` where the order is too long, `Retry` where it changed in between.
        """
        page = await completed(
            node.get("lineItems"), lambda cursor: self._more(node, cursor), self._most
        )
        if page.cursor is not None:
            raise _too_long(node, f"more than {self._most} lines")
        short = len(page.nodes) > len(node["lineItems"]["nodes"])
        node["lineItems"] = {"nodes": page.nodes}
        if relay(node.get("shippingLines"), None).cursor is not None:
            raise _too_long(node, f"more than {_MOST_POSTAGE} shipping lines")
        return short

    async def _more(self, node: dict[str, Any], after: str) -> object:
        async def ask(first: int, _: int) -> Body:
            values = {"id": node["id"], "first": first, "after": after}
            kind = f"lines {first}"
            return await self._client.ask(DOCUMENTS["Lines"], values, kind=kind, estimate=_ESTIMATE)

        order: dict[str, Any] = (await self._sizes.asked(ask)).get("order") or {}
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

"""The twin's control room, which no vendor has: what happened, every order, an end of faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.twins.shopify.spelling import utc
from counterfoil.twins.shopify.state import Shop
from counterfoil.twins.shopify.webhooks import Webhooks

_PAGE: Final = 1000


class Control:
    """The addresses under `/_twin/`."""

    def __init__(
        self,
        shop: Shop,
        webhooks: Webhooks,
        calm: Callable[[], None],
        report: Callable[[], Mapping[str, object]],
    ) -> None:
        self._shop = shop
        self._webhooks = webhooks
        self._calm = calm
        self._report = report

    def routes(self) -> list[Route]:
        """The addresses that only a twin has."""
        return [
            Route("/_twin/report", self.report),
            Route("/_twin/calm", self.calm, methods=["POST"]),
            Route("/_twin/orders", self.orders),
            Route("/_twin/accepted", self.accepted),
        ]

    async def report(self, request: Request) -> Response:
        """What has happened so far."""
        return _json(self._report())

    async def calm(self, request: Request) -> Response:
        """No more faults."""
        self._calm()
        return _json({"calm": True})

    async def orders(self, request: Request) -> Response:
        """Every order, for whoever checks: `after` (a number) and `limit` make pages; `next` is
        null at the end."""
        after = int(request.query_params.get("after", 0))
        limit = min(int(request.query_params.get("limit", _PAGE)), _PAGE)
        found = self._shop.every(after, limit)
        shown = [
            {
                "id": str(order.id),
                "name": order.name,
                "total_minor": order.sale.total_minor,
                "current_minor": order.current_total_minor,
                "currency": order.sale.currency,
                "created": utc(order.created_s),
                "updated": utc(order.updated_s),
                "cancelled": bool(order.cancelled_s),
            }
            for order in found
        ]
        return _json({"orders": shown, "next": found[-1].id if len(found) == limit else None})

    async def accepted(self, request: Request) -> Response:
        """Every message that was acknowledged, by topic and digest: `topic` and `digest` of the
        last one begin the next page."""
        asked = request.query_params
        after = (asked.get("topic", ""), asked.get("digest", ""))
        return _json({"accepted": self._webhooks.accepted(after, _PAGE)})


def _json(answer: Mapping[str, object]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")

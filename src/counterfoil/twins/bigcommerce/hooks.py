"""Webhooks (V3): who listens, and messages that only name their order, signed by the standard."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.paging import numbered
from counterfoil.twins.kit.signing import standard_webhook
from counterfoil.twins.kit.webhooks import FORGED, GUESS, Delivery, Dialect, Subscription, Webhooks
from counterfoil.values.clock import Clock

CREATED: Final = "store/order/created"
UPDATED: Final = "store/order/updated"
STATUS_UPDATED: Final = "store/order/statusUpdated"
ARCHIVED: Final = "store/order/archived"
_ELSEWHERE: Final = 9_000_000  # no order of the store has so high a number


class Hook(msgspec.Struct, kw_only=True):
    """What a call says of a hook; what it does not say is None."""

    scope: str | None = None
    destination: str | None = None
    is_active: bool | None = None
    headers: dict[str, str] | None = None


def notice(site: Site, scope: str, now_s: int, data: dict[str, object]) -> bytes:
    """A message's body: what happened to which order, and nothing of it. `hash` is a digest of the
    rest, and no signature."""
    told = {"created_at": now_s, "store_id": site.store_id, "scope": scope, "data": data}
    digest = hashlib.sha1(msgspec.json.encode(told), usedforsecurity=False).hexdigest()
    return msgspec.json.encode({"producer": site.base[1:], "hash": digest, **told})


def dialect(site: Site, clock: Clock) -> Dialect:
    """The messages of one store; a hook whose messages nobody takes is deactivated."""

    def headers(delivery: Delivery) -> dict[str, str]:
        secret = GUESS if delivery.kind == FORGED else site.client_secret
        first_s = datetime.fromisoformat(delivery.triggered_at).timestamp()
        stamp = str(int(unix_s(clock.now()) if site.signs_again else first_s))
        own: dict[str, str] = msgspec.json.decode(delivery.name or "{}")
        return {
            **own,
            "content-type": "application/json",
            "webhook-id": delivery.webhook_id,
            "webhook-timestamp": stamp,
            "webhook-signature": standard_webhook(
                secret, delivery.webhook_id, stamp, delivery.body
            ),
        }

    def disguised(body: bytes) -> bytes:
        told = msgspec.json.decode(body)
        data = {**told["data"], "id": told["data"]["id"] + _ELSEWHERE}
        return notice(site, told["scope"], told["created_at"], data)

    return Dialect(
        headers, disguised, lambda body: msgspec.json.decode(body)["hash"], "deactivated"
    )


class Hooks:
    """The addresses under `/v3/hooks`."""

    def __init__(self, site: Site, webhooks: Webhooks, clock: Clock) -> None:
        self._site = site
        self._webhooks = webhooks
        self._clock = clock

    def routes(self) -> list[Route]:
        """The addresses that the vendor has too."""
        path = f"{self._site.base}/v3/hooks"
        return [
            Route(path, self._list),
            Route(path, self._create, methods=["POST"]),
            Route(path + "/{id:int}", self._one, methods=["GET", "PUT", "DELETE"]),
        ]

    async def _list(self, request: Request) -> Response:
        every, rows = self._webhooks.subscriptions(), numbered(request, 50, 250)
        page = every[rows.offset : rows.offset + rows.limit]
        figures = {"total": len(every), "count": len(page), "per_page": rows.limit}
        figures["current_page"] = rows.offset // rows.limit + 1
        figures["total_pages"] = -(-len(every) // rows.limit)
        return answer({"data": [self._shown(one) for one in page], "meta": {"pagination": figures}})

    async def _create(self, request: Request) -> Response:
        hook = _read(await request.body())
        if hook is None or not hook.scope or not hook.destination:
            return refused(422, "The scope and the destination are required.")
        address = urlsplit(hook.destination)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
            return refused(422, "The destination must be an https address.")
        if self._webhooks.subscriptions((hook.scope,), hook.destination):
            return refused(409, "A hook with this scope and destination exists.")
        own = msgspec.json.encode(hook.headers).decode() if hook.headers else None
        made = self._webhooks.subscribe(hook.scope, hook.destination, own, self._clock.now())
        return answer({"data": self._shown(made), "meta": {}})

    async def _one(self, request: Request) -> Response:
        key = request.path_params["id"]
        if not any(one.id == key for one in self._webhooks.subscriptions()):
            return refused(404, "The hook was not found.")
        if request.method == "PUT":
            hook = _read(await request.body())
            if hook is None:
                return refused(422, "The body is not a hook.")
            if hook.is_active is not None:
                self._webhooks.activate(key, active=hook.is_active)
        [found] = [one for one in self._webhooks.subscriptions() if one.id == key]
        if request.method == "DELETE":
            self._webhooks.unsubscribe(key)
        return answer({"data": self._shown(found), "meta": {}})

    def _shown(self, hook: Subscription) -> dict[str, object]:
        return {
            "id": hook.id,
            "client_id": "counterfoil",
            "store_hash": self._site.store_hash,
            "scope": hook.topic,
            "destination": hook.uri,
            "headers": msgspec.json.decode(hook.name) if hook.name else None,
            "is_active": hook.active,
            "created_at": hook.created_s,
            "updated_at": hook.created_s,
            "events_history_enabled": False,
        }


def refused(status: int, title: str) -> Response:
    """A refusal as V3 spells it."""
    return answer({"status": status, "title": title, "type": "about:blank", "errors": {}}, status)


def _read(body: bytes) -> Hook | None:
    try:
        return msgspec.json.decode(body, type=Hook)
    except msgspec.MsgspecError:
        return None

"""Webhooks (V3): who listens, what is news, and messages that only name their order, signed by the
standard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.twins.bigcommerce.life import EVENTS, ORDERS
from counterfoil.twins.bigcommerce.site import Site
from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.happenings import News
from counterfoil.twins.kit.paging import Slice
from counterfoil.twins.kit.rest import routes
from counterfoil.twins.kit.shapes import Shapes, plainly, tables
from counterfoil.twins.kit.shelf import Shelf
from counterfoil.twins.kit.status_order import StatusOrder, entry
from counterfoil.twins.kit.subscriptions import Json, Subscriptions, Wanted, Words
from counterfoil.twins.kit.webhooks import Dialect, StandardHeaders, Subscription, Webhooks
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock

CREATED: Final = "store/order/created"
UPDATED: Final = "store/order/updated"
STATUS_UPDATED: Final = "store/order/statusUpdated"
ARCHIVED: Final = "store/order/archived"
_ELSEWHERE: Final = 9_000_000  # no order of the store has so high a number
_HOOKS: Final = Shapes(
    tables(__package__ or "", "hook.toml"),
    {},
    {"headers": plainly(lambda text: msgspec.json.decode(text) if text else None)},
)


class Hook(msgspec.Struct, kw_only=True):
    """What a call says of a hook; what it does not say is None."""

    scope: str | None = None
    destination: str | None = None
    is_active: bool | None = None
    headers: dict[str, str] | None = None


def notice(site: Site, scope: str, now_s: int, data: dict[str, object]) -> bytes:
    """A message's body: what happened to which order, and nothing of it. `hash` is a digest of the
    rest, and no signature."""
    message = {"created_at": now_s, "store_id": site.store_id, "scope": scope, "data": data}
    digest = hashlib.sha1(msgspec.json.encode(message), usedforsecurity=False).hexdigest()
    return msgspec.json.encode({"producer": site.base[1:], "hash": digest, **message})


class Script:
    """The orders of one store (`twins.kit.happenings.Script`)."""

    events = EVENTS
    entry = staticmethod(entry)

    def __init__(self, site: Site, shelf: Shelf[StatusOrder]) -> None:
        self._site = site
        self._shelf = shelf

    def begun(self, sale: Sale, now_s: int) -> StatusOrder:
        """The order of a sale."""
        return ORDERS.begun(self._shelf, sale, now_s)

    def finishes(self, kept: StatusOrder) -> str:
        """A shopper finishes what they began."""
        return "completed" if kept.by_shopper else ""

    def created(self, kept: StatusOrder) -> News:
        """The news that there is an order."""
        return self._news(CREATED, kept)

    def changed(self, before: StatusOrder, kept: StatusOrder) -> Iterator[News]:
        """The news of a change; a new status is news of its own."""
        if kept.status != before.status:
            moved = {"previous_status_id": before.status, "new_status_id": kept.status}
            yield self._news(STATUS_UPDATED, kept, status=moved)
        yield self._news(ARCHIVED if kept.archived and not before.archived else UPDATED, kept)

    def _news(self, scope: str, kept: StatusOrder, **more: object) -> News:
        data: dict[str, object] = {"type": "order", "id": kept.id, **more}
        return News(scope, partial(notice, self._site, scope, data=data))


def dialect(site: Site, clock: Clock) -> Dialect:
    """The messages of one store; a hook whose messages nobody takes is deactivated."""

    def disguised(body: bytes) -> bytes:
        message = msgspec.json.decode(body)
        data = {**message["data"], "id": message["data"]["id"] + _ELSEWHERE}
        return notice(site, message["scope"], message["created_at"], data)

    return Dialect(
        StandardHeaders(site.client_secret, clock, signs_again=site.signs_again).of,
        disguised,
        lambda body: msgspec.json.decode(body)["hash"],
        "deactivated",
    )


def _wanted(hook: Hook) -> Wanted:
    own = msgspec.json.encode(hook.headers).decode() if hook.headers else None
    return Wanted(hook.scope, hook.destination, own, hook.is_active)


def _one(hook: Json) -> Json:
    return {"data": hook, "meta": {}}


def _many(page: Sequence[Json], rows: Slice, total: int) -> Json:
    figures = {"total": total, "count": len(page), "per_page": rows.limit}
    figures["current_page"] = rows.offset // rows.limit + 1
    figures["total_pages"] = -(-total // rows.limit)
    return {"data": page, "meta": {"pagination": figures}}


def hooks(site: Site, webhooks: Webhooks, clock: Clock) -> list[Route]:
    """The addresses under `/v3/hooks`."""

    def shown(hook: Subscription) -> Json:
        return {**_HOOKS.record("hook")(hook), "store_hash": site.store_hash}

    words = Words(
        shape=Hook,
        read=_wanted,
        shown=shown,
        one=_one,
        many=_many,
        noun="hook",
        topic="scope",
        address="destination",
    )
    addresses = Subscriptions(words, webhooks, clock).addresses("/hooks")
    return routes(f"{site.base}/v3", addresses, refused)


def refused(status: int, title: str) -> Response:
    """A refusal as V3 spells it."""
    return answer({"status": status, "title": title, "type": "about:blank", "errors": {}}, status)

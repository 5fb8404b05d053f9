"""The root fields: every question and every change that the twin serves, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.graphql.answer import Page, of_value, page_size
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.memory import Memory, blob
from counterfoil.twins.kit.paging import Cursor, opened, sealed
from counterfoil.twins.kit.sale.shop import Found, Shop
from counterfoil.twins.kit.webhooks import Subscription, Webhooks
from counterfoil.twins.shopify import bulk
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.profile import Profile
from counterfoil.twins.shopify.search import continued, search
from counterfoil.twins.shopify.shapes import bodies
from counterfoil.twins.shopify.spelling import number_in
from counterfoil.values.clock import Clock

_NEEDS_ORDERS: Final = {"order", "orders", "ordersCount", "bulkOperationRunQuery"}


class Root:
    """Answers one root field at a time; `base_url` is where the caller reaches this twin."""

    def __init__(
        self,
        memory: Memory,
        shop: Shop,
        webhooks: Webhooks,
        bulk: Bulk,
        profile: Profile,
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._shop = shop
        self._webhooks = webhooks
        self._bulk = bulk
        self._profile = profile
        self._clock = clock
        self._known: Mapping[str, Callable[[Selected, str], Any]] = {
            "bulkOperation": self._bulk_operation,
            "bulkOperationRunQuery": self._run_bulk,
            "order": self._order,
            "orders": self._orders,
            "ordersCount": self._orders_count,
            "shop": self._shop_itself,
            "webhookSubscriptions": self._subscriptions,
            "webhookSubscriptionCreate": self._subscribe,
            "webhookSubscriptionDelete": self._unsubscribe,
        }

    def answer(self, at: Selected, base_url: str) -> object:
        """The JSON of one root field. Raises `Refused`, placed at the field."""
        if at.name == "__typename":
            return at.owner
        try:
            self._allow(at)
            if at.idempotency_key is not None:
                return self._once(at, base_url)
            complete = of_value(at)
            return complete(self._known[at.name](at, base_url))
        except Refused as refused:
            raise refused.at(at.key) from None

    def _allow(self, at: Selected) -> None:
        scope = "read_orders"
        if at.name in _NEEDS_ORDERS and scope not in self._profile.scopes:
            raise Refused(
                f"Access denied for {at.name} field. Required access: `{scope}` access scope.",
                code="ACCESS_DENIED",
                requiredAccess=f"`{scope}` access scope.",
                documentation="https://shopify.dev/api/usage/access-scopes",
            )

    def _once(self, at: Selected, base_url: str) -> object:
        """A mutation under `@idempotent`: the first answer is the only one."""
        key = str(at.idempotency_key)
        if not key.strip():
            raise Refused("The idempotency key cannot be blank.", code="BAD_REQUEST")
        asked = msgspec.json.encode([at.name, at.arguments], order="sorted")
        complete = of_value(at)
        with self._memory.transaction():
            known = self._memory.row("select asked, answer from replays where key = ?", key)
            if known is None:
                value = self._known[at.name](at, base_url)
                self._memory.run(
                    "insert into replays values (?, ?, ?)", key, asked, msgspec.json.encode(value)
                )
                return complete(value)
        if known[0] != asked:
            raise Refused(
                "The same idempotency key cannot be used with different operation parameters.",
                code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            )
        return complete(msgspec.json.decode(blob(known[1])))

    # --- orders ---

    def _order(self, at: Selected, base_url: str) -> object:
        number = number_in(str(at.arguments["id"]), "Order")
        if number is None:
            raise Refused(f"Invalid global id '{at.arguments['id']}'", code="BAD_REQUEST")
        return self._shop.order(number)

    def _orders(self, at: Selected, base_url: str) -> Page:
        size = page_size(at)
        now = self._clock.now()
        wanted = search(
            str(at.arguments.get("query") or ""),
            now,
            sort_key=str(at.arguments.get("sortKey") or "PROCESSED_AT"),
            reverse=bool(at.arguments.get("reverse")),
        )
        after = at.arguments.get("after")
        if after is not None:
            wanted = continued(wanted, opened(after))
        found = self._shop.find(wanted, now, size + 1)
        return _page(found, size, wanted.listing, earlier=after is not None)

    def _orders_count(self, at: Selected, base_url: str) -> Json:
        now = self._clock.now()
        wanted = search(str(at.arguments.get("query") or ""), now)
        count, exact = self._shop.count(wanted, now, at.arguments.get("limit"))
        return {"count": count, "precision": "EXACT" if exact else "AT_LEAST"}

    # --- the shop ---

    def _shop_itself(self, at: Selected, base_url: str) -> Json:
        return bodies(0).record("shop")(self._profile)

    # --- webhook subscriptions ---

    def _subscriptions(self, at: Selected, base_url: str) -> Page:
        size = page_size(at)
        topics = tuple(_spoken(topic) for topic in at.arguments.get("topics") or ())
        found = self._webhooks.subscriptions(topics, str(at.arguments.get("uri") or ""))
        after = at.arguments.get("after")
        if after is not None:
            cursor = opened(after)
            if cursor is None:
                raise Refused("Invalid cursor for current pagination sort.", code="BAD_REQUEST")
            found = [one for one in found if one.id > cursor.last_id]
        return Page(
            items=[_subscription(one) for one in found[:size]],
            cursor=_cursor_of(found),
            more=len(found) > size,
            earlier=after is not None,
        )

    def _subscribe(self, at: Selected, base_url: str) -> Json:
        wanted = at.arguments["webhookSubscription"]
        topic, uri = _spoken(at.arguments["topic"]), str(wanted.get("uri") or "")
        if not uri.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return _unsaved("Address is invalid", ["webhookSubscription", "uri"])
        if self._webhooks.subscriptions((topic,), uri):
            return _unsaved(
                "Address for this topic has already been taken", ["webhookSubscription", "uri"]
            )
        made = self._webhooks.subscribe(topic, uri, wanted.get("name"), self._clock.now())
        return {"webhookSubscription": _subscription(made), "userErrors": []}

    def _unsubscribe(self, at: Selected, base_url: str) -> Json:
        number = number_in(str(at.arguments["id"]), "WebhookSubscription")
        if number is None or not self._webhooks.unsubscribe(number):
            error = {"field": ["id"], "message": "Webhook subscription does not exist"}
            return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
        return {"deletedWebhookSubscriptionId": at.arguments["id"], "userErrors": []}

    # --- bulk operations ---

    def _run_bulk(self, at: Selected, base_url: str) -> Json:
        try:
            started = self._bulk.start(str(at.arguments["query"]))
        except Refused as refused:
            error = {"field": ["query"], "message": refused.message, "code": refused.code}
            return {"bulkOperation": None, "userErrors": [error]}
        return {"bulkOperation": bulk.shown(started, base_url), "userErrors": []}

    def _bulk_operation(self, at: Selected, base_url: str) -> Json | None:
        number = number_in(str(at.arguments["id"]), "BulkOperation")
        found = self._bulk.operation(number) if number is not None else None
        return bulk.shown(found, base_url) if found else None


def _page(found: list[Found], size: int, listing: str, *, earlier: bool) -> Page:
    def cursor(place: int) -> str:
        return sealed(Cursor(found[place].order.id, found[place].value, listing))

    return Page([one.order for one in found[:size]], cursor, len(found) > size, earlier)


def _spoken(topic: str) -> str:
    """ORDERS_CREATE is spoken "orders/create"."""
    resource, _, event = topic.lower().partition("_")
    return f"{resource}/{event}"


_subscription: Final = bodies(0).record("subscription")


def _unsaved(message: str, field: list[str]) -> Json:
    return {
        "webhookSubscription": None,
        "userErrors": [{"field": field, "message": message}],
    }


def _cursor_of(found: list[Subscription]) -> Callable[[int], str]:
    return lambda place: sealed(Cursor(found[place].id))

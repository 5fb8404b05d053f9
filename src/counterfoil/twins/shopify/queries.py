"""The root fields: every question and every change that the twin serves, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from counterfoil.twins.kit.graphql.answer import Page, cut, of_value, page_size
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.once import Mismatch, once
from counterfoil.twins.kit.paging import Cursor, opened, sealed
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify import bulk
from counterfoil.twins.shopify.bulk import Bulk
from counterfoil.twins.shopify.product import Catalogue
from counterfoil.twins.shopify.profile import Profile
from counterfoil.twins.shopify.search import continued, search
from counterfoil.twins.shopify.shapes import bodies
from counterfoil.twins.shopify.spelling import number_in

_ORDERS: Final = ("order", "orders", "ordersCount", "bulkOperationRunQuery")
_READS: Final = ("productByIdentifier", "productVariantByIdentifier")
_WRITES: Final = ("productSet", "productVariantsBulkCreate", "productVariantsBulkUpdate")
_SCOPES: Final = {
    **dict.fromkeys(_ORDERS, "read_orders"),
    **dict.fromkeys(_READS, "read_products"),
    **dict.fromkeys(_WRITES, "write_products"),
}
"""The scope that a field demands."""


class Root:
    """Answers one root field at a time; `base_url` is where the caller reaches this twin."""

    def __init__(
        self,
        ground: Ground,
        shop: Shop,
        webhooks: Webhooks,
        bulk: Bulk,
        profile: Profile,
        catalogue: Catalogue,
    ) -> None:
        self._memory = ground.memory
        self._shop = shop
        self._webhooks = webhooks
        self._bulk = bulk
        self._profile = profile
        self._clock = ground.clock
        self._scopes = dict(_SCOPES)
        self._answers: dict[str, Callable[[Selected, str], object]] = {
            "bulkOperation": self._bulk_operation,
            "bulkOperationRunQuery": self._run_bulk,
            "order": self._order,
            "productByIdentifier": catalogue.product_by,
            "productSet": catalogue.product_set,
            "productVariantByIdentifier": catalogue.variant_by,
            "productVariantsBulkCreate": catalogue.create_variants,
            "productVariantsBulkUpdate": catalogue.update_variants,
            "orders": self._orders,
            "ordersCount": self._orders_count,
            "shop": self._shop_itself,
            "webhookSubscriptions": self._subscriptions,
            "webhookSubscriptionCreate": self._subscribe,
            "webhookSubscriptionDelete": self._unsubscribe,
        }

    def serve(self, answers: Mapping[str, Callable[[Selected, str], object]], scope: str) -> None:
        """Answer further root fields, for which an app needs this scope."""
        self._answers.update(answers)
        self._scopes.update(dict.fromkeys(answers, scope))

    def answer(self, root: Selected, base_url: str) -> object:
        """The JSON of one root field. Raises `Refused`, placed at the field."""
        if root.name == "__typename":
            return root.owner
        try:
            self._allow(root)
            if root.idempotency_key is not None:
                return self._once(root, base_url)
            return of_value(root)(self._answers[root.name](root, base_url))
        except Refused as refused:
            raise refused.at(root.key) from None

    def _allow(self, root: Selected) -> None:
        scope = self._scopes.get(root.name)
        if scope is not None and not _granted(scope, self._profile.scopes):
            raise Refused(
                f"Access denied for {root.name} field. Required access: `{scope}` access scope.",
                code="ACCESS_DENIED",
                requiredAccess=f"`{scope}` access scope.",
                documentation="https://shopify.dev/api/usage/access-scopes",
            )

    def _once(self, root: Selected, base_url: str) -> object:
        """A mutation under `@idempotent`: the first answer is the only one."""
        key = str(root.idempotency_key)
        if not key.strip():
            raise Refused("The idempotency key cannot be blank.", code="BAD_REQUEST")
        answer, complete = self._answers[root.name], of_value(root)
        try:
            value = once(
                self._memory, key, [root.name, root.arguments], lambda: answer(root, base_url)
            )
        except Mismatch:
            raise Refused(
                "The same idempotency key cannot be used with different operation parameters.",
                code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            ) from None
        return complete(value)

    # --- orders ---

    def _order(self, root: Selected, base_url: str) -> object:
        number = number_in(str(root.arguments["id"]), "Order")
        if number is None:
            raise Refused(f"Invalid global id '{root.arguments['id']}'", code="BAD_REQUEST")
        return self._shop.order(number)

    def _orders(self, root: Selected, base_url: str) -> Page:
        size = page_size(root)
        now = self._clock.now()
        listing = search(
            str(root.arguments.get("query") or ""),
            now,
            sort_key=str(root.arguments.get("sortKey") or "PROCESSED_AT"),
            reverse=bool(root.arguments.get("reverse")),
        )
        after = root.arguments.get("after")
        if after is not None:
            listing = continued(listing, opened(after))
        rows = self._shop.find(listing, now, size + 1)

        def cursor(place: int) -> str:
            return sealed(Cursor(rows[place].order.id, rows[place].value, listing.listing))

        orders = [row.order for row in rows[:size]]
        return Page(orders, cursor, len(rows) > size, after is not None)

    def _orders_count(self, root: Selected, base_url: str) -> Json:
        now = self._clock.now()
        listing = search(str(root.arguments.get("query") or ""), now)
        count, exact = self._shop.count(listing, now, root.arguments.get("limit"))
        return {"count": count, "precision": "EXACT" if exact else "AT_LEAST"}

    # --- the shop ---

    def _shop_itself(self, root: Selected, base_url: str) -> Json:
        return bodies(0).record("shop")(self._profile)

    # --- webhook subscriptions ---

    def _subscriptions(self, root: Selected, base_url: str) -> Page:
        topics = tuple(_spoken(topic) for topic in root.arguments.get("topics") or ())
        uri = str(root.arguments.get("uri") or "")
        page = cut(root)(self._webhooks.subscriptions(topics, uri))
        return page._replace(items=[_subscription(row) for row in page.items])

    def _subscribe(self, root: Selected, base_url: str) -> Json:
        settings = root.arguments["webhookSubscription"]
        topic, uri = _spoken(root.arguments["topic"]), str(settings.get("uri") or "")
        if not uri.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return _unsaved("Address is invalid", ["webhookSubscription", "uri"])
        if self._webhooks.subscriptions((topic,), uri):
            return _unsaved(
                "Address for this topic has already been taken", ["webhookSubscription", "uri"]
            )
        subscription = self._webhooks.subscribe(topic, uri, settings.get("name"), self._clock.now())
        return {"webhookSubscription": _subscription(subscription), "userErrors": []}

    def _unsubscribe(self, root: Selected, base_url: str) -> Json:
        number = number_in(str(root.arguments["id"]), "WebhookSubscription")
        if number is None or not self._webhooks.unsubscribe(number):
            error = {"field": ["id"], "message": "Webhook subscription does not exist"}
            return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
        return {"deletedWebhookSubscriptionId": root.arguments["id"], "userErrors": []}

    # --- bulk operations ---

    def _run_bulk(self, root: Selected, base_url: str) -> Json:
        try:
            job = self._bulk.start(str(root.arguments["query"]))
        except Refused as refused:
            error = {"field": ["query"], "message": refused.message, "code": refused.code}
            return {"bulkOperation": None, "userErrors": [error]}
        return {"bulkOperation": bulk.shown(job, base_url), "userErrors": []}

    def _bulk_operation(self, root: Selected, base_url: str) -> Json | None:
        number = number_in(str(root.arguments["id"]), "BulkOperation")
        job = self._bulk.job(number) if number is not None else None
        return bulk.shown(job, base_url) if job else None


def _granted(scope: str, scopes: Collection[str]) -> bool:
    """Whether an app may do it; who may write may read (shopify.dev, access scopes)."""
    return scope in scopes or scope.replace("read_", "write_") in scopes


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

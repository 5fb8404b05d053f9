"""How the shop's messages look: a whole order in each, signed over its raw body."""

from __future__ import annotations

import msgspec

from counterfoil.twins.kit.signing import body_hmac
from counterfoil.twins.kit.webhooks import FORGED, GUESS, Delivery, Dialect
from counterfoil.twins.shopify.profile import SUPPORTED, Profile


def dialect(profile: Profile) -> Dialect:
    """The messages of one shop; a listener that never answers is deleted, as there."""

    def headers(delivery: Delivery) -> dict[str, str]:
        secret = GUESS if delivery.kind == FORGED else profile.client_secret
        named = {"X-Shopify-Name": delivery.name} if delivery.name else {}
        return {
            "Content-Type": "application/json",
            "X-Shopify-Topic": delivery.topic,
            "X-Shopify-Hmac-SHA256": body_hmac(secret, delivery.body),
            "X-Shopify-Shop-Domain": profile.domain,
            "X-Shopify-API-Version": SUPPORTED[-1],
            "X-Shopify-Webhook-Id": delivery.webhook_id,
            "X-Shopify-Event-Id": delivery.event_id,
            "X-Shopify-Triggered-At": delivery.triggered_at,
            **named,
        }

    return Dialect(headers, _disguised)


def _disguised(body: bytes) -> bytes:
    """The document of a stranger: as the real one, but one that does not exist."""
    document = msgspec.json.decode(body)
    document["id"] = document.get("id", 0) + 9_000_000_000_000
    kind = "Refund" if "order_id" in document else "Order"
    document["admin_graphql_api_id"] = f"gid://shopify/{kind}/{document['id']}"
    if "name" in document:
        document["name"] = f"{document['name']}-F"
    return msgspec.json.encode(document)

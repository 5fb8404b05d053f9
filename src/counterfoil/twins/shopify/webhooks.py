"""What the shop tells others, and who listens: promised messages rest in the database until
somebody accepts them, so that a killed twin still keeps its promises.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from counterfoil.twins.shopify import notification, rest
from counterfoil.twins.shopify.memory import Memory, number
from counterfoil.twins.shopify.order import Kept
from counterfoil.twins.shopify.profile import SUPPORTED, Pace, Profile
from counterfoil.twins.shopify.spelling import unix_s
from counterfoil.values.clock import Instant

Send = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a body with headers to an address and answers the HTTP status; 0 where none came."""

PROMISED: Final = "promised"
DUPLICATE: Final = "duplicated"
FORGED: Final = "forged"
REPLAYED: Final = "replayed"

COUNTED: Final = (
    "promised",
    "sent",
    "accepted",
    "refused",
    "lost",
    DUPLICATE,
    FORGED,
    "forged_accepted",
    "forged_refused",
    REPLAYED,
    "subscriptions_deleted",
)
"""What is counted of messages; "sent" counts every attempt of a promised one."""

_COLUMNS: Final = (
    "id, subscription_id, kind, topic, uri, name, webhook_id, event_id, triggered_at, body, "
    "due_s, attempts"
)


class Subscription(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who listens to one topic, such as "orders/create"."""

    id: int
    topic: str
    uri: str
    name: str | None
    created_s: int


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way. `kind` tells a promise from what faults and strangers send."""

    id: int
    subscription_id: int
    kind: str
    topic: str
    uri: str
    name: str | None
    webhook_id: str
    event_id: str
    triggered_at: str
    body: bytes
    due_s: float
    attempts: int


class Webhooks:
    """The subscriptions and the messages that are due to them."""

    def __init__(self, memory: Memory, profile: Profile, pace: Pace, chance: random.Random) -> None:
        self._memory = memory
        self._profile = profile
        self._pace = pace
        self._chance = chance

    # --- who listens ---

    def subscribe(self, topic: str, uri: str, name: str | None, now: Instant) -> Subscription:
        """Remember a listener."""
        moment_s = now.timestamp()
        key = self._memory.run(
            "insert into subscriptions (topic, uri, name, created_s) values (?, ?, ?, ?)",
            *(topic, uri, name, moment_s),
        )
        return Subscription(key, topic, uri, name, moment_s)

    def unsubscribe(self, key: int) -> bool:
        """Forget a listener and what was promised to it; False where there is none."""
        with self._memory.transaction():
            known = self._memory.row("select 1 from subscriptions where id = ?", key)
            self._memory.run("delete from subscriptions where id = ?", key)
            self._memory.run("delete from deliveries where subscription_id = ?", key)
        return known is not None

    def subscriptions(self, topics: tuple[str, ...] = (), uri: str = "") -> list[Subscription]:
        """The listeners, those of some topics or at one address."""
        rows = self._memory.rows(
            "select id, topic, uri, name, created_s from subscriptions order by id"
        )
        return [
            each
            for each in msgspec.convert(rows, list[Subscription])
            if (not topics or each.topic in topics) and uri in ("", each.uri)
        ]

    # --- what is sent ---

    def promise(self, order: Kept, topic: str, now: Instant, *, later_s: float = 0.0) -> int:
        """Queue the news of an order to everybody who listens; how many that is."""
        if not self.subscriptions((topic,)):
            return 0
        return self.tell(rest.body(order, self._profile.offset_minutes), topic, now, later_s)

    def notify(self, topic: str, now: Instant) -> int:
        """Queue a test notification, as the shop's admin has a button for it."""
        profile = self._profile
        body = notification.body(profile.currency, now.timestamp(), profile.offset_minutes)
        return self.tell(body, topic, now)

    def tell(self, body: bytes, topic: str, now: Instant, later_s: float = 0.0) -> int:
        """Queue a body to everybody who listens to a topic; how many that is."""
        listeners = self.subscriptions((topic,))
        event = self._number()
        for each in listeners:
            self._queue(
                Delivery(
                    id=0,
                    subscription_id=each.id,
                    kind=PROMISED,
                    topic=topic,
                    uri=each.uri,
                    name=each.name,
                    webhook_id=self._number(),
                    event_id=event,
                    triggered_at=now.format_iso(),
                    body=body,
                    due_s=unix_s(now) + later_s,
                    attempts=0,
                )
            )
        self._memory.count("hooks:promised", len(listeners))
        return len(listeners)

    def again(self, sent: Delivery, kind: str, due_s: float) -> None:
        """Queue another copy of what was sent: a duplicate, or a stranger's work."""
        body = _disguised(sent.body) if kind == FORGED else sent.body
        webhook_id = sent.webhook_id if kind == DUPLICATE else self._number()
        self._queue(
            msgspec.structs.replace(
                sent, kind=kind, body=body, webhook_id=webhook_id, due_s=due_s, attempts=0
            )
        )

    def due(self, now_s: float, most: int, besides: set[int]) -> list[Delivery]:
        """The messages whose moment has come, but for those that are on their way already."""
        rows = self._memory.rows(
            f"select {_COLUMNS} from deliveries where due_s <= ? order by due_s, id limit ?",  # noqa: S608
            now_s,
            most + len(besides),
        )
        found = msgspec.convert(rows, list[Delivery])
        return [each for each in found if each.id not in besides][:most]

    def next_s(self, besides: set[int]) -> float | None:
        """When the next message is due (seconds since 1970), or None."""
        rows = self._memory.rows(
            "select id, due_s from deliveries order by due_s, id limit ?", len(besides) + 1
        )
        return next((number(due_s) for key, due_s in rows if key not in besides), None)

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """The headers of a message; a stranger does not know the secret."""
        secret = "a stranger's guess" if delivery.kind == FORGED else self._profile.client_secret
        named = {"X-Shopify-Name": delivery.name} if delivery.name else {}
        return {
            "Content-Type": "application/json",
            "X-Shopify-Topic": delivery.topic,
            "X-Shopify-Hmac-SHA256": signature(secret, delivery.body),
            "X-Shopify-Shop-Domain": self._profile.domain,
            "X-Shopify-API-Version": SUPPORTED[-1],
            "X-Shopify-Webhook-Id": delivery.webhook_id,
            "X-Shopify-Event-Id": delivery.event_id,
            "X-Shopify-Triggered-At": delivery.triggered_at,
            **named,
        }

    def settle(self, delivery: Delivery, status: int, now: Instant) -> bool:
        """Write down how a message was received; True where a promise was kept by it."""
        accepted = 200 <= status < 300
        with self._memory.transaction():
            self._tally(delivery, status, accepted=accepted)
            if accepted:
                self._memory.run(
                    "insert or ignore into accepted values (?, ?)",
                    delivery.topic,
                    hashlib.sha256(delivery.body).hexdigest(),
                )
            if accepted or (delivery.kind != PROMISED and status):
                self._memory.run("delete from deliveries where id = ?", delivery.id)
            else:
                self._repeat(delivery, now)
        return accepted and delivery.kind == PROMISED

    def accepted(self, after: tuple[str, str], most: int) -> list[tuple[str, str]]:
        """What listeners have acknowledged, as topic and SHA-256 of the body, behind `after`."""
        rows = self._memory.rows(
            "select topic, digest from accepted where (topic, digest) > (?, ?) "
            "order by topic, digest limit ?",
            *(*after, most),
        )
        return msgspec.convert(rows, list[tuple[str, str]])

    # --- inside ---

    def _queue(self, delivery: Delivery) -> None:
        values = msgspec.structs.astuple(delivery)[1:]
        marks = ", ".join("?" * len(values))
        self._memory.run(
            f"insert into deliveries ({_COLUMNS.removeprefix('id, ')}) values ({marks})",  # noqa: S608
            *values,
        )

    def _repeat(self, delivery: Delivery, now: Instant) -> None:
        """Try again later; after the eighth repeat the subscription is deleted, as there."""
        waits = self._pace.retries_s
        if delivery.attempts < len(waits):
            self._memory.run(
                "update deliveries set attempts = attempts + 1, due_s = ? where id = ?",
                unix_s(now) + waits[delivery.attempts],
                delivery.id,
            )
        elif delivery.kind == PROMISED:
            if self.unsubscribe(delivery.subscription_id):
                self._memory.count("hooks:subscriptions_deleted")
        else:
            self._memory.run("delete from deliveries where id = ?", delivery.id)

    def _tally(self, delivery: Delivery, status: int, *, accepted: bool) -> None:
        if delivery.kind == PROMISED:
            self._memory.count("hooks:sent")
            self._memory.count("hooks:accepted" if accepted else "hooks:refused")
        elif status:
            self._memory.count(f"hooks:{delivery.kind}")
            if delivery.kind == FORGED:
                self._memory.count("hooks:forged_accepted" if accepted else "hooks:forged_refused")

    def _number(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def signature(secret: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of the raw body (shopify.dev, webhooks)."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _disguised(body: bytes) -> bytes:
    """The order of a stranger: as the real one, but an order that does not exist."""
    order = msgspec.json.decode(body)
    order["id"] += 9_000_000_000_000
    order["admin_graphql_api_id"] = f"gid://shopify/Order/{order['id']}"
    order["name"] = f"{order['name']}-F"
    return msgspec.json.encode(order)

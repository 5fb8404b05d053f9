"""What a vendor tells others, and who listens: promised messages rest in the memory until somebody
accepts them, so that a killed twin still keeps its promises.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.signing import standard_webhook
from counterfoil.values.clock import Clock, Instant

PROMISED: Final = "promised"
DUPLICATE: Final = "duplicated"
FORGED: Final = "forged"
REPLAYED: Final = "replayed"
GUESS: Final = "a stranger's guess"
"""What a stranger signs with, who does not know the secret."""

_COUNTED: Final = (
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
)

_COLUMNS: Final = (
    "id, subscription_id, kind, topic, uri, name, webhook_id, event_id, triggered_at, body, "
    "due_s, attempts"
)


class Subscription(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who listens to one topic, such as "orders/create"; `name` is the vendor's to use.
    One that is not `active` is told nothing."""

    id: int
    topic: str
    uri: str
    name: str | None
    created_s: int
    active: bool = True


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


class Dialect(msgspec.Struct, frozen=True):
    """How a vendor's messages look. `headers` signs a delivery; `disguised` makes a stranger's body
    of a true one; `identity` names a message by its body, where its number is not drawn. `given_up`
    is what becomes of a subscription whose message no retry could deliver."""

    headers: Callable[[Delivery], dict[str, str]]
    disguised: Callable[[bytes], bytes]
    identity: Callable[[bytes], str] | None = None
    given_up: Literal["deleted", "deactivated"] = "deleted"


class StandardHeaders(NamedTuple):
    """The headers of messages that are signed as Standard Webhooks says, with the listener's own
    headers (JSON, in a delivery's `name`) before them. `signs_again`: a repeat has its own moment.
    """

    secret: str
    clock: Clock
    signs_again: bool = False

    def of(self, delivery: Delivery) -> dict[str, str]:
        """Those of one message."""
        secret = GUESS if delivery.kind == FORGED else self.secret
        first_s = datetime.fromisoformat(delivery.triggered_at).timestamp()
        stamp = str(int(unix_s(self.clock.now()) if self.signs_again else first_s))
        own: dict[str, str] = msgspec.json.decode(delivery.name or "{}")
        number = delivery.webhook_id
        return {
            **own,
            "content-type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": stamp,
            "webhook-signature": standard_webhook(secret, number, stamp, delivery.body),
        }


class Webhooks:
    """The subscriptions and the messages that are due to them."""

    def __init__(
        self, memory: Memory, faults: Faults, pace: Pace, dialect: Dialect, chance: random.Random
    ) -> None:
        self._memory = memory
        self._faults = faults
        self._pace = pace
        self._dialect = dialect
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

    def listen(self, topics: Iterable[str], uri: str, now: Instant) -> None:
        """Have the news of these topics sent to an address, unless it hears them already."""
        for topic in topics:
            if not self.subscriptions((topic,), uri):
                self.subscribe(topic, uri, None, now)

    def unsubscribe(self, key: int) -> bool:
        """Forget a listener and what was promised to it; False where there is none."""
        with self._memory.transaction():
            row = self._memory.row("select 1 from subscriptions where id = ?", key)
            self._memory.run("delete from subscriptions where id = ?", key)
            self._memory.run("delete from deliveries where subscription_id = ?", key)
        return row is not None

    def activate(self, key: int, *, active: bool) -> None:
        """Let a listener hear again, or tell it nothing more, not even what was promised."""
        self._memory.run("update subscriptions set active = ? where id = ?", active, key)
        if not active:
            self._memory.run("delete from deliveries where subscription_id = ?", key)

    def subscriptions(self, topics: tuple[str, ...] = (), uri: str = "") -> list[Subscription]:
        """The listeners, those of some topics or at one address."""
        rows = self._memory.rows(
            "select id, topic, uri, name, created_s, active from subscriptions order by id"
        )
        return [
            subscription
            for subscription in msgspec.convert(rows, list[Subscription], strict=False)
            if (not topics or subscription.topic in topics) and uri in ("", subscription.uri)
        ]

    def listeners(self, topic: str) -> list[Subscription]:
        """Who is told of a topic now; a subscription to "store/order/*" hears all of its topics."""
        every = self.subscriptions()
        return [
            subscription
            for subscription in every
            if subscription.active and _covers(subscription.topic, topic)
        ]

    # --- what is sent ---

    def promise(
        self, topic: str, body: Callable[[], bytes], now: Instant, later_s: float = 0.0
    ) -> None:
        """Queue news to everybody who listens, unless a fault loses it; perhaps late."""
        if not self.listeners(topic):
            return
        if self._faults.strikes("webhook_lost"):
            self._memory.count("hooks:lost")
            return
        if self._faults.strikes("webhook_late"):
            later_s += self._faults.draw(self._pace.late_s)
        self.tell(topic, body(), now, later_s)

    def tell(
        self, topic: str, body: bytes | Callable[[Subscription], bytes], now: Instant,
        later_s: float = 0.0,
    ) -> int:  # fmt: skip
        """Queue a body to everybody who listens to a topic, the same one or each listener's own;
        how many that is."""
        listeners = self.listeners(topic)
        event = self._drawn()
        for listener in listeners:
            bytes_ = body if isinstance(body, bytes) else body(listener)
            self._queue(
                Delivery(
                    id=0,
                    subscription_id=listener.id,
                    kind=PROMISED,
                    topic=topic,
                    uri=listener.uri,
                    name=listener.name,
                    webhook_id=self._identity(bytes_),
                    event_id=event,
                    triggered_at=now.format_iso(),
                    body=bytes_,
                    due_s=unix_s(now) + later_s,
                    attempts=0,
                )
            )
        self._memory.count("hooks:promised", len(listeners))
        return len(listeners)

    def again(self, sent: Delivery, kind: str, due_s: float) -> None:
        """Queue another copy of what was sent: a duplicate, or a stranger's work."""
        body = self._dialect.disguised(sent.body) if kind == FORGED else sent.body
        webhook_id = sent.webhook_id if kind == DUPLICATE else self._identity(body)
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
        deliveries = msgspec.convert(rows, list[Delivery])
        return [delivery for delivery in deliveries if delivery.id not in besides][:most]

    def next_s(self, besides: set[int]) -> float | None:
        """When the next message is due (seconds since 1970), or None."""
        rows = self._memory.rows(
            "select id, due_s from deliveries order by due_s, id limit ?", len(besides) + 1
        )
        return next((number(due_s) for key, due_s in rows if key not in besides), None)

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """The headers of a message."""
        return self._dialect.headers(delivery)

    def receipt(self, delivery: Delivery, status: int, now: Instant) -> bool:
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

    def counts(self) -> Mapping[str, int]:
        """What is counted of messages; "sent" counts every attempt of a promised one."""
        counts = self._memory.counts("hooks:")
        words = (*_COUNTED, f"subscriptions_{self._dialect.given_up}")
        return {word: counts.get(word, 0) for word in words}

    @property
    def untold(self) -> int:
        """Promised messages that nobody has been given yet."""
        return int(self._memory.number("select count(*) from deliveries where attempts = 0"))

    # --- inside ---

    def _queue(self, delivery: Delivery) -> None:
        values = msgspec.structs.astuple(delivery)[1:]
        marks = ", ".join("?" * len(values))
        self._memory.run(
            f"insert into deliveries ({_COLUMNS.removeprefix('id, ')}) values ({marks})",  # noqa: S608
            *values,
        )

    def _repeat(self, delivery: Delivery, now: Instant) -> None:
        """Try again later; after the last repeat the subscription is given up, as there."""
        waits = self._pace.retries_s
        if delivery.attempts < len(waits):
            self._memory.run(
                "update deliveries set attempts = attempts + 1, due_s = ? where id = ?",
                unix_s(now) + waits[delivery.attempts],
                delivery.id,
            )
        elif delivery.kind == PROMISED:
            self._give_up(delivery.subscription_id)
        else:
            self._memory.run("delete from deliveries where id = ?", delivery.id)

    def _give_up(self, key: int) -> None:
        if self._dialect.given_up == "deactivated":
            self.activate(key, active=False)
        elif not self.unsubscribe(key):
            return
        self._memory.count(f"hooks:subscriptions_{self._dialect.given_up}")

    def _tally(self, delivery: Delivery, status: int, *, accepted: bool) -> None:
        if delivery.kind == PROMISED:
            self._memory.count("hooks:sent")
            self._memory.count("hooks:accepted" if accepted else "hooks:refused")
        elif status:
            self._memory.count(f"hooks:{delivery.kind}")
            if delivery.kind == FORGED:
                self._memory.count("hooks:forged_accepted" if accepted else "hooks:forged_refused")

    def _identity(self, body: bytes) -> str:
        named = self._dialect.identity
        return named(body) if named else self._drawn()

    def _drawn(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def _covers(subscribed: str, topic: str) -> bool:
    if subscribed.endswith("/*"):
        return topic.startswith(subscribed.removesuffix("*"))
    return subscribed == topic

"""Inbox: pushed messages as they came, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class Delivery(NamedTuple):
    """A message that was delivered: `number` is the sender's own of the delivery, `digest` of what
    makes it another message than one before."""

    id: int
    connection: int
    topic: str
    number: str
    digest: bytes
    body: bytes


class KnownDelivery(NamedTuple):
    """A message that rests in the inbox."""

    id: int
    digest: bytes
    number: str


class MessageRow(NamedTuple):
    """What a message said, and when it came."""

    id: int
    topic: str
    body: bytes
    at: datetime


class _Stored(NamedTuple):
    id: int
    first: bool


_STORE = Query("store_deliveries", _Stored)
_KNOWN = Query("deliveries_known", KnownDelivery)
_MESSAGES = Query("inbox_bodies", MessageRow)


async def store(
    db: Executor, deliveries: Sequence[Delivery], topics: Sequence[str], at: Instant
) -> dict[int, bool]:
    """Store those that are new, by their ids; with each whether its bytes are new too, and were not
    said before under another of `topics`."""
    rows = await _STORE.rows(
        db,
        [delivery.id for delivery in deliveries],
        [delivery.connection for delivery in deliveries],
        [delivery.topic for delivery in deliveries],
        [delivery.number for delivery in deliveries],
        [delivery.digest for delivery in deliveries],
        [delivery.body for delivery in deliveries],
        [at.to_stdlib()] * len(deliveries),
        topics,
    )
    return dict(rows)


async def known(db: Executor, messages: Sequence[tuple[int, str, bytes]]) -> list[KnownDelivery]:
    """What rests here of these messages: each is a connection, a topic and a digest."""
    return await _KNOWN.rows(
        db,
        [connection for connection, _, _ in messages],
        [topic for _, topic, _ in messages],
        [digest for _, _, digest in messages],
    )


async def messages(db: Executor, ids: Sequence[int]) -> list[MessageRow]:
    """What these messages said, in the order of their ids."""
    return await _MESSAGES.rows(db, ids)

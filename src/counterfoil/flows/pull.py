"""Pull: what lies in a system's queue is on disk here, with its work, before it is acknowledged.

Who dies between the two is given the same messages again; they end at the inbox, as the second
delivery of any message does.
"""

from __future__ import annotations

from counterfoil.flows.engine import Engine
from counterfoil.flows.feed import Feed, hearing
from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.patience import patiently
from counterfoil.flows.route import Route
from counterfoil.kit.queue import Pulled
from counterfoil.values.errors import CounterfoilError, Halt
from counterfoil.values.strike import strike

_MOST = 10_000  # batches at once; more is a queue that forgets nothing
_HERE = frozenset({"replayed"})
"""Refusals of the inbox that mean: what the message says is here already."""


async def pull_feed(engine: Engine, feed: Feed) -> int:
    """Take what lies in the feed's queue until it is empty; how many messages are new.

    Raises what the first message meets that cannot be stored: its batch is not acknowledged then.
    """
    queue, intake = feed.routes[0].queue, Intake(engine)
    if queue is None:
        return 0
    whose = feed.connection, feed.word
    new = 0
    for _ in range(_MOST):
        batch = await patiently(engine, queue.pull, refill_s=feed.refill_s)
        if batch is None:
            return new
        new += await _store(intake, feed, hearing(engine.routes.values(), *whose), batch)
        await queue.acknowledge(batch.receipt)
        strike("C3")
    raise Halt(
        f"{feed.name}: the queue had {_MOST} batches and no end.",
        do="Nothing is lost; see whether the system forgets what is acknowledged.",
        code="no-end",
    )


async def _store(intake: Intake, feed: Feed, routes: tuple[Route, ...], batch: Pulled) -> int:
    queued = feed.routes[0].queued
    messages = [
        Message(
            feed.connection, laid.topic, laid.number, laid.body, routes,
            mark=queued.mark(laid),
        )
        for laid in batch.messages
    ]  # fmt: skip
    receipts = await intake.take_all(messages)
    for receipt in receipts:
        if isinstance(receipt, CounterfoilError) and receipt.code not in _HERE:
            raise receipt
    return receipts.count("stored")

"""Intake: a pushed message is on disk, with its work, before it is acknowledged.

One flusher a process takes whatever came during the last commit and writes it in one
transaction: rows of the inbox, pages of work, jobs. A batch that fails is tried row by row, so
that one bad row refuses itself only. A full waiting room says so, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from counterfoil.flows.engine import Engine
from counterfoil.flows.hands import Hands
from counterfoil.flows.queue import LIVE, Job, key
from counterfoil.flows.route import Route
from counterfoil.store import inbox, pages
from counterfoil.store.inbox import Delivery
from counterfoil.store.pages import LARGEST, NewPage
from counterfoil.store.postgres import Transaction
from counterfoil.values.digest import digest
from counterfoil.values.errors import CounterfoilError, Halt, Refuse, Retry
from counterfoil.values.ids import PageId
from counterfoil.values.strike import strike

_ROOM = 5_000
_BATCH = 500
_SPACING_S = 0.012  # between two commits: what comes meanwhile shares a page of work

Receipt = Literal["stored", "known"]


class Message(msgspec.Struct, frozen=True):
    """A message whose signature was right. `number` is the sender's id of the delivery; `topics`
    are all under which this sender may say the same; `mark` the digest of what makes it another
    message than one before (empty: its bytes)."""

    connection: int
    topic: str
    number: str
    body: bytes
    routes: tuple[Route, ...]
    topics: tuple[str, ...] = ()
    mark: bytes = b""


class Intake:
    """The door's waiting room. `hands` take up its pages at once where they are free; what they
    cannot take waits in the queue."""

    def __init__(self, engine: Engine, hands: Hands | None = None) -> None:
        self._engine = engine
        self._hands = hands or Hands(_nobody, 0)
        self._waiting: asyncio.Queue[tuple[Message, asyncio.Future[Receipt]]] = asyncio.Queue(_ROOM)

    async def take(self, message: Message) -> Receipt:
        """Returns when the message is on disk: "stored", or "known" where what it says was there.

        Raises `Retry` (code "full" or "database") where it could not be stored, and `Refuse`
        (code "replayed") where the same bytes came before under another delivery number.
        """
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((message, done))
        except asyncio.QueueFull:
            self._engine.fired["intake-full"] += 1
            raise Retry("The intake is full.", after_s=1.0, code="full") from None
        return await done

    async def take_all(self, messages: Sequence[Message]) -> list[Receipt | CounterfoilError]:
        """Store these in one commit, beside what waits for the flusher: the receipt of each, or the
        `Refuse` "replayed"."""
        return await self._store([*messages])

    async def run(self) -> None:
        """Flush until cancelled: at once after a quiet moment, in groups when much is coming."""
        clock = self._engine.clock
        flushed = clock.monotonic() - _SPACING_S
        while True:
            batch = [await self._waiting.get()]
            early_s = flushed + _SPACING_S - clock.monotonic()
            if early_s > 0:
                await clock.sleep(early_s)
            flushed = clock.monotonic()
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._flush(batch)

    async def _flush(self, batch: list[tuple[Message, asyncio.Future[Receipt]]]) -> None:
        try:
            receipts = await self._store([message for message, _ in batch])
        except CounterfoilError as error:
            self._answer(batch, [error] * len(batch))
        except Exception:
            if len(batch) == 1:
                self._engine.log.exception("message not stored")
                self._answer(batch, [Refuse("The message could not be stored.")])
                return
            for waiting in batch:
                await self._flush([waiting])
        else:
            self._answer(batch, receipts)

    def _answer(
        self,
        batch: list[tuple[Message, asyncio.Future[Receipt]]],
        results: Sequence[Receipt | CounterfoilError],
    ) -> None:
        for (_, done), result in zip(batch, results, strict=True):
            if done.done():
                continue  # the sender has gone away; it will come again
            if isinstance(result, CounterfoilError):
                done.set_exception(result)
            else:
                done.set_result(result)

    async def _store(self, messages: list[Message]) -> list[Receipt | CounterfoilError]:
        promised: list[PageId] = []
        try:
            receipts = await self._written(messages, promised)
        except BaseException:
            self._hands.release(len(promised))
            raise
        strike("C2")
        self._hands.take(promised)
        return receipts

    async def _written(
        self, messages: list[Message], promised: list[PageId]
    ) -> list[Receipt | CounterfoilError]:
        """Write the messages and their pages; `promised` are those that the hands were promised."""
        engine = self._engine
        moment = engine.clock.now()
        numbers = await engine.numbers.take(len(messages))
        marks = [message.mark or digest(message.body) for message in messages]
        topics = {topic for message in messages for topic in (message.topic, *message.topics)}
        async with engine.database.transaction() as unit:
            stored = await inbox.store(
                unit,
                [
                    Delivery(
                        number, message.connection, message.topic, message.number, mark,
                        message.body,
                    )
                    for number, message, mark in zip(numbers, messages, marks, strict=True)
                ],
                sorted(topics),
                moment,
            )  # fmt: skip
            fresh = [
                (number, message)
                for number, message in zip(numbers, messages, strict=True)
                if stored.get(number)
            ]
            await self._pages(unit, fresh, promised)
            deliveries = (
                await self._known(unit, messages, marks) if len(stored) < len(messages) else {}
            )
        return [
            self._new(first=stored[number])
            if number in stored
            else self._again(message, deliveries.get(mark, set()))
            for number, message, mark in zip(numbers, messages, marks, strict=True)
        ]

    async def _pages(
        self, unit: Transaction, fresh: list[tuple[int, Message]], promised: list[PageId]
    ) -> None:
        """One page for each route and up to 250 messages, in hand or with its job."""
        members: dict[int, list[int]] = {}
        routes: dict[int, Route] = {}
        for number, message in fresh:
            for route in message.routes:
                routes[route.id] = route
                members.setdefault(route.id, []).append(number)
        batches = [
            (route_id, numbers[start : start + LARGEST])
            for route_id, numbers in sorted(members.items())
            for start in range(0, len(numbers), LARGEST)
        ]
        if not batches:
            return
        ids = [PageId(number) for number in await self._engine.numbers.take(len(batches))]
        new = [
            NewPage(page, route_id, routes[route_id].plan.priority, numbers)
            for page, (route_id, numbers) in zip(ids, batches, strict=True)
        ]
        await pages.create_for_messages(unit, new, self._engine.clock.now())
        live = [page.id for page in new if page.priority >= LIVE]
        promised += live[: self._hands.promise(len(live))]
        jobs = [
            Job(page.id, page.priority, key=key(page.id)) for page in new if page.id not in promised
        ]
        await self._engine.queue.enqueue(unit, jobs)

    async def _known(
        self, unit: Transaction, messages: list[Message], marks: list[bytes]
    ) -> dict[bytes, set[str]]:
        """The delivery numbers under which these bytes came before."""
        numbers: dict[bytes, set[str]] = {}
        deliveries = await inbox.known(
            unit,
            [
                (message.connection, message.topic, mark)
                for message, mark in zip(messages, marks, strict=True)
            ],
        )
        for delivery in deliveries:
            numbers.setdefault(delivery.digest, set()).add(delivery.number)
        return numbers

    def _new(self, *, first: bool) -> Receipt:
        """The receipt of a delivery that is new: its bytes may be known under another topic."""
        if not first:
            self._engine.fired["another-topic"] += 1
        return "stored" if first else "known"

    def _again(self, message: Message, numbers: set[str]) -> Receipt | CounterfoilError:
        if not message.number or message.number in numbers or not numbers:
            self._engine.fired["same-delivery"] += 1
            return "known"
        self._engine.fired["replayed"] += 1
        return Refuse(
            "These bytes came before under another delivery number.",
            do="Nothing was taken from them; everything they say is already here.",
            code="replayed",
        )


async def _nobody(page: PageId) -> None:
    raise Halt(f"Page {page} was handed to nobody.")

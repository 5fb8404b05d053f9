"""Rate budgets: asked of the shared book before a call, corrected by what the call really cost.

The book (`store/limits.py`) has one row per account and bucket, for all workers together. So
that a hot path does not pay a database call for each vendor call, points are taken in small
blocks; what is left of a block lapses after a second. Of a window or a quota no block is taken: it
would be carried over the window's end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from typing import Final, Protocol

from msgspec.structs import replace

from counterfoil.kit.manifest import Limit
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Clock, Instant, later
from counterfoil.values.errors import QUOTA_SPENT, Halt, Retry

BACKGROUND: Final = "patient"
"""The bucket of background traffic, calls that can wait: they cost this house too, whatever the
vendor allows."""
BACKGROUND_RATE: Final = Limit(
    shape="rate",
    size=1,
    per_s=25.0,
    source="our default for calls that can wait",
)

_BLOCK_S = 0.05  # a block is what the bucket regains in this time
_LAPSE_S = 1.0
_QUOTA_WAIT_S = 60.0  # a quota that is there again so soon is waited for like any other budget
_SLOT_KEPT_S = 1.0  # then a slot goes back to the book, so that another worker has its turn
_SLOT_MARGIN_S = 2.0

_SHARE: ContextVar[float] = ContextVar("share", default=0.0)


@contextmanager
def background_traffic(share: float) -> Generator[None]:
    """Calls made inside are background traffic: they leave this share (0 to 1) of every bucket for
    more urgent work, and keep to the bucket `BACKGROUND`."""
    token = _SHARE.set(share)
    try:
        yield
    finally:
        _SHARE.reset(token)


class RateLimitStore(Protocol):
    """The budgets of every account, shared by all workers."""

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        """Take `amount` and leave the `share` (0 to 1) of the bucket, or take nothing.

        0.0 when taken, else the seconds until it is worth asking.
        """
        ...

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        """Give back the `unused` tokens, refill up to `now`, then cap the level at `level`, what
        the vendor reports as remaining."""
        ...

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        """The vendor's own window ends at `ends`, and at most `left` are left of it."""
        ...

    async def close(self, bucket: Bucket, until: Instant) -> None:
        """Let nobody take anything before `until`; a bucket that is closed for longer stays so."""
        ...

    async def claim(
        self, bucket: Bucket, holder: str, held: Sequence[int], until: Instant, now: Instant
    ) -> int | None:
        """Claim one free slot of the bucket until `until`, or None.

        Free is also what stands under `holder` and is not among the slots that it knows to hold.
        """
        ...

    async def release(self, bucket: Bucket, slot: int, holder: str) -> None:
        """Give a slot back."""
        ...


class Admitted:
    """A call that may leave; `unanswered` from when it leaves until its answer is here."""

    unanswered = False


class Throttle:
    """The budgets of one account as one worker sees them.

    `holder` names the worker; `call_s` is the longest that a call can last, so that a slot that a
    dead worker held is free again when its call has ended, and not before.
    """

    def __init__(
        self,
        account: str,
        limits: Mapping[str, Limit],
        book: RateLimitStore,
        clock: Clock,
        holder: str,
        call_s: float = 30.0,
    ) -> None:
        self._buckets = {name: _bucket(account, name, limit) for name, limit in limits.items()}
        self._quotas = {name for name, limit in limits.items() if limit.shape == "quota"}
        self._slots_of = [name for name, limit in limits.items() if limit.shape == "slots"]
        self._book = book
        self._clock = clock
        self._holder = holder
        self._call_s = call_s
        self._classes: dict[float, _TrafficClass] = {}

    @asynccontextmanager
    async def admit(self, cost: Mapping[str, float]) -> AsyncGenerator[Admitted]:
        """Wait until every budget allows the call, then hold its slots while it runs.

        The other side may be at work still on a call that was left unanswered, so its slots rest a
        while before they serve another.
        """
        admitted, occupied = Admitted(), list[tuple[_Slots, int]]()
        if _SHARE.get() and BACKGROUND in self._buckets:
            await self._take(BACKGROUND, 1)
        try:
            for slots in self._traffic().slots:
                occupied.append((slots, await slots.get()))
            for bucket, amount in cost.items():
                await self._take(bucket, amount)
            yield admitted
        finally:
            for slots, slot in occupied:
                if admitted.unanswered:
                    slots.rest(slot)
                else:
                    await slots.put(slot)

    async def reconcile(self, bucket: str, available: float, unused: float = 0.0) -> None:
        """Correct the book by the call's real cost: what was asked too much, what is left."""
        await self._book.correct(self._buckets[bucket], available, unused, self._clock.now())

    async def align(self, bucket: str, left: float, ends_in_s: float) -> None:
        """Correct a window by what the vendor says is left of its own, and when that ends."""
        now = self._clock.now()
        await self._book.align(self._buckets[bucket], left, later(now, ends_in_s), now)

    async def closed(self, bucket: str, until: Instant) -> None:
        """The vendor lets nobody in before `until`: close the bucket for all workers."""
        for traffic in self._classes.values():
            traffic.prefetched.pop(bucket, None)
        await self._book.close(self._buckets[bucket], until)

    def windows(self, buckets: Collection[str]) -> dict[str, float]:
        """Those of the buckets that come back all at once, when a window ends, and its length."""
        lengths = {name: self._buckets[name].window_s for name in buckets}
        return {name: length_s for name, length_s in lengths.items() if length_s}

    async def _take(self, bucket: str, amount: float) -> None:
        shared = self._buckets[bucket]
        if amount > shared.size:
            raise Halt(
                f"One call would take {amount:g} of {bucket}, and {shared.account} has"
                f" {shared.size}."
            )
        block = max(amount, min(shared.per_s * _BLOCK_S, shared.size / 8))
        traffic = self._traffic()
        async with traffic.locks[bucket]:
            tokens, lapses = traffic.prefetched.get(bucket, (0.0, self._clock.now()))
            if tokens < amount or lapses <= self._clock.now():
                while True:
                    now = self._clock.now()
                    wait_s = await self._book.take(shared, block, _SHARE.get(), now)
                    if wait_s <= 0:
                        break
                    if bucket in self._quotas and wait_s > _QUOTA_WAIT_S:
                        raise self._spent(shared, later(now, wait_s), wait_s)
                    await self._clock.sleep(wait_s)
                tokens, lapses = block, later(self._clock.now(), _LAPSE_S)
            traffic.prefetched[bucket] = (tokens - amount, lapses)

    def _spent(self, bucket: Bucket, until: Instant, wait_s: float) -> Retry:
        """Nothing left this house, and nothing can before the quota is there again."""
        return Retry(
            f"The {bucket.size:,} {bucket.name} that {bucket.account} has are spent until"
            f" {until.round('second').format_iso()}.",
            after_s=wait_s,
            do="It goes on by itself when they are there again.",
            where=bucket.account,
            code=QUOTA_SPENT,
        )

    def _traffic(self) -> _TrafficClass:
        """What the calls of this class share: those that can wait are never before the others."""
        share = _SHARE.get()
        if share not in self._classes:
            slots = [self._slots(self._buckets[name], share) for name in self._slots_of]
            self._classes[share] = _TrafficClass(
                {name: asyncio.Lock() for name in self._buckets}, slots
            )
        return self._classes[share]

    def _slots(self, bucket: Bucket, share: float) -> _Slots:
        """The slots of one traffic class; one that leaves a share has the first of them, under a
        name of its own."""
        first = replace(bucket, size=max(1, int(bucket.size * (1 - share))))
        holder = f"{self._holder}/{share}" if share else self._holder
        return _Slots(self._book, first, holder, self._clock, self._call_s)


def _bucket(account: str, name: str, limit: Limit) -> Bucket:
    return Bucket(
        account, name, limit.size, limit.per_s, limit.window_s, aligned=limit.begins == "clock"
    )


class _TrafficClass:
    """State of one traffic class in this process: a lock for each bucket, the slots, and the tokens
    that were prefetched of each bucket, with the moment at which they lapse."""

    def __init__(self, locks: Mapping[str, asyncio.Lock], slots: Sequence[_Slots]) -> None:
        self.locks = locks
        self.slots = slots
        self.prefetched: dict[str, tuple[float, Instant]] = {}


class _Slots:
    """The concurrency slots of one bucket: a claimed slot serves a run of calls, then returns."""

    def __init__(
        self, book: RateLimitStore, bucket: Bucket, holder: str, clock: Clock, call_s: float
    ) -> None:
        self._book = book
        self._bucket = bucket
        self._holder = holder
        self._clock = clock
        self._lease_s = _SLOT_KEPT_S + call_s + _SLOT_MARGIN_S
        self._waiting: deque[asyncio.Future[int | None]] = deque()
        self._since: dict[int, float] = {}
        self._leaving: set[int] = set()  # on their way back to the book, and nobody's until then
        self._resting: set[asyncio.Task[None]] = set()
        self._claiming = 0

    async def get(self) -> int:
        """A slot: handed over by a call that has ended, or claimed from the book."""
        while True:
            if len(self._since) + self._claiming < self._bucket.size:
                return await self._claimed()
            slot = await self._turn()
            if slot is not None:
                return slot

    async def put(self, slot: int) -> None:
        """Hand the slot to the next call, or back to the book when it was kept long enough.

        Never raises: the call that used the slot may have landed, and must be told so. A slot that
        could not be given back is found again by `get`, or by anybody when its lease runs out.
        """
        if self._clock.monotonic() - self._since[slot] < _SLOT_KEPT_S and self._wake(slot):
            return
        await self._give_back(slot)

    def rest(self, slot: int) -> None:
        """Hand the slot to nobody for `_SLOT_MARGIN_S`, then back to the book."""
        resting = asyncio.get_running_loop().create_task(self._rested(slot))
        self._resting.add(resting)
        resting.add_done_callback(self._resting.discard)

    async def _rested(self, slot: int) -> None:
        await self._clock.sleep(_SLOT_MARGIN_S)
        await self._give_back(slot)

    async def _give_back(self, slot: int) -> None:
        del self._since[slot]
        self._leaving.add(slot)
        try:
            with suppress(Retry):
                await self._book.release(self._bucket, slot, self._holder)
        finally:
            self._leaving.discard(slot)
            self._wake(None)

    async def _claimed(self) -> int:
        self._claiming += 1
        try:
            slot = await self._claim()
        except BaseException:
            self._wake(None)
            raise
        finally:
            self._claiming -= 1
        self._since[slot] = self._clock.monotonic()
        return slot

    async def _claim(self) -> int:
        wait_s = 0.005
        while True:
            now = self._clock.now()
            until = later(now, self._lease_s)
            slots = [*self._since, *self._leaving]
            slot = await self._book.claim(self._bucket, self._holder, slots, until, now)
            if slot is not None and slot not in self._since and slot not in self._leaving:
                return slot
            await self._clock.sleep(wait_s)
            wait_s = min(0.1, wait_s * 1.5)

    async def _turn(self) -> int | None:
        """Wait for a slot to be handed over; None: ask the book."""
        turn: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                slot = turn.result()
                if slot is None:
                    self._wake(None)
                else:
                    await self.put(slot)
            raise

    def _wake(self, slot: int | None) -> bool:
        """Tell the one that waits longest; False where nobody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(slot)
                return True
        return False

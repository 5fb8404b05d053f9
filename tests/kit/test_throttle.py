"""The throttle: no budget is ever overdrawn, no slot is lost, and little is left unused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import pytest
from virtual import VirtualClock

from counterfoil.kit.manifest import Limit
from counterfoil.kit.throttle import BACKGROUND, Admitted, Throttle, background_traffic
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant, seconds_between
from counterfoil.values.errors import Halt, Retry

EPSILON = 1e-6


class Ledger:
    """A shared book in memory, with the rules of the one in the database."""

    def __init__(self) -> None:
        self.levels: dict[str, tuple[float, Instant]] = {}
        self.slots: dict[int, tuple[str, Instant]] = {}
        self.asked = 0
        self.away = False
        self.release_waits: asyncio.Event | None = None

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        self.asked += 1
        await asyncio.sleep(0)
        level = self._level(bucket, now)
        wanted = min(amount + bucket.size * share, bucket.size)
        if level < wanted - EPSILON:
            return max(0.002, (wanted - level) / bucket.per_s)
        self.levels[bucket.name] = (level - amount, now)
        return 0.0

    async def correct(self, bucket: Bucket, level: float, unused: float, now: Instant) -> None:
        there = self._level(bucket, now)
        self.levels[bucket.name] = (min(bucket.size, level, there + unused), now)

    async def align(self, bucket: Bucket, left: float, ends: Instant, now: Instant) -> None:
        await self.correct(bucket, left, 0.0, now)

    async def close(self, bucket: Bucket, until: Instant) -> None:
        self.levels[bucket.name] = (0.0, until)

    def _level(self, bucket: Bucket, now: Instant) -> float:
        left, at = self.levels.get(bucket.name, (bucket.size, now))
        return min(bucket.size, left + bucket.per_s * max(0.0, seconds_between(at, now)))

    async def claim(
        self, bucket: Bucket, holder: str, held: Sequence[int], until: Instant, now: Instant
    ) -> int | None:
        await asyncio.sleep(0)
        for slot in range(1, bucket.size + 1):
            who, lapses = self.slots.get(slot, ("", now))
            if lapses <= now or (who == holder and slot not in held):
                self.slots[slot] = (holder, until)
                await asyncio.sleep(0)
                return slot
        return None

    async def release(self, bucket: Bucket, slot: int, holder: str) -> None:
        if self.away:
            raise Retry("The database did not answer.", code="database")
        if self.release_waits is not None:
            await self.release_waits.wait()
        if self.slots.get(slot, ("",))[0] == holder:
            del self.slots[slot]


class Vendor:
    """The other side: a bucket that is never in the red, and so many calls at once."""

    def __init__(self, clock: VirtualClock, size: float, per_s: float, slots: int = 10**6) -> None:
        self.clock = clock
        self.size, self.per_s, self.slots = size, per_s, slots
        self.level, self.at = size, 0.0
        self.lowest = size
        self.busy = self.most_busy = self.calls = 0

    async def call(self, cost: float, takes_s: float = 0.0) -> None:
        self.level = min(self.size, self.level + (self.clock.passed - self.at) * self.per_s) - cost
        self.at = self.clock.passed
        self.lowest = min(self.lowest, self.level)
        self.busy += 1
        self.calls += 1
        self.most_busy = max(self.most_busy, self.busy)
        if takes_s:
            await self.clock.sleep(takes_s)
        self.busy -= 1


def rate(size: int, per_s: float) -> dict[str, Limit]:
    return {"calls": Limit("rate", size, "a test", per_s)}


def slots(size: int) -> dict[str, Limit]:
    return {"at-once": Limit("slots", size, "a test")}


def workers(
    clock: VirtualClock, book: Ledger, limits: Mapping[str, Limit], count: int
) -> list[Throttle]:
    return [Throttle("shop", limits, book, clock, f"w{at}") for at in range(count)]


async def until(throttle: Throttle, vendor: Vendor, end_s: float, cost: float, s: float) -> None:
    """Call one after the other, until `end_s`."""
    while vendor.clock.passed < end_s:
        async with throttle.admit({"calls": cost} if cost else {}):
            await vendor.call(cost, s)


# --- points ---


@pytest.mark.parametrize("cost", [1.0, 5.0, 7.5])
@pytest.mark.parametrize("count", [1, 2, 5])
async def test_a_drained_bucket_is_never_overdrawn_and_hardly_left_unused(
    cost: float, count: int
) -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 40, 20)
    calls = [
        until(one, vendor, 60, cost, 0.05)
        for one in workers(clock, book, rate(40, 20), count)
        for _ in range(4)
    ]
    await clock.run(asyncio.gather(*calls))
    assert vendor.lowest > -EPSILON
    assert vendor.calls * cost > 0.93 * (40 + 60 * 20)


async def test_a_full_bucket_is_overdrawn_by_no_more_than_a_block_for_each_worker() -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 200, 100)  # a block is 5 points: what a twentieth of a second gives

    async def now_and_then(throttle: Throttle) -> None:
        for wait_s in (0.9, 0.9, 0.0):
            await clock.sleep(wait_s)
            await asyncio.gather(
                *(until(throttle, vendor, clock.passed + 0.01, 1, 0.01) for _ in range(60))
            )

    await clock.run(asyncio.gather(*map(now_and_then, workers(clock, book, rate(200, 100), 3))))
    assert vendor.lowest > -3 * 5


async def test_small_calls_do_not_each_cost_a_question() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, rate(2000, 1000), 1)
    vendor = Vendor(clock, 2000, 1000)
    for _ in range(500):
        async with throttle.admit({"calls": 1.0}):
            await vendor.call(1.0)
    assert book.asked <= 10


async def test_what_is_left_of_a_block_lapses() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, rate(2000, 1000), 1)
    for wait_s in (0.0, 0.5, 1.1):
        await clock.run(clock.sleep(wait_s))
        async with throttle.admit({"calls": 1.0}):
            pass
    assert book.asked == 2, "the second call lives on the first one's block, the third does not"


async def test_a_call_that_no_bucket_can_hold_stops_the_route() -> None:
    (throttle,) = workers(VirtualClock(), Ledger(), rate(40, 20), 1)
    with pytest.raises(Halt, match="would take 41 of calls"):
        await throttle.admit({"calls": 41}).__aenter__()


async def test_what_the_vendor_says_lowers_the_bucket_and_never_raises_it() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, rate(100, 10), 1)
    async with throttle.admit({"calls": 50}):
        pass
    await throttle.reconcile("calls", 90, 0)
    assert book.levels["calls"][0] == 50
    await throttle.reconcile("calls", 20, 0)
    assert book.levels["calls"][0] == 20
    start = clock.passed
    await clock.run(throttle.admit({"calls": 30}).__aenter__())
    assert clock.passed - start == pytest.approx(1.0)


async def test_what_was_asked_too_much_is_given_back_and_no_more() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, rate(100, 10), 1)
    async with throttle.admit({"calls": 50}):
        pass
    await throttle.reconcile("calls", 100, 30)
    assert book.levels["calls"][0] == 80
    await throttle.reconcile("calls", 1000, 500)
    assert book.levels["calls"][0] == 100


async def test_correcting_after_each_call_costs_nothing_of_the_rate() -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 200, 100)
    (throttle,) = workers(clock, book, rate(200, 100), 1)

    async def caller() -> None:
        while clock.passed < 60:
            async with throttle.admit({"calls": 50}):
                await vendor.call(50, 0.5)
            await throttle.reconcile("calls", vendor.level, 0)

    await clock.run(asyncio.gather(*(caller() for _ in range(4))))
    assert vendor.calls * 50 > 0.95 * (200 + 60 * 100)
    assert vendor.lowest > -EPSILON


async def test_calls_that_can_wait_leave_their_share_to_those_that_cannot() -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 100, 10)
    (throttle,) = workers(clock, book, rate(100, 10), 1)

    async def patient() -> None:
        with background_traffic(0.25):
            await until(throttle, vendor, 20, 5, 0.0)

    async def urgent() -> float:
        await clock.sleep(15)
        start = clock.passed
        async with throttle.admit({"calls": 20}):
            return clock.passed - start

    waited_s = (await clock.run(asyncio.gather(patient(), urgent())))[1]
    assert waited_s < 1.0
    assert vendor.lowest >= 25 - 20 - EPSILON


async def test_a_call_that_cannot_wait_is_not_behind_one_that_waits_for_its_share() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, rate(100, 1), 1)
    async with throttle.admit({"calls": 60}):
        pass

    async def patient() -> None:
        with background_traffic(0.25):
            async with throttle.admit({"calls": 40}):  # must wait until 65 are there
                pass

    async def urgent() -> float:
        await clock.sleep(1)
        start = clock.passed
        async with throttle.admit({"calls": 10}):
            return clock.passed - start

    waited_s = (await clock.run(asyncio.gather(patient(), urgent())))[1]
    assert waited_s < 0.1


@pytest.mark.parametrize("count", [1, 3])
async def test_calls_that_can_wait_keep_to_a_pace_and_those_that_cannot_do_not(count: int) -> None:
    clock, book = VirtualClock(), Ledger()
    limits = slots(8) | {BACKGROUND: Limit("rate", 1, "a test", 10)}
    each = workers(clock, book, limits, count)
    vendor, live = Vendor(clock, 1, 1), Vendor(clock, 1, 1)

    async def patient(throttle: Throttle) -> None:
        with background_traffic(0.25):
            await until(throttle, vendor, 30, 0, 0.001)

    async def urgent() -> None:
        await until(each[0], live, 30, 0, 0.01)

    await clock.run(asyncio.gather(urgent(), *(patient(throttle) for throttle in each * 2)))
    assert 0.9 * 300 <= vendor.calls <= 301 + 2 * count
    assert live.calls > 2500


# --- slots ---


@pytest.mark.parametrize("count", [1, 3])
async def test_a_flood_that_can_wait_leaves_slots_to_calls_that_cannot(count: int) -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 1, 1, slots=8)
    each = workers(clock, book, slots(8), count)

    async def patient(throttle: Throttle) -> None:
        with background_traffic(0.25):
            for _ in range(20):
                async with throttle.admit({}):
                    await vendor.call(0, 0.5)

    async def urgent() -> list[float]:
        waited: list[float] = []
        for _ in range(10):
            await clock.sleep(0.3)
            start = clock.passed
            async with each[0].admit({}):
                waited.append(clock.passed - start)
                await vendor.call(0, 0.1)
        return waited

    flood = (patient(one) for one in each for _ in range(16))
    waited, *_ = await clock.run(asyncio.gather(urgent(), *flood))
    assert waited
    assert max(waited) < 0.1
    assert vendor.most_busy <= 8


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_no_more_calls_run_at_once_than_there_are_slots_and_all_have_their_turn(
    count: int,
) -> None:
    clock, book = VirtualClock(), Ledger()
    vendor = Vendor(clock, 1, 1, slots=4)
    each = workers(clock, book, slots(4), count)
    done = [0] * count

    async def caller(at: int) -> None:
        while clock.passed < 30:
            async with each[at].admit({}):
                await vendor.call(0, 0.25)
                done[at] += 1

    await clock.run(asyncio.gather(*(caller(at) for at in range(count) for _ in range(6))))
    assert vendor.most_busy == 4
    assert sum(done) > 0.9 * 4 * 30 / 0.25
    assert min(done) > 0.5 * sum(done) / count
    assert book.slots == {}


async def test_a_call_that_is_given_up_while_it_waits_keeps_no_slot() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, slots(1), 1)
    async with AsyncExitStack() as calls:
        async with throttle.admit({}):
            waiting = [entering(calls, throttle) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # it was just handed the slot
        await clock.run(waiting[2])
        assert len(book.slots) == 1
    assert book.slots == {}


async def test_a_call_that_is_given_up_while_it_claims_keeps_nobody_waiting() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, slots(1), 1)
    async with AsyncExitStack() as calls:
        claiming, waiting = entering(calls, throttle), entering(calls, throttle)
        await asyncio.sleep(0)
        claiming.cancel()
        await clock.run(waiting)
        assert len(book.slots) == 1
    assert book.slots == {}


def entering(calls: AsyncExitStack, throttle: Throttle) -> asyncio.Future[Admitted]:
    """A call on its way in, which lasts as long as `calls`."""
    return asyncio.ensure_future(calls.enter_async_context(throttle.admit({})))


async def test_a_call_that_failed_gives_its_slot_back() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, slots(1), 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with throttle.admit({}):
                raise ZeroDivisionError
    assert book.slots == {}


@pytest.mark.parametrize("ends", [TimeoutError, asyncio.CancelledError])
async def test_the_slot_of_an_unanswered_call_rests_before_it_serves_another(
    ends: type[BaseException],
) -> None:
    """The other side may be at work on the call still: its books count it among those inside."""
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, slots(1), 1)
    with pytest.raises(ends):
        await _unanswered(throttle, ends)
    async with AsyncExitStack() as calls:
        await clock.run(entering(calls, throttle))
        assert 2 <= clock.passed < 2.2
    assert book.slots == {}


async def _unanswered(throttle: Throttle, ends: type[BaseException]) -> None:
    async with throttle.admit({}) as call:
        call.unanswered = True
        raise ends


async def test_a_slot_that_could_not_be_given_back_is_found_again() -> None:
    clock, book = VirtualClock(), Ledger()
    (throttle,) = workers(clock, book, slots(1), 1)
    book.away = True
    async with throttle.admit({}):
        await clock.run(clock.sleep(2))
    book.away = False
    assert len(book.slots) == 1
    start = clock.passed
    await clock.run(throttle.admit({}).__aenter__())
    assert clock.passed == start


async def test_a_slot_on_its_way_back_is_nobody_s() -> None:
    clock, book = VirtualClock(), Ledger()
    one, other = workers(clock, book, slots(1), 2)
    vendor = Vendor(clock, 1, 1)
    call = one.admit({})
    await call.__aenter__()
    book.release_waits = asyncio.Event()
    leaving = asyncio.ensure_future(call.__aexit__(None, None, None))
    again = asyncio.ensure_future(until(one, vendor, 0.01, 0, 5))
    await asyncio.sleep(0.01)
    book.release_waits.set()
    await leaving
    await clock.run(asyncio.gather(again, until(other, vendor, 0.01, 0, 5)))
    assert vendor.most_busy == 1


async def test_a_dead_worker_s_slots_are_free_after_their_lease() -> None:
    clock, book = VirtualClock(), Ledger()
    dead, alive = workers(clock, book, slots(2), 2)
    async with AsyncExitStack() as calls:
        for _ in range(2):
            await clock.run(entering(calls, dead))
        await clock.run(entering(calls, alive))
        assert 33 <= clock.passed < 34  # a call of 30 s, the second it is kept, and a margin

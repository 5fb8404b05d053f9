"""Windows and quotas: what comes back all at once is never overdrawn, and little is left unused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual import VirtualClock

from counterfoil.kit.contract.book import StrictBook
from counterfoil.kit.manifest import Limit
from counterfoil.kit.throttle import Throttle
from counterfoil.twins.kit.limits import Window
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import Instant, instant, later, seconds_between
from counterfoil.values.errors import QUOTA_SPENT, Retry

DAY_S = 86400.0
START = instant("2026-11-30T09:00:00Z")


class SharedBook(StrictBook):
    """A book that is reached over a line: others have their turn between question and answer."""

    async def take(self, bucket: Bucket, amount: float, share: float, now: Instant) -> float:
        await asyncio.sleep(0)
        return await super().take(bucket, amount, share, now)


def window(size: int, length_s: float) -> dict[str, Limit]:
    return {"calls": Limit("window", size, "a test", window_s=length_s)}


def quota(size: int, begins: str = "call") -> dict[str, Limit]:
    limit = Limit("quota", size, "a test", window_s=DAY_S, begins=begins)  # type: ignore[arg-type]
    return {"calls": limit}


def workers(
    clock: VirtualClock, book: StrictBook, limits: dict[str, Limit], count: int
) -> list[Throttle]:
    return [Throttle("shop", limits, book, clock, f"w{number}") for number in range(count)]


class Vendor:
    """The other side: its windows lie where they lie, and its answers tell of them."""

    def __init__(self, clock: VirtualClock, most: int, length_s: float) -> None:
        self.window = Window(most, length_s, clock)
        self.clock, self.calls, self.refused = clock, 0, 0

    async def call(self, throttle: Throttle) -> None:
        async with throttle.admit({"calls": 1.0}):
            self.calls += 1
            self.refused += self.window.wait_s(1) > 0
            left, ends_in_s = self.window.left, self.window.resets_s + 0.001
        await throttle.align("calls", left, ends_in_s)


@given(
    most=st.integers(2, 40),
    length_s=st.sampled_from([1.0, 3.3, 30.0]),
    begun_s=st.floats(0.0, 60.0),
    pauses=st.lists(
        st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.7, 9.0, 40.0]), min_size=1, max_size=60
    ),
    count=st.integers(1, 3),
)
async def test_the_vendor_s_window_is_never_overdrawn(
    most: int, length_s: float, begun_s: float, pauses: Sequence[float], count: int
) -> None:
    clock = VirtualClock()
    vendor = Vendor(clock, most, length_s)

    async def calls(throttle: Throttle) -> None:
        await clock.sleep(begun_s)  # our first call comes somewhere within a window of theirs
        for pause_s in pauses:
            await vendor.call(throttle)
            if pause_s:
                await clock.sleep(pause_s)

    each = workers(clock, SharedBook(), window(most, length_s), count)
    await clock.run(_all(calls(throttle) for throttle in each))
    assert vendor.refused == 0
    assert vendor.calls == count * len(pauses)


async def test_a_whole_window_is_used_and_the_next_when_it_ends() -> None:
    clock = VirtualClock()
    vendor = Vendor(clock, 150, 30.0)

    async def calls(throttle: Throttle) -> None:
        await clock.sleep(12.0)
        for _ in range(300):
            await vendor.call(throttle)
            await clock.sleep(0.001)

    (throttle,) = workers(clock, SharedBook(), window(150, 30.0), 1)
    await clock.run(calls(throttle))
    assert vendor.refused == 0
    assert clock.passed == pytest.approx(30.15, abs=0.1), "and not the 67 s of four a second"


async def test_a_bucket_that_is_closed_lets_no_worker_in_before_its_time() -> None:
    clock, book, entered = VirtualClock(), SharedBook(), list[float]()
    first, second = workers(clock, book, window(150, 30.0), 2)

    async def calls() -> None:
        await first.closed("calls", later(clock.now(), 12.0))
        await first.closed("calls", later(clock.now(), 5.0))
        async with second.admit({"calls": 1.0}):
            entered.append(clock.passed)

    await clock.run(calls())
    assert entered == [pytest.approx(12.0, abs=0.01)]


async def test_a_bucket_that_refills_is_closed_too_with_what_was_taken_beforehand() -> None:
    clock, book, entered = VirtualClock(), SharedBook(), list[float]()
    (throttle,) = workers(clock, book, {"calls": Limit("rate", 1000, "a test", 1000.0)}, 1)

    async def calls() -> None:
        async with throttle.admit({"calls": 1.0}):
            pass  # the rest of the block is in hand now
        await throttle.closed("calls", later(clock.now(), 4.0))
        async with throttle.admit({"calls": 1.0}):
            entered.append(clock.passed)

    await clock.run(calls())
    assert entered == [pytest.approx(4.05, abs=0.06)]


@given(
    size=st.integers(1, 30),
    pauses=st.lists(st.sampled_from([0.0, 1.0, 3600.0, 20_000.0]), min_size=1, max_size=50),
    begins=st.sampled_from(["call", "clock"]),
)
async def test_a_day_s_quota_is_never_overspent_by_two_workers(
    size: int, pauses: Sequence[float], begins: str
) -> None:
    clock, calls, refusals = VirtualClock(), list[Instant](), list[Retry]()

    async def caller(throttle: Throttle) -> None:
        for pause_s in pauses:
            await clock.sleep(pause_s)
            try:
                async with throttle.admit({"calls": 1.0}):
                    calls.append(clock.now())
            except Retry as error:
                refusals.append(error)

    each = workers(clock, SharedBook(), quota(size, begins), 2)
    await clock.run(_all(caller(throttle) for throttle in each))
    assert all(len(day) <= size for day in _days(calls, begins))
    assert all(refusal.code == QUOTA_SPENT for refusal in refusals)
    assert all(60 < refusal.after_s <= DAY_S for refusal in refusals)


async def test_who_finds_a_quota_spent_is_told_until_when_and_does_not_wait() -> None:
    clock = VirtualClock()
    (throttle,) = workers(clock, SharedBook(), quota(5000), 1)

    async def calls() -> None:
        await throttle.reconcile("calls", 5000)
        for _ in range(5000):
            async with throttle.admit({"calls": 1.0}):
                await clock.sleep(0.001)
        with pytest.raises(Retry, match="The 5,000 calls that shop has are spent until") as told:
            await throttle.admit({"calls": 1.0}).__aenter__()
        assert told.value.after_s == pytest.approx(DAY_S - 5)
        await clock.sleep(told.value.after_s)
        async with throttle.admit({"calls": 1.0}):
            pass

    await clock.run(calls())
    assert clock.passed == pytest.approx(DAY_S)


async def test_a_quota_that_is_there_again_within_a_minute_is_waited_for() -> None:
    clock = VirtualClock()
    (throttle,) = workers(clock, SharedBook(), quota(1), 1)

    async def calls() -> None:
        async with throttle.admit({"calls": 1.0}):
            pass
        await clock.sleep(DAY_S - 30)
        async with throttle.admit({"calls": 1.0}):
            pass

    await clock.run(calls())
    assert clock.passed == pytest.approx(DAY_S)


@given(passed_s=st.floats(0, 3 * DAY_S), length_s=st.sampled_from([30.0, 3600.0, DAY_S]))
def test_an_aligned_window_ends_on_the_clock(passed_s: float, length_s: float) -> None:
    now = later(START, passed_s)
    ends = Bucket("shop", "calls", 1, window_s=length_s, aligned=True).window_end(now)
    midnight = instant("2026-11-30T00:00:00Z")
    assert 0 < seconds_between(now, ends) <= length_s
    assert seconds_between(midnight, ends) % length_s == pytest.approx(0, abs=1e-3) or (
        seconds_between(midnight, ends) % length_s == pytest.approx(length_s, abs=1e-3)
    )


@given(rate=st.floats(0.001, 1000), size=st.integers(1, 1000), taken=st.floats(0, 1))
async def test_no_wait_of_the_strict_book_is_lost_in_rounding(
    rate: float, size: int, taken: float
) -> None:
    bucket, book, now = Bucket("shop", "calls", size, rate), StrictBook(), START
    await book.take(bucket, size * taken, 0.0, now)
    for _ in range(4):
        wait_s = await book.take(bucket, 1.0, 0.0, now)
        if not wait_s:
            return
        assert later(now, wait_s) > now
        now = later(now, wait_s)
    raise AssertionError(f"a bucket of {size} at {rate} a second is asked for ever")


def _days(calls: Sequence[Instant], begins: str) -> list[list[Instant]]:
    days: list[list[Instant]] = []
    for call in calls:
        if days and call < _end(days[-1][0], begins):
            days[-1].append(call)
        else:
            days.append([call])
    return days


def _end(first: Instant, begins: str) -> Instant:
    return Bucket("", "", 1, window_s=DAY_S, aligned=begins == "clock").window_end(first)


async def _all(calls: object) -> None:
    await asyncio.gather(*calls)  # type: ignore[misc]

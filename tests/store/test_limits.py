"""The shared book of budgets: two workers on one database are as careful as one."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from msgspec.structs import replace
from shelf import at

from counterfoil.kit.contract.book import StrictBook
from counterfoil.kit.manifest import Limit
from counterfoil.kit.throttle import Throttle
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.values.bucket import Bucket
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import QUOTA_SPENT, Retry

SIZE, PER_S = 40, 20.0
CALLS = Bucket("shop", "calls", SIZE, PER_S)
SLOTS = Bucket("shop", "x", 3)


async def take(store: Database, amount: float, seconds: float, reserve: float = 0.0) -> float:
    return await Limits(store).take(CALLS, amount, reserve, at(seconds))


async def level(store: Database, seconds: float) -> float:
    moment = at(seconds).to_stdlib()
    (row,) = await store.rows("read_budget", "shop", "calls", SIZE, PER_S, moment)
    return row["level"]


async def test_a_bucket_begins_full_and_regains_what_it_should_and_no_more(
    store: Database,
) -> None:
    assert await take(store, 10, 0) == 0
    assert await level(store, 0) == 30
    assert await level(store, 0.25) == 35
    assert await level(store, 100) == SIZE


async def test_what_is_not_there_is_not_taken_and_the_wait_is_told(store: Database) -> None:
    await take(store, 40, 0)
    assert await take(store, 10, 0) == pytest.approx(0.5)
    assert await take(store, 10, 0.3) == pytest.approx(0.2)
    assert await take(store, 10, 0.5) == 0
    assert await level(store, 0.5) == 0


async def test_a_reserve_is_left_for_more_urgent_work(store: Database) -> None:
    await take(store, 25, 0)
    assert await take(store, 10, 0, reserve=0.25) == pytest.approx(5 / PER_S)
    assert await take(store, 10, 0) == 0


async def test_a_call_larger_than_what_the_reserve_leaves_waits_for_a_full_bucket(
    store: Database,
) -> None:
    await take(store, 10, 0)
    assert await take(store, 30, 0, reserve=0.5) == pytest.approx(10 / PER_S)
    assert await take(store, 30, 0.5, reserve=0.5) == 0, "and not for ever"
    assert await level(store, 0.5) == 10


async def test_a_worker_whose_clock_is_behind_gains_nothing_by_it(store: Database) -> None:
    await take(store, 40, 10)
    assert await take(store, 1, 5) > 0
    assert await level(store, 5) == 0
    assert await take(store, 10, 10.5) == 0
    assert await level(store, 10.5) == 0


async def test_many_takers_at_once_take_no_more_than_there_is(store: Database) -> None:
    found = await asyncio.gather(*(take(store, 3, 0) for _ in range(40)))
    assert found.count(0.0) == 13
    assert await level(store, 0) == 1


async def test_a_correction_gives_back_lowers_and_never_raises(store: Database) -> None:
    book = Limits(store)
    await take(store, 30, 0)
    await book.correct(CALLS, 100, 5, at(0))
    assert await level(store, 0) == 15
    await book.correct(CALLS, 4, 0, at(0))
    assert await level(store, 0) == 4
    await book.correct(CALLS, 100, 0, at(0.5))
    assert await level(store, 0.5) == 14, "what was regained meanwhile is kept"
    await book.correct(CALLS, 1000, 1000, at(0.5))
    assert await level(store, 0.5) == SIZE


async def test_accounts_and_buckets_do_not_touch_each_other(store: Database) -> None:
    book = Limits(store)
    await take(store, 40, 0)
    assert await book.take(replace(CALLS, account="other"), 40, 0, at(0)) == 0
    assert await book.take(replace(CALLS, name="points"), 40, 0, at(0)) == 0


async def test_a_closed_bucket_opens_at_its_moment_and_regains_from_there(store: Database) -> None:
    book = Limits(store)
    await take(store, 1, 0)
    await book.close(CALLS, at(9))
    await book.close(CALLS, at(3))
    assert await take(store, 10, 4) == pytest.approx(5 + 0.5)
    assert await take(store, 10, 9.4) > 0
    assert await take(store, 10, 9.5) == 0


async def test_a_bucket_is_closed_that_nobody_has_used_yet(store: Database) -> None:
    await Limits(store).close(CALLS, at(9))
    assert await take(store, 1, 8) > 0


# --- windows ---

WINDOW = Bucket("shop", "window", 40, window_s=30.0)


async def test_a_window_is_spent_once_and_is_whole_again_when_it_ends(store: Database) -> None:
    book = Limits(store)
    assert await book.take(WINDOW, 30, 0.0, at(100)) == 0
    assert await book.take(WINDOW, 11, 0.0, at(110)) == pytest.approx(20)
    assert await book.take(WINDOW, 1, 0.25, at(110)) == pytest.approx(20), "the share is left"
    assert await book.take(WINDOW, 10, 0.0, at(110)) == 0
    assert await book.take(WINDOW, 1, 0.0, at(129.9)) == pytest.approx(0.1)
    assert await book.take(WINDOW, 40, 0.0, at(130)) == 0
    assert await book.take(WINDOW, 1, 0.0, at(120)) > 0, "a clock that is behind gains nothing"


async def test_the_vendor_s_own_window_is_believed(store: Database) -> None:
    book = Limits(store)
    await book.take(WINDOW, 1, 0.0, at(0))
    await book.align(WINDOW, 20, at(12), at(0))
    assert await book.take(WINDOW, 21, 0.0, at(1)) == pytest.approx(11)
    assert await book.take(WINDOW, 20, 0.0, at(1)) == 0
    await book.correct(WINDOW, 40, 5, at(2))
    assert await book.take(WINDOW, 6, 0.0, at(2)) > 0, "what was not used is given back"
    assert await book.take(WINDOW, 5, 0.0, at(2)) == 0
    assert await book.take(WINDOW, 40, 0.0, at(12)) == 0


async def test_the_database_keeps_a_window_as_the_contract_s_book_does(store: Database) -> None:
    chance = random.Random(5)
    for case in range(30):
        book, strict = Limits(store), StrictBook()
        bucket = Bucket(f"shop{case}", "calls", 10, window_s=30.0, aligned=case % 2 == 1)
        seconds = 0.0
        for each in (book, strict):
            await each.take(bucket, 1, 0.0, at(0))
        for _ in range(25):
            seconds += chance.choice([0.0, 0.5, 4.0, 29.0, 31.0])
            now, act, amount = at(seconds), chance.randrange(6), chance.randint(1, 4)
            ends = at(seconds + chance.choice([1.0, 12.0]))
            for each in (book, strict):
                if act == 0:
                    await each.align(bucket, amount, ends, now)
                elif act == 1:
                    await each.correct(bucket, 10 - amount, 1.0, now)
                elif act == 2:
                    await each.close(bucket, ends)
            waits = [await each.take(bucket, amount, 0.0, now) for each in (book, strict)]
            assert waits[0] == pytest.approx(waits[1], abs=0.01), (case, seconds)


async def test_two_workers_together_spend_no_more_than_a_day_s_quota(store: Database) -> None:
    limits = {"calls": Limit("quota", 50, "a test", window_s=86400.0)}
    each = [Throttle("shop", limits, Limits(store), SystemClock(), f"w{at}") for at in range(2)]
    calls = 0

    async def caller(throttle: Throttle) -> None:
        nonlocal calls
        for _ in range(10):
            async with throttle.admit({"calls": 1.0}):
                calls += 1

    callers = [caller(throttle) for throttle in each for _ in range(4)]
    ends = await asyncio.gather(*callers, return_exceptions=True)
    assert calls == 50
    spent = [end for end in ends if isinstance(end, Retry)]
    assert spent
    assert {end.code for end in spent} == {QUOTA_SPENT}


# --- slots ---


async def claim(store: Database, holder: str, seconds: float, *held: int) -> int | None:
    return await Limits(store).claim(SLOTS, holder, held, at(seconds + 90), at(seconds))


async def test_a_slot_is_claimed_once(store: Database) -> None:
    found = await asyncio.gather(*(claim(store, f"w{worker}", 0) for worker in range(8)))
    assert sorted(slot for slot in found if slot is not None) == [1, 2, 3]
    rows = await store._pool.fetch("select count(distinct holder) as holders from slot")
    assert rows[0]["holders"] == 3


async def test_who_may_have_fewer_slots_does_not_hide_the_others(store: Database) -> None:
    book, until, now = Limits(store), at(10), at(0)

    async def claim(size: int, holder: str) -> int | None:
        return await book.claim(Bucket("shop", "at-once", size), holder, (), until, now)

    assert await claim(1, "patient") == 1
    assert await claim(1, "patient too") is None
    assert await claim(2, "urgent") == 2


async def test_a_slot_that_its_holder_forgot_is_its_own_again(store: Database) -> None:
    first = await claim(store, "w1", 0)
    assert first is not None
    assert await claim(store, "w1", 0) == first
    assert await claim(store, "w1", 0, first) != first


async def test_a_slot_is_given_back_by_its_holder_only(store: Database) -> None:
    book = Limits(store)
    slots = [await claim(store, f"w{worker}", 0) for worker in range(3)]
    assert slots[0] is not None
    await book.release(SLOTS, slots[0], "w9")
    assert await claim(store, "w8", 0) is None
    await book.release(SLOTS, slots[0], "w0")
    assert await claim(store, "w8", 0) == slots[0]


async def test_a_dead_holder_s_slot_is_free_after_its_lease(store: Database) -> None:
    for worker in range(3):
        await claim(store, f"w{worker}", 0)
    assert await claim(store, "w9", 89) is None
    assert await claim(store, "w9", 90) is not None


# --- two workers, one vendor ---


class Vendor:
    """The other side, with its own bucket and its own count of calls at once."""

    def __init__(self, size: float, per_s: float) -> None:
        self.size, self.per_s = size, per_s
        self.level, self.at = size, time.monotonic()
        self.lowest = size
        self.calls = self.busy = self.most_busy = 0

    async def call(self, cost: float) -> None:
        now = time.monotonic()
        self.level = min(self.size, self.level + (now - self.at) * self.per_s) - cost
        self.at = now
        self.lowest = min(self.lowest, self.level)
        self.calls += 1
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await asyncio.sleep(0.005)
        self.busy -= 1


async def test_two_workers_together_stay_within_the_bucket_and_the_slots(store: Database) -> None:
    limits = {
        "calls": Limit("rate", 20, "a test", 60.0),
        "at-once": Limit("slots", 3, "a test"),
    }
    vendor = Vendor(20, 60)
    end_s = time.monotonic() + 1.5

    async def caller(throttle: Throttle) -> None:
        while time.monotonic() < end_s:
            async with throttle.admit({"calls": 3.0}):
                await vendor.call(3.0)

    each = [Throttle("shop", limits, Limits(store), SystemClock(), f"w{at}") for at in range(2)]
    await asyncio.gather(*(caller(throttle) for throttle in each for _ in range(4)))
    # A call reaches a full bucket a moment after it was booked: what that moment would give.
    assert vendor.lowest > -0.1 * 60
    assert vendor.most_busy <= 3
    assert vendor.calls * 3 > 0.6 * (20 + 1.5 * 60)

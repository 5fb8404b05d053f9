"""The limits of an account: buckets, windows and slots, and what the meter counts of them."""

from __future__ import annotations

import pytest

from counterfoil.twins.kit.limits import Bucket, Meter, Slots, Window


def test_the_busiest_second_slides(memory, clock):
    meter = Meter(memory, clock)
    for clock.elapsed_s in (0.0, 0.9, 1.1, 1.2, 1.85, 3.0):
        assert meter.enter() == 0
        meter.leave()
    assert memory.counts("calls:") == {"all": 6, "peak_calls_per_s": 4, "peak_concurrency": 1}


def test_a_refused_call_is_counted_and_holds_nothing(memory, clock):
    meter = Meter(memory, clock, (Slots(1), Bucket(10, 1.0, clock)))
    assert [meter.enter() for _ in range(3)] == [0, 1, 1]
    meter.leave()
    assert meter.enter() == 0
    counts = memory.counts("calls:")
    assert (counts["all"], counts["over_slots"], counts["peak_concurrency"]) == (4, 2, 2)


def test_a_bucket_says_in_how_many_whole_seconds_a_call_fits(clock):
    bucket = Bucket(2, 0.25, clock)
    assert [bucket.wait_s(1) for _ in range(3)] == [0, 0, 4]
    clock.elapsed_s += 3.0
    assert bucket.wait_s(1) == 1
    clock.elapsed_s += 1.0
    assert bucket.wait_s(1) == 0


def test_a_strangers_calls_are_not_held_against_the_caller(clock):
    bucket = Bucket(100.0, 10.0, clock)
    assert bucket.take(20)
    bucket.drain(30)
    assert not bucket.take(30)
    assert not bucket.overdrawn(30)
    clock.elapsed_s += 1.0
    assert bucket.take(30)
    assert bucket.level == 0.0


def test_a_window_ends_at_its_time_and_not_with_its_calls(clock):
    window = Window(2, 30.0, clock)
    clock.elapsed_s = 29.0
    assert [window.wait_s(1) for _ in range(3)] == [0, 0, 1.0]
    assert (window.left, window.resets_s) == (0, 1.0)
    clock.elapsed_s = 95.0
    assert (window.left, window.resets_s) == (2, 25.0)
    window.drain()
    assert window.wait_s(1) == pytest.approx(25.0)


def test_peaks_are_remembered_beyond_the_process(memory, clock):
    first, second = Meter(memory, clock), Meter(memory, clock)
    for _ in range(3):
        first.enter()
    second.enter()
    assert memory.counts("calls:peak_") == {"calls_per_s": 3, "concurrency": 3}

"""Every silence is heard within its promise, and a quiet month has no false alarm.

A house lives in virtual time and its parts fall silent at drawn moments; the watch looks at its
books every few seconds, as its process does.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest
from house import BEGUN, PLAN, ROUTE, VirtualHouse

from counterfoil.store.watched import RunRow
from counterfoil.values.clock import Instant, instant, later, seconds_between
from counterfoil.watch.books import Books
from counterfoil.watch.keeping import EVERY_S, is_lost
from counterfoil.watch.look import Watch, Watched
from counterfoil.watch.notebook import Notebook
from counterfoil.watch.promises import RUN_S, expectations

TRIALS = 250  # of each of four kinds: a thousand
LOOK_S = EVERY_S + 1.0  # the loop's pause, and the look itself
WATCHED = Watched("Estate", {ROUTE: PLAN})


def alarmed(
    house: VirtualHouse,
    name: str,
    until: Instant,
    shown: Callable[[VirtualHouse], Books | None] = VirtualHouse.seen,
) -> Instant | None:
    """When the watch first tells of `name`; None where it does not until `until`."""
    watch = Watch(WATCHED, Notebook())
    while house.now < until:
        house.step(LOOK_S)
        message = watch.look(shown(house), house.now)
        if message is not None:
            assert message.names == (name,), f"a false alarm: {message.body}"
            return house.now
    return None


def stopped_at(chance: random.Random) -> Instant:
    """A moment of the house's first half hour, after the watch has come to know it."""
    return later(BEGUN, chance.uniform(120, 1800))


@pytest.mark.parametrize("part", range(5))
def test_a_stopped_schedule_is_heard_within_one_period_and_a_minute(part: int) -> None:
    for seed in range(part, TRIALS, 5):
        chance = random.Random(seed)
        stops = stopped_at(chance)
        house = VirtualHouse(chance, listing_stops=stops)
        heard = alarmed(house, f"run {ROUTE} listing", later(stops, 1000))
        assert heard is not None, seed
        # A period is as long as the house really takes from one listing to the next.
        assert seconds_between(stops, heard) <= PLAN.cadence_s + 5 + 60, seed


@pytest.mark.parametrize("part", range(5))
def test_a_lost_hook_is_heard_within_five_minutes_of_what_it_did_not_tell(part: int) -> None:
    for seed in range(part, TRIALS, 5):
        chance = random.Random(seed)
        stops = stopped_at(chance)
        house = VirtualHouse(chance, hook_stops=stops)
        heard = alarmed(house, f"message {ROUTE}", later(stops, 1500))
        assert heard is not None, seed
        assert house.first_untold is not None, seed
        assert seconds_between(house.first_untold, heard) <= 300, seed


@pytest.mark.parametrize("part", range(5))
def test_a_dead_worker_is_heard_within_a_minute(part: int) -> None:
    for seed in range(part, TRIALS, 5):
        chance = random.Random(seed)
        stops = stopped_at(chance)
        house = VirtualHouse(chance, worker_stops=stops)
        heard = alarmed(house, "worker any", later(stops, 600))
        assert heard is not None, seed
        assert seconds_between(stops, heard) <= 60, seed


def test_a_dead_watch_is_heard_by_the_house_within_two_minutes() -> None:
    for seed in range(TRIALS):
        last = stopped_at(random.Random(seed))
        waits = [number * EVERY_S for number in range(40)]
        heard = next(wait for wait in waits if is_lost(last, later(last, wait)))
        assert heard <= 120, seed


def test_books_that_cannot_be_read_are_told_and_well_again_is_told_too() -> None:
    house = VirtualHouse(random.Random(1))
    away = later(BEGUN, 600)

    def shown(house: VirtualHouse) -> Books | None:
        return None if house.now >= away else house.seen()

    heard = alarmed(house, "books Estate", later(away, 200), shown)
    assert heard is not None
    assert seconds_between(away, heard) <= 60


def test_a_clock_that_is_put_back_silences_nobody() -> None:
    """What was told at moments that are still to come holds nothing back, nor does a pause."""
    watch, now = Watch(WATCHED, Notebook()), BEGUN
    told: list[str] = []
    for look in range(100):
        now = later(now, 5.0) if look != 30 else later(now, -7 * 86_400.0)
        message = watch.look(Books() if 30 <= look < 70 else None, now)
        if message is not None:
            watch.sent(message, now)
            told.append(message.title.partition(" of ")[0])
    away = "Estate: The watch cannot read the books"
    assert told == [away, "Estate: well again", away]


@pytest.mark.parametrize(
    ("hours", "due", "begins"),
    [
        (("02:00", "04:00"), "2026-11-02T03:00:00Z", "2026-11-02T03:00:00Z"),
        (("02:00", "04:00"), "2026-11-02T04:05:00Z", "2026-11-03T02:00:00Z"),
        (("02:00", "04:00"), "2026-11-02T03:59:30Z", "2026-11-03T02:00:00Z"),
        (("22:00", "04:00"), "2026-11-02T03:00:00Z", "2026-11-02T03:00:00Z"),
        (("22:00", "04:00"), "2026-11-02T12:00:00Z", "2026-11-02T22:00:00Z"),
        (("00:00", "24:00"), "2026-11-02T23:59:00Z", "2026-11-02T23:59:00Z"),
        (("02:00", "02:00"), "2026-11-02T12:00:00Z", "2026-11-03T02:00:00Z"),
    ],
)
def test_a_nightly_run_that_does_not_begin_in_its_hours_is_heard(
    hours: tuple[str, str], due: str, begins: str
) -> None:
    start, until = hours
    plan = msgspec.structs.replace(PLAN, mode="batch", batch_from=start, batch_until=until)
    books = Books(runs=[RunRow(ROUTE, "listing", instant(due).to_stdlib(), None)])
    (run,) = expectations({ROUTE: plan}, books)
    assert run.by == later(instant(begins), RUN_S)


def test_thirty_quiet_days_bring_no_alarm() -> None:
    house = VirtualHouse(random.Random(7), rate=0.01)
    watch = Watch(WATCHED, Notebook())
    until = later(BEGUN, 30 * 86_400)
    while house.now < until:
        house.step(55.0)  # a longer pause would be a sleep
        message = watch.look(house.seen(), house.now)
        assert message is None, message

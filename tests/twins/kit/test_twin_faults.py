"""Faults: drawn by a seed, counted where they happened, and over when the twin is calmed."""

from __future__ import annotations

import random

from counterfoil.twins.kit.faults import MESSAGES, Fault, Faults, common

CATALOGUE = {"often": Fault("Often.", 0.5, 1.0), "never": Fault("Never.", 0.0, 0.0)}


def drawn(memory, day="normal", seed=1, calls=200):
    faults = Faults(CATALOGUE, day, random.Random(seed), memory)
    return faults, [faults.strikes("often") for _ in range(calls)]


def test_the_same_seed_gives_the_same_faults(memory):
    (_, first), (_, again), (_, other) = (drawn(memory, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert 60 < sum(first) < 140


def test_each_comes_soon_and_then_at_its_own_rate(memory):
    rare = {"rare": Fault("Rare.", 1e-9, 1e-9)}
    for seed in range(20):
        faults = Faults(rare, "normal", random.Random(seed), memory)
        struck = [turn for turn in range(500) if faults.strikes("rare")]
        assert len(struck) == 1
        assert struck[0] < 25


def test_a_good_day_has_none(memory):
    assert not any(drawn(memory, "none")[1])


def test_what_happened_and_that_it_is_over_outlive_a_restart(memory):
    faults, struck = drawn(memory, "hostile", calls=3)
    assert struck == [True] * 3
    faults.stop()
    again, later = drawn(memory, "hostile", calls=3)
    assert later == [False] * 3
    assert again.reached() == {"often": 3, "never": 0}


def test_what_only_lies_in_wait_is_not_counted(memory):
    faults = Faults(CATALOGUE, "hostile", random.Random(1), memory, "life:")
    assert faults.drawn("often")
    assert faults.reached()["often"] == 0
    faults.happened("often")
    assert memory.counts("life:") == {"often": 1}


def test_common_faults_are_told_of_their_vendor_in_the_asked_order():
    found = common("Acme", "slow", *MESSAGES)
    assert list(found) == ["slow", *MESSAGES]
    assert found["slow"].text == "Acme took its time."
    assert not [fault.text for fault in found.values() if "{" in fault.text]

"""What a twin remembers: all or nothing, and beyond its process."""

from __future__ import annotations

import pytest

from counterfoil.twins.kit.memory import Memory


def test_an_inner_transaction_falls_with_the_outer_one(memory):
    def fails():
        with memory.transaction():
            with memory.transaction():
                memory.count("inner")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert memory.counts("inner") == {}
    with memory.transaction(), memory.transaction():
        memory.count("inner")
    assert memory.counts("inner") == {"": 1}


def test_counters_peaks_and_facts_outlive_the_process(tmp_path):
    killed = Memory(tmp_path / "twin.db")
    killed.count("calls:all")
    killed.count("calls:all", 2)
    killed.peak("calls:peak", 5)
    killed.peak("calls:peak", 4)
    assert killed.fact("opened", 7.5) == 7.5
    killed.learn("calm", 1)
    memory = Memory(tmp_path / "twin.db")  # the first was never closed
    assert memory.counts("calls:") == {"all": 3, "peak": 5}
    assert (memory.fact("opened", 9.0), memory.fact("calm", 0)) == (7.5, 1)


def test_a_row_is_inserted_by_name_and_read_by_name(memory):
    memory.insert("tokens", {"until_s": 3.0, "token": "a"})
    memory.insert("tokens", {"token": "a", "until_s": 4.0})
    assert list(memory.records("select * from tokens")) == [{"token": "a", "until_s": 4.0}]
    found = memory.records("select token from tokens where until_s > :least", {"least": 9})
    assert list(found) == []

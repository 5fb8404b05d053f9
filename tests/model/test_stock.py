"""A level is exact and signed until it becomes sellable, and nothing is taken off it twice."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.document import Measure, Ref
from counterfoil.model.stock import Stock, available, check, pool
from counterfoil.values.errors import Hold

AMOUNT = st.decimals(-1000, 1000, places=3)
TAKEN = st.decimals(0, 1000, places=3)

LEVEL = Stock(
    sku="TEE-BLK-M", place="MAIN", as_of="2026-11-02T09:00:00Z", on_hand=Decimal(18),
    meaning="physical",
)  # fmt: skip


def test_a_level_is_named_by_its_sku_and_its_place() -> None:
    assert LEVEL.key == "TEE-BLK-M@MAIN"
    assert LEVEL.refs == (Ref("product", "TEE-BLK-M"),)
    assert LEVEL.measure == Measure(pieces=18)


@given(AMOUNT, TAKEN, TAKEN)
def test_what_is_promised_comes_off_what_stands_there_and_off_nothing_else(
    on_hand: Decimal, allocated: Decimal, quarantined: Decimal
) -> None:
    level = replace(LEVEL, on_hand=on_hand, allocated=allocated, quarantined=quarantined)
    assert available(level) == on_hand - allocated - quarantined
    assert available(replace(level, meaning="sellable")) == on_hand


@given(st.lists(AMOUNT, max_size=4), st.integers(0, 50), st.integers(0, 50))
def test_a_pool_is_floored_once_at_the_end_and_never_below_zero(
    amounts: list[Decimal], pipe: int, buffer: int
) -> None:
    shown = pool({str(place): amount for place, amount in enumerate(amounts)}, pipe, buffer)
    exactly = sum(amounts, Decimal(0)) - pipe - buffer
    assert shown >= 0
    assert shown <= max(exactly, 0) < shown + 1


def test_two_halves_make_one_piece_that_can_be_sold() -> None:
    assert pool({"A": Decimal("0.5"), "B": Decimal("0.5")}, 0, 0) == 1


@given(st.integers(0, 10**6), st.integers(0, 100))
def test_every_order_of_ours_that_the_source_does_not_know_yet_comes_off(
    on_hand: int, pipe: int
) -> None:
    assert pool({"A": Decimal(on_hand)}, pipe, 0) == max(0, on_hand - pipe)


def test_a_negative_promise_is_held() -> None:
    with pytest.raises(Hold) as held:
        check(replace(LEVEL, allocated=Decimal(-1)))
    assert held.value.code == "bad-level"


@given(AMOUNT, st.none() | TAKEN)
def test_it_comes_back_from_its_bytes_as_it_was(
    on_hand: Decimal, allocated: Decimal | None
) -> None:
    level = replace(LEVEL, on_hand=on_hand, allocated=allocated)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(level), type=Stock) == level

"""A fulfilment moves goods and no money: its parcels hold no more than it, its status moves on."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.document import Measure, Ref
from counterfoil.model.fulfilment import (
    STEPS,
    Fulfilment,
    FulfilmentStatus,
    Parcel,
    Sent,
    check,
    may_follow,
    pieces_by_sku,
)
from counterfoil.values.errors import Hold

SKUS = st.sampled_from(["TEE-BLK-M", "CAP-NVY", "MUG"])
SENT = st.builds(Sent, SKUS, st.integers(1, 20))
STATUSES: st.SearchStrategy[FulfilmentStatus] = st.sampled_from(list(STEPS))

DESPATCH = Fulfilment(
    key="DES1937757", number="DES1937757", order="CF-100245", order_number="CF-100245",
    status="shipped", created="2026-03-03T14:22:05Z", updated="2026-03-03T14:22:05Z",
    holds=(Sent("TEE-ORG-M", 2), Sent("CAP-NVY", 1)),
)  # fmt: skip


def test_what_is_at_stake_is_pieces_and_it_follows_its_order() -> None:
    assert DESPATCH.measure == Measure(pieces=3)
    assert DESPATCH.refs == (Ref("order", "CF-100245"),)
    assert DESPATCH.turn == Ref("order", "CF-100245")
    assert not DESPATCH.gone
    assert replace(DESPATCH, status="void").gone


@given(st.lists(SENT, min_size=1, max_size=6), st.data())
def test_parcels_that_hold_a_part_of_it_are_right(holds: list[Sent], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(holds), unique_by=id, max_size=len(holds)))
    check(replace(DESPATCH, holds=tuple(holds), parcels=(Parcel(holds=tuple(some)),)))


@given(st.lists(SENT, min_size=1, max_size=6), st.data())
def test_one_piece_more_in_the_parcels_than_in_all_is_held(
    holds: list[Sent], data: st.DataObject
) -> None:
    sku = data.draw(st.sampled_from([sent.sku for sent in holds]))
    more = Parcel(holds=(Sent(sku, 1),))
    despatch = replace(DESPATCH, holds=tuple(holds), parcels=(Parcel(holds=tuple(holds)), more))
    with pytest.raises(Hold) as held:
        check(despatch)
    assert held.value.code == "parcels-differ"
    assert sku in held.value.said


@pytest.mark.parametrize(
    ("holds", "code"),
    [((), "nothing-moved"), ((Sent("MUG", 0),), "bad-quantity"),
     ((Sent("MUG", -1),), "bad-quantity")],
)  # fmt: skip
def test_goods_that_are_none_are_held(holds: tuple[Sent, ...], code: str) -> None:
    with pytest.raises(Hold) as held:
        check(replace(DESPATCH, holds=holds))
    assert held.value.code == code


def test_one_sku_in_several_rows_is_added_up() -> None:
    assert pieces_by_sku((Sent("MUG", 1), Sent("CAP", 2), Sent("MUG", 3))) == {"MUG": 4, "CAP": 2}


@given(STATUSES, STATUSES)
def test_what_is_delivered_or_void_never_moves_again(
    before: FulfilmentStatus, now: FulfilmentStatus
) -> None:
    assert may_follow(before, before)
    if before in ("delivered", "void") and now != before:
        assert not may_follow(before, now)


@pytest.mark.parametrize(
    ("before", "now", "legal"),
    [("planned", "shipped", True), ("shipped", "picking", False), ("shipped", "void", True),
     ("failed", "shipped", True), ("delivered", "shipped", False), ("picking", "planned", True)],
)  # fmt: skip
def test_steps_go_forward_but_for_a_pick_that_begins_again(
    before: FulfilmentStatus, now: FulfilmentStatus, legal: bool
) -> None:
    assert may_follow(before, now) is legal


@given(st.lists(SENT, min_size=1))
def test_it_comes_back_from_its_bytes_as_it_was(holds: list[Sent]) -> None:
    despatch = replace(DESPATCH, holds=tuple(holds))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(despatch), type=Fulfilment) == despatch

"""The table of what becomes of a record: every combination has one end, and none writes unseen."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.flows.act import Able, Fate, There, act
from counterfoil.kit.capability import Manner

ABLE = st.builds(
    Able, st.sampled_from(get_args(Manner)), amends=st.booleans(), cancels=st.booleans()
)
THERE = st.sampled_from(get_args(There))
FREE = Able("create", amends=True, cancels=True)


@pytest.mark.parametrize(
    ("there", "able", "wanted", "same", "fate"),
    [
        ("no", Able(), True, False, "write"),
        ("no", FREE, False, False, "left-out"),
        ("yes", Able(), True, True, "merged"),
        ("yes", Able("upsert"), True, True, "merged"),
        ("yes", Able("append"), True, True, "merged"),
        ("yes", Able("level"), True, True, "write"),
        ("yes", Able("level"), True, False, "write"),
        ("yes", Able("upsert"), True, False, "write"),
        ("yes", FREE, True, False, "amend"),
        ("yes", Able(), True, False, "held"),
        ("yes", Able("append"), True, False, "held"),
        ("yes", FREE, False, False, "cancel"),
        ("yes", Able(), False, False, "held"),
        ("cancelled", FREE, False, False, "merged"),
        ("cancelled", FREE, True, False, "held"),
    ],
)
def test_the_table(there: There, able: Able, wanted: bool, same: bool, fate: Fate) -> None:
    assert act(there, able, wanted=wanted, same=same) == fate


@given(THERE, ABLE, st.booleans(), st.booleans(), st.booleans())
def test_nothing_is_done_that_the_target_does_not_declare(
    there: There, able: Able, wanted: bool, same: bool, stopped: bool
) -> None:
    fate = act(there, able, wanted=wanted, same=same, stopped=stopped)
    assert fate != "amend" or able.amends
    assert fate != "cancel" or able.cancels
    assert fate != "write" or there == "no" or able.manner in ("upsert", "level")


@given(ABLE, st.booleans(), st.booleans())
def test_what_is_there_and_not_wanted_is_never_passed_over(
    able: Able, same: bool, stopped: bool
) -> None:
    assert act("yes", able, wanted=False, same=same, stopped=stopped) in ("cancel", "held")


@given(THERE, ABLE, st.booleans())
def test_what_a_rule_stops_is_neither_written_again_nor_amended(
    there: There, able: Able, same: bool
) -> None:
    if there != "no":
        assert act(there, able, wanted=True, same=same, stopped=True) in ("held", "merged")


def test_a_change_is_merged_only_where_it_says_nothing() -> None:
    for manner, amends, cancels, stopped in product(get_args(Manner), *[(False, True)] * 3):
        able = Able(manner, amends, cancels)
        assert act("yes", able, wanted=True, same=False, stopped=stopped) != "merged"

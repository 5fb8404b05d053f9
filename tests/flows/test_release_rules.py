"""What a source that releases its orders says of one: it goes, waits, or is left out for good."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from counterfoil.flows.order import RULES, Gates
from counterfoil.flows.rules import GOES, LeftOut, Waits
from counterfoil.model.order import Order, Release
from tests.connectors.orderwise.orderwise_stage import sold

GATES = Gates(unknown="send")


def order(release: Release = "", **changed: object) -> Order:
    return replace(sold(1), release=release, **changed)


def test_what_is_released_goes() -> None:
    assert RULES.standing(order(), GATES) == GOES


def test_what_is_not_released_yet_waits_for_a_newer_version_of_itself() -> None:
    stop = RULES.standing(order("wait"), GATES)
    assert isinstance(stop, Waits)
    assert (stop.code, stop.until) == ("not-released", None)


def test_what_is_never_released_is_left_out() -> None:
    stop = RULES.standing(order("never"), GATES)
    assert isinstance(stop, LeftOut)
    assert stop.code == "never-released"


@pytest.mark.parametrize("release", ["", "wait", "never"])
def test_what_was_cancelled_is_left_out_as_cancelled_whatever_is_said(
    release: Release,
) -> None:
    assert RULES.standing(order(release, cancelled=True), GATES) == RULES.gone


def test_of_what_was_sent_a_release_is_no_news_that_anybody_need_act_on() -> None:
    before, now = order(), order("never")
    assert list(RULES.changes(before, now)) == []
    assert [change.field for change in RULES.quiet(before, now)] == ["release"]

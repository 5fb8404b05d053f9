"""A payout is the sum of its entries, each complete in itself, to the last minor unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.document import Measure, Ref, adds_up
from counterfoil.model.settlement import KINDS, Kind, Row, Settlement, check, sums
from counterfoil.values.errors import Hold

MINOR = st.integers(-(10**9), 10**9)
ISSUED = "2026-11-02T00:00:00Z"


def row(key: str, kind: Kind, amount: int, fee: int = 0, tax: int = 0) -> Row:
    return Row(key, kind, amount, amount - fee - tax, fee_minor=fee, fee_tax_minor=tax)


def payout(*rows: Row, currency: str = "GBP", **stated: int) -> Settlement:
    net = sum(one.net_minor for one in rows)
    whole = Settlement("77120", "77120", "paid", ISSUED, ISSUED, currency, net, rows)
    return replace(whole, **stated)


CHARGE = replace(row("1", "charge", 6065, fee=112), order="1042")
REFUND = replace(row("2", "refund", -2160), order="1042", refund="R1")
PAYOUT = payout(CHARGE, REFUND)

ROWS = st.lists(
    st.tuples(st.sampled_from(KINDS), MINOR, MINOR, MINOR), min_size=1, max_size=12
).map(lambda drawn: [row(str(at), *parts) for at, parts in enumerate(drawn)])


def test_what_is_at_stake_is_what_goes_to_the_bank() -> None:
    assert PAYOUT.measure == Measure(3793, "GBP")
    assert PAYOUT.refs == (Ref("order", "1042"), Ref("refund", "R1")), "each once"
    check(PAYOUT)


@given(ROWS, st.sampled_from(["GBP", "JPY", "KWD"]))
def test_entries_that_are_whole_make_a_payout_that_is(rows: list[Row], currency: str) -> None:
    whole = sums(tuple(rows))
    stated = {
        "gross_minor": whole.gross_minor,
        "fees_minor": whole.fees_minor,
        "reserve_minor": whole.reserve_minor,
    }
    settlement = payout(*rows, currency=currency, **stated)
    check(settlement)
    assert whole.gross_minor - whole.fees_minor - whole.reserve_minor == settlement.net_minor
    assert adds_up(settlement)


@given(ROWS, st.integers(1, 10**6), st.data())
def test_one_minor_unit_more_or_less_is_seen_wherever_it_stands(
    rows: list[Row], off: int, data: st.DataObject
) -> None:
    settlement = payout(*rows)
    with pytest.raises(Hold) as told:
        check(replace(settlement, net_minor=settlement.net_minor + off))
    assert told.value.code == "payout-differs"
    at = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(["amount_minor", "net_minor", "fee_minor", "fee_tax_minor"]))
    wrong = replace(rows[at], **{name: getattr(rows[at], name) + off})
    with pytest.raises(Hold) as told:
        check(replace(settlement, rows=(*rows[:at], wrong, *rows[at + 1 :])))
    assert told.value.code == "entry-differs"


@pytest.mark.parametrize("part", ["gross_minor", "fees_minor", "reserve_minor"])
def test_what_the_provider_says_of_all_of_them_is_held_against_them(part: str) -> None:
    with pytest.raises(Hold, match=r"Payout 77120 says .*, but its entries come to"):
        check(replace(PAYOUT, **{part: 1}))


def test_a_payout_that_does_not_sum_says_by_how_much_in_one_sentence() -> None:
    with pytest.raises(Hold) as told:
        check(replace(PAYOUT, net_minor=3794))
    assert told.value.said == "Payout 77120 says £37.94, but its entries come to £37.93."
    assert told.value.do


def test_an_entry_counts_once() -> None:
    with pytest.raises(Hold, match="has the entry 1 twice") as told:
        check(payout(CHARGE, CHARGE))
    assert told.value.code == "entry-twice"


def test_each_kind_is_summed_where_it_belongs() -> None:
    whole = sums(
        (
            CHARGE, REFUND, row("3", "fee", -500), row("4", "fee-tax", -100),
            row("5", "reserve", -1000), row("6", "dispute", -700, fee=1500),
            row("7", "dispute-reversal", 700, fee=-1500),
        )
    )  # fmt: skip
    assert (whole.gross_minor, whole.fees_minor, whole.reserve_minor) == (3905, 712, 1000)
    assert whole.net_minor == 3905 - 712 - 1000


def test_it_is_complete_when_it_is_paid_and_gone_when_it_is_cancelled() -> None:
    assert PAYOUT.complete
    assert replace(PAYOUT, status="failed").complete
    for status in ("expected", "in-transit"):
        assert not replace(PAYOUT, status=status).complete
    assert replace(PAYOUT, status="cancelled").gone

"""What a payout posts leaves the clearing account at zero, whatever it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.mapping.clearing import TRADE, Posted, clearing
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.settlement import KINDS, Row, Settlement
from counterfoil.values.errors import Hold

ACCOUNTS = ValueMap(
    "accounts",
    {
        "fee": "404", "fee-tax": "820", "adjustment": "405", "dispute": "406", "reserve": "610",
        "transfer": "611", "advance": "900", "other": "407", "SHIPPING_LABEL": "425",
    },
)  # fmt: skip
MINOR = st.integers(-(10**9), 10**9)
ISSUED = "2026-11-02T00:00:00Z"


def payout(*rows: Row) -> Settlement:
    net = sum(row.net_minor for row in rows)
    return Settlement("77120", "77120", "paid", ISSUED, ISSUED, "GBP", net, rows)


def row(key: str, kind: str, amount: int, fee: int = 0, tax: int = 0, word: str = "") -> Row:
    return Row(key, kind, amount, amount - fee - tax, fee, tax, word=word)  # type: ignore[arg-type]


def test_what_the_provider_kept_is_a_cost_and_the_rest_goes_to_the_bank() -> None:
    posted = clearing(
        payout(row("1", "charge", 6065, 112, 22), row("2", "refund", -2160)), ACCOUNTS
    )
    assert posted.trade_minor == 3905
    assert posted.costs == (Posted("fee", "404", 112), Posted("fee-tax", "820", 22))
    assert posted.credits == ()
    assert posted.transfer_minor == 3771


def test_a_dispute_that_was_won_gives_back_what_it_took() -> None:
    taken = clearing(payout(row("1", "dispute", -4500, 1500)), ACCOUNTS)
    given_back = clearing(payout(row("2", "dispute-reversal", 4500, -1500)), ACCOUNTS)
    assert taken.costs == given_back.credits
    assert taken.transfer_minor == -given_back.transfer_minor == -6000


def test_a_kind_of_its_own_has_the_account_of_its_own_word() -> None:
    posted = clearing(payout(row("1", "other", -799, word="SHIPPING_LABEL")), ACCOUNTS)
    assert posted.costs == (Posted("SHIPPING_LABEL", "425", 799),)
    with pytest.raises(Hold, match="'ANOMALY_DEBIT' is not in the value map 'accounts'"):
        clearing(payout(row("1", "other", -799, word="ANOMALY_DEBIT")), ACCOUNTS)


def test_what_does_not_sum_is_never_posted() -> None:
    settlement = payout(row("1", "charge", 6065, 112))
    with pytest.raises(Hold, match="but its entries come to"):
        clearing(replace(settlement, net_minor=settlement.net_minor - 1), ACCOUNTS)


@given(st.lists(st.tuples(st.sampled_from(KINDS), MINOR, MINOR, MINOR), max_size=9))
def test_the_clearing_account_is_left_at_zero(drawn: list[tuple[str, int, int, int]]) -> None:
    settlement = payout(*(row(str(at), *parts) for at, parts in enumerate(drawn)))
    posted = clearing(settlement, ACCOUNTS)
    assert posted.left_minor == 0
    assert all(line.minor > 0 for line in (*posted.costs, *posted.credits))
    assert posted.trade_minor == sum(one.amount_minor for one in settlement.rows
                                     if one.kind in TRADE)  # fmt: skip

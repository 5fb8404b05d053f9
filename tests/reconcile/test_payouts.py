"""Payouts against orders: what is alike, what explains the rest, and nothing that does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.model.line import Payment
from counterfoil.model.order import Order
from counterfoil.model.settlement import Row, Settlement
from counterfoil.reconcile.settlement import Reconciled, Tied, names, reconcile, wanted

AT = "2026-11-02T00:00:00Z"


def order(key: str, total: int, *payments: Payment, currency: str = "GBP") -> Order:
    return Order(
        key, f"#{key}", AT, AT, AT, currency, tax_included=True, lines=(), total_minor=total,
        tax_minor=0, payments=payments,
    )  # fmt: skip


def row(at: int, kind: Any, amount: int, order_key: str, fee: int = 0, **more: Any) -> Row:
    return Row(str(at), kind, amount, amount - fee, fee, order=order_key, **more)


def payout(key: str, *rows: Row, status: Any = "paid", currency: str = "GBP") -> Settlement:
    net = sum(one.net_minor for one in rows)
    return Settlement(key, key, status, AT, AT, currency, net, rows)


def held(payouts: Iterable[Settlement], *orders: Order) -> Reconciled:
    return reconcile([*payouts], orders)


def only(answer: Reconciled) -> Tied:
    (tied,) = answer.tied
    return tied


def test_a_charge_and_its_refund_are_what_the_order_says_now() -> None:
    answer = held(
        [payout("A", row(1, "charge", 6065, "7", 112)), payout("B", row(2, "refund", -2160, "7"))],
        order("7", 3905),
    )
    tied = only(answer)
    assert (tied.kind, tied.payouts, tied.unexplained_minor) == ("alike", ("A", "B"), 0)
    assert (answer.alike, answer.explained) == (1, 0)


def test_an_order_is_found_by_its_number_where_its_key_is_not_told() -> None:
    unkeyed = row(1, "charge", 100, "", order_number="1042")
    answer = held([payout("A", unkeyed)], order("1042", 100))
    assert only(answer).kind == "alike"
    assert wanted([payout("A", unkeyed)]) & {*names(order("1042", 100))}


@pytest.mark.parametrize(
    ("rows", "total", "payments", "cause", "minor"),
    [
        ([("charge", 6000)], 10000, [Payment("shopify_payments", 6000),
                                     Payment("gift_card", 4000, "gift-card")], "gift-card", -4000),
        ([("charge", 6000)], 10000, [Payment("paypal", 4000)], "other-payment", -4000),
        ([("charge", 6000), ("charge", 6000)], 6000, [], "duplicate", 6000),
        ([("charge", 6000), ("refund", -1000)], 6000, [], "refund", -1000),
    ],
)  # fmt: skip
def test_a_difference_is_named_by_what_a_document_states(
    rows: list[tuple[str, int]], total: int, payments: list[Payment], cause: str, minor: int
) -> None:
    entries = [row(at, kind, amount, "7") for at, (kind, amount) in enumerate(rows)]
    answer = held([payout("A", *entries)], order("7", total, *payments))
    tied = only(answer)
    assert [(one.cause, one.minor) for one in tied.causes] == [(cause, minor)]
    assert tied.unexplained_minor == 0
    assert (answer.alike, answer.explained) == (0, 1)


def test_what_was_paid_out_is_no_other_payment_that_explains() -> None:
    paid = Payment("shopify_payments", 6000)
    twice = [row(1, "charge", 6000, "7"), row(2, "charge", 6000, "7")]
    tied = only(held([payout("A", *twice)], order("7", 6000, paid)))
    assert [cause.cause for cause in tied.causes] == ["duplicate"]


def test_a_cause_never_explains_the_other_way_round() -> None:
    card = Payment("gift_card", 4000, "gift-card")
    tied = only(held([payout("A", row(1, "charge", 10000, "7"))], order("7", 6000, card)))
    assert tied.causes == ()
    assert tied.unexplained_minor == 4000


def test_what_nobody_states_stays_unexplained() -> None:
    tied = only(held([payout("A", row(1, "charge", 6000, "7"))], order("7", 6001)))
    assert (tied.kind, tied.causes, tied.unexplained_minor) == ("different", (), -1)


def test_an_order_that_is_not_there_is_missing() -> None:
    tied = only(held([payout("A", row(1, "charge", 6000, "7"))]))
    assert (tied.kind, tied.unexplained_minor) == ("missing", 0)
    assert [(cause.cause, cause.minor) for cause in tied.causes] == [("missing", 6000)]


def test_two_currencies_are_never_subtracted() -> None:
    tied = only(held([payout("A", row(1, "charge", 6000, "7"))], order("7", 6000, currency="EUR")))
    assert (tied.kind, tied.order_minor, tied.unexplained_minor) == ("other-currency", 0, 6000)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_was_never_paid_counts_nowhere(status: str) -> None:
    again = payout("B", row(1, "charge", 6000, "7"))
    answer = held([payout("A", row(1, "charge", 6000, "7"), status=status), again],
                  order("7", 6000))  # fmt: skip
    assert only(answer).kind == "alike"


def test_a_payout_is_told_to_the_minor_unit() -> None:
    (told,) = held(
        [payout("A", row(1, "charge", 6065, "7", 112), row(2, "reserve", -1000, ""),
                row(3, "refund", -2160, ""))],
    ).payouts  # fmt: skip
    assert (told.trade_minor, told.kept_minor) == (3905, {"fee": 112, "reserve": 1000})
    assert told.trade_minor - sum(told.kept_minor.values()) == told.net_minor
    assert (told.left_minor, told.unnamed) == (0, 1)


_AMOUNTS = st.integers(1, 10**7)


@given(
    st.lists(
        st.tuples(
            _AMOUNTS, st.sampled_from(["none", "gift-card", "duplicate", "secret"]), _AMOUNTS
        ),
        min_size=1,
        max_size=12,
    )
)
def test_explanations_are_the_hidden_truth_and_the_whole_difference(
    drawn: list[tuple[int, str, int]],
) -> None:
    rows: list[Row] = []
    orders: list[Order] = []
    truth: dict[str, list[tuple[str, int]]] = {}
    for at, (total, befell, other) in enumerate(drawn):
        key, payments, paid = str(at), list[Payment](), total
        truth[key] = []
        if befell == "gift-card":
            payments = [Payment("gift_card", other, "gift-card")]
            orders.append(order(key, total + other, *payments))
            truth[key] = [("gift-card", -other)]
        else:
            orders.append(order(key, total + (other if befell == "secret" else 0)))
        if befell == "duplicate":
            rows.append(row(1000 + at, "charge", paid, key))
            truth[key] = [("duplicate", paid)]
        rows.append(row(at, "charge", paid, key))
    answer = held([payout("A", *rows)], *orders)
    for tied in answer.tied:
        assert [(cause.cause, cause.minor) for cause in tied.causes] == truth[tied.key]
        explained = sum(cause.minor for cause in tied.causes)
        assert tied.paid_out_minor - tied.order_minor == explained + tied.unexplained_minor
    (totals,) = answer.currencies.values()
    difference = totals.paid_out_minor - totals.order_minor
    assert difference == totals.explained_minor + totals.unexplained_minor
    assert answer.explained == sum(bool(causes) for causes in truth.values())

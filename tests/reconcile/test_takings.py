"""Orders, refunds and payouts with differences that were drawn: each is explained so."""

from __future__ import annotations

import random

import pytest

from counterfoil.reconcile.settlement import Reconciled, names, reconcile, unnamed, wanted
from counterfoil.rehearse.traffic.takings import CURRENCIES, Takings, Truth, drawn
from counterfoil.values.money import exponent


def compared(takings: Takings) -> Reconciled:
    named = wanted(takings.payouts)
    told = [order for order in takings.orders if not named.isdisjoint(names(order))]
    others = [unnamed(order) for order in takings.orders if named.isdisjoint(names(order))]
    return reconcile(takings.payouts, told, takings.refunds, others)


@pytest.mark.parametrize("trade", range(3))
def test_every_difference_is_explained_as_it_was_drawn(trade: int) -> None:
    seed = (
        random.randrange(10**9) + trade
    )  # a fresh one, drawn here: workers collect the same tests
    takings = drawn(seed, 2_400)
    answer = compared(takings)
    explained = {
        row.key: Truth(
            tuple(sorted((cause.cause, cause.minor) for cause in row.causes)), row.unexplained_minor
        )
        for row in answer.tied
        if row.kind != "not-paid-out"
    }
    wrong = {key: (explained.get(key), truth) for key, truth in takings.truth.items()
             if explained.get(key) != truth}  # fmt: skip
    assert not wrong, f"seed {seed}"
    assert explained.keys() == takings.truth.keys()
    assert {row.key for row in answer.tied if row.kind == "not-paid-out"} == takings.absent
    assert answer.open == len(takings.late)
    assert {row.currency for row in answer.tied} == {*CURRENCIES}
    for totals in answer.currencies.values():
        difference = totals.paid_out_minor - totals.order_minor
        assert difference == totals.explained_minor + totals.unexplained_minor


def test_what_is_drawn_reaches_every_cause_and_every_kind_of_currency() -> None:
    takings = drawn(1, 2_400)
    causes = {cause for truth in takings.truth.values() for cause, _ in truth.causes}
    assert causes == {
        "fee", "rounding", "refund", "refund-later", "gift-card", "tip", "chargeback", "fx",
        "duplicate", "missing",
    }  # fmt: skip
    assert any(truth.unexplained_minor for truth in takings.truth.values())
    assert any(len(truth.causes) > 1 for truth in takings.truth.values())
    assert takings.absent
    assert takings.late
    assert {exponent(currency) for currency in CURRENCIES} == {0, 2, 3}


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(3, 600) == drawn(3, 600)

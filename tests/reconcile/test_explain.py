"""An explanation is exact, the smallest there is, and the only one; or there is none."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from counterfoil.reconcile.explain import Stated, explain


def stated(**amounts: int) -> list[Stated]:
    return [Stated(cause, f"column {cause}", amount) for cause, amount in amounts.items()]


def test_one_amount_explains() -> None:
    (cause,) = explain(495, stated(shipping=495, fee=120))
    assert (cause.cause, cause.minor) == ("shipping", 495)


def test_an_amount_may_be_taken_off() -> None:
    (cause,) = explain(-495, stated(shipping=495))
    assert cause.minor == -495


def test_two_amounts_together_explain() -> None:
    causes = explain(495 - 120, stated(shipping=495, fee=120))
    assert {cause.cause: cause.minor for cause in causes} == {"shipping": 495, "fee": -120}


def test_two_explanations_are_none() -> None:
    assert explain(495, stated(shipping=495, tip=495)) == ()


def test_both_books_stating_one_amount_is_one_evidence() -> None:
    both = [Stated("fee", "left", 120), Stated("fee", "right", 120)]
    assert [cause.minor for cause in explain(120, both)] == [120]


def test_what_nothing_states_is_not_explained() -> None:
    assert explain(1, stated(shipping=495, fee=120)) == ()


amounts = st.lists(st.integers(1, 10**6), min_size=1, max_size=8, unique=True)


@given(amounts, st.data())
def test_what_is_explained_adds_up(worths: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(worths), min_size=1, max_size=3, unique=True))
    signs = [data.draw(st.sampled_from((1, -1))) for _ in chosen]
    difference = sum(sign * worth for sign, worth in zip(signs, chosen, strict=True))
    assume(difference)
    causes = explain(difference, stated(**{f"c{n}": worth for n, worth in enumerate(worths)}))
    if causes:
        assert sum(cause.minor for cause in causes) == difference
        assert len(causes) <= len(chosen)
        assert {abs(cause.minor) for cause in causes} <= set(worths)

"""Names, references, digests and errors: what people and machines recognise things by."""

from __future__ import annotations

import hashlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.values.digest import canonical, digest, digest_of, short
from counterfoil.values.errors import CounterfoilError, Misconfigured, Retry, SignIn
from counterfoil.values.ids import name, reference

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("text", ["a", "shop", "shop-2", "a" * 40])
def test_a_name_is_small_and_plain(text: str) -> None:
    assert name(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "A", "2shop", "-shop", "sh op", "shop\n", "shöp", "a" * 41, "../x", "a_b", "a" * 10**6],
)
def test_what_is_no_name_is_said_with_its_place(text: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        name(text, where="connections.x")
    assert str(wrong.value).startswith("connections.x: ")
    assert len(str(wrong.value)) < 300


@given(st.integers())
def test_a_reference_can_be_read_out_over_the_telephone(seed: int) -> None:
    told = reference(random.Random(seed))
    assert len(told) == 4
    assert not set(told) & set("01OILlio")
    assert told == reference(random.Random(seed))


@given(VALUES)
def test_equal_values_have_equal_bytes_whatever_the_order_of_their_keys(value: object) -> None:
    def turned(one: object) -> object:
        if isinstance(one, dict):
            return {key: turned(one[key]) for key in reversed(list(one))}
        return [turned(each) for each in one] if isinstance(one, list) else one

    assert canonical(value) == canonical(turned(value))
    assert json.loads(canonical(value)) == value
    assert digest_of(value) == hashlib.sha256(canonical(value)).digest()


@given(VALUES, VALUES)
def test_other_values_have_other_bytes(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(one) == canonical(other)) == same


def test_a_digest_is_short_for_people() -> None:
    assert digest(b"") == hashlib.sha256(b"").digest()
    assert short(digest(b"")) == "e3b0c44298fc"


def test_an_error_says_where_what_and_what_to_do() -> None:
    error = Retry("The shop is busy.", after_s=2.0, do="Wait.", where="shop", code="busy")
    assert str(error) == "shop: The shop is busy. Wait."
    assert (error.code, error.after_s) == ("busy", 2.0)
    assert SignIn("No token.").code == "sign-in"
    assert isinstance(SignIn("No token."), Misconfigured)


def test_an_error_quotes_no_nul() -> None:
    error = CounterfoilError("a\0b", do="c\0d", where="e\0f")
    assert "\0" not in error.said + error.do + error.where

"""A customer is who its source says it is; of two consents the later holds, else the narrower."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.customer import (
    Consent,
    ConsentState,
    Customer,
    check,
    email_key,
    phone_key,
    prevails,
    wider,
)
from counterfoil.model.document import Measure, Ref
from counterfoil.values.errors import Hold

ADA = Customer("77", "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z", first="Ada", last="Byron")
STATES: st.SearchStrategy[ConsentState] = st.sampled_from(["yes", "pending", "unknown", "no"])
MOMENTS = st.sampled_from(["", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"])
CONSENTS = st.builds(Consent, st.just("email"), STATES, MOMENTS)


def test_a_customer_is_counted_and_is_nobody_elses_business() -> None:
    assert ADA.measure == Measure()
    assert (ADA.number, ADA.gone, ADA.refs, ADA.turn) == ("77", False, (), None)
    assert str(ADA.born) < str(ADA.version)


def test_who_was_merged_is_gone_and_names_who_lives_on() -> None:
    merged = replace(ADA, status="merged", merged_into="78")
    assert merged.gone
    assert merged.refs == (Ref("customer", "78"),)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "Ada Byron"),
        ({"first": " Ada ", "last": ""}, "Ada"),
        ({"first": "", "last": "", "company": "Engines Ltd"}, "Engines Ltd"),
        ({"first": "", "last": "", "email": "ada@example.com"}, "ada@example.com"),
        ({"first": "", "last": "", "phone": "+447700900123"}, "+447700900123"),
        ({"first": "", "last": ""}, ""),
    ],
)
def test_what_a_customer_is_called(change: dict[str, str], name: str) -> None:
    assert replace(ADA, **change).name == name


def test_an_address_and_a_number_are_compared_and_kept_as_they_were_sent() -> None:
    spelt = replace(ADA, email=" Ada@Example.COM", phone="+44 (0)7700 900-123")
    assert email_key(spelt.email) == email_key("ada@example.com")
    assert spelt.email == " Ada@Example.COM"
    assert phone_key("0044 7700 900123") == phone_key("+44 7700-900123") == "+447700900123"
    assert phone_key("07700 900123") != phone_key("+447700900123")  # which country, nobody says


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "merged"}, "lives-on-nowhere"),
        ({"merged_into": "78"}, "lives-on-nowhere"),
        ({"status": "merged", "merged_into": "77"}, "lives-on-nowhere"),
        ({"consents": (Consent("email", "yes"), Consent("email", "no"))}, "consent-twice"),
        ({"consents": (Consent("sms", "unknown"),)}, "consent-unknown"),
    ],
)
def test_what_contradicts_itself_is_held(change: dict[str, object], code: str) -> None:
    with pytest.raises(Hold) as caught:
        check(replace(ADA, **change))
    assert caught.value.code == code


def test_consents_by_two_channels_are_no_contradiction() -> None:
    check(replace(ADA, consents=(Consent("email", "yes"), Consent("sms", "no"))))


@given(CONSENTS, CONSENTS)
def test_the_later_consent_holds_and_else_the_narrower(one: Consent, other: Consent) -> None:
    holds = prevails(one, other)
    if one.at and other.at and one.at != other.at:
        assert holds.at == max(one.at, other.at)
    else:
        assert not wider(holds, one)
        assert not wider(holds, other)
    assert prevails(other, one) in (one, other)

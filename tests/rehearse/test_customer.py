"""Customers that never lived."""

from __future__ import annotations

import pytest

from counterfoil.rehearse.traffic.customer import country_code, customer


def test_a_customer_is_the_same_every_time_and_unlike_the_next() -> None:
    assert customer("17850", "France", "1") == customer("17850", "France", "2")
    assert (
        customer("17850", "France", "1").deliver_to != customer("17851", "France", "1").deliver_to
    )


def test_the_address_names_the_country_by_its_code() -> None:
    found = customer("17850", "EIRE", "1")
    assert found.email == "customer17850@example.com"
    assert (found.deliver_to.country, found.deliver_to.town) == ("IE", "Galway")


def test_a_guest_has_no_email_address() -> None:
    found = customer("", "United Kingdom", "536365")
    assert (found.email, found.deliver_to.name) == ("", "Guest of invoice 536365")


@pytest.mark.parametrize("number", ["jane@example.org", "Jane Smith", "1234567890123"])
def test_a_customer_number_that_could_be_a_person_is_not_passed_on(number: str) -> None:
    found = customer(number, "France", "1")
    assert "jane" not in f"{found}".casefold()
    assert number not in f"{found}"
    assert found == customer(number, "France", "2")


def test_a_number_that_was_once_a_float_is_the_number() -> None:
    assert customer("17850.0", "France", "1") == customer("17850", "France", "1")


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("United Kingdom", "GB"),
        ("RSA", "ZA"),
        ("Channel Islands", "JE"),
        ("Unspecified", "GB"),
        ("European Community", "GB"),
        ("", "GB"),
        ("nl", "NL"),
        ("france", "FR"),
        ("Ruritania", ""),
    ],
)
def test_countries(country: str, code: str) -> None:
    assert country_code(country) == code


def test_an_unknown_country_is_kept_as_it_was_written() -> None:
    assert customer("1", "Ruritania", "1").deliver_to.region == "Ruritania"

"""A customer is found by what they say of themselves, and is never shown whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.model.address import Address
from counterfoil.surfaces.desk.people import Person, folded, found_by, initials, mailbox

JANE = Person(
    "Jane.Brown@Example.com",
    Address(name="Jane Ängström-Brown", postcode="SW1Y 4LB"),
    Address(name="Accounts", company="Brown & Sons Ltd", postcode="10115"),
)


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ("jane", "e-mail"),
        ("  BROWN   jane ", "name"),
        ("ängström", "name"),
        ("ÄNGSTRÖM", "name"),
        ("brown & sons", "name"),
        ("sw1y4lb", "postcode"),
        ("Sw1Y 4lB", "postcode"),
        ("10115", "postcode"),
        ("@example.com", "e-mail"),
        ("SW1Y", ""),
        ("joan", ""),
        ("jane smith", ""),
        ("", ""),
        ("   ", ""),
    ],
)
def test_what_a_caller_says_finds_them(asked: str, by: str) -> None:
    assert found_by(JANE, folded(asked)) == by


def test_nobody_is_found_in_a_body_that_names_nobody() -> None:
    assert found_by(Person(), folded("x")) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Jane Brown", "J. B***"), ("  Jane  van Dam ", "J. v. D***"), ("Cher", "C***"), ("", "")],
)
def test_a_name_is_shown_by_its_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


@pytest.mark.parametrize(
    ("email", "shown"),
    [("jane@example.com", "j***@example.com"), ("", ""), ("odd", "***"), ("a@b@c.de", "a***@c.de")],
)
def test_an_e_mail_is_shown_by_its_first_letter(email: str, shown: str) -> None:
    assert mailbox(email) == shown


@given(st.text(st.characters(categories=["L"]), min_size=2), st.text("abcxyz.", min_size=2))
def test_no_word_of_a_person_is_shown_whole(name: str, mail: str) -> None:
    shown = str(Person(f"{mail}@shop.example", Address(name=f"{name} {name}")))
    assert name not in shown.replace("shop.example", "")
    assert mail not in shown.replace("shop.example", "")

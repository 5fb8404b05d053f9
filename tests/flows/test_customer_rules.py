"""Customers go by rules: who is one, who is gone, and that nobody's consent is raised by us."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from counterfoil.flows.customer import RULES, Gates, changes, follows, happened, quiet
from counterfoil.flows.rules import Called, LeftOut, stopped
from counterfoil.model.customer import Consent, ConsentState, Customer
from counterfoil.values.clock import instant
from counterfoil.values.errors import Hold

NOW = instant("2026-11-02T12:00:00Z")
MON, TUE = "2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z"
ADA = Customer(
    *("77", "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z"),
    first="Ada", last="Byron", email="ada@example.com", phone="+447700900123",
)  # fmt: skip


def judged(customer: Customer, gates: Gates) -> str:
    stop = stopped(RULES, customer, gates, None, NOW)
    return stop.code if stop else "goes"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "goes"),
        ({"guest": True}, "guest"),
        ({"status": "deleted"}, "customer-gone"),
        ({"status": "erased"}, "customer-gone"),
        ({"status": "merged", "merged_into": "78"}, "customer-gone"),
    ],
)
def test_what_becomes_of_a_customer(change: dict[str, object], code: str) -> None:
    assert judged(replace(ADA, **change), Gates()) == code


def test_guests_go_where_the_route_says_so_and_those_who_are_gone_do_not() -> None:
    assert judged(replace(ADA, guest=True), Gates(guests="send")) == "goes"
    assert judged(replace(ADA, guest=True, status="erased"), Gates(guests="send")) != "goes"


def test_a_later_version_of_a_guest_who_has_an_account_now_goes() -> None:
    assert isinstance(stopped(RULES, replace(ADA, guest=True), Gates(), None, NOW), LeftOut)
    assert judged(replace(ADA, updated="2026-11-02T11:00:00Z"), Gates()) == "goes"


def test_who_was_merged_is_linked_with_who_lives_on() -> None:
    merged = replace(ADA, status="merged", merged_into="78")
    assert RULES.called(merged) == Called(("77",), "merged", "78")
    assert RULES.called(ADA) == Called(("77",), "", "")
    assert RULES.called(replace(ADA, status="erased")) == Called(("77",), "archived", "")


@pytest.mark.parametrize(
    ("status", "code"),
    [("merged", "unmerged"), ("deleted", "erased-before"), ("erased", "erased-before")],
)
def test_who_was_gone_and_is_there_again_is_held(status: str, code: str) -> None:
    gone = replace(ADA, status=status, merged_into="78" if status == "merged" else "")  # type: ignore[arg-type]
    with pytest.raises(Hold) as caught:
        follows(gone, ADA)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("before", "before_at", "now", "now_at", "fine"),
    [
        ("no", MON, "yes", TUE, True),  # given later than refused
        ("no", TUE, "yes", MON, False),  # an older consent comes late
        ("no", MON, "yes", MON, False),  # nothing tells which is the later
        ("no", MON, "yes", "", False),
        ("no", "", "yes", TUE, False),
        ("pending", MON, "yes", MON, False),
        ("yes", TUE, "no", MON, True),  # a refusal is always told
        ("yes", TUE, "no", "", True),
        ("no", MON, "no", TUE, True),
    ],
)
def test_a_consent_is_never_raised_by_an_older_one(
    before: ConsentState, before_at: str, now: ConsentState, now_at: str, fine: bool
) -> None:
    older = replace(ADA, consents=(Consent("email", before, before_at),))
    newer = replace(ADA, consents=(Consent("sms", "yes"), Consent("email", now, now_at)))
    if fine:
        follows(older, newer)
        return
    with pytest.raises(Hold) as caught:
        follows(older, newer)
    assert caught.value.code == "consent-raised"


def test_what_is_only_spelt_otherwise_is_no_news() -> None:
    spelt = replace(ADA, email="Ada@Example.com ", phone="+44 7700 900123", updated=TUE)
    assert changes(ADA, spelt) == []
    assert [change.field for change in quiet(ADA, spelt)] == ["email", "phone"]


def test_what_a_newer_version_says_otherwise_shows_nothing_of_a_person() -> None:
    newer = replace(ADA, last="King", email="king@example.com", tax_exempt=True)
    said = "; ".join(change.said for change in changes(ADA, newer))
    assert "King" not in said
    assert "king@example.com" not in said
    assert said == "last changed; email changed; tax exempt False → True"


def test_what_happened_is_told_in_a_word() -> None:
    assert happened(replace(ADA, status="merged", merged_into="78")) == "was merged into 78"
    assert happened(replace(ADA, status="erased")) == "was erased at its source"
    assert happened(ADA) == "was changed at its source"

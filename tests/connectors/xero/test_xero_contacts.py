"""Customers in Xero: a contact under our number, alone by its name, archived, never deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.connectors.xero.customer import _seen as seen_of
from counterfoil.kit.connector import Inputs, Intent, Seen, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.customer import Customer
from counterfoil.values.errors import Hold
from tests.connectors.buyers import buyer
from tests.connectors.xero.xero_stage import stage

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "xero" / "contacts"
beside = pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")
RECORDED = {
    "live-get": (1, "A contact that people made: it has no number, and members without a word."),
    "live-list": (
        63,
        "Some have a number, which is another app's; the second page is empty.",
    ),
    "live-post-answer-2022": (1, "A blank is written out in the answer of a write."),
    "live-post-update": (1, "Posted under its id it is that contact, called otherwise."),
    "live-put": (1, "Made by its name alone."),
}


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


async def composed(case: Case, *customers: Customer, **settings: Any) -> list[Intent]:
    case.stage.settings = {**case.stage.settings, **settings}
    target: Any = case.open().target("customer")
    looks = await target.there(customers, [Inputs()] * len(customers))
    return [
        target.compose(customer, Inputs(there=look))
        for customer, look in zip(customers, looks, strict=True)
    ]


async def write(case: Case, *intents: Intent) -> list[Any]:
    return [*await case.open().target("customer").write(intents)]


async def seen(case: Case, key: str) -> Seen:
    (row,) = (await case.open().target("customer").read([key]))[key]
    return row


async def test_one_that_is_there_is_that_contact_changed(case: Case) -> None:
    (made,) = await write(case, *await composed(case, buyer(1)))
    (again,) = await composed(case, buyer(1, last="King"))
    assert json.loads(again.payload)["ContactID"] == made.identity
    (changed,) = await write(case, again)
    assert changed == Written(made.identity, buyer(1).key)
    assert (await seen(case, buyer(1).key)).fields["last"] == "King"


async def test_a_change_that_is_taken_back_is_made_again(case: Case) -> None:
    for last in ("Byron", "King", "Byron"):
        await write(case, *await composed(case, buyer(1, last=last)))
        assert (await seen(case, buyer(1).key)).fields["last"] == last
    posts = [
        sent for sent in case.postman.sent if sent.method == "POST" and b"Contacts" in sent.body
    ]
    assert posts
    assert not any("Idempotency-Key" in sent.headers for sent in posts)


async def test_a_name_is_of_one_contact_and_bears_the_number(case: Case) -> None:
    alike = [buyer(number, first="Ada", last="Byron", company="") for number in (1, 2)]
    answers = await write(case, *await composed(case, *alike))
    assert all(isinstance(answer, Written) for answer in answers)
    assert (await seen(case, alike[0].key)).fields["name"] == f"Ada Byron ({alike[0].key})"


async def test_of_two_with_one_plain_name_the_second_is_held_and_the_first_is_made(
    case: Case,
) -> None:
    alike = [buyer(number, first="Ada", last="Byron", company="") for number in (1, 2)]
    first, second = await write(case, *await composed(case, *alike, contact_name="plain"))
    assert isinstance(first, Written)
    assert isinstance(second, Hold)
    assert second.code == "name-taken"
    assert "Ada Byron" in second.said


async def test_another_contact_with_the_same_address_is_not_joined_in_silence(case: Case) -> None:
    await write(case, *await composed(case, buyer(1)))
    with pytest.raises(Hold) as held:
        await composed(case, buyer(2, email=buyer(1).email))
    assert held.value.code == "same-email"
    assert "Ada" not in held.value.said  # who it is of is shown by nothing that is kept
    (beside_it,) = await composed(case, buyer(2, email=buyer(1).email), same_email="beside")
    assert isinstance((await write(case, beside_it))[0], Written)


async def test_who_is_gone_is_archived_and_found_all_the_same(case: Case) -> None:
    (made,) = await write(case, *await composed(case, buyer(1)))
    merged = buyer(1, status="merged", merged_into="78")
    target: Any = case.open().target("customer")
    end = target.cancellation(merged, made.identity)
    for _ in range(2):  # repeated, it changes nothing
        assert await target.cancel([end]) == [Written(made.identity, buyer(1).key)]
    assert (await seen(case, buyer(1).key)).fields["status"] == "ARCHIVED"
    with pytest.raises(Hold) as held:
        await composed(case, buyer(1))
    assert held.value.code == "contact-archived"


def test_who_was_erased_is_a_persons_to_erase(case: Case) -> None:
    target: Any = case.open().target("customer")
    with pytest.raises(Hold) as held:
        target.cancellation(buyer(1, status="erased"), "c-1")
    assert held.value.code == "erase-there"


@beside
def test_no_recording_is_without_a_row() -> None:
    assert {path.stem for path in CASES.glob("*.json")} == set(RECORDED)


@beside
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_recorded_contact_is_seen(name: str) -> None:
    count, why = RECORDED[name]
    rows = [*contacts(json.loads((CASES / f"{name}.json").read_text()))]
    assert len(rows) == count, why
    for row in rows:
        contact = seen_of(row)
        assert contact.identity == row["ContactID"]
        assert contact.fields["name"] == row["Name"].strip()
        assert contact.fields["status"] == "ACTIVE"
        assert {*map(type, contact.fields.values())} == {str}, why


def contacts(recorded: object) -> Iterator[dict[str, Any]]:
    """Every contact that an answer holds."""
    if isinstance(recorded, dict):
        if "ContactID" in recorded and "ContactStatus" in recorded:
            yield recorded
        for name, below in recorded.items():
            if name != "request":
                yield from contacts(below)
    elif isinstance(recorded, list):
        for below in recorded:
            yield from contacts(below)

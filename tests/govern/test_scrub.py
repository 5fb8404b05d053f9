"""Bytes without a person: theirs is gone, of several only their part, and nobody else's."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from counterfoil.govern.person import Needles, known, leading_on
from counterfoil.govern.scrub import scrubbed, without_in
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.store import tombstone
from counterfoil.values.digest import digest

HOME = Address(name="Renée O'Brien", line1="17 Königin-Straße", town="London", country="GB")
ORDER = Order(
    key="4711", number="#4711", placed="", created="2026-11-02T09:00:00Z", updated="",
    currency="GBP", tax_included=True, lines=(), total_minor=1250, tax_minor=208,
    email="Renee@Example.org", phone="+44 7700 900123", customer="9", deliver_to=HOME,
    note="code", tags=("late-look",),
)  # fmt: skip
NEEDLES = Needles([ORDER], ["4711", "#4711"])


def erased(body: bytes, **how: bool) -> bytes:
    return scrubbed(body, NEEDLES, "e1", **how)


@pytest.mark.parametrize(
    "spelt",
    [
        "renee@example.org", "RENEE@EXAMPLE.ORG", "07700900123", "(0)7700-900 123",
        quote("renee@example.org", safe=""),
    ],
)  # fmt: skip
def test_an_e_mail_or_a_number_is_found_however_it_is_written(spelt: str) -> None:
    body = f"<customer>{spelt}</customer>".encode()
    assert tombstone.is_one(erased(body))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"town": "London", "name": "Ren\xc3\xa9e O\'Brien"}']
)
def test_what_need_not_speak_of_them_stays(body: bytes) -> None:
    """A name or a town may be that of somebody else."""
    assert erased(body) == body


def test_what_is_theirs_leaves_its_length_and_its_digest() -> None:
    body = b'{"id": 4711, "name": "anything"}'
    left = tombstone.read(erased(body, theirs=True))
    assert left == tombstone.Tombstone(len(body), "e1", digest(body).hex())
    assert erased(erased(body, theirs=True), theirs=True) == erased(body, theirs=True)


def test_of_several_only_their_part_goes_and_amounts_stay_as_they_were_written() -> None:
    other = {"id": 4712, "email": "tom@example.org", "total": "9.90", "note": "to Renee"}
    theirs = {"id": 4711, "email": "renee@example.org", "total": "12.50", "ip": "203.0.113.7",
              "address": {"name": "Renée O'Brien", "street": "17 KÖNIGIN-STRASSE"}}  # fmt: skip
    body = json.dumps({"orders": [theirs, other], "rate": 1.10}).replace("1.1}", "1.10}").encode()
    left = erased(body)
    assert b'"rate":1.10' in left
    kept, beside = json.loads(left)["orders"]
    assert beside == other
    assert (kept["id"], kept["total"]) == (4711, "12.50")
    assert "203.0.113.7" not in left.decode()
    assert not NEEDLES.quoted(left)


def test_their_order_is_known_by_its_key_where_it_is_known_to_be_among_them() -> None:
    body = b'{"rows": [{"reference": "4711", "to": "R. OB."}, {"quantity": 4711, "to": "Tom"}]}'
    assert erased(body) == body
    assert json.loads(erased(body, among=True))["rows"] == [
        {"reference": "4711", "to": "[masked]"}, {"quantity": 4711, "to": "Tom"}
    ]  # fmt: skip


def test_a_detail_of_the_journal_loses_its_words_and_never_its_shape() -> None:
    """A tag may be called as a member is: members stay."""
    detail = '{"code":"refused","said":"Renée O\'Brien has no late-look"}'
    left = without_in(detail, NEEDLES.unwritten)
    assert json.loads(left) == {"code": "refused", "said": "[erased] has no [erased]"}
    assert without_in("", NEEDLES.unwritten) == ""


def test_an_account_and_an_e_mail_lead_on_and_a_telephone_does_not() -> None:
    names = known(ORDER, 3)
    assert names == {"mail:renee@example.org", "phone:700900123", "account:3:9"}
    assert leading_on(names) == {"mail:renee@example.org", "account:3:9"}

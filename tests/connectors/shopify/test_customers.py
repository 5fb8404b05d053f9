"""Customers out of Shopify: who is gone is told by a message alone, everybody else is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.connectors import shopify
from counterfoil.kit.connector import Hint, Reading, Source, each
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.customer import Consent, Customer, check
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.shopify.customer import Customers
from counterfoil.values.errors import Hold
from tests.connectors.shopify.conftest import Open
from tests.connectors.shopify.shopify_stage import TOKEN, shop_of


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(shopify.CONNECTOR, shop_of(TOKEN)) as case:
        yield case


@pytest.fixture
def shop(case: Case) -> Customers:
    accounts: Any = case.stage.senders["customer"]
    return accounts._customers


@pytest.fixture
def bodies(case: Case, shop: Customers, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the shop tells whoever listens."""
    heard: list[bytes] = []
    monkeypatch.setattr(
        Webhooks, "promise", lambda self, topic, body, now, later_s=0.0: heard.append(body())
    )
    return heard


def source(case: Case) -> Source[Customer]:
    return case.open().source("customer")


def news(case: Case, body: bytes) -> list[Any]:
    said = each(source(case).parse(body, case.clock.now()))
    return [row.keys if isinstance(row, Hint) else row.document for row in said]


async def test_of_two_that_were_merged_one_is_gone_into_the_other_which_is_read(
    case: Case, shop: Customers, bodies: list[bytes]
) -> None:
    gone, kept = shop.enter(first="Ada"), shop.enter(first="Ada B")
    bodies.clear()
    shop.merge(gone, kept)
    merged, names = news(case, bodies[0])
    assert (merged.key, merged.status, merged.merged_into) == (str(gone), "merged", str(kept))
    assert names == (str(kept),)
    assert [row.key for row in await source(case).read([str(gone), str(kept)])] == [str(kept)]


def test_a_message_of_who_is_gone_keeps_nothing_that_is_personal(
    case: Case, shop: Customers, bodies: list[bytes]
) -> None:
    deleted, erased = shop.enter(email="a@example.com"), shop.enter(email="b@example.com")
    bodies.clear()
    shop.delete(deleted)
    shop.erase(erased)
    assert b"b@example.com" in bodies[1]
    for body, key, status in zip(bodies, (deleted, erased), ("deleted", "erased"), strict=True):
        (reading,) = each(source(case).parse(body, case.clock.now()))
        assert isinstance(reading, Reading)
        assert reading.document == Customer(
            str(key), *[case.clock.now().format_iso()] * 2, status=status
        )
        assert b"example.com" not in reading.source
        again = source(case).reread(reading.source, case.clock.now())
        assert again.document == reading.document


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_consent_names_its_customer_who_is_read(
    case: Case, shop: Customers, bodies: list[bytes], channel: str
) -> None:
    key = shop.enter(email="a@example.com", phone="+447700900123")
    shop.consent(key, channel, "SUBSCRIBED")
    assert news(case, bodies[-1]) == [(str(key),)]


async def test_a_consent_has_its_own_moment(case: Case, shop: Customers) -> None:
    key = shop.enter(email="a@example.com", phone="+447700900123")
    case.clock.move(60.0)
    given = case.clock.now().format_iso()
    shop.consent(key, "email", "SUBSCRIBED")
    case.clock.move(60.0)
    shop.change(key, note="By the gate")
    (reading,) = await source(case).read([str(key)])
    assert reading.document is not None
    assert reading.document.consents[0] == Consent("email", "yes", given, "single")
    assert reading.version > case.clock.now().subtract(seconds=1)


def node(**more: object) -> dict[str, Any]:
    moments = dict.fromkeys(("createdAt", "updatedAt"), "2026-11-02T09:00:00Z")
    return {"id": "gid://shopify/Customer/77", "state": "ENABLED", **moments, **more}


def read(open_shop: Open, **more: object) -> Reading[Customer]:
    opened = open_shop()
    reader: Source[Customer] = opened.session.source("customer")
    return reader.read_any(json.dumps(node(**more)).encode(), opened.clock.now())


def test_a_consent_in_a_word_that_nobody_knows_is_held(open_shop: Open) -> None:
    mail = {"emailAddress": "a@example.com", "marketingState": "PERHAPS"}
    document = read(open_shop, defaultEmailAddress=mail).document
    assert document is not None
    with pytest.raises(Hold) as caught:
        check(document)
    assert caught.value.code == "consent-unknown"


@pytest.mark.parametrize(
    ("state", "guest"),
    [("ENABLED", False), ("DISABLED", True), ("INVITED", True), ("DECLINED", True)],
)
def test_a_guest_is_who_has_no_account(open_shop: Open, state: str, guest: bool) -> None:
    document = read(open_shop, state=state).document
    assert document is not None
    assert document.guest is guest


def test_more_addresses_than_are_asked_for_are_held(open_shop: Open) -> None:
    addresses = {"nodes": [{"city": "Leeds"}], "pageInfo": {"hasNextPage": True}}
    reading = read(open_shop, addressesV2=addresses)
    assert reading.problem is not None
    assert (reading.problem.code, reading.currency) == ("too-long", "")

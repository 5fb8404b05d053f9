"""Payouts of Shopify Payments: whole or not at all, news without a moment of change, what stops."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.kit.connector import Reading, Source
from counterfoil.kit.contract import at_stage
from counterfoil.kit.contract.case import Case
from counterfoil.kit.mark import made
from counterfoil.model.settlement import Settlement, check, sums
from counterfoil.twins.shopify import ShopifyTwin, settlement
from counterfoil.twins.shopify.settlement import Happening
from counterfoil.values.errors import CounterfoilError, Halt, Hold, Misconfigured
from tests.connectors.shopify.conftest import SHARED, needs_shared
from tests.connectors.shopify.shopify_stage import TOKEN, Payouts, shop_of

CHARGE = Happening("CHARGE", 98821, 5768, order=3439)
REFUND = Happening("REFUND", -159870, order=3426)


@pytest.fixture
def case() -> Generator[Case]:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as opened:
        yield opened


@pytest.fixture
def source(case: Case) -> Source[Settlement]:
    return case.open().source("settlement")


@pytest.fixture
def twin(case: Case) -> ShopifyTwin:
    sender: Any = case.stage.senders["settlement"]
    assert isinstance(sender, Payouts)
    return sender.twin


async def one(source: Source[Settlement], key: int) -> Reading[Settlement]:
    (reading,) = await source.read([str(key)])
    return reading


async def test_each_entry_is_what_the_balance_gained_and_the_payouts_own_leg_is_none(
    source: Source[Settlement], twin: ShopifyTwin
) -> None:
    key = twin.payments.pay_out([CHARGE, REFUND, Happening("SHIPPING_LABEL", -799)])
    payout = (await one(source, key)).document
    assert payout is not None
    assert [(row.kind, row.word, row.amount_minor, row.fee_minor) for row in payout.rows] == [
        ("charge", "CHARGE", 98821, 5768),
        ("refund", "REFUND", -159870, 0),
        ("other", "SHIPPING_LABEL", -799, 0),
    ], "a refund keeps the fee of its charge, and an unknown kind its word"
    assert [row.order for row in payout.rows] == ["3439", "3426", ""]
    check(payout)
    assert sums(payout.rows).gross_minor - 5768 == payout.net_minor


async def test_one_that_does_not_sum_is_held_with_the_difference(
    source: Source[Settlement], twin: ShopifyTwin
) -> None:
    payout = (await one(source, twin.payments.pay_out([CHARGE], off=-1))).document
    assert payout is not None
    with pytest.raises(Hold, match=r"says £930\.52, but its entries come to £930\.53"):
        check(payout)


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("SCHEDULED", "expected"), ("IN_TRANSIT", "in-transit"), ("PAID", "paid"),
        ("FAILED", "failed"), ("CANCELED", "cancelled"),
    ],
)  # fmt: skip
async def test_every_status_is_told(
    source: Source[Settlement], twin: ShopifyTwin, status: str, ours: str
) -> None:
    payout = (await one(source, twin.payments.pay_out([CHARGE], status))).document
    assert payout is not None
    assert payout.status == ours
    assert payout.complete is (ours in ("paid", "failed"))


async def test_a_status_that_moves_days_later_is_listed_again(
    case: Case, source: Source[Settlement], twin: ShopifyTwin
) -> None:
    key = twin.payments.pay_out([CHARGE], "IN_TRANSIT")
    first = await source.since(None, None)
    case.clock.move(9 * 86_400.0)
    twin.payments.befall(key, "PAID")
    again = await source.since(made(case.clock.now()), None)
    assert [reading.key for reading in again.readings] == [str(key)]
    assert first.readings[0].source != again.readings[0].source


async def test_entries_come_whole_over_many_pages_and_once_only(
    case: Case, source: Source[Settlement], twin: ShopifyTwin
) -> None:
    key = twin.payments.pay_out([Happening("CHARGE", 1000 + at, 30) for at in range(601)])
    payout = (await one(source, key)).document
    assert payout is not None
    assert len(payout.rows) == 601
    before = len(case.postman.sent)
    await one(source, key)
    assert len(case.postman.sent) - before == 1, "the entries of a paid one are known"


async def test_one_with_more_entries_than_a_connection_takes_is_held_and_named() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN, most_entries=1)) as case:
        sender: Any = case.stage.senders["settlement"]
        many = [Happening("CHARGE", 1000, 30)] * 300
        key = sender.twin.payments.pay_out(many)
        reading = await one(case.open().source("settlement"), key)
        assert reading.problem is not None
        assert reading.problem.code == "too-many-entries"
        assert (reading.minor, reading.currency) == (300 * 970, "GBP")


async def answered(case: Case, account: object) -> CounterfoilError:
    body = json.dumps({"data": {"shopifyPaymentsAccount": account}, "extensions": {}}).encode()
    with case.postman.answering(200, body), pytest.raises(CounterfoilError) as told:
        await case.open().source("settlement").read(["1"])
    return told.value


async def test_a_shop_without_an_account_says_so(case: Case) -> None:
    error = await answered(case, None)
    assert isinstance(error, Misconfigured)
    assert error.code == "no-payments-account"


async def test_an_entry_of_another_payout_stops_the_listing(
    source: Source[Settlement], twin: ShopifyTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin.payments.pay_out([CHARGE])
    key = twin.payments.pay_out([REFUND])
    monkeypatch.setitem(settlement.FILTERS, "balanceTransactions", {})
    with pytest.raises(Halt, match="an entry of another payout"):
        await one(source, key)


async def test_an_entry_in_another_currency_is_held(
    case: Case, source: Source[Settlement], twin: ShopifyTwin
) -> None:
    key = twin.payments.pay_out([CHARGE])
    value = json.loads((await one(source, key)).source)
    value["entries"][0]["fee"]["currencyCode"] = "SAR"
    reading = source.reread(json.dumps(value).encode(), case.clock.now())
    assert reading.problem is not None
    assert "an amount in GBP" in reading.problem.said


@needs_shared
async def test_a_denied_scope_is_named_as_it_was_recorded(case: Case) -> None:
    file = SHARED / "cases" / "shopify" / "payouts" / "gql-access-denied.json"
    for step in json.loads(file.read_text("utf-8"))["steps"]:
        body = json.dumps(step["response"]).encode()
        with case.postman.answering(200, body), pytest.raises(Misconfigured) as told:
            await case.open().source("settlement").read(["1"])
        assert told.value.code == "access-denied"
        assert "read_shopify_payments" in told.value.do

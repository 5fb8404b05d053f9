"""What an order was paid, booked as payments of its invoice: the account that payouts clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.line import Payment
from counterfoil.model.order import Order
from counterfoil.twins.xero.account import moves
from counterfoil.values.errors import Hold
from tests.connectors.xero.xero_stage import paid_stage, sold

ORDER = sold(2)
TOTAL = ORDER.total_minor
TWO = replace(
    ORDER,
    payments=(Payment("shopify_payments", TOTAL - 500), Payment("gift_card", 500, "gift-card")),
)


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, paid_stage) as case:
        yield case


def composed(case: Case, order: Order, **settings: Any) -> Intent:
    case.stage.settings = {**case.stage.settings, **settings}
    return case.open().target("order").compose(order)


async def made(case: Case, intent: Intent) -> list[Written]:
    """The invoice, and each payment of it."""
    target, done = case.open().target("order"), list[Written]()
    for _ in intent.steps:
        (answer,) = await target.write([intent.call(done)])
        assert isinstance(answer, Written), answer
        done.append(answer)
    return done


def books(case: Case) -> Any:
    return case.stage.receivers["order"]


def test_nothing_is_paid_where_nobody_wants_it_booked(case: Case) -> None:
    assert composed(case, ORDER, book_payments=False).steps == ()
    assert composed(case, ORDER, status="DRAFT", book_payments=True).steps == ()


async def test_an_invoice_is_paid_on_the_account_of_each_gateway(case: Case) -> None:
    intent = composed(case, TWO)
    assert [step.name for step in intent.steps] == ["invoice", "payment", "payment"]
    await made(case, intent)
    moved = {
        entry.facts["account"]: (entry.reference, *entry.measure)
        for entry in moves(books(case).twin.books, 0)
    }
    assert moved == {"851": (ORDER.key, TOTAL - 500, "GBP"), "820": (ORDER.key, 500, "GBP")}
    (seen,) = (await case.open().target("order").read([ORDER.key]))[ORDER.key]
    assert {name: seen.fields[name] for name in intent.expect} == dict(intent.expect)
    assert intent.expect["remaining"] == 0


async def test_what_is_still_owed_stays_open(case: Case) -> None:
    part = replace(ORDER, payments=(Payment("shopify_payments", TOTAL - 700),))
    intent = composed(case, part)
    await made(case, intent)
    (seen,) = (await case.open().target("order").read([ORDER.key]))[ORDER.key]
    assert seen.fields["remaining"] == intent.expect["remaining"] == 700


def test_what_is_only_authorised_is_no_payment(case: Case) -> None:
    promised = replace(ORDER, payments=(Payment("shopify_payments", TOTAL, state="authorised"),))
    assert composed(case, promised).steps == ()


async def test_a_payment_is_found_by_its_own_reference(case: Case) -> None:
    intent = composed(case, ORDER)
    _, paid = await made(case, intent)
    reference = intent.steps[1].reference
    (seen,) = (await case.open().target("order").read([reference, ORDER.key]))[reference]
    assert seen.identity == paid.identity
    assert json.loads(intent.steps[1].payload)["Invoice"] == {"InvoiceNumber": ORDER.key}


def test_what_went_back_another_way_than_it_came_is_held_before_anything_lands(case: Case) -> None:
    """Else the invoice would stand there, and Xero refuse the payment of it."""
    beyond = replace(ORDER, payments=(Payment("shopify_payments", TOTAL + 1),))
    with pytest.raises(Hold) as held:
        composed(case, beyond)
    assert held.value.code == "overpaid"
    assert composed(case, beyond, book_payments=False).steps == ()


def test_a_gateway_without_an_account_is_held(case: Case) -> None:
    with pytest.raises(Hold) as held:
        composed(case, replace(ORDER, payments=(Payment("paypal", TOTAL),)))
    assert held.value.code == "unmapped-value"

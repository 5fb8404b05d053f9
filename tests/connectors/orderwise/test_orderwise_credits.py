"""A refund becomes a credit: where it is posted, where its goods go, what it is of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.kit.connector import Inputs, Session
from counterfoil.model.document import Ref
from counterfoil.model.refund import Back, Credit, Refund, Repayment
from counterfoil.values.errors import Hold
from tests.connectors.orderwise.orderwise_stage import repaid

Opened = Callable[..., Session]
NAMED = Inputs({Ref("order", f"577{number}"): f"9000{number}" for number in range(3)})
SITE = {"credit_path": "/sales/order", "credit_map": "credits"}


def composed(opened: Opened, refund: Refund, **settings: Any) -> tuple[dict[str, Any], Any]:
    """What is posted of a refund, and the whole intent."""
    target: Any = opened(**{**SITE, **settings}).target("refund")
    intent = target.compose(refund, NAMED)
    return json.loads(intent.payload), intent


def test_no_credit_leaves_before_a_site_says_where(opened: Opened) -> None:
    with pytest.raises(Hold) as held:
        composed(opened, repaid(1), credit_path="")
    assert held.value.code == "credits-off"


def test_a_credit_names_its_order_as_orderwise_calls_it(opened: Opened) -> None:
    payload, intent = composed(opened, repaid(1))
    header = payload["orderHeader"]
    assert (header["customerOrderRef"], header["systemOrderType"]) == ("90001", 4)
    assert header["eCommerceOrderNumber"] == intent.reference == "R-907001"
    assert header["specialInstructions"].startswith("Refund #1001-R907001")
    assert (intent.expect["customer_ref"], intent.expect["order_type"]) == ("90001", 4)


def test_a_trial_in_which_nobody_asks_for_the_order_is_told_that_it_is_composed_later(
    opened: Opened,
) -> None:
    target: Any = opened(**SITE).target("refund")
    with pytest.raises(Hold) as held:
        target.compose(repaid(1))
    assert held.value.code == "not-asked-for"


def halves() -> Refund:
    """Two pieces of one line, of which one came back and one stays with the customer."""
    lines = (Credit("1", "MUG", 1, 600, 100, "", "0.2"), Credit("1", "MUG", 1, 600, 100, "", "0.2"))
    goods = (Back("1", "MUG", 1, "none"), Back("1", "MUG", 1, "return"))
    paid = (Repayment("31", "card", 1200, "succeeded"),)
    return repaid(
        1, lines=lines, goods=goods, shipping=(), adjustments=(), total_minor=1200, tax_minor=200,
        repayments=paid,
    )  # fmt: skip


def test_goods_go_back_where_the_map_says(opened: Opened) -> None:
    payload, intent = composed(opened, halves(), restock_map="restock")
    places = [line["stockLocationId"] for line in payload["orderLines"]]
    assert places == [4, 3]
    assert intent.expect["lines[MUG].stock_location"] == "3, 4"
    assert intent.expect["lines[MUG].quantity"] == 2


def test_without_a_map_all_have_the_sites_location_and_what_was_said_is_a_loss(
    opened: Opened,
) -> None:
    payload, intent = composed(opened, halves(), stock_location_id=3)
    assert {line["stockLocationId"] for line in payload["orderLines"]} == {3}
    (loss,) = [loss for loss in intent.losses if loss.field == "goods"]
    assert loss.value == "1 x MUG (none), 1 x MUG (return)"


def test_a_site_without_any_location_is_sent_none(opened: Opened) -> None:
    payload, intent = composed(opened, halves(), stock_location_id=0)
    assert "stockLocationId" not in payload["orderLines"][0]
    assert "lines[MUG].stock_location" not in intent.expect


@pytest.mark.parametrize("number", range(1, 40))
def test_the_rows_are_the_money_to_the_penny(opened: Opened, number: int) -> None:
    refund = repaid(number)
    payload, intent = composed(opened, refund, restock_map="restock")
    pennies = sum(
        round(line["quantity"] * line["itemGross"] * 100) for line in payload["orderLines"]
    )
    assert pennies == refund.total_minor == intent.expect["total"]
    assert [line["itemNumber"] for line in payload["orderLines"]] == [
        *range(1, len(payload["orderLines"]) + 1)
    ]

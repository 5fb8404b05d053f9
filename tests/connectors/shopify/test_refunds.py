"""What is special about refunds at Shopify, held against canned answers and the twin."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.kit.connector import Hint
from counterfoil.kit.contract import at_stage
from counterfoil.model.refund import Refund
from counterfoil.twins.kit.sale.life import refunded, settled
from counterfoil.twins.kit.sale.refund import repayments
from counterfoil.values.clock import instant
from counterfoil.values.errors import Hold, Refuse
from tests.connectors.shopify.conftest import Open, graphql
from tests.connectors.shopify.shopify_stage import TOKEN, sale, shop_of
from tests.house import refund_matrix

NOW = instant("2026-11-02T09:00:00Z")
ROW = {"names": "1 RETURN 12.00 tax 2.00", "postage": "", "reason": "", "money": "SUCCESS 12.00"}


def read(node: dict[str, Any]) -> Refund:
    source = refund_matrix.opened(CONNECTOR, refund_matrix.SHOP).source("refund")
    reading = source.read_any(json.dumps(node).encode(), NOW)
    assert reading.problem is None, reading.problem
    return reading.document


def both(shop: str, customer: str) -> dict[str, Any]:
    money = {"amount": customer, "currencyCode": "USD"}
    return {"shopMoney": {"amount": shop}, "presentmentMoney": money}


def test_a_rate_of_another_day_is_told_apart_where_the_customers_money_agrees() -> None:
    node = refund_matrix.node(ROW)
    node["order"]["presentmentCurrencyCode"] = "USD"
    (line,) = node["refundLineItems"]["nodes"]
    line["subtotalSet"], line["totalTaxSet"] = both("13.50", "9.00"), both("2.25", "1.50")
    node["transactions"]["nodes"][0]["amountSet"] = both("12.77", "9.00")
    refund = read(node)
    assert [(row.kind, row.amount_minor) for row in refund.adjustments] == [("rate", -73)]
    assert refund.repayments[0].presentment.total_minor == 900
    node["transactions"]["nodes"][0]["amountSet"] = both("12.77", "8.99")
    assert [row.kind for row in read(node).adjustments] == ["exchange"]


def test_a_word_that_nobody_knows_is_held_and_named() -> None:
    node = refund_matrix.node({**ROW, "money": "LOST 12.00"})
    with pytest.raises(AssertionError, match="'LOST' is not the state of a transaction"):
        read(node)


def test_an_order_of_too_many_refunds_stops_the_listing_with_a_sentence(open_shop: Open) -> None:
    opened = open_shop()
    many = [{"legacyResourceId": str(number)} for number in range(100)]
    order = {"legacyResourceId": "17", "updatedAt": "2026-11-02T09:00:00Z", "refunds": many}
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [order]}
    opened.shop.will(graphql({"orders": page}))
    with pytest.raises(Hold) as held:
        asyncio.run(opened.session.source("refund").since(None, None))
    assert held.value.said == "Order 17 has 100 refunds."


def test_a_pending_refund_is_read_again_when_its_order_changes() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        wire: Any = case.stage.wire
        twin = wire._twin
        source = case.open().source("refund")
        order = twin.trade.place(sale(1), case.clock.now())
        twin.trade.change(order, refunded({0: 1}, pending=True))

        async def listed(mark: str | None) -> tuple[Refund, str | None]:
            page = await source.since(mark, None)
            (reading,) = page.readings
            assert reading.document is not None
            return reading.document, page.mark

        first, mark = asyncio.run(listed(None))
        assert (first.progress, first.moved_minor) == ("pending", 0)
        case.clock.move(60)
        twin.trade.change(order, settled())
        second, _ = asyncio.run(listed(mark))
        assert second.progress == "succeeded"
        assert second.version > first.version
        unchanged = replace(second, repayments=first.repayments, updated=first.updated)
        assert unchanged == first, "nothing but its money is new"
        (kept,) = repayments(twin.shop.order(order))
        assert second.moved_minor == kept.paid_minor


def test_a_failed_refund_says_why() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        wire: Any = case.stage.wire
        twin = wire._twin
        order = twin.trade.place(sale(1), case.clock.now())
        twin.trade.change(order, refunded({0: 1}, pending=True))
        twin.trade.change(order, settled("CARD_DECLINED"))
        (kept,) = repayments(twin.shop.order(order))
        (reading,) = asyncio.run(case.open().source("refund").read([str(kept.id)]))
        assert reading.document is not None
        assert reading.document.progress == "failed"
        assert reading.document.repayments[0].failure == "CARD_DECLINED"


def test_a_refund_of_more_lines_than_a_page_is_read_whole() -> None:
    with at_stage(CONNECTOR, shop_of(TOKEN)) as case:
        wire: Any = case.stage.wire
        twin = wire._twin
        order = twin.trade.place(sale(3), case.clock.now())
        twin.trade.change(order, refunded(dict.fromkeys(range(7), 1)))
        (kept,) = repayments(twin.shop.order(order))
        (reading,) = asyncio.run(case.open().source("refund").read([str(kept.id)]))
        assert reading.document is not None
        assert len(reading.document.lines) == len(reading.document.goods) == 7
        assert reading.document.total_minor == kept.paid_minor
        assert not reading.document.adjustments


def test_a_message_names_its_refund_and_is_not_read_as_one() -> None:
    source = refund_matrix.opened(CONNECTOR, refund_matrix.SHOP).source("refund")
    assert source.parse(b'{"id": 907, "order_id": 5778}', NOW) == (Hint(("907",)),)
    for body in (b'{"order_id": 5778}', b'{"id": "907"}', b"[]"):
        with pytest.raises(Refuse) as refused:
            source.parse(body, NOW)
        assert refused.value.code == "no-identity"

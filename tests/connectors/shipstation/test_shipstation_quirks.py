"""What is odd about ShipStation, pinned; and its recorded answers, read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.shipstation import CONNECTOR
from counterfoil.connectors.shipstation.fields import SHOWN
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.address import Address
from counterfoil.values.errors import Hold, Retry
from tests.connectors.shipstation.shipstation_stage import sold, stage

SHARED = Path(__file__).resolve().parents[4] / "shared"
RECORDINGS = (
    SHARED / "specs" / "shipstation" / "examples" / "v1_response_orders_get.json",
    SHARED / "cases" / "shipstation" / "orders" / "v1_order_shipped_manual.json",
)
REFUSAL = SHARED / "cases" / "shipstation" / "errors" / "v1_400_modelstate_array.http.json"
beside = pytest.mark.skipif(not REFUSAL.exists(), reason="the recordings are not beside us")


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


def sent(case: Case, document: Any) -> dict[str, Any]:
    return json.loads(case.open().target("order").compose(document).payload)


async def test_a_number_that_begins_alike_is_another_order(case: Case) -> None:
    target = case.open().target("order")
    order = sold(1, tax_included=True)
    keys = [order.key, f"{order.key}0", f"{order.key}1", f"{order.key}2"]
    for key in keys:
        await target.write([target.compose(msgspec.structs.replace(order, key=key))])
    seen = await target.read([order.key])
    assert [*seen] == [order.key]
    assert len(seen[order.key]) == 1


async def test_what_was_shipped_is_refused_and_held(case: Case) -> None:
    target = case.open().target("order")
    intent = target.compose(sold(1, tax_included=True))
    await target.write([intent])
    case.stage.receivers["order"].ship(intent.reference)  # type: ignore[attr-defined]
    (answer,) = await target.write([intent])
    assert isinstance(answer, Hold)
    assert answer.code == "shipstation-refused"
    assert "shipped" in answer.said


def test_dates_are_pacific_without_an_offset(case: Case) -> None:
    assert sent(case, sold(1, tax_included=True))["orderDate"] == "2026-10-05T02:12:33"


@pytest.mark.parametrize("tax_included", [True, False])
def test_items_postage_and_tax_come_to_the_total(case: Case, tax_included: bool) -> None:
    for number in range(40):
        order = sold(number, tax_included=tax_included)
        body = sent(case, order)
        total = sum(item["quantity"] * round(100 * item["unitPrice"]) for item in body["items"])
        total += round(100 * body["shippingAmount"]) + round(100 * body["taxAmount"])
        assert total == order.total_minor


def test_an_order_that_goes_nowhere_is_held(case: Case) -> None:
    order = msgspec.structs.replace(sold(1, tax_included=True), deliver_to=Address())
    with pytest.raises(Hold, match="goes nowhere"):
        sent(case, order)


def test_an_order_in_another_currency_is_held(case: Case) -> None:
    order = msgspec.structs.replace(sold(1, tax_included=True), currency="EUR")
    with pytest.raises(Hold, match="the store has GBP"):
        sent(case, order)


async def test_429_waits_until_the_window_ends(case: Case) -> None:
    target = case.open().target("order")
    slow = case.postman.answering(
        429, b'{"message":"Too Many Requests"}', **{"x-rate-limit-reset": "22"}
    )
    with slow, pytest.raises(Retry) as waits:
        await target.read(["1"])
    assert waits.value.after_s == 22.0


@beside
async def test_a_recorded_refusal_is_held_in_its_own_words(case: Case) -> None:
    recorded = json.loads(REFUSAL.read_text("utf-8"))
    target = case.open().target("order")
    with case.postman.answering(recorded["status"], json.dumps(recorded["body"]).encode()):
        (answer,) = await target.write([target.compose(sold(1, tax_included=True))])
    assert isinstance(answer, Hold)
    assert "The request is invalid." in answer.said


@beside
@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
async def test_a_recorded_order_is_read(case: Case, file: Path) -> None:
    recorded = json.loads(file.read_text("utf-8"))
    page = {"orders": [recorded], "total": 1, "page": 1, "pages": 1}
    target = case.open().target("order")
    with case.postman.answering(200, json.dumps(page).encode()):
        (seen,) = (await target.read([recorded["orderKey"]]))[recorded["orderKey"]]
    assert seen.identity == str(recorded["orderId"])
    assert seen.unseen == frozenset()
    assert {field.name for field in SHOWN} <= seen.fields.keys()
    assert seen.fields["items"] == len(recorded["items"])

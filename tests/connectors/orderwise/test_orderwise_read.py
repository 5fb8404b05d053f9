"""What OrderWise shows, in the fields that were expected; and what is wrong with a definition."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from counterfoil.connectors.orderwise.fields import (
    CF_ORDER_LINES,
    CF_ORDERS,
    KINDS,
)
from counterfoil.kit.api.readback import Columns
from counterfoil.kit.connector import Session, Target
from counterfoil.kit.field import family
from counterfoil.mapping.convert import both
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Misconfigured

SPECS = Path(__file__).parents[4] / "shared" / "specs" / "orderwise"
MakeOrder = Callable[..., Order]
Opened = Callable[..., Session]


V2 = {
    "orderType": 1,
    "requiredAt": "2026-10-06T00:00:00.000",
    "specialInstructions": "Shop order #1042",
    "paymentMethodId": None,
    "currencyId": 1,
    "contactName": "Ada Byron",
    "address1": "12 St James Square",
    "address2": None,
    "address3": None,
    "town": "London",
    "county": "",
    "country": None,
    "telephone": "07700900123",
}


def header(**changed: Any) -> dict[str, Any]:
    """A row as the definition of today gives it."""
    return v1() | V2 | changed


def v1(**changed: Any) -> dict[str, Any]:
    """A row of a site that has pasted the first version."""
    return {
        "owOrderId": 90233,
        "owOrderNo": "OR104233",
        "extRef": "5778316361911",
        "custRef": "",
        "statusText": "Awaiting despatch",
        "complete": False,
        "customerId": 1044,
        "deliveryMethodId": 7,
        "orderedAt": "2026-10-05T10:12:33.000",
        "amendedAt": "2026-10-05T10:12:40",
        "net": 52.62,
        "tax": 8.03,
        "gross": 60.65,
        "deliveryGross": 4.95,
        "deliveryName": "Ada Byron",
        "deliveryPostcode": "SW1Y 4LB",
        "deliveryCountryCode": "GB",
        "email": "ada@example.com",
    } | changed


def line(at: int, sku: str, qty: int, gross: float) -> dict[str, Any]:
    return {
        "owOrderId": 90233,
        "extRef": "5778316361911",
        "lineId": 500 + at,
        "itemNumber": at,
        "sku": sku,
        "qty": qty,
        "itemGross": gross / qty,
        "lineGross": gross,
        "taxRateId": 1,
        "stockLocationId": 3,
    }


ENDS = ("quantity", "gross", "tax_rate", "stock_location")
LINES = [line(1, "TEE-RED-M", 2, 43.2), line(2, "BOOK-CODE", 1, 12.5) | {"taxRateId": 2}]


def shows(wire: Any, orders: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    wire.will(200, json.dumps(orders))
    wire.will(200, json.dumps(lines))


async def differing(target: Target[Order], document: Order) -> set[str]:
    intent = target.compose(document)
    (seen,) = (await target.read([intent.reference]))[intent.reference]
    return {
        name
        for name, value in intent.expect.items()
        if seen.fields.get(name) != value and family(name) not in seen.unseen
    }


async def test_an_order_that_landed_as_it_was_sent(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    shows(wire, [header()], LINES)
    assert await differing(target, order()) == set()


async def test_who_it_is_over_there(target: Target[Order], wire: Any) -> None:
    shows(wire, [header()], LINES)
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert (seen.identity, seen.number) == ("90233", "OR104233")
    assert seen.fields["status"] == "Awaiting despatch"


async def test_references_go_together_to_both_definitions(target: Target[Order], wire: Any) -> None:
    shows(wire, [header()], LINES)
    await target.read(["5778316361911", "5778316361912"])
    (_, orders, _, body), (_, lines, _, again) = wire.sent[1:]
    assert orders.endswith("/system/export-definition/101")
    assert lines.endswith("/system/export-definition/102")
    assert json.loads(body) == [
        {"name": "@refs", "value": "5778316361911~5778316361912"},
        {"name": "@since", "value": ""},
        {"name": "@until", "value": ""},
    ]
    assert body == again


async def test_nothing_there_costs_one_call(target: Target[Order], wire: Any) -> None:
    wire.will(200, "[]")
    assert await target.read(["1"]) == {}
    wire.will(204)
    assert await target.read(["1"]) == {}


async def test_references_never_outgrow_a_text_parameter(opened: Opened, wire: Any) -> None:
    target = opened(reference_text_most=20).target("order")
    for _ in range(3):
        wire.will(200, "[]")
    await target.read(["1000000", "2000000", "3000000", "4000000", "5000000"])
    asked = [json.loads(body)[0]["value"] for _, _, _, body in wire.sent[1:]]
    assert asked == ["1000000~2000000", "3000000~4000000", "5000000"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"gross": 60.66}, "total"),
        ({"tax": 8.04}, "tax"),
        ({"deliveryGross": 4.12}, "delivery"),
        ({"deliveryMethodId": 8}, "delivery_method"),
        ({"customerId": 1045}, "customer"),
        ({"deliveryName": "Ada B"}, "delivery_name"),
        ({"deliveryPostcode": None}, "delivery_postcode"),
        ({"deliveryCountryCode": "FR"}, "delivery_country"),
        ({"email": ""}, "email"),
        ({"orderType": 3}, "order_type"),
        ({"orderedAt": "2026-10-05T09:12:33"}, "ordered_at"),
        ({"orderedAt": "2026-10-05"}, "ordered_at"),
        ({"requiredAt": None}, "required_at"),
        ({"requiredAt": "2026-10-07T00:00:00.000"}, "required_at"),
        ({"specialInstructions": "Shop order"}, "instructions"),
        ({"contactName": None}, "contact_name"),
        ({"address1": "12 St James Squar"}, "address1"),
        ({"town": " "}, "town"),
        ({"telephone": "07700900124"}, "telephone"),
        ({"gross": "sixty"}, "total"),
        ({"gross": None}, "total"),
        ({"gross": 60.651}, "total"),
    ],
)
async def test_a_header_that_was_changed_shows(
    target: Target[Order], wire: Any, order: MakeOrder, changed: dict[str, Any], field: str
) -> None:
    shows(wire, [header(**changed)], LINES)
    assert await differing(target, order()) == {field}


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([line(1, "TEE-RED-M", 2, 43.21), LINES[1]], {"lines[TEE-RED-M].gross"}),
        ([line(1, "TEE-RED-M", 3, 43.2), LINES[1]], {"lines[TEE-RED-M].quantity"}),
        ([LINES[0] | {"qty": 1.5}, LINES[1]], {"lines[TEE-RED-M].quantity"}),
        ([LINES[0] | {"taxRateId": 2}, LINES[1]], {"lines[TEE-RED-M].tax_rate"}),
        ([LINES[0] | {"taxRateId": None}, LINES[1]], {"lines[TEE-RED-M].tax_rate"}),
        ([LINES[0] | {"stockLocationId": 4}, LINES[1]], {"lines[TEE-RED-M].stock_location"}),
        ([*LINES, line(3, "GIFT", 1, 0)], {"products"}),
        (
            [LINES[0]],
            {"products", *(f"lines[BOOK-CODE].{end}" for end in ENDS)},
        ),
    ],
)
async def test_a_line_that_was_changed_shows(
    target: Target[Order],
    wire: Any,
    order: MakeOrder,
    lines: list[dict[str, Any]],
    fields: set[str],
) -> None:
    shows(wire, [header()], lines)
    assert await differing(target, order()) == fields


async def test_a_line_that_orderwise_split_between_locations_is_the_same_line(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    split = [line(1, "TEE-RED-M", 1, 21.6), line(3, "TEE-RED-M", 1, 21.6)]
    shows(wire, [header()], [*split, LINES[1]])
    assert await differing(target, order()) == set()


async def test_spaces_at_the_end_of_a_column_are_no_difference(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    padded = header(extRef="5778316361911   ", deliveryName="Ada Byron  ")
    shows(wire, [padded], [line(1, "TEE-RED-M   ", 2, 43.2), LINES[1]])
    assert await differing(target, order()) == set()


async def test_a_row_that_a_join_repeated_counts_once(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    shows(wire, [header(), header()], [LINES[0], LINES[0], LINES[1]])
    assert await differing(target, order()) == set()


async def test_two_orders_under_one_reference_are_two(target: Target[Order], wire: Any) -> None:
    shows(wire, [header(), header(owOrderId=90240)], LINES)
    found = (await target.read(["5778316361911"]))["5778316361911"]
    assert [seen.identity for seen in found] == ["90233", "90240"]
    assert [seen.fields["products"] for seen in found] == [2, 0]


async def test_rows_that_were_not_asked_for_are_left_alone(
    target: Target[Order], wire: Any
) -> None:
    shows(wire, [header(), header(owOrderId=1, extRef="else")], LINES)
    assert list(await target.read(["5778316361911"])) == ["5778316361911"]


@pytest.mark.parametrize("alias", CF_ORDERS.needed)
async def test_a_column_that_is_not_there_is_named(
    target: Target[Order], wire: Any, alias: str
) -> None:
    row = header()
    del row[alias]
    shows(wire, [row], LINES)
    with pytest.raises(Misconfigured, match=f"CF_ORDERS gives no column '{alias}'"):
        await target.read(["5778316361911"])


@pytest.mark.parametrize("alias", CF_ORDER_LINES.needed)
async def test_a_column_of_the_lines_that_is_not_there_is_named(
    target: Target[Order], wire: Any, alias: str
) -> None:
    row = dict(LINES[0])
    del row[alias]
    shows(wire, [header()], [row])
    with pytest.raises(Misconfigured, match=f"CF_ORDER_LINES gives no column '{alias}'"):
        await target.read(["5778316361911"])


def definition(name: str) -> str:
    folder = files("counterfoil.connectors.orderwise") / "definitions"
    return (folder / f"{name}.sql").read_text("utf-8")


@pytest.mark.parametrize("known", [CF_ORDERS, CF_ORDER_LINES])
def test_the_definitions_give_every_column_that_is_asked_for(known: Columns) -> None:
    sql = definition(known.name)
    assert sql.startswith(f"-- {known.name} {known.version}:")
    given = re.findall(r" as (\w+)", re.sub(r"--.*", "", sql))
    assert sorted(given) == sorted((*known.needed, *known.later))
    rows = header() if known is CF_ORDERS else LINES[0]
    assert sorted(given) == sorted(rows), "what these tests show is what is asked for"


@pytest.mark.parametrize("alias", CF_ORDERS.later)
async def test_a_column_of_the_second_version_may_be_missing_and_is_told(
    target: Target[Order], wire: Any, order: MakeOrder, alias: str
) -> None:
    row = header()
    del row[alias]
    shows(wire, [row], LINES)
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert len(seen.unseen) == (alias != "address3")  # which nothing is sent in
    shows(wire, [row], LINES)
    assert await differing(target, order()) == set()


async def test_a_site_with_the_first_version_goes_on_and_says_what_it_does_not_show(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    old = [{name: row[name] for name in CF_ORDER_LINES.needed} for row in LINES]
    shows(wire, [v1()], old)
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert seen.unseen == {
        *("order_type", "required_at", "instructions", "payment_method", "currency"),
        *("contact_name", "address1", "address2", "town", "county", "country_name", "telephone"),
        "lines.stock_location",
    }
    shows(wire, [v1()], old)
    assert await differing(target, order()) == set()
    shows(wire, [v1(tax=8.04)], old)
    assert await differing(target, order()) == {"tax"}


async def test_the_definition_of_today_shows_everything(target: Target[Order], wire: Any) -> None:
    shows(wire, [header()], LINES)
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert seen.unseen == frozenset()
    families = {family(name) for name in seen.fields} - {"status"}
    assert families == set(KINDS)


@pytest.mark.parametrize("blank", [None, "", 0, " "])
async def test_blanks_where_nothing_was_sent_are_no_difference(
    target: Target[Order], wire: Any, order: MakeOrder, blank: Any
) -> None:
    row = header(address2=blank, county=blank, country=blank, paymentMethodId=blank, custRef=blank)
    shows(wire, [row], LINES)
    assert await differing(target, order()) == set()


async def test_ids_that_differ_are_one_text_whatever_their_order_is(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    rates = ("0.2", "0", "0.2")
    mixed = tuple(
        Line(str(at), "TEE-RED-M", "Tee", 1, 1200, 0, 200 if rate == "0.2" else 0, rate)
        for at, rate in enumerate(rates)
    )
    document = order(lines=mixed, shipping=())
    assert target.compose(document).expect["lines[TEE-RED-M].tax_rate"] == "1, 2"
    rows = [line(at, "TEE-RED-M", 1, 12) | {"taxRateId": id} for at, id in enumerate((2, 1, 1))]
    row = header(gross=36, tax=4, deliveryGross=0, deliveryMethodId=9)
    shows(wire, [row], rows)
    assert await differing(target, document) == set()
    rows[2]["stockLocationId"] = 11
    shows(wire, [row], rows)
    assert await differing(target, document) == {"lines[TEE-RED-M].stock_location"}


@pytest.mark.parametrize("ids", list(permutations([1, 2, 10])))
def test_the_text_of_several_ids_goes_by_number(ids: tuple[int, int, int]) -> None:
    first, second, third = ids
    assert both(both(first, second), third) == "1, 2, 10"
    assert both(both(first, first), first) == first


async def test_amounts_are_read_in_the_currency_that_the_order_shows(
    opened: Opened, wire: Any
) -> None:
    target = opened(currencies={"GBP": 1, "JPY": 7}).target("order")
    shows(wire, [header(currencyId=7, gross=1200, tax="109.00")], [line(1, "TEE", 1, 1200)])
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert (seen.fields["total"], seen.fields["tax"]) == (1200, 109)
    assert seen.fields["lines[TEE].gross"] == 1200
    shows(wire, [header(currencyId=None)], [line(1, "TEE", 1, 12)])
    (seen,) = (await target.read(["5778316361911"]))["5778316361911"]
    assert (seen.fields["total"], seen.fields["lines[TEE].gross"]) == (6065, 1200)


@pytest.mark.parametrize("known", [CF_ORDERS, CF_ORDER_LINES])
def test_what_may_be_left_out_is_marked(known: Columns) -> None:
    marked = re.findall(r" as (\w+),? +-- \? v2$", definition(known.name), re.MULTILINE)
    assert sorted(marked) == sorted(known.later)


@pytest.mark.skipif(not SPECS.exists(), reason="the folder of vendor facts is not beside this one")
@pytest.mark.parametrize("name", ["CF_ORDERS", "CF_ORDER_LINES"])
def test_a_column_that_nobody_has_seen_is_marked(name: str) -> None:
    tables = json.loads((SPECS / "observed_api.json").read_text())["sql"]
    observed = {column for columns in tables.values() for column in columns}
    for row in definition(name).splitlines():
        columns = re.findall(r"\b(?:oh|ohd|oli|vad|os)\.(\w+)", row)
        if not row.startswith("--"):
            assert bool(re.search(r"-- \?( v2)?$", row)) is bool(set(columns) - observed), row

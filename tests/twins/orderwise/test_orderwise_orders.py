"""Orders as OrderWise takes them, works them out, refuses them and gives them back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.twins.orderwise import Definition, Site
from counterfoil.twins.orderwise.order import included

SHARED = Path(__file__).parents[4] / "shared"


async def test_an_order_is_stored_as_it_was_sent_and_its_tax_is_worked_out(caller, order):
    placed = (await caller.place(order())).json
    assert placed == {
        "orderId": 90001,
        "orderNumber": "OR104001",
        "eCommerceOrderNumber": "5778316361911",
    }
    [row] = await caller.orders(refs="5778316361911")
    assert row == {
        "owOrderId": 90001,
        "owOrderNo": "OR104001",
        "extRef": "5778316361911",
        "custRef": "",
        "statusText": "Awaiting despatch",
        "complete": False,
        "customerId": 1044,
        "deliveryMethodId": 7,
        "orderType": 1,
        "orderedAt": "2026-10-05T10:12:33",
        "requiredAt": None,
        "amendedAt": "2026-10-05T10:00:00",  # nine o'clock UTC is ten in a London summer
        "net": 52.62,
        "tax": 8.03,
        "gross": 60.65,
        "deliveryGross": 4.95,
        "specialInstructions": "",
        "paymentMethodId": None,
        "currencyId": None,
        "deliveryName": "Augusta Ada Byron-Lovelace",
        "contactName": "",
        "address1": "",
        "address2": "",
        "address3": "",
        "town": "",
        "county": "",
        "country": "",
        "deliveryPostcode": "SW1Y 4LB",
        "deliveryCountryCode": "GB",
        "email": "ada@example.com",
        "telephone": "",
    }


async def test_lines_come_back_with_the_unit_price_and_the_line_total(caller, order):
    await caller.place(order())
    first, second = await caller.lines(refs="5778316361911")
    assert first == {
        "owOrderId": 90001,
        "extRef": "5778316361911",
        "lineId": 1,
        "itemNumber": 1,
        "sku": "TEE-RED-M",
        "qty": 2,
        "itemGross": 21.6,
        "lineGross": 43.2,
        "taxRateId": 1,
        "stockLocationId": 3,
    }
    assert (second["sku"], second["lineGross"], second["taxRateId"]) == ("BOOK-CODE", 12.5, 2)


async def test_amounts_leave_with_two_decimals(caller, order):
    await caller.place(order())
    assert b'"itemGross":21.60,"lineGross":43.20' in (await caller.export(102)).body


async def test_the_same_reference_twice_makes_two_orders(caller, order):
    await caller.place(order())
    await caller.place(order())
    assert [row["owOrderId"] for row in await caller.orders(refs="5778316361911")] == [90001, 90002]
    report = caller.twin.report()
    assert (report.orders, report.references, report.duplicates) == (2, 1, 1)
    [duplicate] = report.duplicate_references
    assert (duplicate.ext_ref, duplicate.extra) == ("5778316361911", 1)
    assert report.totals_minor == {"": 2 * 6065}


async def test_many_references_are_read_with_one_call(caller, order):
    for number in range(300):
        await caller.place(order(f"R{number}"))
    wanted = [f"R{number}" for number in range(0, 300, 2)]
    rows = await caller.orders(refs="~".join([*wanted, "unheard-of"]))
    assert [row["extRef"] for row in rows] == wanted


async def test_a_reference_with_a_quotation_mark_is_found(caller, order):
    await caller.place(order('5"7'))
    assert len(await caller.orders(refs='4~5"7')) == 1


async def test_a_window_takes_its_start_and_leaves_its_end(caller, order):
    await caller.place(order("first"))
    caller.clock.elapsed_s += 60
    await caller.place(order("second"))
    assert len(await caller.orders()) == 2
    rows = await caller.orders(since="2026-10-05T10:00:00", until="2026-10-05T10:01:00")
    assert [row["extRef"] for row in rows] == ["first"]
    rows = await caller.orders(since="2026-10-05T10:01:00")
    assert [row["extRef"] for row in rows] == ["second"]


async def test_a_line_that_is_not_told_to_keep_its_price_is_repriced(opened, order):
    caller = opened()
    await caller.sign_in()
    for told in ({"calculateLineSystemPrice": True}, {}):
        body = order()
        del body["orderLines"][0]["calculateLineSystemPrice"]
        body["orderLines"][0] |= told
        await caller.place(body)
    prices = [row["itemGross"] for row in await caller.lines() if row["sku"] == "TEE-RED-M"]
    assert len(prices) == 2
    assert 21.6 not in prices


async def test_a_site_may_keep_the_price_of_a_line_that_says_nothing(opened, order):
    caller = opened(site=Site(reprices_unless_told=False))
    await caller.sign_in()
    body = order()
    del body["orderLines"][0]["calculateLineSystemPrice"]
    await caller.place(body)
    assert (await caller.lines())[0]["itemGross"] == 21.6


async def test_a_net_price_becomes_a_gross_one(caller, order):
    body = order()
    body["orderLines"][0] |= {"itemGross": None, "itemNet": msgspec.Raw(b"18.00")}
    await caller.place(body)
    assert (await caller.lines())[0]["itemGross"] == 21.6


def _changed(body, place, **members):
    at = body[place][0] if place == "orderLines" else body[place]
    at.update(members)
    return body


@pytest.mark.parametrize(
    ("place", "members", "text"),
    [
        ("orderLines", {"variantCode": ""}, "variant code"),
        ("orderLines", {"variantCode": "  "}, "variant code"),
        ("orderLines", {"taxRateId": 99}, "tax rate"),
        ("orderLines", {"stockLocationId": 99}, "stock location"),
        ("orderLines", {"quantity": 0}, "quantity"),
        ("orderLines", {"itemGross": 21.601}, "itemGross"),
        ("orderLines", {"itemGross": "21.60"}, "itemGross"),
        ("orderHeader", {"orderGross": msgspec.Raw(b"1e2")}, "orderGross"),
        ("orderHeader", {"deliveryMethodId": 99}, "Delivery method"),
        ("orderHeader", {"systemOrderType": 9}, "order type"),
        ("orderHeader", {"orderDate": "yesterday"}, "Order date"),
        ("orderHeader", {"orderDate": "2026-10-05T10:12:33Z"}, "local time"),
        ("orderHeader", {"orderDate": "2026-09-30T23:59:59"}, "locked period"),
        ("customer", {"id": 1045}, "on hold"),
        ("customer", {"id": 1}, "does not exist"),
    ],
)
async def test_what_is_not_in_order_is_refused_and_stores_nothing(
    opened, order, place, members, text
):
    caller = opened(site=Site(locked_before="2026-10-01"))
    await caller.sign_in()
    refused = await caller.place(_changed(order(), place, **members))
    assert refused.status == 400
    assert text in refused.text
    assert caller.twin.report().orders == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"customer":{}}', b"[" * 100_000])
async def test_a_body_that_is_no_order_is_refused(caller, body):
    assert (await caller.place(body)).status == 400


@pytest.mark.parametrize("session", ["", "13", "twelve"])
async def test_an_order_needs_a_session_that_exists(caller, order, session):
    assert (await caller.place(order(), session=session)).status == 400


async def test_a_site_with_a_price_book_knows_only_its_own_codes_to_the_letter(opened, order):
    caller = opened(products=["TEE-RED-M", "BOOK-CODE"])
    await caller.sign_in()
    assert (await caller.place(order())).status == 200
    other = _changed(order(), "orderLines", variantCode="tee-red-m ")
    assert (await caller.place(other)).status == 400


@pytest.mark.parametrize(
    ("mode", "body"),
    [
        ("empty", b""),
        ("text", b"session_id is required"),
        ("message", b'{"Message":"session_id is required"}'),
    ],
)
async def test_a_refusal_has_the_shape_that_the_site_has(opened, order, mode, body):
    caller = opened(site=Site(error_body=mode))
    await caller.sign_in()
    assert (await caller.place(order(), session="")).body == body


async def test_definitions_are_known_by_number_and_permission(opened):
    closed = Definition(7, "CF_SECRETS", "select 1 as one", permitted=False)
    counting = Definition(8, "COUNT", "select count(*) as orders from order_header")
    caller = opened(site=Site(definitions=(closed, counting)))
    await caller.sign_in()
    assert (await caller.export(6)).status == 404
    assert (await caller.export(7)).status == 403
    assert (await caller.export(8)).json == [{"orders": 0}]
    assert (await caller.export(8, since="2026")).status == 400


async def test_status_value_lists_customers_variants_and_locations_can_be_read(caller, order):
    placed = (await caller.place(order())).json
    status = (await caller.get(f"/sales/order/{placed['orderId']}/status?include_lines=true")).json
    assert status["orderStatus"] == "Awaiting despatch"
    assert (await caller.get("/sales/order/1/status")).status == 404
    assert {"id": 2, "name": "T0 Zero rated"} in (await caller.get("/value-lists/2")).json
    assert (await caller.get("/value-lists/3")).status == 404
    assert (await caller.get("/stock/variants?limit=1")).json == [
        {"variantID": 1, "variantCode": "TEE-RED-M"}
    ]
    assert (await caller.get("/system/stock-locations")).json[0] == {"id": 3, "name": "MAIN"}


async def test_customers_are_paged_by_the_last_id_until_a_page_is_empty(caller):
    seen, last = [], 0
    while rows := (await caller.get(f"/customers?limit=1&last_id={last}")).json:
        seen += rows
        last = rows[-1]["id"]
    assert [row["accountNumber"] for row in seen] == ["WEBSHOP", "LATEPAYER"]


async def test_orders_survive_the_process_without_a_farewell(opened, order, tmp_path):
    path = tmp_path / "orderwise.sqlite"
    caller = opened(path=path)
    await caller.sign_in()
    await caller.place(order("before"))
    again = opened(path=path)  # the first one was never closed
    await again.sign_in()
    assert [row["extRef"] for row in await again.orders()] == ["before"]
    assert (await again.place(order("after"))).json["orderId"] == 90002


async def test_the_book_lists_every_order_page_by_page(caller, order):
    for number in range(5):
        await caller.place(order(f"R{number}"))
    first = (await caller.get("/_twin/book/order?limit=3")).json["entries"]
    rest = (await caller.get(f"/_twin/book/order?limit=3&after={first[-1]['key']}")).json["entries"]
    assert [row["reference"] for row in first + rest] == [f"R{number}" for number in range(5)]
    assert (first[0]["key"], first[0]["measure"]) == ("90001", [6065, ""])
    assert [entry.reference for entry in caller.twin.book("order")] == [
        f"R{number}" for number in range(5)
    ]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor specifications are not beside here")
async def test_the_worked_example_is_taken_and_its_figures_are_right(opened):
    examples = SHARED / "specs" / "orderwise" / "examples"
    caller = opened(products=["TEE-RED-M", "BOOK-CODE"])
    await caller.sign_in()
    placed = await caller.place((examples / "own_order_create.json").read_bytes())
    shape = msgspec.json.decode((examples / "own_order_create_response.json").read_bytes())
    assert placed.json.keys() == shape.keys()
    [row] = await caller.orders(refs=shape["eCommerceOrderNumber"])
    assert (row["net"], row["tax"], row["gross"]) == (52.62, 8.03, 60.65)
    credit = await caller.place((examples / "own_credit_order.json").read_bytes())
    assert credit.status == 200


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor specifications are not beside here")
async def test_a_customer_row_has_the_members_that_were_observed(caller):
    examples = SHARED / "specs" / "orderwise" / "examples"
    observed = msgspec.json.decode((examples / "own_customer_row.json").read_bytes())
    assert (await caller.get("/customers?limit=1")).json == [observed]


@given(gross=st.integers(0, 10**9), basis_points=st.integers(0, 3000))
def test_the_tax_inside_an_amount_is_the_nearest_penny(gross: int, basis_points: int):
    tax = included(gross, basis_points)
    exact = gross * basis_points
    assert abs(tax * (10_000 + basis_points) - exact) * 2 <= 10_000 + basis_points


async def test_orders_of_a_thousand_lines_are_one_order(caller, order):
    body = order()
    body["orderLines"] *= 557
    assert (await caller.place(body)).status == 200
    assert len(await caller.lines()) == 1114


async def test_calls_at_once_are_all_answered(caller, order):
    answers = await asyncio.gather(*(caller.place(order(f"R{n}")) for n in range(4)))
    assert [answered.status for answered in answers] == [200] * 4

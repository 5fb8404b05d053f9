"""What OrderWise keeps of an order: everything that it may carry, unless it is told to forget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import counterfoil
from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.orderwise import Definition, Site
from counterfoil.twins.orderwise.keeping import KEEPING

WHOLE = {
    "custRef": "PO-8841",
    "orderType": 3,
    "orderedAt": "2026-10-05T10:12:33",
    "requiredAt": "2026-10-08T00:00:00",
    "specialInstructions": "#1042 Please ring, and leave it with the neighbour at number 12, " * 2,
    "paymentMethodId": 2,
    "currencyId": 1,
    "deliveryName": "The Analytical Engine Company Ltd",
    "contactName": "Augusta Ada King, Countess of Lovelace",
    "address1": "The Old Counting House, Ockham Park Lane",
    "address2": "Second Floor, Behind the Difference Engine",
    "address3": "East Horsley near the Towers and the Station",
    "town": "Llanfairpwllgwyngyllgogerych",
    "county": "Isle of Anglesey, North-West Wales",
    "country": "United Kingdom of Great Britain",
    "deliveryPostcode": "SW1Y 4LB",
    "deliveryCountryCode": "GB",
    "email": "ada@example.com",
    "telephone": "+44 20 7946 0000 extension 12",
}


def whole(order: Any) -> dict[str, Any]:
    """A body with every member that OrderWise may be sent."""
    body = order()
    address = {
        **{name: WHOLE[name] for name in ("contactName", "address1", "address2", "address3")},
        **{name: WHOLE[name] for name in ("deliveryName", "town", "county", "country")},
        **{name: WHOLE[name] for name in ("email", "telephone")},
        "postcode": WHOLE["deliveryPostcode"],
        "countryCode": "GB",
    }
    header = {
        "customerOrderRef": WHOLE["custRef"],
        "systemOrderType": 3,
        "requiredDate": WHOLE["requiredAt"],
        "specialInstructions": WHOLE["specialInstructions"],
        "currencyId": 1,
    }
    return {
        **body,
        "paymentMethodId": 2,
        "orderHeader": body["orderHeader"] | header,
        "customerDeliveryAddress": address,
    }


async def test_every_member_is_kept_and_shown(caller, order):
    await caller.place(whole(order))
    [row] = await caller.orders(refs="5778316361911")
    assert {name: row[name] for name in WHOLE} == WHOLE


async def test_the_member_of_the_payment_method_is_the_site_s(opened, order):
    caller = opened(site=Site(payment_field="orderHeader.payment.id"))
    await caller.sign_in()
    await caller.place(order(payment={"id": 1}))
    [row] = await caller.orders()
    assert row["paymentMethodId"] == 1


async def test_what_is_not_in_the_list_is_refused(caller, order):
    for body in (order(currencyId=99), {**order(), "paymentMethodId": 99}):
        answered = await caller.place(body)
        assert answered.status == 400
        assert "99 is not in the list" in answered.text


async def test_a_required_date_with_an_offset_is_refused(caller, order):
    answered = await caller.place(order(requiredDate="2026-10-08T00:00:00Z"))
    assert answered.status == 400


@pytest.mark.parametrize("name", sorted(KEEPING))
async def test_each_way_of_keeping_it_otherwise_changes_what_is_shown(opened, order, name):
    keeping = {name: Fault(KEEPING[name].text, 0.0, 1.0)}
    honest, other = opened(), opened(keeping=keeping)
    for caller in (honest, other):
        await caller.sign_in()
        await caller.place(whole(order))
    rows = [[*await caller.orders(), *await caller.lines()] for caller in (honest, other)]
    assert rows[0] != rows[1]
    assert other.twin.report().befell == {name: 1}
    assert other.twin.state.received(90001) == honest.twin.state.received(90001)


async def test_every_text_can_be_cut_and_dropped(opened, order):
    for name, shorter in (("text_cut", True), ("text_dropped", False)):
        keeping = {name: Fault(KEEPING[name].text, 0.0, 1.0)}
        caller = opened(keeping=keeping, seed=5)
        await caller.sign_in()
        for _ in range(250):
            await caller.place(whole(order))
        rows = await caller.orders()
        changed = {at for row in rows for at in WHOLE if row[at] != WHOLE[at]}
        texts = {at for at, text in WHOLE.items() if isinstance(text, str)}
        fixed = {"orderedAt", "requiredAt", "deliveryCountryCode"}
        short = {"custRef", "deliveryPostcode", "email"}  # as long as their columns, or shorter
        assert changed == texts - fixed - (short if shorter else set())
        assert all(len(row["address1"]) in (0, Site().widths["address1"], 40) for row in rows)


async def test_nothing_is_altered_unless_it_is_asked_for(opened, order):
    caller = opened(keeping={})
    await caller.sign_in()
    for _ in range(20):
        await caller.place(whole(order))
    assert caller.twin.report().befell == {}
    assert {row["address1"] for row in await caller.orders()} == {WHOLE["address1"]}


async def test_texts_may_come_back_with_a_blank_at_their_end_and_null_for_an_empty_one(
    opened, order
):
    caller = opened(site=Site(pads_texts=True, blank_is_null=True))
    await caller.sign_in()
    await caller.place(order())
    [row] = await caller.orders()
    assert (row["deliveryPostcode"], row["address2"], row["owOrderNo"]) == (
        "SW1Y 4LB ",
        None,
        "OR104001",
    )


async def test_times_may_come_back_with_three_decimals(opened, order):
    caller = opened(site=Site(thousandths=True))
    await caller.sign_in()
    await caller.place(order())
    [row] = await caller.orders()
    assert (row["orderedAt"], row["amendedAt"], row["requiredAt"]) == (
        "2026-10-05T10:12:33.000",
        "2026-10-05T10:00:00.000",
        None,
    )


async def test_the_definitions_that_a_customer_is_handed_run_here_as_they_are(opened, order):
    folder = Path(counterfoil.__file__).parent / "connectors" / "orderwise" / "definitions"
    given = [
        msgspec.structs.replace(known, sql=(folder / f"{name}.sql").read_text("utf-8"))
        for name, known in zip(("CF_ORDERS", "CF_ORDER_LINES"), Site().definitions, strict=False)
    ]
    assert all(isinstance(one, Definition) for one in given)
    caller = opened(site=Site(definitions=tuple(given)))
    own = opened()
    for each in (caller, own):
        await each.sign_in()
        await each.place(whole(order))
        await each.place(order("another"))
    for read in ("orders", "lines"):
        wanted = {"refs": "5778316361911~another"}
        theirs = await getattr(caller, read)(**wanted)
        ours = await getattr(own, read)(**wanted)
        assert theirs == [{name: row[name] for name in theirs[0]} for row in ours]

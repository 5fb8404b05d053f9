"""Orders that a rule of the route stops before they are ever sent, and before they must add up."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from ends import order
from msgspec.structs import fields, replace

from counterfoil.flows.order import RULES, Gates, Way, ours
from counterfoil.flows.rules import Holds, LeftOut, Waits, stopped
from counterfoil.model.address import Address
from counterfoil.model.line import Line
from counterfoil.model.order import Order, Terms
from counterfoil.values.clock import instant, later

BORN = instant(order(1).created)
TEE = order(1).lines[0]
WAYS: dict[type, Way] = {LeftOut: "leave-out", Waits: "wait", Holds: "hold"}
HOME = Address(name="Jo", line1="1 High Street", postcode="LS1 1AA", country="GB")


def judged(gates: Gates | None = None, begins_s: float | None = None, **changes: Any) -> Any:
    begins = later(BORN, begins_s) if begins_s is not None else None
    found = stopped(RULES, replace(order(1), **changes), gates or Gates(), begins, BORN)
    return (found.code, WAYS[type(found)]) if found else None


def line(**changes: Any) -> Line:
    return replace(TEE, **changes)


@pytest.mark.parametrize(
    ("changes", "begins_s", "found"),
    [
        ({}, None, None),
        ({}, 0.0, None),
        ({}, 1.0, ("too-early", "leave-out")),
        ({"test": True}, None, ("test", "leave-out")),
        ({"cancelled": True}, None, ("cancelled", "leave-out")),
        ({"test": True, "cancelled": True}, None, ("test", "leave-out")),
        ({"lines": ()}, None, ("nothing-left", "leave-out")),
        ({"paid": "pending"}, None, ("payment-pending", "wait")),
        ({"paid": "authorised"}, None, ("payment-authorised", "wait")),
        ({"paid": "part"}, None, ("payment-part", "wait")),
        ({"paid": "voided"}, None, ("payment-voided", "leave-out")),
        ({"paid": "expired"}, None, ("payment-expired", "leave-out")),
        ({"paid": "refunded"}, None, ("payment-refunded", "hold")),
        ({"paid": "refunded", "lines": ()}, None, ("nothing-left", "leave-out")),
        ({"paid": ""}, None, ("payment-unknown", "hold")),
        ({"paid": "part-refunded"}, None, None),
        ({"paid": "pending", "terms": Terms("Net 30", "net", 30)}, None, None),
        ({"channel": "pos"}, None, ("till", "leave-out")),
        ({"channel": "pos", "deliver_to": HOME}, None, None),
        (
            {"channel": "pos", "deliver_to": HOME, "lines": (line(sent=1),)},
            None,
            ("till", "leave-out"),
        ),
        ({"lines": (line(service="printful"),)}, None, ("elsewhere", "leave-out")),
        ({"lines": (line(sent=1),)}, None, ("elsewhere", "leave-out")),
        ({"lines": (line(sent=1, ships=False),)}, None, None),
        ({"lines": (line(sent=1, kind="custom"),)}, None, ("elsewhere", "leave-out")),
        ({"lines": (line(quantity=3, sent=1),)}, None, None),
        ({"lines": (line(), line(key="2", service="printful"))}, None, None),
        (
            {"lines": (line(sent=1), line(key="2", kind="tip", ships=False))},
            None,
            ("elsewhere", "leave-out"),
        ),
        (
            {"lines": (line(service="printful"), line(key="2", kind="gift-card", ships=False))},
            None,
            ("elsewhere", "leave-out"),
        ),
    ],
)
def test_an_order_is_stopped_by_the_first_rule_that_fits(
    changes: dict[str, Any], begins_s: float | None, found: Any
) -> None:
    assert judged(begins_s=begins_s, **changes) == found


def test_what_does_not_add_up_is_stopped_all_the_same() -> None:
    assert judged(total_minor=1, test=True) == ("test", "leave-out")
    assert judged(total_minor=1, cancelled=True) == ("cancelled", "leave-out")
    assert judged(total_minor=1, paid="voided") == ("payment-voided", "leave-out")


STOPPED: dict[str, dict[str, Any]] = {
    "pending": {"paid": "pending"},
    "authorised": {"paid": "authorised"},
    "part_paid": {"paid": "part"},
    "voided": {"paid": "voided"},
    "expired": {"paid": "expired"},
    "refunded": {"paid": "refunded"},
    "unknown": {"paid": ""},
    "on_terms": {"paid": "pending", "terms": Terms("Net 30")},
    "till": {"channel": "pos"},
    "elsewhere": {"lines": (line(service="printful"),)},
}


def test_every_gate_has_an_order_that_it_stops() -> None:
    others = {"paid_back"}  # asked of an order that was sent: tests/flows/test_refunds_move.py
    assert set(STOPPED) | others == {field.name for field in fields(Gates)}


@pytest.mark.parametrize("gate", STOPPED)
@pytest.mark.parametrize("way", get_args(Way))
def test_each_gate_can_be_set_to_each_way(gate: str, way: Way) -> None:
    found = judged(replace(Gates(), **{gate: way}), **STOPPED[gate])
    assert found is None if way == "send" else found[1] == way


def shared() -> Order:
    """An order of which another service sends the second line: 12.50 here, 10.00 there."""
    other = line(key="2", sku="PRINT", unit_minor=1000, tax_minor=167, service="printful")
    return replace(order(1), lines=(TEE, other), total_minor=2250, tax_minor=TEE.tax_minor + 167)


def test_the_lines_of_another_service_are_a_loss_with_its_money() -> None:
    rest, losses = ours(shared(), Gates())
    assert [one.sku for one in rest.lines] == ["TEE"]
    assert (rest.total_minor, rest.tax_minor) == (1250, TEE.tax_minor)
    assert [(loss.field, loss.code, loss.value, loss.minor) for loss in losses] == [
        ("lines", "left-out", "1 x PRINT", 1000)
    ]


def test_tax_beside_the_prices_goes_with_the_lines_that_are_left_out() -> None:
    beside = replace(shared(), tax_included=False, total_minor=2250 + TEE.tax_minor + 167)
    rest, losses = ours(beside, Gates())
    assert rest.total_minor == 1250 + TEE.tax_minor
    assert losses[0].minor == 1167


def test_all_lines_go_where_the_route_says_so() -> None:
    assert ours(shared(), Gates(elsewhere="send")) == (shared(), ())


def test_units_that_were_sent_already_are_not_sent_again() -> None:
    """Three at 10.00 less 1.00, of which one is sent: two go, and each penny goes with one part."""
    three = line(quantity=3, sent=1, unit_minor=1000, discount_minor=100, tax_minor=483)
    rest, losses = ours(replace(order(1), lines=(three,), total_minor=2900, tax_minor=483), Gates())
    assert [(one.quantity, one.total_minor, one.tax_minor, one.sent) for one in rest.lines] == [
        (2, 1933, 322, 0)
    ]
    assert (rest.total_minor, rest.tax_minor) == (1933, 322)
    assert [(loss.value, loss.minor) for loss in losses] == [("1 x TEE", 967)]


def test_an_order_of_which_some_units_were_sent_can_be_held() -> None:
    three = (line(quantity=3, sent=1),)
    assert judged(Gates(elsewhere="hold"), lines=three) == ("elsewhere", "hold")
    assert judged(Gates(elsewhere="send"), lines=three) is None

"""What is sent adds up: an order's parts are its total, to the penny, and its tax too."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order, check
from counterfoil.values.errors import Hold

PENCE = st.integers(0, 10**7)
LINE = st.builds(
    Line, key=st.just("1"), sku=st.just("TEE"), title=st.text(max_size=5),
    quantity=st.integers(0, 50), unit_minor=PENCE, discount_minor=st.integers(0, 999),
    tax_minor=PENCE,
)  # fmt: skip
CHARGE = st.builds(Charge, st.just("Post"), st.integers(-500, 10**5), PENCE)


def order(
    lines: list[Line], shipping: list[Charge], extras: list[Charge], included: bool, **more: int
) -> Order:
    charges = [*shipping, *extras]
    tax = sum(line.tax_minor for line in lines) + sum(charge.tax_minor for charge in charges)
    parts = sum(line.total_minor for line in lines) + sum(one.amount_minor for one in charges)
    return Order(
        key="1", number="#1", placed="", created="2026-11-02T09:00:00Z",
        updated="2026-11-02T09:00:00Z", currency="GBP", tax_included=included, lines=tuple(lines),
        total_minor=parts + (0 if included else tax) + more.get("total", 0),
        tax_minor=tax + more.get("tax", 0), shipping=tuple(shipping), extras=tuple(extras),
    )  # fmt: skip


PARTS = (st.lists(LINE, max_size=5), st.lists(CHARGE, max_size=2), st.lists(CHARGE, max_size=2))
PENNIES = st.sampled_from([-1, 1, 100, -(10**9)])


@given(*PARTS, st.booleans())
def test_an_order_whose_parts_add_up_may_be_sent(
    lines: list[Line], shipping: list[Charge], extras: list[Charge], included: bool
) -> None:
    one = order(lines, shipping, extras, included)
    check(one)
    assert one.total.minor == one.total_minor
    assert msgspec.json.decode(msgspec.json.encode(one), type=Order) == one


@given(*PARTS, st.booleans(), PENNIES)
def test_a_total_that_differs_is_held(
    lines: list[Line], shipping: list[Charge], extras: list[Charge], included: bool, pence: int
) -> None:
    with pytest.raises(Hold) as held:
        check(order(lines, shipping, extras, included, total=pence))
    assert held.value.code == "total-differs"
    assert "£" in held.value.said


@given(*PARTS, st.booleans(), PENNIES)
def test_tax_that_differs_is_held(
    lines: list[Line], shipping: list[Charge], extras: list[Charge], included: bool, pence: int
) -> None:
    with pytest.raises(Hold) as held:
        check(order(lines, shipping, extras, included, tax=pence))
    assert held.value.code == "tax-differs"


@given(*PARTS, st.booleans(), st.data())
def test_a_penny_on_any_one_part_is_held(
    lines: list[Line],
    shipping: list[Charge],
    extras: list[Charge],
    included: bool,
    data: st.DataObject,
) -> None:
    groups: dict[str, list[Line] | list[Charge]]
    groups = {"lines": lines, "shipping": shipping, "extras": extras}
    places = [(name, at) for name, parts in groups.items() for at in range(len(parts))]
    assume(places)
    name, at = data.draw(st.sampled_from(places))
    parts = list(groups[name])
    field = data.draw(st.sampled_from(amounts(parts[at])))
    parts[at] = replace(parts[at], **{field: getattr(parts[at], field) + 1})
    changed = replace(order(lines, shipping, extras, included), **{name: tuple(parts)})
    with pytest.raises(Hold):
        check(changed)


def amounts(part: Line | Charge) -> list[str]:
    """The amounts of a part that count."""
    if isinstance(part, Charge):
        return ["amount_minor", "tax_minor"]
    return ["discount_minor", "tax_minor", *(["unit_minor"] if part.quantity else [])]


@pytest.mark.parametrize(
    "line",
    [
        Line("7", "TEE", "Tee", -1, 500),
        Line("7", "TEE", "Tee", 1, 500, discount_minor=-1),
    ],
)
def test_a_negative_quantity_or_discount_is_held_with_its_line(line: Line) -> None:
    with pytest.raises(Hold, match="Line 7 of order #1") as held:
        check(order([line], [], [], True))
    assert held.value.code == "bad-line"


@given(*PARTS, st.booleans(), PENNIES)
def test_what_does_not_add_up_can_still_be_told_of(
    lines: list[Line], shipping: list[Charge], extras: list[Charge], included: bool, pence: int
) -> None:
    one = order(lines, shipping, extras, included, total=pence)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Order) == one


def test_an_order_cannot_be_changed() -> None:
    one = order([], [], [], True)
    with pytest.raises(AttributeError):
        one.total_minor = 1  # type: ignore[misc]


def test_what_was_paid_is_told_and_not_judged() -> None:
    paid = replace(order([], [], [], True), payments=(Payment("gift_card", 999),))
    check(paid)
    assert paid.payments[0].amount_minor == 999


def test_the_later_change_holds() -> None:
    one = order([], [], [], True)
    assert replace(one, updated="2026-11-02T09:00:01Z").version > one.version

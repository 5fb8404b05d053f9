"""A newer version of what was sent: judged by the two documents, never by what the target keeps."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ends import order
from flow_stage import Stage
from msgspec.structs import replace
from steps import swept

from counterfoil.flows.order import RULES, Gates, changes, quiet_changes
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Company, Order, Presentment, Terms

TEE = order(1).lines[0]

# Every field of an order with another value, and whether a person at the target acts on it.
OTHERWISE: dict[str, tuple[Any, bool]] = {
    "number": ("#1-B", True),
    "currency": ("EUR", True),
    "lines": ((replace(TEE, quantity=2, discount_minor=1250),), True),
    "total_minor": (1100, True),
    "tax_minor": (1, True),
    "shipping": ((Charge("Courier", 0),), True),
    "extras": ((Charge("Tip", 0),), True),
    "email": ("new@example.com", True),
    "deliver_to": (Address(line1="2 High Street"), True),
    "invoice_to": (Address(line1="3 High Street"), True),
    "note": ("leave it with the neighbour", True),
    "cancelled": (True, True),
    "phone": ("+447700900123", True),
    "company": (Company("77"), True),
    "po_number": ("PO-8841", True),
    "terms": (Terms("Net 30", "net", 30), True),
    "attributes": ((("Gift message", "Happy birthday"),), True),
    "paid": ("part-refunded", True),
    "channel": ("pos", False),
    "location": ("555", False),
    "customer": ("9", False),
    "locale": ("en-GB", False),
    "tags": (("vip",), False),
    "discount_codes": (("SPRING",), False),
    "presentment": (Presentment("EUR", 1400), False),
}
# Fields of which a change alone means nothing: who it is, when it was, how it is reckoned.
NOTHING = {"key", "placed", "created", "updated", "tax_included", "test", "payments", "release"}


def test_every_field_of_an_order_is_acted_on_or_is_known_not_to_be() -> None:
    assert {field.name for field in msgspec.structs.fields(Order)} == set(OTHERWISE) | NOTHING


@pytest.mark.parametrize("field", OTHERWISE)
def test_a_change_of_a_field_is_told(field: str) -> None:
    value, acted_on = OTHERWISE[field]
    before, now = order(1), replace(order(1), **{field: value})
    assert bool(changes(before, now)) is acted_on
    assert bool(changes(before, now) or quiet_changes(before, now))


def test_a_payment_that_comes_in_is_no_news_and_one_that_goes_back_is() -> None:
    waiting = replace(order(1), paid="authorised", payments=(Payment("visa", 1250),))
    assert changes(waiting, replace(waiting, paid="paid")) == []
    assert quiet_changes(waiting, replace(waiting, paid="paid"))[0].said == (
        "payment authorised → paid"
    )
    assert changes(order(1), replace(order(1), paid="voided"))


def test_what_tells_of_a_person_is_named_and_not_shown() -> None:
    before = replace(order(1), note="ring twice", deliver_to=Address(line1="1 High Street"))
    now = replace(before, note="ring thrice", deliver_to=Address(line1="2 High Street"))
    assert [change.said for change in changes(before, now)] == [
        "note changed",
        "delivery address changed",
    ]


def test_lines_are_told_by_what_people_call_them() -> None:
    mug = replace(TEE, key="2", sku="MUG", unit_minor=500, tax_minor=83)
    before = replace(order(1), lines=(TEE, mug), total_minor=1750)
    less = replace(before, lines=(replace(TEE, quantity=2), replace(mug, unit_minor=450)))
    assert [one.said for one in changes(before, less)][:2] == [
        "TEE 1 → 2",
        "price of MUG £5.00 → £4.50",
    ]
    gone = replace(before, lines=(mug,), total_minor=500)
    assert [one.said for one in changes(before, gone)] == ["TEE 1 → 0", "total £17.50 → £5.00"]


# --- goods that have left since ---

MUG = replace(TEE, key="2", sku="MUG", quantity=2)
BOTH = replace(order(1), lines=(TEE, MUG), total_minor=3750)


def left(*lines: Line) -> Order:
    return replace(BOTH, lines=lines)


def test_what_goods_are_called_by_now_that_have_left_is_told_quietly() -> None:
    before = left(replace(TEE, sent=1), MUG)
    now = left(replace(TEE, sent=1, sku="TEE-B"), MUG)
    assert changes(before, now) == []
    assert [change.said for change in quiet_changes(before, now)] == ["line TEE → TEE-B"]
    assert changes(BOTH, left(replace(TEE, sku="TEE-B"), MUG)), "this one is still to be picked"
    assert changes(BOTH, left(TEE, replace(MUG, sku="MUG-B", sent=1))), "and so is the rest of it"


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (left(replace(TEE, sent=1), MUG), True),
        (left(TEE, replace(MUG, sent=1)), True),
        (left(TEE, replace(MUG, quantity=1)), False),
        (BOTH, False),
    ],
)
def test_what_has_left_since_makes_a_newer_version_too_late(now: Order, late: bool) -> None:
    assert RULES.begun(BOTH, now, Gates()) is late
    assert not RULES.begun(now, now, Gates())
    assert not RULES.begun(BOTH, now, Gates(elsewhere="send")), "nothing is taken off it"


async def test_an_order_of_which_something_has_left_is_not_written_again_without_it(
    stage: Stage,
) -> None:
    """A target that takes the same order again would be told of fewer pieces than were picked."""
    carries = replace(stage.route.carries, manner="upsert")
    stage.route = replace(stage.route, carries=carries)
    stage.engine.routes = {stage.route.id: stage.route}
    newer = replace(order(1, version=1), lines=(replace(TEE, sku="TEE-B"),))
    assert await sent_then(stage, newer) == {"#1": "confirmed"}, "it is not picked yet"
    assert len(stage.office.calls) == 2
    some = replace(TEE, quantity=2, unit_minor=625, sent=1)
    stage.shop.put(replace(order(1, version=2), lines=(some,)))
    await swept(stage)
    await stage.work()
    assert (await stage.states(), len(stage.office.calls)) == ({"#1": "held"}, 2)
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "after it had been sent, and something of it has left: TEE 1 → 2" in hold["said"]


async def sent_then(stage: Stage, newer: Order) -> dict[str, str]:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(newer)
    await swept(stage)
    await stage.work()
    return await stage.states()


async def test_what_the_target_has_no_field_for_still_counts(stage: Stage) -> None:
    engraved = replace(TEE, properties=(("Engraving", "J & M 1961"),))
    newer = replace(order(1, version=1), lines=(engraved,))
    assert await sent_then(stage, newer) == {"#1": "held"}
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert hold["cause"] == "changed-after-sent"
    assert hold["said"] == (
        "Order #1 was changed at the shop after it had been sent: what is written on TEE changed."
    )
    assert "1961" not in str([tuple(row) for row in await entries(stage)])
    assert len(stage.office.calls) == 1


async def test_the_difference_is_readable_with_its_money(stage: Stage) -> None:
    less = replace(order(1, version=1), lines=(replace(TEE, unit_minor=1000),), total_minor=1000)
    await sent_then(stage, less)
    (hold,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "price of TEE £12.50 → £10.00; total £12.50 → £10.00" in hold["said"]


@pytest.mark.parametrize(
    "changed", [{"lines": (), "total_minor": 0, "tax_minor": 0}, {"cancelled": True}]
)
async def test_nothing_left_after_it_was_sent_is_for_a_person(
    stage: Stage, changed: dict[str, Any]
) -> None:
    assert await sent_then(stage, replace(order(1, version=1), **changed)) == {"#1": "held"}


async def test_what_nobody_acts_on_is_merged_and_told(stage: Stage) -> None:
    newer = replace(order(1, version=1), tags=("vip",))
    assert await sent_then(stage, newer) == {"#1": "merged"}
    last = (await entries(stage))[-1]
    assert "tags nothing → vip" in last["detail"]


async def test_what_waits_for_its_payment_goes_when_it_is_paid(stage: Stage) -> None:
    stage.shop.put(replace(order(1), paid="authorised"))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "waiting"}
    assert stage.office.calls == []
    stage.shop.put(order(1, version=1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def entries(stage: Stage) -> list[Any]:
    return await stage.database._pool.fetch("select * from line order by at, record, seq")

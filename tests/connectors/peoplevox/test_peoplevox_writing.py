"""An order on its way into Peoplevox: what is sent, what is refused, and what a bad day makes."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.connectors.peoplevox import CONNECTOR
from counterfoil.connectors.peoplevox.fields import moment
from counterfoil.connectors.peoplevox.order import UNTOLD, OrderTarget
from counterfoil.kit.api.sheet import signed_amount
from counterfoil.kit.connector import Partly, Written
from counterfoil.kit.field import family
from counterfoil.kit.formats import soap
from counterfoil.kit.transport import Answer, recording
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.twins.kit.tables import Spelling
from counterfoil.values.errors import Hold, Misconfigured, Settle
from tests.connectors.peoplevox.peoplevox_stage import ADA, PASSWORD, sold
from tests.connectors.peoplevox.peoplevox_world import World, differing, fault, world


def saved(body: bytes) -> tuple[str, list[dict[str, str]], str]:
    """The template, the rows and the action of a SaveData."""
    asked = soap.parse(body)
    assert not isinstance(asked, soap.Fault)
    texts = [asked.said("saveRequest", name) for name in ("TemplateName", "CsvData", "Action")]
    return texts[0], [*csv.DictReader(io.StringIO(texts[1]))], texts[2]


def saves(at: World) -> list[tuple[str, list[dict[str, str]], str]]:
    return [saved(body) for body in at.wire.asked if b"<SaveData " in body]


async def written(at: World, order: Order) -> Any:
    (answer,) = await at.target.write([at.target.compose(order)])
    return answer


async def test_a_head_that_is_not_allocated_then_lines_then_the_head_again() -> None:
    at = world()
    assert isinstance(await written(at, sold(1)), Written)
    first, lines, last = saves(at)
    assert [first[::2], lines[::2], last[::2]] == [
        ("Sales orders", "1"),
        ("Sales order items", "0"),
        ("Sales orders", "0"),
    ]
    assert first[1] == last[1]
    (entry,) = at.twin.book("order")
    assert entry.facts["allocates"] is True


async def test_everything_that_is_sent_is_seen_or_named() -> None:
    at = world(settings={"country_map": "countries", "page_size": 100})
    for number in range(1, 40):
        intent = at.target.compose(sold(number))
        await at.target.write([intent])
        document = await at.seen(intent.reference)
        assert differing(intent, document) == {}
        assert not document.unseen
    (_, (head,), _), (_, rows, _), _ = saves(at)[:3]
    sheets = at.target._sheets  # pyright: ignore[reportPrivateUsage]
    assert tuple(head) == sheets.head.names
    assert tuple(rows[0]) == sheets.below.names
    named = CONNECTOR.manifest.documents["order"].not_compared
    intent = at.target.compose(sold(1))
    assert {*intent.not_compared} == {*named}
    assert {family(name) for name in intent.expect} <= {*intent.kinds}


async def test_the_cells_of_an_order() -> None:
    at = world(settings={"country_map": "countries"})
    line = Line("14400011", "TEE-ORG-M", "Tee", 2, 2400, 660)
    changes: dict[str, Any] = {"lines": (line,), "total_minor": 4635, "tax_minor": 83}
    await written(at, sold(1, **changes))
    (_, (head,), _), (_, (row,), _), _ = saves(at)
    assert (head["TotalSale"], head["Discount"], head["TaxPaid"]) == ("46.35", "6.60", "0.83")
    assert (head["ShippingCost"], head["PaymentMethod"]) == ("4.95", "1")
    assert (head["ServiceType"], head["ChannelName"]) == ("DPD-ND", "Shop UK")
    assert head["ShippingAddressLine1"] == '12 St James Square, "The Loft"'
    assert head["ShippingAddressCountry"] == "United Kingdom"
    assert head["IsPartialShipment"] == "false"
    assert (row["Line"], row["ItemCode"], row["QuantityOrdered"]) == ("14400011", "TEE-ORG-M", "2")
    assert (row["SalePrice"], row["Sequence"]) == ("24.00", "1")


async def test_dates_are_the_sites_own_clock_in_the_form_of_an_import() -> None:
    at = world(settings={"required_days": 2})
    await written(at, sold(1, placed="2026-07-05T23:12:33Z"))
    (_, (head,), _), _, _ = saves(at)
    assert head["CreatedDate"] == "2026-07-06 00:12:33"
    assert head["RequestedDeliveryDate"] == "2026-07-08 00:00:00"


@pytest.mark.parametrize(
    "text", ["2026-07-06 00:12:33", "'06/07/2026 00:12:33'", "2026-07-06T00:12:33"]
)
def test_dates_are_read_in_every_form_that_was_seen(text: str) -> None:
    assert moment(text) == "2026-07-06 00:12:33"


async def test_report_dates_of_a_template_are_no_difference() -> None:
    at = world(spelling=Spelling(dates=True))
    intent = at.target.compose(sold(3))
    await at.target.write([intent])
    assert differing(intent, await at.seen(intent.reference)) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "9" * 31},
        {"lines": (Line("1" * 17, "TEE", "Tee", 1, 100),)},
        {"lines": (Line("1", "T" * 51, "Tee", 1, 100),)},
        {"deliver_to": replace(ADA, line1="x" * 101)},
    ],
)
def test_what_has_no_room_is_held_and_never_cut(changes: dict[str, Any]) -> None:
    with pytest.raises(Hold) as hold:
        world().target.compose(sold(1, **changes))
    assert hold.value.code == "too-wide"


@pytest.mark.parametrize("key", ['a"b', "a\\b"])
def test_a_number_that_would_end_a_search_is_held(key: str) -> None:
    with pytest.raises(Hold):
        world().target.compose(sold(1, key=key))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": " "}, "missing-part"),
        ({"payments": ()}, "no-place"),
        ({"payments": (Payment("klarna", 1),)}, "unmapped-value"),
        ({"shipping": ()}, "no-service"),
        ({"shipping": (Charge("DPD", 1), Charge("Royal Mail 48", 1))}, "several-deliveries"),
        ({"lines": (Line("1", "", "Tee", 1, 100),)}, "no-sku"),
        ({"lines": (Line("1", "GIFT", "Card", 1, 100, ships=False),)}, "nothing-to-pick"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_what_cannot_be_said_is_held(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Hold) as hold:
        world().target.compose(sold(1, **changes))
    assert hold.value.code == code


def test_what_is_not_carried_is_named() -> None:
    card = Line("99", "GIFT", "Card", 1, 500, ships=False)
    order = sold(
        1,
        lines=(*sold(1).lines, card),
        po_number="PO-77",
        deliver_to=replace(ADA, company="Engines Ltd", phone="07700900123"),
        extras=(Charge("Tip", 300),),
        tags=("vip",),
    )
    losses = {loss.field: loss.value for loss in world().target.compose(order).losses}
    assert losses.keys() == {"note", "po_number", "phone", "deliver_to.company", "lines", "tags"}
    assert losses["lines"] == "Card: £5.00; Tip: £3.00"
    assert {*losses} <= {*UNTOLD.no_member}


# --- bad days ---


async def test_lines_that_fail_after_the_head_leave_a_part_that_is_told() -> None:
    at = world(fault("lines_failed"))
    answer = await written(at, sold(1))
    assert isinstance(answer, Partly)
    assert answer.problem.code == "peoplevox-refused"
    (entry,) = at.twin.book("order")
    assert entry.facts == {**entry.facts, "lines": 0, "allocates": False}


async def test_one_refused_row_among_good_ones_is_a_part() -> None:
    at = world(items=frozenset({"SKU-1"}))
    order = sold(1, lines=(Line("1", "SKU-1", "Tee", 1, 100), Line("2", "SKU-9", "Cap", 1, 100)))
    answer = await written(at, order)
    assert isinstance(answer, Partly)
    assert "SKU-9 does not exist" in str(answer.problem)
    assert len(saves(at)) == 2


async def test_a_head_that_is_refused_is_held_and_nothing_else_is_sent() -> None:
    at = world(services=frozenset())
    answer = await written(at, sold(1))
    assert isinstance(answer, Hold)
    assert "DPD-ND does not exist" in str(answer)
    assert len(saves(at)) == 1


async def test_a_head_that_is_refused_once_it_is_there_is_a_part_and_never_called_absent() -> None:
    """An earlier try that was not answered may have landed, and what is held is not there."""
    at = world()
    assert isinstance(await written(at, sold(1)), Written)
    at.twin.orders._lists["services"] = frozenset()  # pyright: ignore[reportPrivateUsage]
    answer = await written(at, sold(1))
    assert isinstance(answer, Partly)
    assert answer.problem.code == "peoplevox-refused"


async def test_a_refusal_of_which_nobody_can_tell_what_it_left_is_doubt() -> None:
    at = world(services=frozenset())
    await at.session.probe()
    at.wire.instead = lambda body: Answer(500, {}, b"") if b"<GetData " in body else None
    with pytest.raises(Settle):
        await written(at, sold(1))


def untelling(template: str, at: World) -> None:
    """From now on nothing is told of the rows of a template, though they land."""

    def instead(body: bytes) -> Answer | None:
        if f"<TemplateName>{template}<".encode() not in body or b"<SaveData " not in body:
            return None
        _, rows, action = saved(body)
        for row in rows:
            at.twin.orders.save(template, row, int(action))
        text = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            "<SaveDataResponse><SaveDataResult><ResponseId>0</ResponseId><TotalCount>1</TotalCount>"
            "</SaveDataResult></SaveDataResponse></e:Body></e:Envelope>"
        )
        return Answer(200, {}, text.encode())

    at.wire.instead = instead


async def test_lines_of_which_nothing_is_told_are_looked_for_before_anything_is_sent_again() -> (
    None
):
    at = world()
    untelling("Sales order items", at)
    assert isinstance(await written(at, sold(1)), Written)
    assert at.wire.count("GetData") > 0
    assert [action for _, _, action in saves(at)] == ["1", "0", "0"]


async def test_lines_that_are_there_otherwise_than_they_were_sent_are_in_doubt() -> None:
    at = world()
    untelling("Sales order items", at)
    at.twin.orders.save = spoilt(at.twin.orders.save)  # type: ignore[method-assign]
    with pytest.raises(Settle):
        await written(at, sold(1))


def spoilt(save: Any) -> Any:
    """Saves every row with another quantity."""
    return lambda template, row, action: save(template, {**row, "QuantityOrdered": "77"}, action)


async def test_a_head_of_which_nothing_is_told_is_in_doubt() -> None:
    at = world()
    untelling("Sales orders", at)
    with pytest.raises(Settle):
        await written(at, sold(1))


async def test_a_busy_site_between_two_calls_is_doubt_and_the_whole_again_completes_it() -> None:
    at = world()
    await at.session.probe()
    at.wire.instead = lambda body: Answer(429, {}, b"") if b"order items" in body else None
    with pytest.raises(Settle):
        await written(at, sold(1))
    at.wire.instead = lambda body: None
    assert isinstance(await written(at, sold(1)), Written)
    (entry,) = at.twin.book("order")
    assert entry.facts["allocates"] is True


@pytest.mark.parametrize("name", ["timeout_before", "timeout_after", "reset_after", "deadlocked"])
async def test_silence_and_deadlock_are_doubt(name: str) -> None:
    at = world()
    await at.session.probe()
    bad = world(fault(name))
    at.wire._wire = bad.wire._wire  # pyright: ignore[reportPrivateUsage]
    await bad_sign_in(at, bad)
    with pytest.raises(Settle):
        await written(at, sold(1))


async def bad_sign_in(at: World, bad: World) -> None:
    """The bad day's site knows the session of the good one."""
    tokens = at.twin._memory.rows("select token, until_s from tokens")  # pyright: ignore[reportPrivateUsage]
    bad.twin._memory.run_many("insert into tokens values (?, ?)", tokens)  # pyright: ignore[reportPrivateUsage]


# --- sessions and templates ---


async def test_a_session_that_died_is_renewed_once_and_the_call_made_again() -> None:
    at = world()
    await at.session.probe()
    at.twin._memory.run("delete from tokens")  # pyright: ignore[reportPrivateUsage]
    assert isinstance(await written(at, sold(1)), Written)
    assert at.wire.count("Authenticate") == 2
    assert at.twin.report().orders == 1


async def test_a_session_is_renewed_before_it_is_idle_for_too_long() -> None:
    at = world()
    await at.session.probe()
    at.clock.move(24 * 60)
    await at.session.probe()
    assert at.wire.count("Authenticate") == 1
    at.clock.move(2 * 60)
    await at.session.probe()
    assert at.wire.count("Authenticate") == 2
    assert b"Invalid Session" not in b"".join(answer.body for answer in at.wire.answers)


async def test_no_session_and_no_password_is_on_the_tape() -> None:
    at = world()
    with recording() as tape:
        await written(at, sold(1))
    tokens = at.twin._memory.rows("select token from tokens")  # pyright: ignore[reportPrivateUsage]
    assert tape
    assert b"***" in tape[0].sent
    assert not any(str(token) in repr(exchange) for (token,) in tokens for exchange in tape)
    assert PASSWORD not in repr(tape)


async def test_a_column_that_was_renamed_is_missed_before_anything_is_sent() -> None:
    at = world(renamed={"Email": "e_mail"})
    with pytest.raises(Misconfigured) as wrong:
        await written(at, sold(1))
    assert "Sales orders" in wrong.value.said
    assert "Email" in wrong.value.said
    assert saves(at) == []


async def test_a_site_that_names_columns_otherwise_is_sent_and_read_by_its_names() -> None:
    names = {"Email": "e_mail", "Line": "line_no", "SalesOrderNumber": "order_no"}
    at = world(settings={"columns": names}, renamed=names)
    intent = at.target.compose(sold(2))
    assert isinstance((await at.target.write([intent]))[0], Written)
    assert differing(intent, await at.seen(intent.reference)) == {}
    assert "e_mail" in saves(at)[0][1][0]


async def test_a_page_that_comes_back_empty_is_told_and_never_taken_for_the_end() -> None:
    at = world(empty_from=5)
    await written(at, sold(1))
    with pytest.raises(Misconfigured) as wrong:
        await at.seen(sold(1).key)
    assert "page_size" in wrong.value.do


# --- cancelling ---


async def cancelled(at: World, order: Order) -> Any:
    (answer,) = await at.target.cancel([at.target.cancellation(order, order.key)])
    return answer


async def test_an_order_is_cancelled_by_its_status_and_seen_so() -> None:
    at = world()
    await written(at, sold(1))
    before = await at.seen(sold(1).key)
    assert isinstance(await cancelled(at, sold(1)), Written)
    after = await at.seen(sold(1).key)
    intent = at.target.cancellation(sold(1), sold(1).key)
    assert (before.fields["status"], after.fields["status"]) == ("New", "Cancelled")
    assert differing(intent, after) == {}
    assert saves(at)[-1] == (
        "Sales orders",
        [{"SalesOrderNumber": sold(1).key, "Status": "Cancelled"}],
        "0",
    )
    assert after.fields == {**before.fields, "status": "Cancelled"}


async def test_a_cancellation_that_is_refused_is_a_persons() -> None:
    at = world(picking=frozenset({sold(1).key}))
    await written(at, sold(1))
    answer = await cancelled(at, sold(1))
    assert isinstance(answer, Hold)
    assert "cannot be cancelled" in str(answer)


async def test_a_line_that_was_picked_takes_no_change_and_a_person_is_told() -> None:
    at = world()
    await written(at, sold(1))
    at.clock.move(600.0)
    at.twin.warehouse.turns.advance()
    lines = tuple(replace(line, quantity=line.quantity + 1) for line in sold(1).lines)
    answer = await written(at, sold(1, lines=lines))
    assert isinstance(answer, Partly)
    assert "is picked" in str(answer.problem)
    (entry,) = at.twin.book("order")
    assert entry.facts["units"] == {line.sku: line.quantity for line in sold(1).lines}


def test_the_target_is_what_the_manifest_says() -> None:
    assert {*CONNECTOR.manifest.documents["order"].verbs} == {"read", "write", "cancel"}
    assert callable(OrderTarget.cancel)


async def test_no_more_than_twelve_calls_leave_in_fifteen_seconds() -> None:
    limit = CONNECTOR.manifest.limits["calls"]
    assert limit.size + 15 * limit.per_s <= 12


@pytest.mark.parametrize(
    ("text", "minor"), [("£64.35", 6435), ("1,064.35", 106_435), ("-6.60", -660), ("GBP 5", 500)]
)
def test_amounts_are_read_with_their_sign_and_without_a_currencys(text: str, minor: int) -> None:
    assert signed_amount(text, "GBP") == minor

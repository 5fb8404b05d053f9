"""What is odd about Xero, pinned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.connectors.xero.paper import day
from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.line import Line, Tax
from counterfoil.model.order import Order, check
from counterfoil.twins.xero.order import INVOICES
from counterfoil.values.errors import QUOTA_SPENT, Hold, Misconfigured, Retry, Settle
from tests.connectors.xero.xero_stage import SITE, sold, stage


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


def composed(case: Case, order: Order, **settings: Any) -> Intent:
    case.stage.settings = {**case.stage.settings, **settings}
    return case.open().target("order").compose(order)


def sent(case: Case, order: Order, **settings: Any) -> dict[str, Any]:
    return json.loads(composed(case, order, **settings).payload)


def only(order: Order, *lines: Line) -> Order:
    """The order with these lines, and nothing else."""
    tax = sum(line.tax_minor for line in lines)
    total = sum(line.total_minor for line in lines) + (0 if order.tax_included else tax)
    return msgspec.structs.replace(
        order, lines=lines, shipping=(), total_minor=total, tax_minor=tax
    )


async def signed_in(case: Case) -> Any:
    session = case.open()
    await session.probe()
    return session.target("order")


def twin(case: Case) -> Any:
    return case.stage.receivers["order"].twin  # type: ignore[attr-defined]


# --- to the penny ---


@pytest.mark.parametrize("tax_included", [True, False])
def test_lines_come_to_the_total_at_two_decimals(case: Case, tax_included: bool) -> None:
    for number in range(40):
        order = sold(number, tax_included=tax_included)
        check(order)
        body = sent(case, order)
        assert body["LineAmountTypes"] == ("Inclusive" if tax_included else "Exclusive")
        lines = body["LineItems"]
        cents = [round(100 * line["LineAmount"]) for line in lines]
        assert cents == [line["Quantity"] * round(100 * line["UnitAmount"]) for line in lines]
        tax = sum(round(100 * line["TaxAmount"]) for line in lines)
        assert sum(cents) + (0 if tax_included else tax) == order.total_minor
        assert tax == order.tax_minor


HALVES = ((85000, 7013), (25000, 2063), (65000, 5363), (5000, 413))
"""Net amounts and their tax at 8.25 %, recorded: 70.125, 20.625, 53.625 and 4.125 go up."""


def test_what_xero_would_make_of_the_lines_is_foretold(case: Case) -> None:
    base = sold(1, tax_included=False)
    lines = [
        Line(str(net), str(net), "", 1, net, tax_minor=tax, tax_rate="0.0825")
        for net, tax in HALVES
    ]
    maps = {**case.stage.maps, "tax-types": msgspec.structs.replace(
        case.stage.maps["tax-types"], values={"0.0825": "OUTPUT"})}  # fmt: skip
    case.stage.maps = maps
    intent = composed(case, only(base, *lines), tax_amounts="xero")
    assert intent.expect["tax"] == sum(tax for _, tax in HALVES)
    assert "TaxAmount" not in json.loads(intent.payload)["LineItems"][0]
    # The shop rounds the sum: a penny less than Xero line by line.
    less = msgspec.structs.replace(lines[0], tax_minor=lines[0].tax_minor - 1)
    with pytest.raises(Hold, match=r"Xero would make £1,948.52 of it") as held:
        composed(case, only(base, less, *lines[1:]), tax_amounts="xero")
    assert held.value.code == "foretold-differs"
    # With the shop's own tax it is what the shop says.
    intent = composed(case, only(base, less, *lines[1:]), tax_amounts="shop")
    assert intent.expect["tax"] == sum(tax for _, tax in HALVES) - 1


def test_tax_that_xero_reckons_inside_a_price_is_told(case: Case) -> None:
    line = Line("1", "TEE", "Tee", 1, 1000, tax_minor=166, tax_rate="0.20")
    intent = composed(case, only(sold(0), line), tax_amounts="xero")
    assert intent.expect["total"] == 1000
    assert intent.expect["tax"] == 167
    assert [loss.field for loss in intent.losses] == ["tax_minor"]


def test_each_thing_has_its_account_and_tax_type(case: Case) -> None:
    lines = (
        Line("1", "TEE", "Tee", 2, 1200, 160, 373, "0.200"),
        Line("2", "", "Card", 1, 2500, kind="gift-card"),
    )
    body = sent(case, only(sold(0), *lines))
    told = [
        (line["Description"], line["AccountCode"], line["TaxType"]) for line in body["LineItems"]
    ]
    assert told == [("TEE Tee", "200", "OUTPUT2"), ("Card", "820", "ZERORATEDOUTPUT")]


def test_a_rate_that_nobody_tells_is_held(case: Case) -> None:
    line = Line("1", "TEE", "Tee", 1, 1200, tax_minor=200)
    with pytest.raises(Hold, match="at a rate that the shop does not tell"):
        composed(case, only(sold(0), line))


@pytest.mark.parametrize(
    ("currency", "why"), [("CHF", "does not book in"), ("KWD", "does not book in")]
)
def test_a_currency_that_the_books_do_not_have_is_held(case: Case, currency: str, why: str) -> None:
    order = msgspec.structs.replace(sold(0), currency=currency)
    with pytest.raises(Hold, match=why) as held:
        composed(case, order, currencies=["GBP", "KWD"])
    assert ("two" in held.value.do or "2 decimals" in held.value.do) == (currency == "KWD")


def test_what_a_marketplace_collects_is_no_tax_of_ours(case: Case) -> None:
    line = Line("1", "TEE", "Tee", 1, 1200, tax_minor=200, tax_rate="0.2",
                taxes=(Tax("VAT", 200, "0.2", "channel"),))  # fmt: skip
    order = only(sold(0), line)
    with pytest.raises(Hold) as held:
        composed(case, order)
    assert held.value.code == "marketplace-tax"
    intent = composed(case, order, marketplace_tax="less-tax")
    assert (intent.expect["total"], intent.expect["tax"]) == (1000, 0)


def test_the_date_is_the_organisation_s_own(case: Case) -> None:
    late = msgspec.structs.replace(sold(0), placed="2026-06-30T23:30:00Z")
    assert sent(case, late)["Date"] == "2026-07-01"  # summer time in London


def test_a_date_is_no_moment() -> None:
    assert day("/Date(1776297600000+0000)/") == "2026-04-16"
    assert day("2026-04-16") == "2026-04-16"
    assert day("/Date(x)/") == "/Date(x)/"


# --- what came of it ---


async def test_a_good_answer_with_failures_inside_is_told_row_by_row(case: Case) -> None:
    target = case.open().target("order")
    intents = [target.compose(sold(number)) for number in range(4)]
    bad = intents[1].payload.replace(b'"200"', b'"999"')
    intents[1] = msgspec.structs.replace(intents[1], payload=bad)
    answers = await target.write(intents)
    assert [type(answer) for answer in answers] == [Written, Hold, Written, Written]
    assert isinstance(answers[1], Hold)
    assert (answers[1].code, "Account must be valid." in answers[1].said) == ("xero-refused", True)
    seen = await target.read([intent.reference for intent in intents])
    assert [*seen] == [intent.reference for intent in intents if intent != intents[1]]


async def test_a_400_on_several_has_made_those_that_it_does_not_name(case: Case) -> None:
    target = await signed_in(case)
    intents = [target.compose(sold(number)) for number in range(3)]
    element = {"InvoiceNumber": intents[1].reference, "ValidationErrors": [{"Message": "No."}]}
    refusal = {"ErrorNumber": 10, "Elements": [element]}
    with case.postman.answering(400, json.dumps(refusal).encode()):
        answers = await target.write(intents)
    assert [type(answer) for answer in answers] == [Settle, Hold, Settle]


async def test_an_answer_that_tells_of_others_is_no_answer(case: Case) -> None:
    target = await signed_in(case)
    intents = [target.compose(sold(number)) for number in range(2)]
    row = {"InvoiceID": "1", "InvoiceNumber": "another"}
    with (
        case.postman.answering(200, json.dumps({"Invoices": [row]}).encode()),
        pytest.raises(Settle),
    ):
        await target.write(intents)
    with case.postman.answering(200, json.dumps({"Invoices": [row]}).encode()):
        (answer,) = await target.write(intents[:1])
    assert isinstance(answer, Settle)


async def test_the_same_call_has_the_same_key(case: Case) -> None:
    target = case.open().target("order")
    one, two = (target.compose(sold(number)) for number in (1, 2))
    for intents in ([one], [one], [two], [one, two]):
        await target.write(intents)
    keys = [sent.headers["Idempotency-Key"] for sent in case.postman.sent if sent.method == "PUT"]
    assert keys[0] == keys[1]
    assert len({*keys}) == 3
    assert all(len(key) <= 128 for key in keys)
    # Inside its life the key gives the first answer again; after it the number refuses another.
    assert twin(case).report().orders == 2
    case.clock.move(SITE.key_life_s + 1)
    (answer,) = await target.write([one])
    assert isinstance(answer, Hold)
    assert answer.code == "number-taken"


async def test_a_closed_period_is_held_and_says_until_when() -> None:
    closed = msgspec.structs.replace(SITE, locked_until="2026-10-31")
    with at_stage(CONNECTOR, lambda clock: stage(clock, closed)) as case:
        target = case.open().target("order")
        (answer,) = await target.write([target.compose(sold(1))])
    assert isinstance(answer, Hold)
    assert answer.code == "locked-period"
    assert "31-Oct-2026" in answer.said
    assert "move the lock date" in answer.do


async def test_a_void_invoice_beside_a_living_one_does_not_count(case: Case) -> None:
    target = case.open().target("order")
    intent = target.compose(sold(1))
    await target.write([intent])
    books = twin(case).books
    (row,) = books.found(INVOICES, intent.reference)
    books.write(INVOICES, {"InvoiceID": row["InvoiceID"], "Status": "VOIDED"}, put=False, places=2)
    (void,) = (await target.read([intent.reference]))[intent.reference]
    assert void.fields["status"] == "VOIDED"
    assert void.fields["total"] == intent.expect["total"]  # a dead one keeps its amounts
    books.keep(INVOICES, {**row, "InvoiceID": books.drawn()})
    (living,) = (await target.read([intent.reference]))[intent.reference]
    assert living.fields["status"] == "AUTHORISED"


async def test_a_paid_invoice_is_as_it_was_sent(case: Case) -> None:
    target = case.open().target("order")
    intent = target.compose(sold(1))
    await target.write([intent])
    books = twin(case).books
    (row,) = books.found(INVOICES, intent.reference)
    books.keep(INVOICES, {**row, "Status": "PAID"})
    (seen,) = (await target.read([intent.reference]))[intent.reference]
    assert seen.fields["status"] == intent.expect["status"]
    drafts = case.open().target("order").compose
    case.stage.settings = {**case.stage.settings, "status": "DRAFT"}
    assert json.loads(case.open().target("order").compose(sold(1)).payload)["Status"] == "DRAFT"
    assert drafts(sold(1)).expect["status"] == "AUTHORISED"


# --- limits ---


async def test_the_day_s_limit_parks_everybody(case: Case) -> None:
    session = case.open()
    target = session.target("order")
    await session.probe()
    spent = {
        "x-rate-limit-problem": "day",
        "x-daylimit-remaining": "0",
        "x-minlimit-remaining": "60",
    }
    with case.postman.answering(429, b"", **spent), pytest.raises(Retry) as busy:
        await target.read(["1"])
    assert busy.value.code == "busy"
    calls = len(case.postman.sent)
    with pytest.raises(Retry) as parked:
        await case.open().target("order").read(["1"])
    assert parked.value.code == QUOTA_SPENT
    assert parked.value.after_s > 3600
    assert len(case.postman.sent) == calls, "nobody asks before the day is over"


async def test_a_day_s_wait_is_believed(case: Case) -> None:
    target = await signed_in(case)
    with case.postman.answering(429, b"", **{"retry-after": "36000"}), pytest.raises(Retry) as busy:
        await target.read(["1"])
    assert busy.value.after_s == 36000.0


async def test_a_minute_s_wait_does_not_spend_the_day(case: Case) -> None:
    target = await signed_in(case)
    minute = {"x-rate-limit-problem": "minute", "retry-after": "20"}
    with case.postman.answering(429, b"", **minute), pytest.raises(Retry):
        await target.read(["1"])
    assert [name for name, _ in case.book.closed] == ["minute"]
    case.clock.move(61.0)
    assert await target.read(["1"]) == {}
    with case.postman.answering(429, b"", **{"retry-after": "36000"}), pytest.raises(Retry):
        await target.read(["1"])
    assert [name for name, _ in case.book.closed] == ["minute", "day"]


async def test_another_organisation_is_told_by_the_probe(case: Case) -> None:
    case.stage.settings = {
        **case.stage.settings, "tenant_id": "00000000-0000-4000-8000-000000000009"
    }  # fmt: skip
    with pytest.raises(Misconfigured, match="opens no organisation") as wrong:
        await case.open().probe()
    assert "Demo Company (UK)" in wrong.value.do
    with pytest.raises(Misconfigured, match="does not open this organisation"):
        await case.open().target("order").read(["1"])

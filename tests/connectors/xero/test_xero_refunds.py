"""Refunds in Xero: a credit note of what was sold, and a payment of it for each repayment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.connectors.xero.paper import day
from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.model.line import Charge
from counterfoil.model.refund import Adjustment, Credit, Refund, Repayment, check
from counterfoil.twins.xero.payment import PAYMENTS
from counterfoil.values.errors import Hold, Retry
from counterfoil.values.money import minor
from tests.connectors.xero.xero_stage import SITE, refunded, stage

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "xero"
beside = pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


def composed(case: Case, refund: Refund, **settings: Any) -> Intent:
    case.stage.settings = {**case.stage.settings, **settings}
    return case.open().target("refund").compose(refund)


def bodies(intent: Intent) -> list[dict[str, Any]]:
    return [json.loads(step.payload) for step in intent.steps]


async def made(case: Case, intent: Intent) -> list[Written]:
    """The whole refund, step by step."""
    target, done = case.open().target("refund"), list[Written]()
    for _ in intent.steps:
        (answer,) = await target.write([intent.call(done)])
        assert isinstance(answer, Written), answer
        done.append(answer)
    return done


TEE = Credit("1", "TEE", 1, 2160, 360, "Tee red M", "0.2")
CARD = Repayment("9-1", "shopify_payments", 2160, "succeeded", at="2026-10-09T23:30:00Z")
BASE = Refund(
    key="889211", number="#1042-R1", order="5778316361911", order_number="#1042",
    created="2026-10-09T10:00:00Z", updated="2026-10-09T10:00:00Z", currency="GBP",
    tax_included=True, total_minor=2160, tax_minor=360, lines=(TEE,), repayments=(CARD,),
)  # fmt: skip
OF_ALL_SORTS = {
    "pieces": BASE,
    "money for a line, and no piece": replace(BASE, lines=(replace(TEE, quantity=0),)),
    "postage only": replace(BASE, lines=(), shipping=(Charge("DPD", 2160, 360, "0.2"),)),
    "tax only": replace(
        BASE, lines=(replace(TEE, quantity=0, amount_minor=360),), total_minor=360,
        repayments=(replace(CARD, amount_minor=360),)),
    "goodwill": replace(
        BASE, lines=(), adjustments=(Adjustment("goodwill", 2160),), tax_minor=0),
    "a fee kept back": replace(
        BASE, adjustments=(Adjustment("fee", -160),), total_minor=2000,
        repayments=(replace(CARD, amount_minor=2000),)),
    "prices without tax": replace(
        BASE, tax_included=False, lines=(replace(TEE, amount_minor=1800),)),
    "two means": replace(
        BASE, repayments=(replace(CARD, amount_minor=1000),
                          Repayment("9-2", "gift_card", 1160, "succeeded", "gift-card"))),
    "three pieces that no price divides": replace(
        BASE, lines=(replace(TEE, quantity=3, amount_minor=1000, tax_minor=167),), total_minor=1000,
        tax_minor=167, repayments=(replace(CARD, amount_minor=1000),)),
}  # fmt: skip


@pytest.mark.parametrize("sort", OF_ALL_SORTS)
async def test_a_refund_is_credited_and_paid_to_the_penny(case: Case, sort: str) -> None:
    refund = OF_ALL_SORTS[sort]
    check(refund)
    intent = composed(case, refund)
    await made(case, intent)
    (note,) = (await case.open().target("refund").read(["889211"]))["889211"]
    differs = {name: (value, note.fields.get(name)) for name, value in intent.expect.items()
               if note.fields.get(name) != value}  # fmt: skip
    assert differs == {}
    assert note.fields["total"] == refund.total_minor
    assert note.fields["remaining"] == 0, "what was credited has gone back"
    assert note.fields["status"] == "AUTHORISED"
    payments = bodies(intent)[1:]
    assert [minor(str(payment["Amount"]), "GBP") for payment in payments] == [
        part.amount_minor for part in refund.repayments
    ]


def test_each_payment_names_the_note_its_account_and_itself(case: Case) -> None:
    note, card, gift = bodies(composed(case, OF_ALL_SORTS["two means"]))
    assert (note["Type"], note["CreditNoteNumber"], note["Reference"]) == (
        "ACCRECCREDIT", "889211", "#1042-R1",
    )  # fmt: skip
    assert card == {
        "CreditNote": {"CreditNoteNumber": "889211"},
        "Account": {"Code": "851"},
        "Date": "2026-10-10",  # summer time in London
        "Amount": 10.0,
        "Reference": "889211~9-1",
    }
    assert (gift["Account"], gift["Reference"]) == ({"Code": "820"}, "889211~9-2")


def test_only_money_that_went_back_is_paid(case: Case) -> None:
    failed = replace(CARD, key="9-0", state="failed", failure="The card is closed.")
    intent = composed(case, replace(BASE, repayments=(failed, CARD)))
    assert [step.reference for step in intent.steps] == ["889211", "889211~9-1"]
    intent = composed(case, replace(BASE, repayments=()))
    assert [step.name for step in intent.steps] == ["note"]
    assert intent.expect["remaining"] == 2160


def test_a_draft_is_paid_by_who_approves_it(case: Case) -> None:
    intent = composed(case, BASE, status="DRAFT")
    assert [step.name for step in intent.steps] == ["note"]
    assert bodies(intent)[0]["Status"] == "DRAFT"


def test_a_refund_without_money_is_held(case: Case) -> None:
    for nothing in (replace(BASE, lines=(), repayments=(), total_minor=0, tax_minor=0),
                    replace(BASE, total_minor=0)):  # fmt: skip
        with pytest.raises(Hold, match="moves no money") as held:
            composed(case, nothing)
        assert held.value.code == "nothing-to-credit"


def test_a_gateway_without_an_account_is_held(case: Case) -> None:
    with pytest.raises(Hold, match="gateways"):
        composed(case, replace(BASE, repayments=(replace(CARD, gateway="paypal"),)))


def test_a_key_that_no_query_can_quote_is_held(case: Case) -> None:
    for key in ('8"', "8~9", "8,9"):
        with pytest.raises(Hold) as held:
            composed(case, replace(BASE, key=key))
        assert held.value.code == "too-wide"


async def test_a_payment_within_the_key_s_life_is_made_once_and_after_it_twice(case: Case) -> None:
    """Why a payment in doubt is looked up once half of the life is over."""
    intent = composed(case, BASE)
    (note, _) = await made(case, intent)
    target, again = case.open().target("refund"), intent.call([note])
    books = case.stage.receivers["refund"].twin.books  # type: ignore[attr-defined]
    (answer,) = await target.write([again])
    assert isinstance(answer, Written)
    assert len(books.found(PAYMENTS, again.reference)) == 1
    case.clock.move(SITE.key_life_s + 1)
    (answer,) = await target.write([again])
    # Xero takes no more than is open, so that only a note that is open could be paid twice.
    assert isinstance(answer, Hold)
    half = composed(case, replace(BASE, key="2", repayments=(replace(CARD, amount_minor=1000),)))
    (note, _) = await made(case, half)
    case.clock.move(SITE.key_life_s + 1)
    (answer,) = await target.write([half.call([note])])
    assert isinstance(answer, Written)
    seen = await target.read([half.steps[1].reference])
    assert len(seen[half.steps[1].reference]) == 2
    life_s = CONNECTOR.manifest.documents["refund"].life_s("payment")
    assert life_s is not None
    assert life_s < SITE.key_life_s


async def test_a_deleted_payment_is_none(case: Case) -> None:
    intent = composed(case, BASE)
    (_, paid) = await made(case, intent)
    books = case.stage.receivers["refund"].twin.books  # type: ignore[attr-defined]
    gone = {"PaymentID": paid.identity, "Status": "DELETED"}
    books.write(PAYMENTS, gone, put=False, places=2)
    target = case.open().target("refund")
    assert await target.read([paid.number]) == {}
    (note,) = (await target.read([intent.reference]))[intent.reference]
    assert note.fields["remaining"] == 2160, "and the note is open again"


async def test_many_refunds_come_to_what_they_are(case: Case) -> None:
    for number in range(12):
        refund = refunded(number, tax_included=number % 2 == 0)
        check(refund)
        await made(case, composed(case, refund))


# --- recordings ---

NOTE_FILES = ["live-get", "live-list", "live-list-2", "live-post-update", "live-put-draft"]
PAYMENT_FILES = ["live-get", "live-list", "live-list-2", "live-put"]
XML_NOTES = ["xml-allocated", "xml-authorised", "xml-create-answer"]
XML_PAYMENTS = ["xml-create-answer", "xml-list"]


async def read(case: Case, body: bytes, references: list[str]) -> Any:
    session = case.open()
    await session.probe()
    with case.postman.answering(200, body):
        return await session.target("refund").read(references)


def answer(collection: str, rows: list[dict[str, Any]]) -> bytes:
    pages = {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": len(rows)}
    return json.dumps({"pagination": pages, collection: rows}).encode()


def recorded(folder: str, name: str) -> list[dict[str, Any]]:
    told = json.loads((CASES / folder / f"{name}.json").read_text("utf-8"))["response"]
    return told["CreditNotes" if folder == "credit_notes" else "Payments"]


@beside
@pytest.mark.parametrize("name", NOTE_FILES)
async def test_recorded_notes_are_seen_whole(case: Case, name: str) -> None:
    """Every one is read, with what of it has not gone anywhere yet."""
    rows = recorded("credit_notes", name)
    numbers = [row["CreditNoteNumber"] for row in rows if row.get("CreditNoteNumber")]
    seen = await read(case, answer("CreditNotes", rows), numbers)
    assert {*seen} == {*numbers}
    for row in rows:
        if not row.get("CreditNoteNumber"):
            continue
        fields = {one.identity: one.fields for one in seen[row["CreditNoteNumber"]]}
        if row["CreditNoteID"] not in fields:
            assert row["Status"] in ("DELETED", "VOIDED"), "a dead namesake does not count"
            continue
        told = fields[row["CreditNoteID"]]
        assert told["total"] == minor(str(row["Total"]), "USD")
        assert told["remaining"] == minor(str(row["RemainingCredit"]), "USD")
        assert told["date"] == row["DateString"][:10]
        # Recorded: without a status a note is a draft, and what is allocated whole is PAID.
        assert told["status"] == ("AUTHORISED" if row["Status"] == "PAID" else row["Status"])


@beside
@pytest.mark.parametrize("name", PAYMENT_FILES)
async def test_recorded_payments_are_found_by_reference_unless_deleted(
    case: Case, name: str
) -> None:
    """Deleted ones are in every list, with their whole amount; they are none."""
    rows = [{**row, "Reference": f"r~{at}"} for at, row in enumerate(recorded("payments", name))]
    seen = await read(case, answer("Payments", rows), [row["Reference"] for row in rows])
    living = [row for row in rows if row["Status"] != "DELETED"]
    assert {*seen} == {row["Reference"] for row in living}
    if name == "live-list-2":
        assert (len(rows), len(rows) - len(living)) == (55, 17)
    for row in living:
        assert day(row["Date"])[:2] == "20", "a date, though there is no DateString"


@beside
@pytest.mark.parametrize(
    ("folder", "name"),
    [("credit_notes", name) for name in XML_NOTES] + [("payments", name) for name in XML_PAYMENTS],
)
async def test_old_recordings_are_xml_and_not_ours(case: Case, folder: str, name: str) -> None:
    reference = "1" if folder == "credit_notes" else "1~1"
    with pytest.raises(Retry):
        await read(case, (CASES / folder / f"{name}.xml").read_bytes(), [reference])


@beside
def test_every_recording_of_notes_and_payments_has_its_row() -> None:
    notes = {path.stem for path in (CASES / "credit_notes").iterdir()}
    payments = {path.stem for path in (CASES / "payments").iterdir()}
    assert (notes, payments) == ({*NOTE_FILES, *XML_NOTES}, {*PAYMENT_FILES, *XML_PAYMENTS})

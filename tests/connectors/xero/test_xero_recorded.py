"""Every recorded answer and message of real organisations: what must come of it, and why."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.order import INVOICES
from counterfoil.connectors.xero.paper import day
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.kit.webhook import verify
from counterfoil.mapping.tax import rate
from counterfoil.twins.xero.sums import lines, totals
from counterfoil.twins.xero.webhook import Listener
from counterfoil.values.errors import (
    QUOTA_SPENT,
    CounterfoilError,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)
from counterfoil.values.money import minor
from tests.connectors.xero.xero_stage import SITE, TENANT, stage

SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = SHARED / "cases" / "xero"
SPEC = SHARED / "specs" / "xero" / "xero_accounting.yaml.gz"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")


def recorded(name: str) -> Any:
    return json.loads((CASES / name).read_text("utf-8"))


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        yield case


async def signed_in(case: Case) -> Any:
    session = case.open()
    await session.probe()
    return session.target("order")


def whole(answer: Mapping[str, Any]) -> bytes:
    """A recorded answer as it is where pages were asked for, which recordings without them lack."""
    pages = {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1}
    return json.dumps({"pagination": pages, **answer}).encode()


# --- invoices ---

INVOICE_FILES = ["live-get", "live-list", "live-list-2", "live-post-bill-2022", "live-post-update"]


def invoices(name: str) -> list[dict[str, Any]]:
    told = recorded(f"invoices/{name}.json")
    return (told.get("response") or told)["Invoices"]


@pytest.mark.parametrize("name", INVOICE_FILES)
async def test_recorded_invoices_are_seen_whole(case: Case, name: str) -> None:
    """Every one is read, whatever members it lacks: nulls are absent, a bill has no due date."""
    target, rows = await signed_in(case), invoices(name)
    numbers = [row["InvoiceNumber"] for row in rows if row.get("InvoiceNumber")]
    with case.postman.answering(200, whole({"Invoices": rows})):
        seen = await target.read(numbers)
    assert {*seen} == {*numbers}
    dead = ("DELETED", "VOIDED")
    for number, documents in seen.items():
        namesakes = [row for row in rows if row.get("InvoiceNumber") == number]
        living = [row for row in namesakes if row["Status"] not in dead] or namesakes
        # A bill's number comes as often as its supplier likes; of a sale's there is one.
        assert len(documents) == len(living)
        for row, document in zip(living, documents, strict=True):
            assert document.identity == row["InvoiceID"]
            assert document.fields["total"] == minor(str(row["Total"]), "USD")
            assert document.fields["tax"] == minor(str(row["TotalTax"]), "USD")
            assert document.fields["date"] == row["DateString"][:10], "a midnight is a date"
            assert ("due" in document.unseen) == ("DueDate" not in row)


@pytest.mark.parametrize("name", INVOICE_FILES)
def test_recorded_lines_are_taxed_as_we_reckon(name: str) -> None:
    """The demo organisation taxes OUTPUT at 8.25 %, line by line, exact halves up."""
    stated, counted = rate("0.0825"), 0
    for row in invoices(name):
        inclusive = row["LineAmountTypes"] == "Inclusive"
        for line in row["LineItems"]:
            if line.get("TaxType") != "OUTPUT" or row["CurrencyCode"] != "USD":
                continue
            amount = minor(str(line["LineAmount"]), "USD")
            tax = stated.inside(amount) if inclusive else stated.upon(amount)
            assert tax == minor(str(line["TaxAmount"]), "USD"), line
            counted += 1
    assert counted > 0 or name in (
        "live-get",
        "live-list",
        "live-post-bill-2022",
        "live-post-update",
    )


XML = {
    "xml-create-answer": "",
    "xml-credited": "",
    "xml-deleted": "its lines keep their amounts, its totals were nothing in 2011",
    "xml-empty-draft-nzd": "no lines",
    "xml-inclusive": "",
    "xml-part-paid-part-credited": "",
    "xml-three-lines-odd-cents": "",
    "xml-voided": "",
}
AUSTRALIA = {"OUTPUT": "0.1", "INPUT": "0.1", "NONE": "0", "EXEMPTOUTPUT": "0", "SRINPUT": "0.1"}


@pytest.mark.parametrize("name", XML)
def test_the_twin_adds_an_old_invoice_up_as_xero_did(name: str) -> None:
    root = ET.parse(CASES / "invoices" / f"{name}.xml")
    for invoice in root.iter("Invoice"):
        rows = [{one.tag: one.text for one in line} for line in invoice.iter("LineItem")]
        kind = invoice.findtext("LineAmountTypes") or "Exclusive"
        if not rows:
            assert XML[name] == "no lines"
            continue
        given = [
            {
                "Description": row.get("Description") or "-",
                "AccountCode": "200",
                "Quantity": Decimal(row.get("Quantity") or 1),
                "UnitAmount": Decimal(row.get("UnitAmount") or 0),
                "TaxType": "OUTPUT2" if row.get("TaxAmount", "0.00") != "0.00" else "NONE",
                **({"TaxAmount": Decimal(row["TaxAmount"] or 0)} if row.get("TaxAmount") else {}),
            }
            for row in rows
        ]
        if not XML[name]:
            made = totals(lines(given, kind, SITE, 4), kind)
            told = {member: Decimal(invoice.findtext(member) or 0) for member in made}
            assert made == told


@pytest.mark.parametrize("name", XML)
async def test_an_answer_in_xml_is_not_ours(case: Case, name: str) -> None:
    """We ask for JSON: who answers in XML is another one, and is asked again, or looked up."""
    target, body = await signed_in(case), (CASES / "invoices" / f"{name}.xml").read_bytes()
    with case.postman.answering(200, body), pytest.raises(Retry):
        await target.read(["1"])
    with case.postman.answering(200, body), pytest.raises(Settle):
        await target.write([Intent("1", b"{}", {})])


# --- errors ---


class Row(NamedTuple):
    """What is answered, and what must come of it for a write of these references."""

    status: int
    at: str
    kinds: tuple[type[CounterfoilError] | type[Written], ...]
    code: str
    says: str
    why: str


BATCH = ("1", "559")
ERRORS: Mapping[str, Row] = {
    "200-summarize-false-contact.json": Row(
        200, "element", (Hold,), "xero-refused", "T... (cut", "a good answer has a failure inside"),
    "400-bank-transaction-url.json": Row(
        400, "body", (Hold,), "xero-refused", "Url must be a valid absolute url",
        "every level has ValidationErrors, and one is filled"),
    "400-bulk-invoice-number-cut.json": Row(
        400, "body_start", (Settle, Hold), "xero-refused", "gives no reason",
        "of several only the failing is named: the other may have been made"),
    "400-hides-created-invoices.json": Row(
        400, "body", (Settle, Settle), "no-answer", "",
        "the first was made; the second is named by no number of ours, so both are looked up"),
    "400-two-invoices-cut.json": Row(
        400, "body_start", (Settle, Settle), "no-answer", "", "as before"),
    "400-unitamount-many-decimals.json": Row(
        400, "errors", (Hold,), "xero-refused", "Account must be valid. Tax rate must be valid.",
        "messages blame account and rate, and name no line"),
    "401-token-expired.json": Row(
        401, "", (SignIn,), "sign-in", "does not accept", "renewed in vain"),
    "401-token-expired-2.json": Row(
        401, "body", (SignIn,), "sign-in", "does not accept", "as before"),
    "401-unauthorised.json": Row(
        401, "", (SignIn,), "sign-in", "does not accept", "as before"),
    "403-bad-tenant.json": Row(
        403, "", (Misconfigured,), "http-403", "does not open this organisation",
        "the tenant is not one that the sign-in opens"),
    "404-plain-text.json": Row(
        404, "text", (Misconfigured,), "http-404", "has nothing at", "plain text and no JSON"),
    "429-day-limit-headers.json": Row(
        429, "headers", (Retry,), "busy", "429", "the day's limit; nothing was done"),
    "bankfeeds-400.json": Row(
        400, "", (Hold,), "xero-refused", "Xero refused PUT", "another API's shape: its own words"),
    "bankfeeds-404.json": Row(404, "", (Misconfigured,), "http-404", "nothing at", "as any 404"),
    "bankfeeds-409.json": Row(409, "", (Settle,), "no-answer", "409", "it may be there already"),
    "xml-2008-not-found.xml": Row(
        404, "xml", (Misconfigured,), "http-404", "nothing at", "the words of 2008"),
    "xml-400-three-messages.xml": Row(
        400, "xml", (Hold,), "xero-refused", "Xero refused PUT", "no row of ours, its own words"),
    "xml-400-validation.xml": Row(
        400, "xml", (Hold,), "xero-refused", "Xero refused PUT", "as before"),
    "xml-501-not-implemented.xml": Row(
        501, "xml", (Settle,), "no-answer", "501", "nobody says that nothing was done"),
    "xml-bank-transaction-not-found.xml": Row(
        404, "xml", (Misconfigured,), "http-404", "nothing at", "as any 404"),
}  # fmt: skip


def answered(name: str, row: Row) -> tuple[bytes, dict[str, str]]:
    if row.at == "xml":
        return (CASES / "errors" / name).read_bytes(), {}
    told = recorded(f"errors/{name}")
    match row.at:
        case "element":
            return json.dumps({"Contacts": [told["element"]]}).encode(), {}
        case "errors":
            element = {"ValidationErrors": told["validation_errors"]}
            return json.dumps({"ErrorNumber": 10, "Elements": [element]}).encode(), {}
        case "text":
            return told["body"].encode(), {}
        case "headers":
            return b"", told["headers"]
        case _:
            return json.dumps(told[row.at] if row.at else told).encode(), {}


@pytest.mark.parametrize("name", ERRORS)
async def test_recorded_error(case: Case, name: str) -> None:
    row = ERRORS[name]
    await signed_in(case)
    client = client_of(case)
    body, headers = answered(name, row)
    kind = Kind("Contacts", "ContactID", "Name") if row.at == "element" else INVOICES
    if row.at == "element":
        reference: tuple[str, ...] = ("Xero 6",)
    else:
        reference = BATCH[: len(row.kinds)]
    with case.postman.answering(row.status, body, **headers):
        try:
            answers: list[Any] = [
                *await client.put(kind, [Intent(one, b"{}", {}) for one in reference])
            ]
        except CounterfoilError as error:
            answers = [error]
    assert tuple(map(type, answers)) == row.kinds, row.why
    last = answers[-1]
    assert (last.code, row.says in last.said) == (row.code, True), last


def client_of(case: Case) -> Client:
    """The client of a session that is open on this case."""
    target: Any = case.open().target("order")
    return target._client


def test_every_recorded_error_has_its_row() -> None:
    assert {path.name for path in (CASES / "errors").iterdir()} == {*ERRORS}
    assert {path.stem for path in (CASES / "invoices").iterdir()} == {*INVOICE_FILES, *XML}


async def test_the_recorded_day_s_limit_parks(case: Case) -> None:
    target = await signed_in(case)
    headers = recorded("errors/429-day-limit-headers.json")["headers"]
    with case.postman.answering(429, b"", **headers), pytest.raises(Retry):
        await target.read(["1"])
    with pytest.raises(Retry) as parked:
        await target.read(["1"])
    assert parked.value.code == QUOTA_SPENT


# --- sign-in ---


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("connections", "it opens the organisation."),
        ("live-connections-2022", "it opens Demo Company (Global)."),
        ("live-connections", "it opens Demo Company (Global)."),
    ],
)
async def test_recorded_connections_are_read(case: Case, name: str, says: str) -> None:
    told = recorded(f"auth/{name}.json")
    rows = told["response"] if isinstance(told, dict) else told
    rows = [row for row in rows if row["tenantId"] != TENANT]
    with_us = [{**rows[0], "tenantId": TENANT}, *rows[1:]]
    session = case.open()
    await session.probe()
    with case.postman.answering(200, json.dumps(with_us).encode()):
        assert (await session.probe()).endswith(says)
    with (
        case.postman.answering(200, json.dumps(rows).encode()),
        pytest.raises(Misconfigured, match="opens no organisation"),
    ):
        await session.probe()


# --- messages ---

SIGNED = "ixznmr+Pdl6QymsWZM+9UkY4lu97q04sJyejmSOp25U="


def test_a_recorded_message_is_signed_over_its_raw_bytes() -> None:
    hook = CONNECTOR.manifest.webhook
    assert hook is not None
    body = (CASES / "webhooks" / "raw-intent-to-receive.txt").read_bytes()
    delivery = verify(hook, ["test_key"], {"x-xero-signature": SIGNED}, body)
    assert (delivery.topic, delivery.document) == ("", None), "it names nothing"
    again = json.dumps(json.loads(body), separators=(",", ":")).encode()
    for wrong in (again, body + b"\n"):
        with pytest.raises(Refuse, match="signature that is not right"):
            verify(hook, ["test_key"], {"x-xero-signature": SIGNED}, wrong)
    listener = Listener(TENANT, "test_key", "")
    assert listener.signature(body) == SIGNED
    assert listener.message((), 0, "") == body, "the twin's message has the same bytes"


def test_a_recorded_update_names_what_changed() -> None:
    hook = CONNECTOR.manifest.webhook
    assert hook is not None
    body = (CASES / "webhooks" / "raw-update-2022.txt").read_bytes()
    signature = Listener(TENANT, "test_key", "").signature(body)
    delivery = verify(hook, ["test_key"], {"x-xero-signature": signature}, body)
    assert (delivery.topic, delivery.document) == ("INVOICE", None), "no route reads what we wrote"


def test_dates_of_payments_have_one_shape_only() -> None:
    (row,) = recorded("payments/live-get.json")["response"]["Payments"]
    assert "DateString" not in row
    assert day(row["Date"]) == "2026-02-26"

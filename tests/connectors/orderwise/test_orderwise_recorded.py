"""Every recording of OrderWise: what comes of it here, or why nothing does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from counterfoil.kit.connector import Target
from counterfoil.kit.transport import Answer
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold, Misconfigured
from tests.connectors.orderwise.conftest import MakeOrder, Opened
from tests.connectors.orderwise.test_orderwise_answers import written

CASES: Final = Path(__file__).resolve().parents[4] / "shared" / "cases" / "orderwise"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")

ROWS: Final = {
    "crm/activities.json": "Nothing here asks for activities.",
    "customers/list_rows.json": "An account is written in the members that its row shows.",
    "errors/400_export_failed_fixture.http.json": "A definition that fails stops its route;"
    " a document that is refused so is held in its words.",
    "export_definition/po_rows_fixture.json": "Rows of another definition than ours are refused by"
    " the column that they lack.",
    "export_definition/purchase_order_export.sql": "Purchase orders are not carried.",
    "export_definition/request_since.json": "Parameters are asked with in the very same shape.",
    "sign_in/token_answer.txt": "The token is a JSON text by itself.",
}


def recorded(name: str) -> bytes:
    return (CASES / name).read_bytes()


@needs_cases
def test_no_recording_is_without_a_row() -> None:
    files = (file for file in CASES.rglob("*") if file.is_file() and file.name != "SOURCE.md")
    assert {file.relative_to(CASES).as_posix() for file in files} == set(ROWS)


@needs_cases
async def test_a_token_that_is_a_text_by_itself_is_used(opened: Opened, wire: Any) -> None:
    body = recorded("sign_in/token_answer.txt")
    wire.sign_in = Answer(200, {}, body)
    wire.will(200, "[]")
    await opened().source("stock").read(["TEE@1"])
    assert wire.sent[-1][2]["Authorization"] == f"Bearer {json.loads(body)}"


@needs_cases
async def test_parameters_have_the_shape_of_the_request_that_was_recorded(
    opened: Opened, wire: Any
) -> None:
    wire.will(200, "[]")
    await opened().source("stock").since(None, None)
    (theirs,) = json.loads(recorded("export_definition/request_since.json"))
    ours = json.loads(wire.sent[-1][3])
    assert all({*row} == {*theirs} and row["name"].startswith("@") for row in ours)
    assert theirs["name"] in {row["name"] for row in ours}


@needs_cases
async def test_rows_of_another_definition_are_refused_by_what_they_lack(
    opened: Opened, wire: Any
) -> None:
    wire.will(200, recorded("export_definition/po_rows_fixture.json"))
    with pytest.raises(Misconfigured) as wrong:
        await opened().source("stock").since(None, None)
    assert "CF_STOCK gives no column 'place'" in wrong.value.said


@needs_cases
async def test_a_definition_that_failed_stops_and_says_what_orderwise_said(
    opened: Opened, wire: Any
) -> None:
    exchange = json.loads(recorded("errors/400_export_failed_fixture.http.json"))
    wire.will(exchange["status"], json.dumps(exchange["body"]))
    with pytest.raises(Misconfigured) as wrong:
        await opened().source("stock").since(None, None)
    assert exchange["body"]["Message"] in wrong.value.said


@needs_cases
async def test_a_document_that_is_refused_so_is_held_in_its_words(
    target: Target[Order], wire: Any, order: MakeOrder
) -> None:
    exchange = json.loads(recorded("errors/400_export_failed_fixture.http.json"))
    wire.will(exchange["status"], json.dumps(exchange["body"]))
    answer = await written(target, order())
    assert isinstance(answer, Hold)
    assert (answer.code, exchange["body"]["Message"] in answer.said) == ("orderwise-refused", True)

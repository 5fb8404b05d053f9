"""The books of the cast: what a rehearsal asks of them, whatever vendor is behind."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from counterfoil.kit.contract import StoppedClock
from counterfoil.rehearse.cast import books
from counterfoil.rehearse.cast.books import Books
from counterfoil.rehearse.cast.twin import Address, Landing, Staging, TargetTwin
from counterfoil.twins.xero.order import INVOICES
from tests.rehearse.test_cast_store import conditions

LINE = {"Description": "TEE Tee red M", "Quantity": 2, "UnitAmount": 12, "AccountCode": "200"}
INVOICE = {
    "Type": "ACCREC",
    "InvoiceNumber": "A-1",
    "Contact": {"Name": "Web sales"},
    "LineItems": [LINE],
}


async def _nobody(address: str, headers: Mapping[str, str], body: bytes) -> int:
    raise AssertionError("the books send no messages")


def test_what_lands_in_the_books_is_counted() -> None:
    day = replace(conditions(), faults=books.FAULTS)
    twin = books.in_world(day, StoppedClock(), random.Random(1), 4.0)
    played: TargetTwin = twin
    twin.twin.books.write(INVOICES, INVOICE, put=True, places=2)
    (held,) = played.held()["A-1"]
    assert (held.reference, held.gross, held.lines) == ("A-1", 2400, 1)
    assert played.units() == {held.id: {"TEE": 2}}
    assert played.at_rest()
    played.close()


def test_a_write_is_known_by_what_it_makes() -> None:
    body = json.dumps({"Invoices": [INVOICE]}).encode()
    path = "/api.xro/2.0/Invoices?summarizeErrors=false"
    assert books.landing("PUT", path, body) == Landing("order", "A-1")
    payment = json.dumps({"Payments": [{"Reference": "A-1~7"}]}).encode()
    assert books.landing("PUT", "/api.xro/2.0/Payments", payment) == Landing("refund", "A-1~7")
    assert books.landing("GET", path, b"") is None
    assert books.landing("POST", "/connect/token", b"grant_type=refresh_token") is None


def test_a_demo_s_books_are_a_connection(tmp_path: Path) -> None:
    part = Books()
    connection = part.configured(Address(8123, 4.0), frozenset())
    assert connection.system == part.system
    assert connection.settings["currencies"] == ["GBP", "EUR", "USD"]
    assert (connection.url, connection.timeout_s) == ("http://127.0.0.1:8123", 4.0)
    assert part.configured(None, frozenset()).url == "https://api.xero.com"
    assert {"accounts", "tax-types", "clearing"} == part.maps(frozenset()).keys()
    secrets = {name: name for name in (*part.user_files, *part.secret_files)}
    twin = part.served(Staging(tmp_path, secrets, "none", 4.0), random.Random(1), _nobody)
    assert twin.held() == {}
    twin.close()

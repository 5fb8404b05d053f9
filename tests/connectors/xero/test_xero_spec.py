"""Every request of ours, and every answer of the twin, against the vendor's own OpenAPI."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.kit.connector import Inputs
from counterfoil.kit.contract import Case, at_stage
from counterfoil.kit.contract.wires import Sent
from counterfoil.kit.transport import Answer
from tests.connectors.buyers import buyer
from tests.connectors.xero.test_xero_refunds import OF_ALL_SORTS, composed, made
from tests.connectors.xero.xero_stage import TENANT, sold, stage
from tests.twins.bigcommerce.openapi import broken, loaded, whole

SPEC = Path(__file__).resolve().parents[4] / "shared" / "specs" / "xero" / "xero_accounting.yaml.gz"
API = "/api.xro/2.0"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's schemas are not beside us")

ENVELOPE = ("Id", "Status", "ProviderName", "DateTimeUTC")
RECORDED_OTHERWISE = {
    *(f"{name}.{member}: unknown" for member in ENVELOPE
      for name in ("Invoices", "CreditNotes", "Payments", "Contacts")),
    "Invoices.Invoices[].DateString: unknown",
    "Invoices.Invoices[].DueDateString: unknown",
    "Invoices.Invoices[].LineItems[].ValidationErrors: unknown",
    "CreditNotes.CreditNotes[].DateString: unknown",
    "CreditNotes.CreditNotes[].LineItems[].ValidationErrors: unknown",
    "Payments.Payments[].CreditNote.DateString: unknown",
    "Payments.Payments[].CreditNote.LineItems[].ValidationErrors: unknown",
}  # fmt: skip
"""What recorded answers have and the schemas do not know (test_xero_recorded.py reads them)."""


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return loaded(gzip.decompress(SPEC.read_bytes()).decode())


class Exchanges:
    """A wire that remembers what was answered to what."""

    def __init__(self, inside: Any) -> None:
        self._inside = inside
        self.all: list[tuple[Sent, Answer]] = []

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        answer = await self._inside.send(method, url, headers, body, timeout_s)
        self.all.append((Sent(method, url, headers, body), answer))
        return answer

    async def close(self) -> None: ...


@pytest.fixture
def case() -> Iterator[Case]:
    with at_stage(CONNECTOR, stage) as case:
        case.postman._wire = Exchanges(case.stage.wire)
        yield case


async def everything(case: Case) -> Sequence[tuple[Sent, Answer]]:
    """Orders, refunds and contacts of all sorts, written and read; some of them twice, one
    refused, one archived."""
    orders = case.open().target("order")
    for included in (True, False):
        intents = [orders.compose(sold(number, tax_included=included)) for number in range(9)]
        await orders.write(intents)
        await orders.read([intent.reference for intent in intents])
        await orders.write(intents[:1])
    refunds = case.open().target("refund")
    for number, refund in enumerate(OF_ALL_SORTS.values()):
        intent = composed(case, replace(refund, key=str(number)))
        await made(case, intent)
        await refunds.read([step.reference for step in intent.steps])
    contacts: Any = case.open().target("customer")
    buyers = [buyer(number) for number in range(9)]
    for _ in range(2):
        looks = zip(buyers, await contacts.there(buyers, [Inputs()] * 9), strict=True)
        await contacts.write([contacts.compose(one, Inputs(there=look)) for one, look in looks])
    (found,) = (await contacts.read([buyers[0].key]))[buyers[0].key]
    await contacts.cancel([contacts.cancellation(buyers[0], found.identity)])
    await contacts.read([buyers[0].key])
    wire: Any = case.postman._wire
    return [(sent, answer) for sent, answer in wire.all if urlsplit(sent.url).path.startswith(API)]


def operation(spec: dict[str, Any], sent: Sent) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The operation of a request, and its parameters by name."""
    path = urlsplit(sent.url).path.removeprefix(API)
    told = spec["paths"][path][sent.method.lower()]
    everywhere = spec["paths"][path].get("parameters", [])
    parameters = {}
    for one in [*everywhere, *told.get("parameters", [])]:
        name = one.get("$ref", "").rpartition("/")[2]
        parameter = spec["components"]["parameters"][name] if name else one
        parameters[parameter["name"].lower()] = parameter
    return path.strip("/"), told, parameters


async def test_every_request_is_as_the_vendor_publishes(case: Case, spec: dict[str, Any]) -> None:
    schemas, seen = spec["components"]["schemas"], set[str]()
    for sent, _ in await everything(case):
        collection, told, parameters = operation(spec, sent)
        seen.add(f"{sent.method} {collection}")
        for name, value in parse_qsl(urlsplit(sent.url).query):
            assert name.lower() in parameters, f"{name} is no parameter of {collection}"
            assert value
        assert sent.headers["xero-tenant-id"] == TENANT
        if not sent.body:
            continue
        if sent.method == "PUT":
            assert "idempotency-key" in parameters
            assert len(sent.headers["Idempotency-Key"]) <= 128
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        body = json.loads(sent.body)
        assert [*broken(body, schema, schemas, collection)] == []
        assert [*read_only(body, schema, schemas, collection)] == [], "the vendor's own members"
    assert seen == {
        "PUT Invoices", "GET Invoices", "PUT CreditNotes", "GET CreditNotes", "PUT Payments",
        "GET Payments", "POST Contacts", "GET Contacts",
    }  # fmt: skip


def read_only(value: Any, schema: Any, schemas: dict[str, Any], path: str) -> Iterator[str]:
    """What is sent that only the vendor says."""
    known = whole(schema, schemas)
    if isinstance(value, list):
        for one in value:
            yield from read_only(one, known["items"], schemas, f"{path}[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            below = known["properties"][name]
            if below.get("readOnly"):
                yield f"{path}.{name}"
            yield from read_only(inner, below, schemas, f"{path}.{name}")


async def test_every_answer_of_the_twin_is_as_published(case: Case, spec: dict[str, Any]) -> None:
    schemas, complaints = spec["components"]["schemas"], set[str]()
    for sent, answer in await everything(case):
        collection, told, _ = operation(spec, sent)
        assert answer.status == 200
        schema = told["responses"]["200"]["content"]["application/json"]["schema"]
        body = json.loads(answer.body)
        complaints |= {
            re.sub(r"\[\d+\]", "[]", text) for text in broken(body, schema, schemas, collection)
        }
    assert complaints <= RECORDED_OTHERWISE

"""A SOAP client that shares nothing with us speaks to the twin by the vendor's own WSDL."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, cast

import pytest
import requests
import zeep  # pyright: ignore[reportMissingTypeStubs]
import zeep.exceptions  # pyright: ignore[reportMissingTypeStubs]

from counterfoil.kit.contract import AsgiWire
from counterfoil.twins.kit.warehouse import Picked
from counterfoil.twins.peoplevox import PeoplevoxTwin
from tests.connectors.peoplevox.peoplevox_stage import PASSWORD, USER
from tests.connectors.peoplevox.peoplevox_world import WSDL, world

URL = "https://wms.peoplevox.net/acme/resources/integrationservicev4.asmx"
BINDING = "{http://www.peoplevox.net/}IntegrationServiceV4Soap"
HEAD = {
    "SalesOrderNumber": "CF-100245",
    "Email": "priya@example.com",
    "ContactName": "Priya Raman",
    "TotalSale": "64.35",
    "CreatedDate": "2026-03-02 09:14:09",
    "PaymentMethod": "1",
    "ServiceType": "RM-T48",
    "ChannelName": "Shop, UK",
}


class Here(zeep.Transport):
    """Carries to the twin in this process."""

    def __init__(self, twin: PeoplevoxTwin) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._wire = AsgiWire(twin.app)

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> Any:
        answer = asyncio.run(self._wire.send("POST", address, headers, message, 5.0))
        response = requests.Response()
        response.status_code = answer.status
        response._content = answer.body  # pyright: ignore[reportPrivateUsage]
        response.headers.update(answer.headers)
        return response


class Stranger:
    """The service as zeep knows it, and a session."""

    def __init__(self, twin: PeoplevoxTwin) -> None:
        if not WSDL.exists():
            pytest.skip("the WSDL is not beside this checkout")
        client = cast("Any", zeep.Client(str(WSDL), transport=Here(twin)))
        self.service = client.create_service(BINDING, URL)
        self.client = client
        self.session = ""

    def sign_in(self, password: str = PASSWORD) -> Any:
        secret = base64.b64encode(password.encode()).decode()
        result = self.service.Authenticate("acme", USER, secret)
        self.session = (result.Detail or "").rpartition(",")[2]
        return result

    def ask(self, operation: str, **parts: Any) -> Any:
        header = self.client.get_element("{http://www.peoplevox.net/}UserSessionCredentials")
        credentials = header(UserId=0, ClientId="acme", SessionId=self.session)
        return getattr(self.service, operation)(**parts, _soapheaders=[credentials])

    def save(self, template: str, csv: str, action: int = 0) -> Any:
        request = {"TemplateName": template, "CsvData": csv, "Action": action}
        return self.ask("SaveData", saveRequest=request)


@pytest.fixture
def twin() -> PeoplevoxTwin:
    return world(line_numbers=False).twin


@pytest.fixture
def stranger(twin: PeoplevoxTwin) -> Stranger:
    stranger = Stranger(twin)
    stranger.sign_in()
    return stranger


def csv(*rows: Mapping[str, str]) -> str:
    lines = [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
    return "\n".join([",".join(rows[0]), *lines])


LINES = csv(
    *(
        {
            "SalesOrderNumber": "CF-100245",
            "ItemCode": sku,
            "QuantityOrdered": count,
            "RequestedDeliveryDate": "",
            "Line": line,
            "Sequence": line,
            "SalePrice": "24.00",
        }
        for line, sku, count in (("1", "TEE-ORG-M", "2"), ("2", "CAP-NVY", "1"))
    )
)


def test_a_sign_in_gives_a_session_and_a_wrong_one_says_so(twin: PeoplevoxTwin) -> None:
    stranger = Stranger(twin)
    assert stranger.sign_in().ResponseId == 0
    assert stranger.session
    wrong = stranger.sign_in("another")
    assert (wrong.ResponseId, "Invalid Username" in wrong.Detail) == (-1, True)


def test_rows_are_saved_one_status_each_and_are_read_back(stranger: Stranger) -> None:
    saved = stranger.save("Sales orders", csv(HEAD), 1)
    (status,) = saved.Statuses.IntegrationStatusResponse
    assert (saved.ResponseId, status.Reference, status.Status) == (0, "CF-100245", "Success")
    assert len(stranger.save("Sales order items", LINES).Statuses.IntegrationStatusResponse) == 2
    asked = {"TemplateName": "Sales order items", "PageNo": 1, "ItemsPerPage": 1,
             "SearchClause": 'SalesOrderNumber.Equals("CF-100245")'}  # fmt: skip
    page = stranger.ask("GetData", getRequest=asked)
    assert (page.TotalCount, page.Detail.count("CF-100245")) == (2, 1)


def test_a_row_that_is_refused_is_an_error_among_the_others(stranger: Stranger) -> None:
    wrong = {**HEAD, "SalesOrderNumber": "CF-2", "ServiceType": "PIGEON"}
    saved = stranger.save("Sales orders", csv(HEAD, wrong))
    words = [status.Status for status in saved.Statuses.IntegrationStatusResponse]
    assert (words, "PIGEON does not exist" in saved.Detail) == (["Success", "Error"], True)


def test_a_report_has_a_filter_pages_and_the_columns_that_were_asked(
    twin: PeoplevoxTwin, stranger: Stranger
) -> None:
    for number in range(3):
        twin.warehouse.despatch(f"CF-{number}", [Picked("1", "TEE", 1)], tracked=True)
    asked: dict[str, Any] = {
        "TemplateName": "Despatch summary",
        "PageNo": 2,
        "ItemsPerPage": 1,
        "SearchClause": '([Despatch date] >= DateTime(2026,11,02,00,00,00)) AND '
        '([Salesorder number].Equals("CF-0") OR [Salesorder number].Equals("CF-2"))',
        "FilterClause": "",
        "OrderBy": "[Despatch number]",
        "Columns": "[Salesorder number],[No of items]",
    }  # fmt: skip
    page = stranger.ask("GetReportData", getReportRequest=asked)
    assert page.TotalCount == 2
    assert page.Detail.splitlines() == ['"Salesorder number","No of items"', '"CF-2","1"']
    columns = stranger.ask("GetReportColumns", templateName="Despatch summary").Detail.split(",")
    assert {"Despatch number", "Despatch date", "No of items"} <= {*columns}


def test_a_report_that_is_asked_nonsense_says_so_and_is_no_fault(stranger: Stranger) -> None:
    for clause in ("[Despatch dat] > 1", "((", 'x.Maybe("y")', "[Despatch date] >= DateTime(26)"):
        asked = {"TemplateName": "Despatch summary", "PageNo": 1, "ItemsPerPage": 1,
                 "SearchClause": clause}  # fmt: skip
        result = stranger.ask("GetReportData", getReportRequest=asked)
        assert (result.ResponseId, bool(result.Detail)) == (-1, True), clause


def test_subscriptions_are_numbers_and_end_once(stranger: Stranger) -> None:
    asked = {"eventType": "TrackingNumberReceived", "filter": "", "postUrl": "https://x.example",
             "postParams": "d={DespatchNumber}"}  # fmt: skip
    number = stranger.ask("SubscribePostEvent", **asked).Detail
    assert number.isdecimal()
    assert stranger.ask("UnsubscribeEvent", subscriptionId=int(number)).Detail == "True"
    assert stranger.ask("UnsubscribeEvent", subscriptionId=int(number)).Detail == "False"


def test_a_call_without_a_session_is_an_answer_and_no_fault(stranger: Stranger) -> None:
    stranger.session = "made-up"
    result = stranger.ask("GetSaveTemplate", templateName="Sales orders")
    assert (result.ResponseId, result.Detail) == (-1, "System : Security - Invalid Session")


def test_an_envelope_that_cannot_be_read_is_a_fault(twin: PeoplevoxTwin) -> None:
    stranger = Stranger(twin)
    answer = Here(twin).post(URL, b"<Envelope", {})
    operation = stranger.service._binding.get("GetData")
    with pytest.raises(zeep.exceptions.Fault) as fault:
        stranger.service._binding.process_reply(stranger.client, operation, answer)
    assert (answer.status_code, bool(fault.value.message)) == (500, True)

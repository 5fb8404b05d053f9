"""Every recording of a live service that concerns orders or signing in: what must come of it."""

from __future__ import annotations

import pytest

from counterfoil.kit.connector import Written
from counterfoil.kit.transport import Answer
from counterfoil.twins.kit.soap import read
from counterfoil.values.errors import Misconfigured, SignIn
from tests.connectors.peoplevox.peoplevox_stage import sold
from tests.connectors.peoplevox.peoplevox_world import recorded, world


async def test_a_refused_sign_in_is_told_as_such_whatever_its_blanks() -> None:
    at, body = world(), recorded("sign_in/authenticate_failed.xml")
    at.wire.instead = lambda asked: Answer(200, {}, body)
    with pytest.raises(SignIn):
        await at.session.probe()


async def test_a_session_that_expired_is_renewed_once_and_no_more() -> None:
    at, body = world(), recorded("errors/session_expired.xml")
    await at.session.probe()
    at.wire.instead = lambda asked: Answer(200, {}, body) if b"<GetData " in asked else None
    with pytest.raises(SignIn):
        await at.target.read(["1"])
    assert (at.wire.count("Authenticate"), at.wire.count("GetData")) == (2, 2)


async def test_one_status_alone_is_a_success_of_one_row() -> None:
    at, body = world(), recorded("writes/savedata_success.xml")
    at.wire.instead = lambda asked: Answer(200, {}, body) if b"<SaveData " in asked else None
    order = sold(1, lines=sold(1).lines[:1])
    (answer,) = await at.target.write([at.target.compose(order)])
    assert isinstance(answer, Written)


async def test_a_template_that_the_tenant_made_is_refused_in_one_sentence() -> None:
    at = world()
    names = recorded("templates/customers_tenant.csv").decode().strip()
    text = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        "<GetSaveTemplateResponse><GetSaveTemplateResult><ResponseId>0</ResponseId>"
        f"<TotalCount>1</TotalCount><Detail>{names}</Detail></GetSaveTemplateResult>"
        "</GetSaveTemplateResponse></e:Body></e:Envelope>"
    )
    at.wire.instead = lambda asked: (
        Answer(200, {}, text.encode()) if b"<GetSaveTemplate " in asked else None
    )
    with pytest.raises(Misconfigured) as wrong:
        await at.session.probe()
    assert wrong.value.said.count(".") == 1
    assert "SalesOrderNumber" in wrong.value.said


async def test_a_total_with_an_empty_detail_is_never_taken_for_nothing() -> None:
    body = recorded("reports/outstanding_sales_orders_empty_body.xml")
    body = body.replace(b"GetReportData", b"GetData")  # a report's answer in a template's place
    at = world()
    await at.session.probe()
    at.wire.instead = lambda asked: Answer(200, {}, body) if b"<GetData " in asked else None
    with pytest.raises(Misconfigured) as wrong:
        await at.target.read(["1"])
    assert "empty page" in wrong.value.said


def test_the_twin_reads_a_request_as_a_live_service_took_it() -> None:
    asked = read(recorded("requests/getreportdata_as_sent.xml"))
    assert asked is not None
    assert (asked.operation, asked.header["sessionid"]) == ("GetReportData", "made-up")
    assert asked.texts["templatename"] == "Despatch summary"
    assert "pageno" not in asked.texts

"""Every recording of a live service that concerns what is carried here: what must come of it."""

from __future__ import annotations

import re
from typing import Final

import pytest

from counterfoil.connectors.peoplevox import TIMES
from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.site import Site
from counterfoil.kit.connector import Written
from counterfoil.kit.formats import csv as tabular
from counterfoil.kit.formats import soap
from counterfoil.kit.transport import Answer
from counterfoil.mapping.zoned import Zoned
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.twins.kit.soap import read
from counterfoil.twins.kit.tables import Asked as Question
from counterfoil.twins.kit.tables import Spelling
from counterfoil.twins.kit.warehouse import Picked
from counterfoil.values.errors import Misconfigured, SignIn
from tests.connectors.peoplevox.peoplevox_stage import sold
from tests.connectors.peoplevox.peoplevox_world import (
    CASES,
    World,
    document,
    enveloped,
    recorded,
    world,
)

ROWS: Final = {
    "errors/session_expired.xml": "The session is renewed once, and no more.",
    "events/subscribe.xml": "The number of a subscription is the answer by itself.",
    "events/unsubscribe.xml": "A word is the answer.",
    "reports/goods_in_summary.csv": "Goods in are not carried; the twin's own reports are written"
    " as this one is.",
    "reports/item_availability_latest_reconciliation.csv": "It names what changed.",
    "reports/item_movement_history.csv": "Levels are not listed by movements.",
    "reports/outstanding_sales_orders_empty_body.xml": "An empty page of a total stops the"
    " listing, and is never taken for nothing.",
    "reports/package_level_custom_report.csv": "A package is a despatch with its parcel.",
    "requests/getreportdata_as_sent.xml": "The twin takes it as the live service did.",
    "sign_in/authenticate_failed.xml": "A refused sign-in is told as such.",
    "templates/customers_tenant.csv": "A template of the tenant's own is refused by its columns.",
    "writes/savedata_success.xml": "One status alone is a success of one row.",
}


def test_no_recording_is_without_a_row() -> None:
    if not CASES.is_dir():
        pytest.skip("the recordings are not beside this checkout")
    files = (file for file in CASES.rglob("*") if file.is_file() and file.name != "SOURCE.md")
    assert {file.relative_to(CASES).as_posix() for file in files} == set(ROWS)


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
    at = world()
    await at.session.probe()
    template = body.replace(b"GetReportData", b"GetData")
    at.wire.instead = lambda asked: Answer(200, {}, template if b"<GetData " in asked else body)
    for ask in (
        lambda: at.target.read(["1"]),
        lambda: at.session.source("fulfilment").read(["DES1"]),
        lambda: at.session.source("fulfilment").since("2026-11-02T00:00:00Z", None),
        lambda: at.session.source("stock").census(at.clock.now(), at.clock.now(), None),
    ):
        with pytest.raises(Misconfigured) as wrong:
            await ask()
        assert "empty page" in wrong.value.said
        assert "page_size" in wrong.value.do


def reported(at: World, **reports: bytes) -> None:
    """From now on these reports, by the beginning of their names, are as they were recorded."""
    names = {"packages": b"Counterfoil packages", "changes": b"Item availability latest"}

    def instead(body: bytes) -> Answer | None:
        for name, csv in reports.items():
            if b"<TemplateName>" + names[name] in body:
                total = csv.strip().count(b"\n")
                return enveloped("GetReportData", total, csv.decode())
        return None

    at.wire.instead = instead


async def test_a_package_of_a_live_report_is_a_despatch_with_its_parcel() -> None:
    at = world(settings={"clock": "Australia/Adelaide"})
    reported(at, packages=recorded("reports/package_level_custom_report.csv"))
    (reading,) = await at.session.source("fulfilment").read(["DES100001"])
    goods = (Sent("SKU-1", 1),)
    assert reading.document == Fulfilment(
        key="DES100001",
        number="DES100001",
        order="SO1001",
        order_number="SO1001",
        status="shipped",
        created="2025-06-13T19:22:00Z",
        updated="2025-06-13T19:22:00Z",
        holds=goods,
        moved="2025-06-13T19:22:00Z",
        place="Main",
        parcels=(Parcel("DC Pickup", "DCPickup-StaffOrderPickup", "TT0000001", holds=goods),),
    )
    assert reading.losses == ()


async def test_an_order_that_is_done_by_the_live_report_has_its_lines_asked_for() -> None:
    at = world()
    reported(at, packages=recorded("reports/package_level_custom_report.csv"))
    await at.session.source("fulfilment").read(["DES100001"])
    (asked,) = [body for body in at.wire.asked if b"<GetData " in body]
    assert b"SalesOrderNumber.Equals(&quot;SO1001&quot;)" in asked or b'Equals("SO1001")' in asked


async def test_a_reconciliation_names_an_item_with_slashes_though_a_column_comes_twice() -> None:
    at = world()
    csv = recorded("reports/item_availability_latest_reconciliation.csv")
    assert csv.count(b"Attribute5") == 2
    reported(at, changes=csv)
    at.twin.warehouse.receive("ABBUILTIN/15/0/2", 0)
    page = await at.session.source("stock").since("2017-07-03T00:00:00Z", None)
    while not page.readings:
        assert page.cursor is not None
        page = await at.session.source("stock").since(None, at.clock.now().format_iso())
    (reading,) = page.readings
    assert reading.key == "ABBUILTIN/15/0/2@Main"
    assert document(reading).as_of == "2017-07-03T09:52:00Z"
    assert document(reading).on_hand == 0


def test_a_movement_says_who_moved_what_and_nothing_of_allocations() -> None:
    """Why levels are not listed by movements: an allocation is none, and makes less to sell."""
    csv = tabular.parse(recorded("reports/item_movement_history.csv"), what="The recording")
    (row,) = csv.rows
    assert (row["Comments"], row["Quantity"], row["History Id"]) == ("Despatched", "5", "160738")
    assert not {"Allocated", "Available", "On hand"} & {*csv.columns}


def test_the_two_dates_of_goods_in_are_two_moments_of_the_clock_on_their_wall() -> None:
    csv = tabular.parse(recorded("reports/goods_in_summary.csv"), what="The recording")
    (row,) = csv.rows
    clock = Zoned("Europe/London", TIMES)
    assert clock.convert(row["Delivery date"], "") == "2017-07-05T10:42:00Z"
    assert clock.convert(row["Reconciled date"], "") == "2017-07-05T14:48:00Z"
    assert (row["Quantity"], row["Has serial number"]) == ("30", "False")


@pytest.mark.parametrize(
    ("recording", "report"),
    [
        ("package_level_custom_report", "Counterfoil packages"),
        ("item_availability_latest_reconciliation", "Item availability latest reconciliation"),
        ("item_movement_history", "Item movement history"),
    ],
)
def test_the_twin_answers_in_the_shape_of_the_recording(recording: str, report: str) -> None:
    lines = recorded(f"reports/{recording}.csv").decode().splitlines()
    names = {name.strip('"') for name in lines[0].split(",")} | {"Quantity changed"}
    at = world(spelling=Spelling(time="'%d/%m/%Y %H:%M'"))
    at.twin.warehouse.receive("TEE", 1_000)
    at.twin.warehouse.despatch("CF-1", [Picked("1", "TEE", 1)], tracked=True)
    text, _ = at.twin.tables.page(report, Question("", "", (), 1, 1))
    head, row = text.splitlines()
    assert {name.strip('"') for name in head.split(",")} <= names
    assert all(cell.startswith('"') and cell.endswith('"') for cell in row.split(","))
    dates = [cell for cell in row.split(",") if re.fullmatch(r"\"'\d\d/.*", cell)]
    assert dates
    assert all(re.fullmatch(r"\"'\d\d/\d\d/\d{4} \d\d:\d\d'\"", cell) for cell in dates)


async def test_a_request_as_it_was_sent_is_answered() -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [Picked("1", "TEE", 1)], tracked=True)
    await at.session.probe()
    tokens = at.twin._memory.rows("select token from tokens")  # pyright: ignore[reportPrivateUsage]
    body = recorded("requests/getreportdata_as_sent.xml")
    body = body.replace(b"made-up", str(tokens[0][0]).encode())
    url = "https://wms.peoplevox.net/acme/Resources/IntegrationServicev4.asmx"
    answer = await at.wire.send("POST", url, {}, body, 5.0)
    result = soap.parse(answer.body)
    assert not isinstance(result, soap.Fault)
    assert result.said("GetReportDataResult", "TotalCount") == "1"
    detail = result.said("GetReportDataResult", "Detail").splitlines()
    assert detail[0].startswith('"Salesorder number","Carrier","Tracking number","Despatch date"')
    assert detail[1].startswith('"CF-1","Royal Mail","TT000000001GB"')


@pytest.mark.parametrize(
    ("recording", "operation", "texts"),
    [
        ("events/subscribe.xml", "SubscribeEvent", {"eventType": "TrackingNumberReceived"}),
        ("events/unsubscribe.xml", "UnsubscribeEvent", {"subscriptionId": "1"}),
    ],
)
async def test_a_subscription_is_answered_as_it_was_recorded(
    recording: str, operation: str, texts: dict[str, str]
) -> None:
    at = world()
    at.twin.events.subscribe({"eventtype": "Returns", "posturl": "https://house.example/x"})
    result = await client_of(at).ask(operation, texts)
    whole = soap.parse(recorded(recording))
    assert not isinstance(whole, soap.Fault)
    expected = whole.child(f"{operation}Result")
    assert expected is not None
    assert [part.name for part in result.children] == [part.name for part in expected.children]
    words = (result.said("Detail"), expected.said("Detail"))
    assert words[0].isdecimal() if words[1].isdecimal() else words[0] == words[1]


def client_of(at: World) -> Client:
    site = at.target._tables  # pyright: ignore[reportPrivateUsage]
    assert isinstance(site, Site)
    return site._client  # pyright: ignore[reportPrivateUsage]


def test_the_twin_reads_a_request_as_a_live_service_took_it() -> None:
    asked = read(recorded("requests/getreportdata_as_sent.xml"))
    assert asked is not None
    assert (asked.operation, asked.header["sessionid"]) == ("GetReportData", "made-up")
    assert asked.texts["templatename"] == "Despatch summary"
    assert "pageno" not in asked.texts

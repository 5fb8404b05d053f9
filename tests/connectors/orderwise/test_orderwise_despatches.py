"""Despatches out of OrderWise: wall-clock times, heads and lines apart, words of the site's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.kit.connector import Source
from counterfoil.kit.contract import at_stage
from counterfoil.kit.mark import made
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.twins.kit.faults import NEVER, Weather
from counterfoil.twins.orderwise.faults import CATALOGUE
from counterfoil.twins.orderwise.fulfilment import MISHAPS
from counterfoil.values.clock import instant, later, seconds_between
from counterfoil.values.errors import Hold, Misconfigured, Refuse
from tests.connectors.orderwise.conftest import CannedWire
from tests.connectors.orderwise.orderwise_stage import DESPATCHES, stage, stage_of

NOW = instant("2026-10-25T12:00:00Z")
HEAD: dict[str, object] = {
    "despatchId": 7, "despatchNo": "DN500007", "owOrderId": 90001, "owOrderNo": "OR104001 ",
    "statusText": "Despatched ", "despatchedAt": "2026-10-20T14:22:05.000",
    "amendedAt": "2026-10-20T14:22:05.000", "courier": "DPD Parcels ", "consignment": "155015",
    "trackingUrl": "https://track.dpd.example/155015",
}  # fmt: skip
LINE: dict[str, object] = {"despatchId": 7, "lineId": 1, "sku": "TEE-RED-M ", "qtySent": 2}


@pytest.fixture
def source(opened: Callable[..., Any]) -> Source[Fulfilment]:
    return opened(**{**DESPATCHES, "despatch_map": ""}).source("fulfilment")


def read(source: Source[Fulfilment], *lines: dict[str, object], **head: object) -> Any:
    return reread(source, [{**HEAD, **head}], lines or (LINE,))


def reread(source: Source[Fulfilment], heads: Any, lines: Any, at: Any = NOW) -> Any:
    return source.reread(msgspec.json.encode({"heads": heads, "lines": lines}), at)


def test_a_despatch_as_orderwise_tells_it(source: Source[Fulfilment]) -> None:
    reading = read(source)
    assert reading.document == Fulfilment(
        key="7", number="DN500007", order="90001", order_number="OR104001 ", status="shipped",
        created="2026-10-20T13:22:05Z", updated="2026-10-20T13:22:05Z",
        moved="2026-10-20T13:22:05Z", holds=(Sent("TEE-RED-M", 2),),
        parcels=(Parcel("DPD Parcels", tracking="155015", url=str(HEAD["trackingUrl"])),),
    )  # fmt: skip
    assert reading.pieces == 2


def test_an_hour_that_exists_twice_is_told_apart_by_when_it_is_read(
    source: Source[Fulfilment],
) -> None:
    def changed(local: str, at: str) -> str:
        head = {**HEAD, "amendedAt": local}
        return reread(source, [head], [LINE], instant(at)).document.updated

    before = changed("2026-10-25T01:30:00", "2026-10-25T00:32:00Z")
    after = changed("2026-10-25T01:10:00", "2026-10-25T01:12:00Z")
    assert (before, after) == ("2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z")
    left = reread(source, [{**HEAD, "despatchedAt": "2026-10-25T01:30:00"}], [LINE])
    assert left.document.moved == "2026-10-25T00:30:00Z", "the same whenever it is read"


async def test_nothing_of_the_hour_that_exists_twice_is_passed_over() -> None:
    with at_stage(CONNECTOR, stage) as case:
        goods = case.stage.senders["fulfilment"]
        source = case.open().source("fulfilment")
        mark = instant(
            "2027-10-31T00:50:00Z"
        )  # 01:50 by the site's clock, and 20 minutes later 01:10
        case.clock.move(seconds_between(case.clock.now(), mark))
        before = goods.add()
        case.clock.move(1200.0)
        after = goods.add()
        listing = await source.since(made(mark), None)
        assert [reading.key for reading in listing.readings] == [before, after]
        assert [reading.version for reading in listing.readings] == [mark, later(mark, 1200)]
        rows = (await source.census(mark, later(mark, 3600), None)).listed
        assert [row.key for row in rows] == [before], "the other one's hour is the first of the two"


def test_rows_of_one_despatch_are_its_parcels(source: Source[Fulfilment]) -> None:
    second = {**HEAD, "consignment": "155016", "trackingUrl": "https://track.dpd.example/155016"}
    reading = reread(source, [HEAD, second, second], [LINE])
    assert [parcel.tracking for parcel in reading.document.parcels] == ["155015", "155016"]


def test_one_without_a_consignment_is_not_tracked_yet(source: Source[Fulfilment]) -> None:
    document = read(source, consignment=None, trackingUrl="https://track.dpd.example/").document
    assert not document.tracked
    assert document.parcels == (Parcel("DPD Parcels"),), "an address without its number is none"


def test_of_what_nothing_left_nothing_is_told(source: Source[Fulfilment]) -> None:
    nothing = {**LINE, "lineId": 2, "sku": "CAP", "qtySent": 0}
    assert read(source, LINE, nothing).document.holds == (Sent("TEE-RED-M", 2),)


@pytest.mark.parametrize("quantity", [-1, "1,000", "1e3", "0.5", None])
def test_a_quantity_that_is_none_is_held_with_its_place(
    source: Source[Fulfilment], quantity: object
) -> None:
    reading = read(source, {**LINE, "qtySent": quantity})
    assert reading.document is None
    assert reading.key == "7"
    assert isinstance(reading.problem, Hold)


@pytest.mark.parametrize("local", ["", "yesterday", "2026-13-01T00:00:00"])
def test_a_time_that_is_none_is_held(source: Source[Fulfilment], local: str) -> None:
    assert read(source, amendedAt=local).problem.code in ("bad-time", "missing-field")


def test_the_sites_own_words_are_mapped_and_an_unknown_one_is_held(
    opened: Callable[..., Any],
) -> None:
    source = opened(**{**DESPATCHES, "despatch_map": "others"}).source("fulfilment")
    reading = read(source)
    assert reading.problem.code == "unmapped-value"
    assert "'Despatched' is not in the value map 'others'" in reading.problem.said
    assert "is no status of a despatch" in read(source, statusText="DPD").problem.said


async def test_where_no_definition_is_set_it_is_said(opened: Callable[..., Any]) -> None:
    with pytest.raises(Misconfigured, match="which export definition holds CF_DESPATCH"):
        await opened().source("fulfilment").since(None, None)


async def test_a_definition_that_lacks_a_column_is_named(
    opened: Callable[..., Any], wire: CannedWire
) -> None:
    source = opened(**{**DESPATCHES, "despatch_map": ""}).source("fulfilment")
    wire.will(200, msgspec.json.encode([{"despatchId": 7}]))
    with pytest.raises(Misconfigured, match="CF_DESPATCH gives no column 'despatchNo'"):
        await source.read(["7"])


def test_no_message_of_a_despatch_is_taken(source: Source[Fulfilment]) -> None:
    with pytest.raises(Refuse):
        source.parse(b"<xml/>", NOW)


async def test_a_head_that_shows_before_its_lines_names_no_goods_as_yet() -> None:
    late = msgspec.structs.replace(MISHAPS["lines_late"], hostile=1.0)
    weather = Weather("hostile", dict.fromkeys(CATALOGUE, NEVER), {"lines_late": late})
    with at_stage(CONNECTOR, stage_of(weather, read_lag_s=(60.0, 61.0))) as case:
        source = case.open().source("fulfilment")
        key = case.stage.senders["fulfilment"].add()
        (before,) = await source.read([key])
        assert before.document is not None
        assert before.document.measure.pieces == 0, "held as nothing-moved until they show"
        case.clock.move(600.0)
        (after,) = await source.read([key])
        assert after.document is not None
        assert after.document.measure.pieces > 0
        assert after.version == before.version

"""Despatches and stock out of Peoplevox: what its reports tell, and what becomes of wrong ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import pytest
from msgspec.structs import replace

from counterfoil.kit.connector import Hint, Listed, Reading, each
from counterfoil.kit.formats import soap
from counterfoil.kit.transport import Answer
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent, Short, check
from counterfoil.model.stock import Stock, available
from counterfoil.twins.kit.faults import Fault, Weather
from counterfoil.twins.kit.tables import Spelling
from counterfoil.twins.kit.warehouse import Picked
from counterfoil.values.clock import instant, later
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry
from tests.connectors.peoplevox.peoplevox_stage import MAPS, sold
from tests.connectors.peoplevox.peoplevox_world import CALM, World, document, enveloped, world

TEE, CAP = Picked("1", "TEE-ORG-M", 2), Picked("2", "CAP/NVY", 1)
ALWAYS = Fault("It always happens.", 1.0, 1.0)


async def listed(at: World, word: Any, mark: str | None = None) -> list[Reading[Any]]:
    """A whole listing."""
    readings, cursor = list[Reading[Any]](), None
    for _ in range(500):
        page = await at.session.source(word).since(mark, cursor)
        readings, cursor = [*readings, *page.readings], page.cursor
        if cursor is None:
            return readings
    raise AssertionError("a listing without end")


async def despatches(at: World) -> list[Fulfilment]:
    """Every despatch that can be read, the oldest change first."""
    return [document(reading) for reading in await listed(at, "fulfilment")]


async def level(at: World, key: str) -> Stock:
    (reading,) = await at.session.source("stock").read([key])
    assert reading.problem is None
    return document(reading)


def befalling(*names: str) -> Weather:
    """A day on which these things befall every order, and nothing else goes wrong."""
    return Weather("normal", CALM, dict.fromkeys(names, ALWAYS))


def day(at: World, seconds: float = 600.0) -> None:
    """Let a warehouse do what is due, as the loop of the twin does."""
    for _ in range(20):
        at.clock.move(seconds / 20)
        at.twin.warehouse.turns.advance()


# --- despatches ---


async def test_a_despatch_has_its_order_its_parcels_and_when_it_left() -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [TEE, CAP], tracked=True)
    (despatch,) = await despatches(at)
    sent = (Sent("TEE-ORG-M", 2), Sent("CAP/NVY", 1))
    assert despatch == Fulfilment(
        key="DES1937001",
        number="DES1937001",
        order="CF-1",
        order_number="CF-1",
        status="shipped",
        created="2026-11-02T12:00:00Z",
        updated="2026-11-02T12:00:00Z",
        holds=despatch.holds,
        moved="2026-11-02T12:00:00Z",
        place="Main",
        parcels=(Parcel("Royal Mail", "RM-T48", "TT000000001GB", holds=despatch.holds),),
    )
    assert {*despatch.holds} == {*sent}
    check(despatch)


async def test_an_order_that_leaves_in_parts_has_a_despatch_for_each() -> None:
    at = world(befalling("sent_in_parts"))
    at.twin.warehouse.promise("CF-1", [TEE, CAP])
    day(at)
    first, second = await despatches(at)
    assert (first.key, second.key) == ("DES1937001", "DES1937002")
    assert {*first.holds, *second.holds} == {Sent("TEE-ORG-M", 2), Sent("CAP/NVY", 1)}
    assert not first.shorts + second.shorts


async def test_a_despatch_of_two_packages_has_two_parcels_and_each_knows_what_is_in_it() -> None:
    at = world(befalling("several_packages"))
    at.twin.warehouse.promise("CF-1", [TEE, CAP])
    day(at)
    (despatch,) = await despatches(at)
    assert len(despatch.parcels) == 2
    assert len({parcel.tracking for parcel in despatch.parcels}) == 2
    assert [*despatch.parcels[0].holds, *despatch.parcels[1].holds] == [*despatch.holds]
    check(despatch)


async def test_a_number_that_comes_later_is_a_later_version_of_the_same_despatch() -> None:
    at = world()
    key = at.twin.warehouse.despatch("CF-1", [TEE], tracked=False)
    (before,) = await despatches(at)
    at.clock.move(3 * 86_400)
    at.twin.warehouse.track(key)
    (after,) = [
        document(reading) for reading in await listed(at, "fulfilment", "2026-11-04T00:00:00Z")
    ]
    assert (before.tracked, after.tracked) == (False, True)
    assert before.key == after.key
    assert before.version < after.version
    assert (before.moved, before.holds) == (after.moved, after.holds)


async def test_what_was_ordered_and_never_came_is_short_at_the_last_despatch() -> None:
    at = world(befalling("short_picked", "sent_in_parts"))
    await write(at, {"TEE-ORG-M": 3, "CAP/NVY": 2})
    day(at)
    *earlier, last = await despatches(at)
    assert earlier
    assert not any(despatch.shorts for despatch in earlier)
    (entry,) = at.twin.book("order")
    wanted: dict[str, int] = dict(cast("Mapping[str, int]", entry.facts["units"]))
    for despatch in (*earlier, last):
        for sent in despatch.holds:
            wanted[sent.sku] -= sent.quantity
    assert last.shorts == tuple(Short(sku, left) for sku, left in wanted.items() if left)
    assert sum(short.quantity for short in last.shorts) == 1


async def test_a_line_of_which_nothing_came_is_short_too() -> None:
    at = world(befalling("short_picked"))
    await write(at, {"TEE-ORG-M": 1, "CAP/NVY": 1})
    day(at)
    (despatch,) = await despatches(at)
    (short,) = despatch.shorts
    assert short.quantity == 1
    assert short.sku not in {sent.sku for sent in despatch.holds}


async def write(at: World, units: Mapping[str, int]) -> None:
    """An order of these pieces, as the connector writes it."""
    order = sold(1)
    lines = tuple(
        type(order.lines[0])(str(place), sku, "Thing", count, 100)
        for place, (sku, count) in enumerate(units.items(), 1)
    )
    await at.target.write([at.target.compose(sold(1, lines=lines))])


async def test_what_is_still_to_be_sent_is_not_short() -> None:
    at = world(befalling("sent_in_parts"))
    await write(at, {"TEE-ORG-M": 3, "CAP/NVY": 2})
    while not await despatches(at):
        at.clock.move(0.25)
        at.twin.warehouse.turns.advance()
    (first,) = await despatches(at)
    assert at.twin.warehouse.turns.pending == 1
    assert sum(sent.quantity for sent in first.holds) < 5
    assert first.shorts == ()


async def test_what_cannot_be_read_of_long_ago_is_listed_all_the_same() -> None:
    at = world(settings={"window_hours": 1})
    at.twin.warehouse.despatch("", [TEE], tracked=True)
    at.clock.move(86_400)
    at.twin.warehouse.despatch("CF-2", [TEE], tracked=True)
    wrong, right = sorted(await listed(at, "fulfilment"), key=lambda r: r.problem is None)
    assert (wrong.key, right.key) == ("DES1937001", "DES1937002")
    assert wrong.problem is not None
    assert "identity" in wrong.problem.said


async def test_a_void_despatch_is_not_there_any_more_and_its_goods_are_sent_again() -> None:
    at = world(befalling("despatch_void"))
    at.twin.warehouse.promise("CF-1", [TEE])
    at.clock.move(25)
    at.twin.warehouse.turns.advance()
    (void,) = await despatches(at)
    at.twin.calm()
    day(at)
    (again,) = await despatches(at)
    assert again.key != void.key
    assert again.holds == void.holds
    assert await at.session.source("fulfilment").read([void.key]) == []
    window = instant("2026-11-01T00:00:00Z"), instant("2026-11-05T00:00:00Z")
    counted = await at.session.source("fulfilment").census(*window, None)
    assert [row.key for row in counted.listed] == [again.key]


async def test_a_despatch_that_is_gone_is_void_as_it_was_told() -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [TEE, CAP], tracked=True)
    source: Any = at.session.source("fulfilment")
    (before,) = await source.read(["DES1937001"])
    at.twin.warehouse.void(1)
    at.clock.move(60.0)
    void = source.vanished(before.source, at.clock.now())
    first, last = document(before), document(void)
    assert last == replace(first, status="void", updated="2026-11-02T12:01:00Z")
    assert source.reread(void.source, later(at.clock.now(), 60)).document == last


async def test_a_long_history_is_listed_in_windows_and_nothing_is_lost() -> None:
    at = world(settings={"window_hours": 1, "report_page_size": 3})
    for number in range(40):
        at.twin.warehouse.despatch(f"CF-{number}", [TEE], tracked=number % 2 == 0)
        at.clock.move(1_800 if number % 10 else 40_000)
    at.twin.warehouse.track(2)
    readings = await listed(at, "fulfilment")
    keys = [reading.key for reading in readings]
    assert sorted(keys) == sorted({f"DES{1_937_001 + number}" for number in range(40)})
    assert keys[-1] == "DES1937002"
    assert [reading.version for reading in readings] == sorted(r.version for r in readings)


async def test_a_report_that_changes_while_it_is_read_is_read_anew() -> None:
    at = world(settings={"report_page_size": 2})
    for number in range(4):
        at.twin.warehouse.despatch(f"CF-{number}", [TEE], tracked=True)
    moved = iter([True])

    def instead(body: bytes) -> Answer | None:
        if b"<PageNo>2<" in body and next(moved, False):
            at.twin.warehouse.despatch("CF-9", [CAP], tracked=True)
        return None

    at.wire.instead = instead
    assert len(await despatches(at)) == 5


async def test_an_event_names_its_despatch_and_the_despatch_can_be_read() -> None:
    posted = asyncio.Queue[bytes]()

    async def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
        posted.put_nowait(body)
        return 200

    at = world(send=send)
    texts = {"eventtype": "TrackingNumberReceived", "posturl": "https://house.example/x",
             "postparams": "DespatchNumber={DespatchNumber}&n={TrackingNumber}"}  # fmt: skip
    number = at.twin.events.subscribe(texts)
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    task = asyncio.create_task(at.twin.run())
    body = await posted.get()
    task.cancel()
    source = at.session.source("fulfilment")
    (hint,) = each(source.parse(body, at.clock.now()))
    assert isinstance(hint, Hint)
    assert hint == Hint(("DES1937001",))
    (reading,) = await source.read(hint.keys)
    assert reading.document is not None
    assert at.twin.events.unsubscribe({"subscriptionid": number}) == "True"
    assert at.twin.events.unsubscribe({"subscriptionid": number}) == "False"


@pytest.mark.parametrize("body", [b"", b"{}", b"DespatchNumber=", b"\xff\xfe", b"x=1"])
def test_an_event_that_names_nothing_is_refused(body: bytes) -> None:
    at = world()
    with pytest.raises(Refuse):
        at.session.source("fulfilment").parse(body, at.clock.now())


# --- stock ---


async def test_a_level_has_what_stands_there_what_is_promised_and_what_is_put_aside() -> None:
    at = world()
    at.twin.warehouse.receive("TEE-ORG-M", 10_000)
    at.twin.warehouse.receive("TEE-ORG-M", 2_500, "Quarantine")
    at.twin.warehouse.promise("CF-1", [TEE])
    stock = await level(at, "TEE-ORG-M@Main")
    assert (stock.on_hand, stock.allocated, stock.quarantined) == (
        Decimal("12.5"), Decimal(2), Decimal("2.5"),
    )  # fmt: skip
    assert (stock.meaning, available(stock)) == ("physical", Decimal(8))


async def test_an_allocation_alone_brings_a_level_back_though_nothing_moved() -> None:
    at = world()
    at.twin.warehouse.receive("TEE-ORG-M", 10_000)
    at.clock.move(60)
    mark = at.clock.now().format_iso()
    at.twin.warehouse.promise("CF-1", [TEE])
    (reading,) = await listed(at, "stock", mark)
    assert document(reading).allocated == 2


async def test_what_leaves_is_on_hand_no_more_and_allocated_no_more() -> None:
    at = world()
    at.twin.warehouse.receive("TEE-ORG-M", 10_000)
    at.twin.warehouse.promise("CF-1", [TEE])
    day(at)
    stock = await level(at, "TEE-ORG-M@Main")
    assert (stock.on_hand, stock.allocated) == (8, 0)


@pytest.mark.parametrize(("amount", "exact"), [(-3_000, "-3"), (125, "0.125"), (-500, "-0.5")])
async def test_negative_and_fractional_amounts_are_exact(amount: int, exact: str) -> None:
    at = world()
    at.twin.warehouse.receive("GLUE", amount)
    assert (await level(at, "GLUE@Main")).on_hand == Decimal(exact)


async def test_a_bin_that_nobody_mapped_blocks_its_level_and_says_so() -> None:
    maps = {**MAPS, "bins": ValueMap("bins", {"Pick": "sells", "Quarantine": "kept"})}
    at = world(settings={"bin_map": "bins"}, maps=maps)
    for kind in ("Pick", "Quarantine"):
        at.twin.warehouse.receive("TEE-ORG-M", 4_000, kind)
        at.twin.warehouse.receive("CAP/NVY", 4_000, kind)
    at.twin.warehouse.receive("CAP/NVY", 3_000, "Mezzanine")
    whole, blocked = sorted(await listed(at, "stock"), key=lambda r: r.problem is not None)
    assert (document(whole).on_hand, document(whole).quarantined) == (8, 4)
    assert blocked.key == "CAP/NVY@Main"
    assert blocked.problem is not None
    assert blocked.problem.code == "unmapped-bin"
    assert "3 of CAP/NVY" in blocked.problem.said
    assert "'Mezzanine'" in blocked.problem.said


async def test_a_round_has_every_level_also_those_of_which_no_change_is_told() -> None:
    at = world()
    for sku in ("TEE-ORG-M", "CAP/NVY"):
        at.twin.warehouse.receive(sku, 5_000)
    at.twin._memory.run("delete from movements where sku = 'CAP/NVY'")  # pyright: ignore[reportPrivateUsage]
    assert [reading.key for reading in await listed(at, "stock")] == ["TEE-ORG-M@Main"]
    now = at.clock.now()
    page = await at.session.source("stock").census(now, now, None)
    assert {(row.key, row.pieces) for row in page.listed} == {
        ("TEE-ORG-M@Main", 5), ("CAP/NVY@Main", 5),
    }  # fmt: skip


async def test_a_site_that_is_no_place_is_passed_over() -> None:
    at = world(settings={"passed_sites": ["Main"]})
    at.twin.warehouse.receive("TEE-ORG-M", 5_000)
    assert await listed(at, "stock") == []


async def test_an_item_that_no_search_can_name_is_told_and_keeps_nothing_else_back() -> None:
    at = world()
    at.twin.warehouse.receive('TUBE 5"', 1_000)
    at.twin.warehouse.receive("TEE-ORG-M", 1_000)
    wrong, right = sorted(await listed(at, "stock"), key=lambda r: r.problem is None)
    assert right.key == "TEE-ORG-M@Main"
    assert wrong.problem is not None
    assert "quote" in wrong.problem.said


# --- wrong input ---


async def spoilt(at: World, answer: Answer) -> CounterfoilError:
    """What is said where every report is answered so."""
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    await at.session.probe()
    at.wire.instead = lambda body: answer if b"<GetReportData " in body else None
    with pytest.raises(CounterfoilError) as error:
        await at.session.source("fulfilment").since("2026-11-02T00:00:00Z", None)
    assert error.value.said.count(". ") == 0
    assert error.value.do
    return error.value


FAULT = (
    f'<e:Envelope xmlns:e="{soap.SOAP_11}"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
    "<faultstring>Server was unable to process request.</faultstring></e:Fault></e:Body>"
    "</e:Envelope>"
)
BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer(500, {}, FAULT.encode()), Retry, "500"),
        (Answer(200, {}, FAULT.encode()), Retry, "without a result"),
        (Answer(200, {}, b"<html><p>Please sign in</html>"), Retry, "no envelope"),
        (Answer(200, {}, BOMB.encode()), Retry, "no envelope"),
        (enveloped("GetReportData", 1, '"Some","Thing"\n"a","b"\n'), Misconfigured, "no column"),
        (enveloped("GetReportData", 1, "<p>It is late</p>"), Misconfigured, "no column"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_no_report_is_told_in_one_sentence(
    answer: Answer, kind: type[CounterfoilError], said: str
) -> None:
    error = await spoilt(world(), answer)
    assert isinstance(error, kind)
    assert said in error.said


def header(at: World, *, without: str = "", twice: str = "") -> str:
    names = [name for name in at.twin.tables.columns("Counterfoil packages") if name != without]
    return ",".join(f'"{name}"' for name in [*names, *([twice] if twice else [])])


async def test_a_column_that_is_lacking_is_named() -> None:
    at = world()
    text = header(at, without="Package tracking number") + "\n"
    error = await spoilt(at, enveloped("GetReportData", 1, text))
    assert isinstance(error, Misconfigured)
    assert "no column 'Package tracking number'" in error.said
    assert "Counterfoil packages" in error.said


async def test_a_column_that_is_needed_and_comes_twice_is_named() -> None:
    at = world()
    text = header(at, twice="Item code") + "\n"
    error = await spoilt(at, enveloped("GetReportData", 1, text))
    assert "has the column 'Item code' twice" in error.said


async def test_a_cell_of_ten_megabytes_is_told_with_its_row() -> None:
    at = world()
    count = len(at.twin.tables.columns("Counterfoil packages"))
    cells = ['"' + "x" * 10_000_000 + '"', *['""'] * (count - 1)]
    error = await spoilt(at, enveloped("GetReportData", 1, f"{header(at)}\n{','.join(cells)}\n"))
    assert "after row 1" in error.said


async def test_a_column_that_was_renamed_is_read_by_the_name_that_the_setting_has() -> None:
    names = {"Package tracking number": "Parcel no"}
    with pytest.raises(Misconfigured):
        await despatched(world(renamed=names))
    (despatch,) = await despatched(world(settings={"columns": names}, renamed=names))
    assert despatch.tracked


async def despatched(at: World) -> list[Fulfilment]:
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    return await despatches(at)


@pytest.mark.parametrize("quantity", ["1,000", "1e3", "-1", "1.5", "", "two"])
async def test_a_quantity_that_is_none_holds_its_despatch_and_no_other(
    quantity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    at.twin.warehouse.despatch("CF-2", [CAP], tracked=True)
    columns = at.twin.tables._reports["Counterfoil packages"].columns  # pyright: ignore[reportPrivateUsage]
    shown = f"case sku when 'TEE-ORG-M' then '{quantity}' else pieces end"
    monkeypatch.setitem(columns, "Item quantity", shown)  # type: ignore[arg-type]
    wrong, right = sorted(await listed(at, "fulfilment"), key=lambda r: r.problem is None)
    assert (wrong.key, right.key) == ("DES1937001", "DES1937002")
    assert wrong.problem is not None
    assert repr(quantity)[:5] in wrong.problem.said
    assert document(right).holds == (Sent("CAP/NVY", 1),)


@pytest.mark.parametrize("amount", ["1,000", "1e3", "NaN", "", "12,5"])
async def test_an_amount_that_is_none_holds_its_level_and_no_other(amount: str) -> None:
    at = world(spelling=Spelling())
    at.twin.warehouse.receive("TEE-ORG-M", 1_000)
    at.twin.warehouse.receive("CAP/NVY", 2_000)

    def instead(body: bytes) -> Answer | None:
        if b"<TemplateName>Item inventory summary<" not in body:
            return None
        rows = f'"CAP/NVY","Main","2","0","2"\n"TEE-ORG-M","Main","{amount}","0","1"\n'
        names = '"Item code","Site reference","On hand","Allocated","Available"\n'
        return enveloped("GetReportData", 2, names + rows)

    at.wire.instead = instead
    wrong, right = sorted(await listed(at, "stock"), key=lambda r: r.problem is None)
    assert document(right).on_hand == 2
    assert wrong.problem is not None
    assert wrong.problem.code == "bad-quantity"
    now = at.clock.now()
    page = await at.session.source("stock").census(now, now, None)
    assert {row.key: row.pieces for row in page.listed} == {"CAP/NVY@Main": 2, "TEE-ORG-M@Main": 0}


async def test_a_time_in_the_hour_that_comes_twice_is_taken_for_the_later_and_told() -> None:
    at = world()
    at.clock._start = instant("2026-10-25T00:30:00Z")  # pyright: ignore[reportPrivateUsage]
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    at.clock.move(3_600)
    at.twin.warehouse.despatch("CF-2", [TEE], tracked=True)
    at.clock.move(3_600)
    first, second = await listed(at, "fulfilment")
    for reading in (first, second):
        assert document(reading).moved == "2026-10-25T01:30:00Z"
        (loss,) = reading.losses
        assert "twice" in loss.why
        assert loss.value == "'25/10/2026 01:30:00'"


async def test_nothing_is_lost_in_the_hour_that_comes_twice() -> None:
    at = world()
    at.clock._start = instant("2026-10-24T23:50:00Z")  # pyright: ignore[reportPrivateUsage]
    keys, mark = set[str](), None
    for number in range(30):
        key = at.twin.warehouse.despatch(f"CF-{number}", [TEE], tracked=True)
        page = await at.session.source("fulfilment").since(mark, None)
        keys |= {reading.key for reading in page.readings}
        mark = page.mark or mark
        assert f"DES{1_937_000 + key}" in keys
        at.clock.move(300)


async def test_a_time_that_no_clock_shows_holds_its_despatch() -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    whole = (await at.session.source("fulfilment").read(["DES1937001"]))[0].source
    skipped = whole.replace(b"'02/11/2026 12:00:00'", b"'29/03/2026 01:30:00'")
    reading = at.session.source("fulfilment").reread(skipped, at.clock.now())
    assert reading.problem is not None
    assert "No clock in Europe/London ever shows" in reading.problem.said


async def test_dates_of_whole_minutes_are_read_and_listed_again_from_their_minute_on() -> None:
    at = world(spelling=Spelling(time="'%d/%m/%Y %H:%M'"))
    at.clock.move(42)
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    (reading,) = await listed(at, "fulfilment")
    assert reading.version == instant("2026-11-02T12:00:00Z")
    assert len(await listed(at, "fulfilment", reading.version.format_iso())) == 1


async def test_the_third_of_july_is_not_the_seventh_of_march() -> None:
    at = world()
    at.clock._start = instant("2026-07-03T09:00:00Z")  # pyright: ignore[reportPrivateUsage]
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    (reading,) = await listed(at, "fulfilment")
    assert document(reading).moved == "2026-07-03T09:00:00Z"


async def test_a_count_that_is_unreadable_is_fetched_and_not_lost() -> None:
    at = world()
    at.twin.warehouse.despatch("CF-1", [TEE], tracked=True)
    names = '"Despatch number","Item code","No of items","Despatch date"\n'
    rows = '"DES1937001","TEE-ORG-M","1,000","soon"\n'
    at.wire.instead = lambda body: (
        enveloped("GetReportData", 1, names + rows)
        if b"<TemplateName>Despatch summary<" in body
        else None
    )
    start = instant("2026-11-02T00:00:00Z")
    (row,) = (
        await at.session.source("fulfilment").census(start, later(start, 86_400), None)
    ).listed
    assert row == Listed("DES1937001", "DES1937001", start, start)

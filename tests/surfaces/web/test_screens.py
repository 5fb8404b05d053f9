"""The screens: each answers its question in one sentence, in count and money."""

from __future__ import annotations

import asyncio
import re

import pytest
from counter import Counter

from counterfoil.flows.work import work
from counterfoil.surfaces.desk import causes, receipts
from counterfoil.values.ids import PageId


async def test_today_says_what_waits_and_what_it_costs(shop: Counter) -> None:
    page = await (await shop.person("viewer")).get("/")
    assert "3 wait for you, £25.00" in page.sentence
    assert "Nothing has been counted at the source yet" in page.sentence
    assert "'Drone' is not in the value map 'delivery'" in page.links


async def test_the_desk_puts_together_what_waits_for_one_reason(shop: Counter) -> None:
    page = await (await shop.person("viewer")).get("/desk")
    assert page.sentence.startswith("2 causes hold 3 documents, £25.00.")
    assert re.search(
        r"'Drone' is not in the value map 'delivery'.*£25\.00\s*2\s*orders", page.words
    )


async def test_operations_sends_the_costliest_again_and_sees_the_receipt(shop: Counter) -> None:
    browser = await shop.person("operator")
    hold = await browser.get((await browser.get("/desk")).link("Drone"))
    assert hold.sentence == "'Drone' is not in the value map 'delivery'."
    assert "Nothing was sent: it was held before anything left." in hold.words
    plan = await browser.get(hold.link("Plan to send 2 again"))
    assert plan.sentence == "Send 2 documents, £25.00, to office again?"
    fields = {name: words for name, words in plan.fields.items() if name in ("form", "mark")}
    receipt = await browser.post(plan.url, fields)
    assert (receipt.status, receipt.url) == (200, "/receipts/1")
    assert receipt.sentence == "operator sent 2 documents, £25.00, again."
    assert "on the way" in receipt.words
    assert "Receipt 1" in (await browser.get("/desk")).words
    assert (await browser.get("/desk")).sentence.startswith("1 cause holds 1 document")


async def test_what_is_held_again_for_the_same_cause_keeps_its_age(shop: Counter) -> None:
    browser = await shop.person("operator")
    cause = (await browser.get("/desk")).link("Drone")
    before = await causes.cause(shop.desk, cause.removeprefix("/desk/"))
    plan = await browser.get(f"{cause}/send")
    await browser.post(f"{cause}/send", {name: plan.fields[name] for name in ("form", "mark")})
    assert await causes.cause(shop.desk, cause.removeprefix("/desk/")) is None
    engine = shop.house.engine
    for row in await engine.database.rows("idle_pages", engine.clock.now().to_stdlib(), 0, 9):
        await work(engine, PageId(row["id"]))
    again = await causes.cause(shop.desk, cause.removeprefix("/desk/"))
    assert before is not None
    assert again is not None
    assert (again.since, again.count, again.money) == (before.since, 2, before.money)
    receipt = await browser.get("/receipts/1")
    assert "on hold 2" in receipt.words
    assert {"#1003", "#1004"} <= receipt.links.keys()


async def test_only_what_was_picked_is_done(shop: Counter) -> None:
    browser = await shop.person("operator")
    hold = await browser.get((await browser.get("/desk")).link("Drone"))
    (first, *_) = [
        attributes["value"] for tag, attributes in hold.tags if attributes.get("name") == "record"
    ]
    plan = await browser.get(f"{hold.url}/aside?record={first}")
    assert plan.sentence == "Set 1 document, £12.50, aside for good?"
    assert "were not picked, and stay as they are 1" in plan.words
    fields = {**plan.fields, "why": "the customer rang"}
    fields.pop("next")
    receipt = await browser.post(f"{hold.url}/aside", fields)
    assert "operator set 1 document, £12.50, aside." in receipt.sentence
    assert "the customer rang" in receipt.words
    told = await browser.get(f"/trace?q={first}")
    assert "set aside by operator (the customer rang)" in told.words


async def test_setting_aside_needs_a_reason(shop: Counter) -> None:
    browser = await shop.person("operator")
    cause = (await browser.get("/desk")).link("Drone")
    plan = await browser.get(f"{cause}/aside")
    fields = {name: words for name, words in plan.fields.items() if name != "next"}
    page = await browser.post(f"{cause}/aside", {**fields, "why": " "})
    assert page.status == 409
    assert not await receipts.receipts(shop.desk)


async def test_the_second_operator_sees_who_did_it(shop: Counter) -> None:
    first, second = await shop.person("operator"), await shop.person("admin")
    cause = (await first.get("/desk")).link("Drone")
    plans = [await browser.get(f"{cause}/send") for browser in (first, second)]
    forms = [{name: plan.fields[name] for name in ("form", "mark")} for plan in plans]
    records = [str(number) for number in await _records(shop, first, cause)]
    await first.post(f"{cause}/send", forms[0])
    late = await second.post(f"{cause}/send", {**forms[1], "record": records})
    assert "Done by operator" in late.sentence
    assert len(await receipts.receipts(shop.desk)) == 1


async def test_of_two_at_once_one_is_done(shop: Counter) -> None:
    first, second = await shop.person("operator"), await shop.person("admin")
    cause = (await first.get("/desk")).link("Drone")
    plans = [(browser, await browser.get(f"{cause}/send")) for browser in (first, second)]
    pages = await asyncio.gather(
        *(
            browser.post(f"{cause}/send", {name: plan.fields[name] for name in ("form", "mark")})
            for browser, plan in plans
        )
    )
    assert sum("/receipts/" in page.url for page in pages) >= 1
    done = await receipts.receipts(shop.desk)
    assert len(done) == sum("/receipts/" in page.url for page in pages)


async def test_a_plan_that_is_not_what_waits_any_more_is_shown_anew(shop: Counter) -> None:
    browser = await shop.person("operator")
    cause = (await browser.get("/desk")).link("Drone")
    form = (await browser.get(f"{cause}/send")).fields["form"]
    page = await browser.post(f"{cause}/send", {"form": form, "mark": "000000000000"})
    assert (page.status, "has changed since you saw the plan" in page.words) == (409, True)
    assert page.sentence == "Send 2 documents, £25.00, to office again?"


@pytest.mark.parametrize(
    ("typed", "opens"),
    [
        ("1001", "#1001 is confirmed: £12.50 at shop and at office."),
        ("#1001", "#1001 is confirmed: £12.50 at shop and at office."),
        ("OR-6001001", "#1001 is confirmed: £12.50 at shop and at office."),
        ("£12.50", "4 documents fit “£12.50”."),
        ("12.50 GBP", "4 documents fit “12.50 GBP”."),
        ("100", "4 documents fit “100”."),
        ("4711", "No system has shown us “4711”."),
    ],
)
async def test_care_types_what_they_have_and_reads_where_it_is(
    shop: Counter, typed: str, opens: str
) -> None:
    from urllib.parse import quote

    page = await (await shop.person("operator")).get(f"/trace?q={quote(typed)}")
    assert (page.status, page.sentence) == (200, opens)


async def test_evidence_is_shown_with_people_masked(shop: Counter) -> None:
    page = await (await shop.person("admin")).get("/trace?q=1001&grain=evidence")
    assert "OR1" in page.words
    assert "[personal]" in page.words
    for hidden in ("Ann Smith", "1 High Street", "ann@example.org"):
        assert hidden not in page.source


async def test_a_number_that_stands_for_records_leads_to_them(shop: Counter) -> None:
    browser = await shop.person("viewer")
    page = await browser.get((await browser.get("/trace")).link("confirmed"))
    assert page.sentence == "2 documents fit, confirmed on orders."
    assert (await browser.get(page.link("#1001"))).sentence.startswith("#1001 is confirmed")


@pytest.mark.parametrize(
    "path", ["/desk/000000000000", "/desk/%27;drop", "/receipts/99", "/desk/x/y"]
)
async def test_what_is_not_there_is_said_so(shop: Counter, path: str) -> None:
    page = await (await shop.person("operator")).get(path)
    assert page.status in (200, 400, 404)
    assert "broke" not in page.words


async def _records(shop: Counter, browser, cause: str) -> list[int]:
    page = await browser.get(cause)
    return [int(each["value"] or 0) for _, each in page.tags if each.get("name") == "record"]

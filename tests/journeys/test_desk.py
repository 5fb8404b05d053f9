"""A day at the desk: what operators, customer care and finance ask, and how each is answered."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import asyncpg
import pytest
from filled import fill, opened, order, reading
from journeys_environment import SECRETS

from counterfoil.flows.capture import listed
from counterfoil.flows.work import work
from counterfoil.model.address import Address
from counterfoil.values.clock import SystemClock, later
from counterfoil.values.ids import PageId


@pytest.fixture
async def shop(folder: Path, database: str, project, monkeypatch):
    """A project in which two orders arrived, two are held, and a message cannot be read."""
    monkeypatch.setenv("DATABASE_URL", database)
    await fill(folder, {"DATABASE_URL": database, **SECRETS})
    return project


async def add(folder: Path, database: str, *orders: object) -> None:
    """More orders that the shop lists."""
    house = await opened(folder, {"DATABASE_URL": database, **SECRETS})
    (route,) = house.engine.routes.values()
    await listed(house.engine, route, [reading(one) for one in orders], 80)  # type: ignore[arg-type]
    now = SystemClock().now().to_stdlib()
    for row in await house.engine.database.rows("idle_pages", now, 0, 100):
        await work(house.engine, PageId(row["id"]))
    await house.close()


# --- what waits ---


async def test_a_list_of_holds_is_a_record_a_line_where_lines_are_asked_for(shop) -> None:
    lines = shop("hold", "list", "--jsonl").out.splitlines()
    assert sorted(json.loads(line)["cause"] for line in lines) == [
        "bad-json", "unmapped-value", "unmapped-value",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words", [("list",), ("resend", "--yes"), ("recheck",), ("aside", "--reason", "x", "--yes")]
)
async def test_a_mistyped_cause_is_said_so_and_the_nearest_named(shop, words) -> None:
    ended = shop("hold", *words, "--cause", "unmaped-value")
    assert ended.code == 2
    assert "Did you mean 'unmapped-value'?" in ended.err
    assert "Nothing waits for you" not in ended.out + ended.err


async def test_a_cause_for_which_nothing_waits_is_not_called_nothing_at_all(shop) -> None:
    ended = shop("hold", "list", "--cause", "field-differs")
    assert (ended.code, ended.out) == (0, "Nothing waits for field-differs.\n")


@pytest.mark.parametrize("limit", ["-1", "0", "999999999999999999999"])
@pytest.mark.parametrize("words", [("hold", "list"), ("search", "1"), ("route", "left-out", "o")])
async def test_a_limit_that_is_none_is_usage(run, words, limit: str) -> None:
    ended = run(*words, "--limit", limit)
    assert ended.code == 2
    assert "broke" not in ended.err


async def test_a_whole_cause_is_set_aside_after_the_question(shop) -> None:
    words = ("hold", "aside", "--cause", "unmapped-value", "--reason", "a test")
    ended = shop(*words)
    assert ended.code == 2
    assert "Set 2 records, £25.00, aside for good?" in ended.err
    ended = shop(*words, "--yes", "--json")
    assert ended.data == {"set_aside": 2, "why": "a test"}
    assert shop("hold", "list", "--json").json["page"]["total"] == 1
    assert shop("hold", "aside", "--reason", "x").code == 2
    assert shop("hold", "aside", "--cause", "bad-json", "--reason", " ", "--yes").code == 2


async def test_what_is_held_again_for_the_same_cause_keeps_its_age(
    shop, folder: Path, database: str
) -> None:
    (first, *_) = shop("hold", "list", "--cause", "unmapped-value", "--json").data["records"]
    assert first["since"] == first["last_held"]
    assert shop("hold", "resend", str(first["record"])).code == 0
    await add(folder, database)
    found = shop("hold", "list", "--cause", "unmapped-value", "--json").data["records"]
    (again,) = [one for one in found if one["record"] == first["record"]]
    assert again["since"] == first["since"] < again["last_held"]
    shown = shop("hold", "show", str(first["record"]), "--json").data["hold"]
    assert shown["since"] == first["since"]


# --- customer care ---


ANN = {
    "email": "Jane.Brown@example.com",
    "deliver_to": Address(name="Jane Brown", line1="1 High Street", postcode="SW1Y 4LB"),
}


@pytest.fixture
async def care(shop, folder: Path, database: str):
    """The same, and an order of today, of Jane Brown."""
    from msgspec.structs import replace

    now = SystemClock().now().format_iso()
    await add(folder, database, replace(order(1050), created=now, updated=now, **ANN))
    return shop


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ("brown jane", "name"),
        ("JANE BROWN", "name"),
        ("jane.brown@example.com", "e-mail"),
        ("sw1y4lb", "postcode"),
        ("SW1Y 4LB", "postcode"),
    ],
)
async def test_a_customer_is_found_by_what_they_say_and_never_shown_whole(
    care, asked: str, by: str
) -> None:
    ended = care("search", asked)
    assert ended.code == 0, ended.err
    assert "#1050" in ended.out
    assert by in ended.out
    assert "were looked through" in ended.err
    (found,) = care("search", asked, "--json").data
    assert (found["customer"], found["by"]) == ("J. B***, J***@example.com", by)
    for hidden in ("Jane", "Brown", "High Street", "SW1Y"):
        assert hidden not in ended.out.replace(asked, "")


async def test_how_far_was_looked_is_said_and_can_be_said(care) -> None:
    when = ("--from", "2026-11-02T09:00:42Z", "--to", "2026-11-02")
    ended = care("search", "ann@example.org", *when)
    assert "of 3 orders were looked through" in ended.err
    assert "from 2026-11-02 09:00:42 UTC and before 2026-11-03 00:00 UTC" in ended.err
    assert [number in ended.out for number in ("#1001", "#1002", "#1004")] == [False, True, True]
    ended = care("search", "nobody", "--from", "2026-11-02", "--json")
    assert (ended.code, ended.data) == (3, [])
    assert "1 order of them could not be read" in ended.err


async def test_a_customer_whose_name_begins_as_a_number_does_is_sought_too(care) -> None:
    assert care("search", "10", "--json").data[0]["by"] == ""
    assert care("search", "10", "--people").code == 3


async def test_state_amount_and_day_are_asked_alone_or_with_a_number(care) -> None:
    def numbers(*words: str) -> list[str]:
        return [one["number"] for one in care("search", *words, "--json").data]

    assert numbers("--state", "held", "--to", "2026-11-02") == ["#1004", "#1003"]
    assert set(numbers("--state", "held")) == {"#1003", "#1004", ""}
    assert numbers("100", "--state", "confirmed") == ["#1001", "#1002"]
    assert len(numbers("--amount", "12.50")) == len(numbers("--amount", "12.50 GBP")) == 5
    assert numbers("--amount", "£12.50", "--from", "2026-11-03") == ["#1050"]
    assert care("search", "--amount", "12.50 EUR").code == 3
    assert care("search", "--state", "in-doubt").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--state", "hold"), "All of them: captured, mapped"),
        (("--amount", "12,50"), "12.50 GBP"),
        (("--amount", "GBP EUR 1"), "12.50 GBP"),
        (("--from", "yesterday"), "such as 2026-09-30"),
        (("--from", "2026-09-31"), "such as 2026-09-30"),
        (("--from", "2026-09-02", "--to", "2026-09-01"), "Give the earlier day"),
        ((), "Say what is sought"),
    ],
)
async def test_what_is_asked_wrongly_is_told_rightly(project, words, said: str) -> None:
    ended = project("search", *words)
    assert ended.code == 2
    assert said in ended.err


# --- the route ---


async def test_what_was_left_out_is_listed_with_its_rule_and_its_reason(
    shop, folder: Path, database: str
) -> None:
    from msgspec.structs import replace

    assert shop("route", "left-out", "orders").out == "Nothing was left out of orders.\n"
    await add(folder, database, replace(order(1060), test=True), replace(order(1061), test=True))
    shop("hold", "aside", "--cause", "unmapped-value", "--reason", "by hand", "--yes")
    found = shop("route", "left-out", "orders", "--json").data
    test, aside = sorted(found["rules"], key=lambda one: one["rule"])
    assert (test["rule"], test["count"]) == ("a test order of the shop", 2)
    assert test["money"] == aside["money"] == [{"minor": 2500, "currency": "GBP"}]
    assert {one["why"] for one in found["records"]} == {"", "by hand"}
    rule = "a test order of the shop"
    lines = shop("route", "left-out", "orders", "--rule", rule, "--jsonl").out.splitlines()
    assert [json.loads(one)["number"] for one in lines] == ["#1061", "#1060"]
    assert (
        "2 orders left out of orders, £25.00."
        in shop("route", "left-out", "orders", "--rule", rule).out
    )
    assert shop("route", "left-out", "orders", "--rule", "a test").code == 2
    assert shop("route", "left-out", "ordres").code == 2


async def test_when_it_was_listed_is_not_how_far_it_has_been_listed(
    shop, folder: Path, database: str
) -> None:
    assert "never" in shop("route", "list").out
    house = await opened(folder, {"DATABASE_URL": database, **SECRETS})
    now, newest = SystemClock().now(), later(SystemClock().now(), -660)
    await house.engine.database.run("open_cursor", 1, "listing", newest.format_iso(), None)
    await house.engine.database.run("note_listed", 1, now.to_stdlib())
    await house.close()
    shown = shop("route", "list").out
    assert f"s ago, changes up to {newest.format_iso()[:16].replace('T', ' ')} UTC" in shown
    assert "min ago" not in shown
    (found,) = shop("route", "list", "--json").data
    assert found["listed_at"] > found["last_listing"]


async def test_how_far_back_is_for_an_initial_load_only(shop) -> None:
    ended = shop("route", "run", "orders", "--since", "2026-09-01")
    assert ended.code == 2
    assert "--initial" in ended.err
    ended = shop("route", "run", "orders", "--initial", "--since", "last week")
    assert ended.code == 2
    assert "such as 2026-09-30" in ended.err
    assert "sending system" not in ended.err


@pytest.mark.parametrize(
    "words", [("route", "run", "orders"), ("connection", "test", "shop"), ("balance", "--recount")]
)
async def test_a_command_that_ends_does_not_promise_to_try_again(shop, words) -> None:
    ended = shop(*words)
    assert ended.code == 5
    assert "by itself" not in ended.err
    assert "Run the command again" in ended.err


async def test_nor_does_one_that_only_reads(project) -> None:
    ended = project("hold", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert "waits for it" not in ended.err


# --- finance ---


async def test_a_period_before_the_first_order_is_not_asked_for(shop) -> None:
    ended = shop("balance", "--from", "2026-09-01", "--to", "2026-09-30")
    assert ended.code == 0, ended.err
    assert "from 2026-09-01 00:00 UTC and before 2026-10-01 00:00 UTC" in ended.err
    assert "no document of this route is so old or so new" in ended.out
    assert shop("balance", "--from", "2026-11-02").code == 5, "the shop is away"


async def test_a_journal_that_does_not_fit_ends_otherwise_than_what_waits(
    shop, database: str, folder: Path, monkeypatch
) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("alter table run disable trigger append_only")
    await connection.execute("""update run set details[1] = '{"said":"nothing"}' where seq = 2""")
    await connection.close()
    ended = shop("balance", "--from", "2026-09-01", "--to", "2026-09-30", "--recount")
    assert ended.code == 7
    assert "The journal does not fit" in ended.out
    ended = shop("balance", "--from", "2026-09-01", "--to", "2026-09-30", "--recount", "--jsonl")
    assert (ended.code, "does not fit" in ended.err) == (7, True)


async def test_a_balance_is_a_line_for_each_route_and_currency(shop, tmp_path: Path) -> None:
    (line,) = shop("balance", "--jsonl", "--csv", "balance.csv").out.splitlines()
    found = json.loads(line)
    assert (found["route"], found["documents_listed"], found["agrees"]) == ("orders", None, False)
    with (tmp_path / "balance.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["route"], row["listed"], row["agrees"]) == ("orders", "0.00", "no")
    ended = shop("balance", "--csv", "balance.csv")
    assert (ended.code, "such a file already" in ended.err) == (2, True)
    assert shop("balance", "--csv", "nowhere/balance.csv").code == 2

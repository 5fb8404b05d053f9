"""What a shopkeeper asks of a house that has worked: where is it, what waits, did all arrive?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from filled import fill
from journeys_environment import SECRETS, environment

from counterfoil.store.postgres import Database
from counterfoil.values.clock import SystemClock


@pytest.fixture
async def shop(folder: Path, database: str, project, monkeypatch):
    """A project in which two orders arrived, two are held, and a message cannot be read."""
    monkeypatch.setenv("DATABASE_URL", database)
    await fill(folder, {"DATABASE_URL": database, **SECRETS})
    return project


async def test_an_order_is_found_by_whatever_one_has(shop) -> None:
    for asked in ("1001", "#1001", "6001001", "OR-6001001"):
        found = shop("trace", asked, "--json")
        assert found.code == 0, asked
        (story,) = found.data["stories"]
        assert story["number"] == "#1001"
        assert story["money"] == {"minor": 1250, "currency": "GBP"}
        assert 4 <= len(story["sentences"]) <= 9
    (record,) = story["records"]
    assert shop("trace", str(record), "--json").data["stories"][0]["number"] == "#1001"


async def test_the_story_is_plain_text_off_a_terminal(shop) -> None:
    ended = shop("trace", "1003")
    assert ended.code == 0
    assert "It was put on hold: 'Drone' is not in the value map 'delivery'." in ended.out
    assert "waits for operations: £12.50" in ended.out
    assert "\x1b" not in ended.out


async def test_evidence_shows_what_was_sent_and_nobody_elses_data(shop) -> None:
    ended = shop("trace", "1001", "--evidence")
    assert '"reference": "6001001"' in ended.out
    assert "digest" in ended.out
    for hidden in ("Ann Smith", "High Street", "ann@example.org", "6001002", "hush"):
        assert hidden not in ended.out


async def test_an_order_that_nobody_has_shown_us(shop) -> None:
    ended = shop("trace", "9999")
    assert ended.code == 3
    assert "No system has shown us 9999." in ended.out


async def test_search_goes_by_the_beginning(shop) -> None:
    found = shop("search", "100", "--json")
    assert [one["number"] for one in found.data] == ["#1001", "#1002", "#1003", "#1004"]
    assert [one["number"] for one in shop("search", "OR-6001002", "--json").data] == ["#1002"]


async def test_what_is_not_found_ends_alike_and_says_where_was_looked(shop) -> None:
    for command in ("search", "trace"):
        ended = shop(command, "77")
        assert ended.code == 3, command
        assert "number" in ended.out
        assert "system" in ended.out
    assert "postcodes of 5 orders were looked through" in shop("search", "77").out


async def test_holds_are_listed_with_their_money(shop) -> None:
    found = shop("hold", "list", "--json", "--limit", "1")
    assert found.code == 0
    assert found.json["page"] == {"next": "1", "total": 3}
    assert found.data["records"][0]["money"] == {"minor": 1250, "currency": "GBP"}
    causes = {one["cause"]: one["count"] for one in found.data["causes"]}
    assert causes == {"unmapped-value": 2, "bad-json": 1}
    assert "3 records waiting, £25.00." in shop("hold", "list").out
    assert shop("hold", "list", "--route", "ordres").code == 2


async def test_one_hold_is_shown_with_its_story(shop) -> None:
    number = shop("hold", "list", "--json").data["records"][0]["record"]
    found = shop("hold", "show", str(number), "--json").data
    assert found["hold"]["do"] == "Add it."
    assert found["story"]["state"] == "held"


async def test_sending_many_again_is_never_done_unasked(shop) -> None:
    ended = shop("hold", "resend", "--cause", "unmapped-value")
    assert ended.code == 2
    assert "Send 2 records, £25.00, again?" in ended.err
    assert "--yes" in ended.err
    ended = shop("hold", "resend", "--cause", "unmapped-value", "--yes", "--json")
    assert ended.data == {"sent_again": 2}
    assert shop("hold", "list", "--json").json["page"]["total"] == 1


async def test_what_can_never_be_sent_is_refused(shop) -> None:
    held = shop("hold", "list", "--cause", "bad-json", "--json").data["records"]
    ended = shop("hold", "resend", str(held[0]["record"]))
    assert ended.code == 6
    assert "Set it aside with a reason" in ended.err
    assert shop("hold", "resend", "123456").code == 2
    assert shop("hold", "resend", "12a").code == 2


async def test_setting_aside_needs_a_reason_and_stays_in_the_balance(shop) -> None:
    number = str(shop("hold", "list", "--json").data["records"][0]["record"])
    assert shop("hold", "aside", number).code == 2
    assert shop("hold", "aside", number, "--reason", "a test order").code == 0
    found = shop("balance", "--json").data
    assert (found["excluded"], found["held"]) == (0, 0)  # no count of the source covers them yet
    assert found["uncounted"] == 4


async def test_a_balance_that_was_not_asked_claims_nothing(shop) -> None:
    ended = shop("balance")
    assert "has not been asked yet" in ended.out
    found = shop("balance", "--json").data
    assert found["listed"] is None
    assert found["agrees"] is False
    assert found["routes"][0]["route"] == "orders"


async def test_a_recount_of_a_source_that_is_away_says_so(shop) -> None:
    assert shop("balance", "--recount").code == 5


async def test_the_switch_is_turned_by_a_person_with_a_reason(shop) -> None:
    assert shop("route", "pause", "orders").code == 2
    assert shop("route", "pause", "orders", "--reason", "stock take").code == 0
    (found,) = shop("route", "list", "--json").data
    assert (found["switch"], found["why"]) == ("off", "stock take")
    assert found["held"] == {"count": 3, "money": [{"minor": 2500, "currency": "GBP"}]}
    assert shop("route", "on", "orders", "--reason", "counted").code == 0
    assert shop("route", "on", "ordres", "--reason", "x").code == 2
    assert shop("route", "run", "orders").code == 5


async def test_a_backup_can_be_restored_and_nothing_is_replaced_unasked(
    shop, tmp_path: Path
) -> None:
    assert shop("db", "backup", "copy.dump").code == 0
    assert shop("db", "backup", "copy.dump").code == 2
    assert shop("hold", "resend", "--all", "--route", "orders", "--yes").code in (0, 6)
    ended = shop("db", "restore", "copy.dump")
    assert ended.code == 2
    assert "--yes" in ended.err
    ended = shop("db", "restore", "copy.dump", "--yes")
    assert ended.code == 0, ended.err
    assert shop("hold", "list", "--json").json["page"]["total"] == 3
    assert shop("db", "status", "--json").data["schema"] >= 1
    (tmp_path / "not-a-copy").write_text("hello")
    assert shop("db", "restore", "not-a-copy", "--yes").code == 2


async def test_doctor_says_that_something_waits(shop) -> None:
    ended = shop("doctor", "--offline")
    assert ended.code == 3
    assert "3 records waiting for a person." in ended.out


async def test_doctor_says_which_system_is_away(shop, database: str) -> None:
    store = await Database.open(database)
    connections = {row["name"]: row["id"] for row in await store.rows("connections")}
    since = SystemClock().now().to_stdlib()
    said = "https://office.example could not be reached."
    await store.run("open_breaker", connections["office"], since, since, said)
    await store.close()
    ended = shop("doctor", "--offline", "--json")
    (found,) = [one for one in ended.data if one["what"] == "connection office"]
    assert found["state"] == "wrong"
    assert "It is away since" in found["said"]
    assert said in found["said"]
    assert "asked again by itself" in found["do"]
    assert ended.code == found["exit"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_up_serves_until_it_is_told_to_stop(
    folder: Path, database: str, number: int, code: int
) -> None:
    port = 8480 + number
    running = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "up", "--port", str(port), "--quiet"],
        cwd=folder,
        env=environment(DATABASE_URL=database, **SECRETS),
        stderr=subprocess.PIPE,
    )
    try:
        assert _answers(f"http://127.0.0.1:{port}/ready")
        running.send_signal(number)
        assert running.wait(30) == code
    finally:
        running.kill()
        running.communicate()


def _answers(address: str) -> bool:
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.1)
    return False

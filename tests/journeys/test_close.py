"""Finance closes November: it is tied out, signed, packed, and an auditor checks the pack alone."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest
from filled import Office, Shop, fill, order
from journeys_environment import SECRETS

from counterfoil.app import build
from counterfoil.config import load
from counterfoil.kit.connector import CensusPage, Listed
from counterfoil.ledger.account import State
from counterfoil.reconcile import verify_pack
from counterfoil.surfaces.desk import close, close_pack
from counterfoil.surfaces.desk.close import Checked
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.clock import Instant, SystemClock
from counterfoil.values.errors import Halt, Misconfigured


class Counting(Shop):
    """A shop that tells what was created there: four orders, of which it may not say them all."""

    hidden = 0

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        orders = [order(number) for number in range(1001, 1005)][self.hidden :]
        listed = [
            Listed(one.key, one.number, one.version, one.born, one.total_minor, one.currency)
            for one in orders
            if start <= one.born < end
        ]
        return CensusPage(tuple(listed), None, len(listed))


@asynccontextmanager
async def finance(folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[StaffedDesk]:
    """The desk with the house behind it, at which finance sits."""
    config = load(folder, environment)
    house = await build(config)
    house.engine.routes = {
        number: msgspec.structs.replace(route, target=Office(), source=Counting(route.source))
        for number, route in house.engine.routes.items()
    }
    try:
        yield StaffedDesk(config, SystemClock(), "fiona", house.engine.database, house)
    finally:
        await house.close()


@pytest.fixture
async def desk(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[StaffedDesk]:
    """Two orders of November arrived and two are held; a message that nobody can read waits too."""
    monkeypatch.setenv("DATABASE_URL", database)
    environment = {"DATABASE_URL": database, **SECRETS}
    await fill(folder, environment)
    async with finance(folder, environment) as opened:
        yield opened


@pytest.fixture(autouse=True)
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counting, "hidden", 0)


async def november(desk: StaffedDesk) -> close.Close:
    """November as far as it was over when the test ran: what it has was created on the second."""
    await close.begin(desk, "november", "2026-11-02", "2026-11-03")
    return await close.check(desk, "november")


async def test_a_period_is_opened_checked_signed_and_packed(
    desk: StaffedDesk, tmp_path: Path
) -> None:
    checked = (await november(desk)).check
    assert checked is not None
    assert isinstance(checked.content, Checked)
    assert checked.content.ties
    (tied,) = checked.content.routes
    assert (tied.listed, tied.confirmed + tied.delivered, tied.held) == (4, 2, 2)
    assert [item.cause for item in checked.content.open_items].count("unmapped-value") == 2
    await close.sign(desk, "november", "Two couriers are not mapped; the next run sends them.")
    made = await close_pack.pack(desk, "november", tmp_path / "november.zip")
    assert close_pack.verify(tmp_path / "november.zip", made.head).close == "november"
    stands = await close.show(desk, "november")
    assert [step.act for step in stands.steps] == ["opened", "checked", "signed", "packed"]
    assert {step.by for step in stands.steps} == {"fiona"}
    files = verify_pack.contents((tmp_path / "november.zip").read_bytes())
    (line,) = csv.DictReader(io.StringIO(files["tie-outs.csv"].decode()))
    assert (line["listed"], line["accounted"], line["difference"]) == ("50.00", "50.00", "0.00")
    items = list(csv.DictReader(io.StringIO(files["open-items.csv"].decode())))
    assert {(item["owner"], item["amount"]) for item in items} >= {("operations", "12.50")}
    ages = [*csv.DictReader(io.StringIO(files["open-by-age.csv"].decode()))]
    assert {(age["state"], age["days"], age["documents"], age["amount"]) for age in ages} == {
        ("held", "up to 7", "2", "25.00"), ("held", "up to 7", "1", ""),
    }  # fmt: skip


async def test_a_close_that_is_kept_for_good_quotes_no_address(desk: StaffedDesk) -> None:
    """Everybody is shown it, and no erasure may change it."""
    pool = desk.database._pool
    await pool.execute("update hold set said = said || ' ann.smith@example.org'")
    await november(desk)
    kept = await pool.fetchval("select content from close_act where act = 'checked'")
    assert b"[masked]" in kept
    assert b"ann.smith" not in kept


async def test_what_waits_by_itself_or_is_in_doubt_is_open_too(
    desk: StaffedDesk, database: str
) -> None:
    connection = await asyncpg.connect(database)
    ids = await connection.fetch("select id from record where state = 5 order by id limit 2")
    for state, row in zip((State.WAITING, State.IN_DOUBT), ids, strict=True):
        await connection.execute("update record set state = $1 where id = $2", state, row["id"])
    await connection.close()
    checked = (await november(desk)).check
    assert checked is not None
    assert isinstance(checked.content, Checked)
    states = [item.state for item in checked.content.open_items if item.cause == ""]
    assert sorted(states) == ["in_doubt", "waiting"]
    assert all(item.money and item.owner for item in checked.content.open_items if not item.cause)


async def test_the_same_close_makes_the_same_pack(desk: StaffedDesk, tmp_path: Path) -> None:
    await november(desk)
    await close.sign(desk, "november", "Two couriers are not mapped yet.")
    first = await close_pack.pack(desk, "november", tmp_path / "one.zip")
    second = await close_pack.pack(desk, "november", tmp_path / "two.zip")
    assert first.head == second.head
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with pytest.raises(Misconfigured, match="such a file already"):
        await close_pack.pack(desk, "november", tmp_path / "two.zip")


async def test_an_auditor_needs_nothing_but_the_pack(desk: StaffedDesk, tmp_path: Path) -> None:
    await november(desk)
    await close.sign(desk, "november", "Two couriers are not mapped yet.")
    made = await close_pack.pack(desk, "november", tmp_path / "pack.zip")
    files = verify_pack.contents((tmp_path / "pack.zip").read_bytes())
    (tmp_path / "verify_pack.py").write_bytes(files["verify_pack.py"])
    command = [sys.executable, "-I", "-S", "verify_pack.py", "pack.zip", made.head]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


# --- what is not closed ---


async def refused(code: str, call: object) -> None:
    with pytest.raises(Misconfigured) as caught:
        await call  # pyright: ignore[reportGeneralTypeIssues]
    assert caught.value.code == code
    assert caught.value.do


async def test_what_does_not_tie_is_not_signed(
    desk: StaffedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counting, "hidden", 1)
    await november(desk)
    await refused("does-not-tie", close.sign(desk, "november", "It will be right one day."))


async def test_open_items_want_a_reason(desk: StaffedDesk) -> None:
    await november(desk)
    await refused("open-items", close.sign(desk, "november", "ok"))


async def test_nothing_is_packed_that_was_checked_again_since(
    desk: StaffedDesk, tmp_path: Path
) -> None:
    await november(desk)
    await close.sign(desk, "november", "Two couriers are not mapped yet.")
    await close.check(desk, "november")
    await refused("not-signed", close_pack.pack(desk, "november", tmp_path / "pack.zip"))
    assert not (tmp_path / "pack.zip").exists()


async def test_each_step_says_what_comes_before_it(desk: StaffedDesk) -> None:
    await refused("not-opened", close.check(desk, "november"))
    await close.begin(desk, "november", "2026-11-02", "2026-11-03")
    await refused("not-checked", close.sign(desk, "november"))
    with pytest.raises(Misconfigured, match="opened by fiona already"):
        await close.begin(desk, "november", "2026-11-02", "2026-11-03")


async def test_a_month_that_is_not_over_is_not_closed(desk: StaffedDesk) -> None:
    with pytest.raises(Misconfigured, match="has not ended"):
        await close.begin(desk, "2098-12")
    with pytest.raises(Misconfigured, match="no month"):
        await close.begin(desk, "2026-13")
    assert (await close.begin(desk, "2025-12")).when.until == Instant.from_utc(2026, 1, 1)


async def test_an_act_that_was_changed_in_the_database_is_told(
    desk: StaffedDesk, database: str
) -> None:
    await close.begin(desk, "november", "2026-11-02", "2026-11-03")
    connection = await asyncpg.connect(database)
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("update close_act set by = 'mallory'")
    await connection.execute("alter table close_act disable trigger all")
    await connection.execute("update close_act set by = 'mallory'")
    await connection.close()
    with pytest.raises(Halt, match="not as it was written"):
        await close.show(desk, "november")


def test_the_command_names_the_byte(project, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    pack.write_bytes(verify_pack.sealed({"close.json": b'{"period":"november"}'}))
    assert project("verify", str(pack)).code == 0
    pack.write_bytes(pack.read_bytes().replace(b"november", b"december"))
    ended = project("verify", str(pack))
    assert (ended.code, "close.json" in ended.err) == (7, True)
    assert project("verify", str(tmp_path / "absent.zip")).code == 2
    assert project("close", "show", "november").code == 2

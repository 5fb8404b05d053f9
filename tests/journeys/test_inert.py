"""An order whose own words would forge a line on the terminal is shown as what it is."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from filled import opened
from journeys_environment import SECRETS, environment

from counterfoil.flows.intake import Intake, Message
from counterfoil.flows.work import work
from counterfoil.values.clock import SystemClock
from counterfoil.values.ids import PageId

NAME = "#1042\n£9,999.00  #7  4711  paid\r\x1b[2K\x1b[31m\x9b1A\x7f\u202e4201#\u2066\u2028\u200f"
KEY = "6042\x1b[1A\u202e"
MOMENT = "2026-11-02T09:14:06Z"
MONEY = {
    "total_price": "12.50", "currency": "GBP", "updated_at": MOMENT, "created_at": MOMENT,
    "taxes_included": True, "line_items": "a text, where lines belong",
}  # fmt: skip
"""What a message tells, and why it is held: the shop need not be asked for the rest of it."""
COMMANDS = (
    ("hold", "list"), ("search", "1042"), ("trace", NAME), ("trace", "2"), ("hold", "show", "2"),
    ("trace", NAME, "--evidence"), ("search", KEY), ("trace", KEY, "--evidence"),
)  # fmt: skip


async def arrived(folder: Path, variables: dict[str, str]) -> list[int]:
    """Two signed messages whose words are hostile; the records that they made."""
    house = await opened(folder, variables)
    engine = house.engine
    (route,) = engine.routes.values()
    bodies = [
        json.dumps({"id": 6042, "name": NAME, "tags": NAME, **MONEY}).encode(),
        json.dumps({"id": KEY, "name": "#1043", "financial_status": NAME, **MONEY}).encode(),
    ]
    await Intake(engine)._store(
        [
            Message(1, "orders/create", f"d-{number}", body, (route,))
            for number, body in enumerate(bodies)
        ]
    )
    for row in await engine.database.rows("idle_pages", SystemClock().now().to_stdlib(), 0, 100):
        await work(engine, PageId(row["id"]))
    rows = await engine.database.rows("list_holds", None, None, 50, 0)
    await house.close()
    return [row["record"] for row in rows]


EVERYWHERE = (
    ("hold", "aside", "1", "--reason", NAME), ("route", "pause", "orders", "--reason", NAME),
    ("hold", "list", "--cause", NAME), ("hold", "list", "--route", NAME), ("hold", "show", NAME),
    ("hold", "resend", NAME), ("hold", "recheck", NAME), ("search", "--state", NAME),
    ("search", "--amount", NAME), ("search", "--from", NAME), ("search", NAME, "--people"),
    ("search", "9,999"), ("route", "left-out", "orders"), ("route", "left-out", NAME),
    ("route", "losses", "orders"), ("route", "list"), ("route", "run", "orders"),
    ("route", "try", "orders", "hostile", "odd\x1b[2K\u202e"), ("route", "try", "orders", NAME),
    ("route", "try", "orders", "--key", NAME), ("balance",), ("balance", "--route", NAME),
    ("doctor",), ("connection", "list"), ("connection", "test", NAME),
    ("connection", "test", "shop"),
    ("config", "show", "--origin"), ("explain", NAME), ("db", "status"), ("db", "rename", NAME),
    (NAME,), ("hold", NAME), ("hold", "list", NAME), ("hold", "list", f"--{NAME}"),
)  # fmt: skip
"""Every other command that shows what strangers, or a file of ours, may say."""


def obeyed(text: str) -> set[str]:
    categories = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return {letter for letter in text if unicodedata.category(letter) in categories} - {"\n"}


@pytest.fixture
def held(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setenv("DATABASE_URL", database)
    return asyncio.run(arrived(folder, {"DATABASE_URL": database, **SECRETS}))


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_off_a_terminal_nothing_of_it_is_obeyed(project, held: list[int], flags) -> None:
    assert held
    seen = ""
    for words in (*COMMANDS, *(("hold", "show", str(one)) for one in held)):
        ended = project(*words, *flags)
        assert ended.code in (0, 2, 3), ended.err
        assert not obeyed(ended.out + ended.err), words
        assert not any(line.startswith("£9,999") for line in ended.out.splitlines()), words
        seen += ended.out
    assert "\\x1b[2K" in seen or "\\u001b[2K" in seen


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_no_command_hands_on_what_a_terminal_obeys(
    project, folder: Path, held: list[int], flags
) -> None:
    toml = folder / "routes" / "orders.toml"
    toml.write_text(toml.read_text().replace('"operations"', json.dumps(NAME)))
    hostile = json.dumps({"id": KEY, "name": NAME, "tags": NAME, "note": NAME, **MONEY})
    for name in ("hostile", "odd\x1b[2K\u202e"):
        (folder / name).write_text(hostile)
    said = ""
    for words in (("hold", "aside", str(held[0]), "--reason", NAME), *EVERYWHERE):
        ended = project(*words, *flags)
        assert ended.code != 1, ended.err
        assert not obeyed(ended.out + ended.err), words
        said += ended.out + ended.err
    assert said.count("[2K") > 20


def test_on_a_terminal_only_our_own_escapes_come_through(
    folder: Path, database: str, held: list[int]
) -> None:
    for words in (("hold", "list"), ("search", "1042"), ("hold", "show", str(held[0]))):
        ours, theirs = pty.openpty()
        variables = environment(DATABASE_URL=database, TERM="xterm", COLUMNS="80", **SECRETS)
        ended = subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
            timeout=60, check=False,
        )  # fmt: skip
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:
            pass
        os.close(ours)
        text = said.decode().replace("\r\n", "\n")
        assert ended.returncode == 0, text
        assert "1042" in text
        assert "#1042\\n" in text
        text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert not obeyed(text), words
        if "show" not in words:
            assert max(map(len, text.splitlines())) <= 80


def test_an_amount_that_cannot_be_read_is_never_shown_as_nothing(
    project, folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def arrive() -> None:
        house = await opened(folder, {"DATABASE_URL": database, **SECRETS})
        engine = house.engine
        (route,) = engine.routes.values()
        bodies = [
            json.dumps({"id": 6100, "name": "#1100", **MONEY, "total_price": "12,50"}).encode(),
            json.dumps({"id": 6101, "name": "#1101", **MONEY, "currency": "pounds"}).encode(),
            b"{not json",
        ]
        messages = [
            Message(1, "orders/create", f"d-{number}", body, (route,))
            for number, body in enumerate(bodies)
        ]
        await Intake(engine)._store(messages)
        now = SystemClock().now().to_stdlib()
        for row in await engine.database.rows("idle_pages", now, 0, 100):
            await work(engine, PageId(row["id"]))
        await house.close()

    monkeypatch.setenv("DATABASE_URL", database)
    asyncio.run(arrive())
    listed = project("hold", "list")
    assert "0.00" not in listed.out, listed.out
    assert listed.out.count("unknown amount") >= 3

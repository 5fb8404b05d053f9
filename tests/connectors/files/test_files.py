"""Files are taken once by content, wait until they are whole, and are held with one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.connectors.files import CONNECTOR
from counterfoil.kit.connector import Reading, Source
from counterfoil.kit.contract import at_stage
from counterfoil.kit.contract.case import Case
from counterfoil.model.settlement import Settlement
from counterfoil.values.errors import Hold, Misconfigured
from tests.connectors.files.files_stage import HEADER, MAPS, folder_of, line, put
from tests.connectors.files.workbooks import workbook

CHARGE = line("77", "charge", "60.65", "1.12", "59.53")
REFUND = line("77", "refund", "-21.60", "0.00", "-21.60")


class Beside:
    """A folder, and a source that reads it with these settings."""

    def __init__(self, case: Case) -> None:
        self.case = case
        sender: Any = case.stage.senders["settlement"]
        self.folder: Path = sender.folder
        self.source: Source[Settlement] = case.open().source("settlement")

    def put(self, *lines: str, name: str = "payouts.csv") -> Path:
        return put(self.folder, self.case.clock, name, lines)

    async def listed(self, mark: str | None = None) -> tuple[list[Reading[Settlement]], str | None]:
        readings: list[Reading[Settlement]] = []
        cursor: str | None = None
        while True:
            page = await self.source.since(mark, cursor)
            readings += page.readings
            cursor = page.cursor
            if cursor is None:
                return readings, page.mark

    async def payout(self) -> Settlement:
        ((reading,), _) = await self.listed()
        assert reading.document is not None, reading.problem
        return reading.document

    async def problem(self) -> tuple[str, str]:
        ((reading,), _) = await self.listed()
        assert reading.problem is not None
        assert reading.problem.do
        assert "\n" not in reading.problem.said
        return reading.problem.code, reading.problem.said


@pytest.fixture
def beside() -> Generator[Beside]:
    with at_stage(CONNECTOR, folder_of()) as case:
        yield Beside(case)


def with_settings(**settings: Any) -> Any:
    return at_stage(CONNECTOR, folder_of(**settings))


async def test_the_rows_of_one_payout_may_lie_anywhere_in_the_file(beside: Beside) -> None:
    other = line("78", "charge", "1.00", "0.00", "1.00")
    beside.put(CHARGE, other, REFUND)
    readings, _ = await beside.listed()
    payouts = {reading.key: reading.document for reading in readings}
    assert payouts["77"] is not None
    assert payouts["77"].net_minor == 3793
    assert sorted(row.kind for row in payouts["77"].rows) == ["charge", "refund"]


async def test_a_file_is_taken_once_whatever_it_is_called(beside: Beside) -> None:
    first = beside.put(CHARGE)
    _, mark = await beside.listed()
    shutil.copy2(first, beside.folder / "copy of payouts.csv")
    first.rename(beside.folder / "renamed.csv")
    assert await beside.listed(mark) == ([], mark)
    beside.put(CHARGE, REFUND, name="new.csv")
    readings, _ = await beside.listed(mark)
    assert [reading.key for reading in readings] == ["77"]


async def test_an_export_in_another_sequence_says_the_same(beside: Beside) -> None:
    beside.put(CHARGE, REFUND, name="a.csv")
    beside.put(REFUND, CHARGE, name="b.csv")
    readings, _ = await beside.listed()
    assert len(readings) == 2
    assert readings[0].source == readings[1].source
    assert readings[0].document == readings[1].document


async def test_two_entries_that_say_the_very_same_are_two(beside: Beside) -> None:
    beside.put(CHARGE, CHARGE)
    payout = await beside.payout()
    assert payout.net_minor == 2 * 5953
    assert len({row.key for row in payout.rows}) == 2


async def test_rows_that_have_no_payout_yet_are_of_none(beside: Beside) -> None:
    beside.put(CHARGE, line("", "charge", "5.00", "0.00", "5.00", status="pending"))
    assert (await beside.payout()).net_minor == 5953


async def test_a_file_that_may_still_be_written_waits() -> None:
    with with_settings(settle_s=60) as case:
        beside = Beside(case)
        path = beside.put(CHARGE)
        case.clock.move(59.0)
        assert (await beside.listed())[0] == []
        with path.open("a") as file:
            file.write(REFUND + "\n")
        moment = case.clock.now().timestamp(unit="nanosecond")
        os.utime(path, ns=(moment, moment))
        case.clock.move(59.0)
        assert (await beside.listed())[0] == [], "it was written again"
        case.clock.move(2.0)
        assert (await beside.payout()).net_minor == 3793


@pytest.mark.parametrize("name", [".payouts.csv", "payouts.csv.part", "payouts.csv.tmp", "~a.csv"])
async def test_a_name_that_says_unfinished_waits(beside: Beside, name: str) -> None:
    beside.put(CHARGE).rename(beside.folder / name)
    assert (await beside.listed())[0] == []


async def test_a_file_that_cannot_be_read_is_held_stays_and_stops_no_other(beside: Beside) -> None:
    bad = beside.put('77,"charge', name="bad.csv")
    beside.put(CHARGE, name="good.csv")
    readings, mark = await beside.listed()
    (held,) = [reading for reading in readings if reading.problem]
    assert held.number == "bad.csv"
    assert len(readings) == 2
    assert bad.exists()
    assert await beside.listed(mark) == ([], mark), "once"
    again = beside.source.reread(held.source, held.version)
    assert (again.key, str(again.problem)) == (held.key, str(held.problem))


async def test_a_column_that_is_not_there_is_named(beside: Beside) -> None:
    (beside.folder / "x.csv").write_text("a,b\n1,2\n")
    os.utime(beside.folder / "x.csv", (0, 0))
    code, said = await beside.problem()
    assert (code, said) == ("no-column", "The file has no column 'Payout ID'.")


@pytest.mark.parametrize(
    ("decimals", "amount", "minor"),
    [
        (".", "1234.50", 123450), (".", "1,234.50", 123450), (".", "-0.05", -5),
        (",", "1234,50", 123450), (",", "1.234,50", 123450), (",", "12", 1200),
    ],
)  # fmt: skip
async def test_amounts_are_read_as_the_connection_says(
    decimals: str, amount: str, minor: int
) -> None:
    with with_settings(decimals=decimals) as case:
        beside = Beside(case)
        row = line("77", "charge", f'"{amount}"', "0", f'"{amount}"', presented="1")
        beside.put(row)
        assert (await beside.payout()).net_minor == minor


@pytest.mark.parametrize(
    ("decimals", "amount"), [(".", "12,50"), (".", "1,234"), (",", "12.50"), (",", "1.234")]
)
async def test_an_amount_that_may_be_either_is_held_with_what_to_do(
    decimals: str, amount: str
) -> None:
    with with_settings(decimals=decimals) as case:
        beside = Beside(case)
        beside.put(line("77", "charge", f'"{amount}"', "0", f'"{amount}"', presented="1"))
        ((reading,), _) = await beside.listed()
        assert isinstance(reading.problem, Hold)
        assert f"'{amount}' is not an amount with '{decimals}'" in reading.problem.said
        assert "set decimals" in reading.problem.do


async def test_latin_letters_are_read_where_that_is_said() -> None:
    text = "\n".join([HEADER, line("77", "charge", "1", "0", "1", **{"order-number": "Café"})])
    for encoding, code in (("latin-1", ""), ("utf-8", "bad-file")):
        with with_settings(encoding=encoding) as case:
            beside = Beside(case)
            (beside.folder / "x.csv").write_bytes(text.encode("latin-1"))
            os.utime(beside.folder / "x.csv", (0, 0))
            ((reading,), _) = await beside.listed()
            assert (reading.problem.code if reading.problem else "") == code
            if reading.document:
                assert reading.document.rows[0].order_number == "Café"


@pytest.mark.parametrize(
    ("dates", "cell", "zone", "issued"),
    [
        ("iso", "2026-09-01", "UTC", "2026-09-01T00:00:00Z"),
        ("iso", "2026-09-01 10:00:00 +0400", "UTC", "2026-09-01T06:00:00Z"),
        ("day-first", "01/09/2026", "UTC", "2026-09-01T00:00:00Z"),
        ("month-first", "09/01/2026", "Europe/London", "2026-08-31T23:00:00Z"),
    ],
)
async def test_days_are_read_as_the_connection_says(
    dates: str, cell: str, zone: str, issued: str
) -> None:
    with with_settings(dates=dates, zone=zone) as case:
        beside = Beside(case)
        beside.put(line("77", "charge", "1", "0", "1", issued=cell))
        assert (await beside.payout()).issued == issued


async def test_a_date_that_is_a_number_is_told_as_what_excel_made_of_it(beside: Beside) -> None:
    beside.put(line("77", "charge", "1", "0", "1", issued="46266"))
    code, said = await beside.problem()
    assert code == "bad-cell"
    assert "'46266' is a number where a date should be." in said


async def test_rows_that_contradict_each_other_are_held(beside: Beside) -> None:
    beside.put(CHARGE, line("77", "refund", "-1", "0", "-1", currency="SAR"))
    assert await beside.problem() == (
        "bad-cell",
        "The rows of payout 77 differ in currency: 'AED', 'SAR'.",
    )


async def test_a_word_that_nobody_mapped_is_held(beside: Beside) -> None:
    beside.put(line("77", "surcharge", "1", "0", "1"))
    assert (await beside.problem())[0] == "bad-cell"


async def test_more_entries_than_a_payout_may_have_are_not_read() -> None:
    with with_settings(most_entries=1) as case:
        beside = Beside(case)
        beside.put(CHARGE, REFUND)
        assert (await beside.problem())[0] == "too-many-entries"


def test_a_folder_that_is_not_there_is_named() -> None:
    with with_settings() as case:
        beside = Beside(case)
        beside.folder.rmdir()
        with pytest.raises(Misconfigured, match="cannot be read"):
            beside.source._folder.whole()  # type: ignore[attr-defined]
        beside.folder.mkdir()


def test_a_column_that_means_nothing_is_refused_when_it_is_opened() -> None:
    maps = {**MAPS, "columns": type(MAPS["columns"])("columns", {"payuot": "Payout ID"})}
    with with_settings() as case:
        case.stage.maps = maps
        with pytest.raises(Misconfigured, match="'payuot' in value map 'columns' is no word"):
            case.open()


# --- workbooks ---

ROWS = [HEADER.split(","), CHARGE.split(",")]


async def test_a_plain_sheet_is_read(beside: Beside) -> None:
    workbook(beside.folder / "a.xlsx", ROWS)
    assert (await beside.payout()).net_minor == 5953


@pytest.mark.parametrize(
    ("built", "code", "said"),
    [
        (
            {"formula": "A1*2"},
            "has-formulas",
            "The sheet has a formula (M2), whose value may be an old one.",
        ),
        ({"merged": "A1:C1"}, "merged-cells", "The sheet has merged cells (A1:C1)."),
    ],
)  # fmt: skip
async def test_what_a_person_built_in_a_sheet_is_refused_by_name(
    beside: Beside, built: dict[str, str], code: str, said: str
) -> None:
    workbook(beside.folder / "a.xlsx", ROWS, **built)
    assert await beside.problem() == (code, said)


# --- how much room it takes ---

_READ = """
import asyncio, resource, sys
from counterfoil.connectors.files.profile import Profile, Settings
from counterfoil.connectors.files.folder import File
from counterfoil.connectors.files.table import Tables
from counterfoil.values.clock import Instant
from pathlib import Path
columns = {"key": "Payout ID", "amount": "Amount"}
tables = Tables(columns, latin=False)
table = tables.table(File(Path(sys.argv[1]), "d", Instant.now()))
count = 0
after = ""
while page := table.keys(after, 50):
    after = page[-1][0]
    count += sum(rows for _, rows in page)
    table.rows(after)
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_is_flat_however_long_a_file_is(tmp_path: Path) -> None:
    used: list[int] = []
    for times in (1, 4):
        path = tmp_path / f"{times}.csv"
        with path.open("w") as file:
            file.write("Payout ID,Amount,Note\n")
            for at in range(times * 100_000):
                file.write(f"{at * 7919 % 1000},{at % 9973}.25,{'x' * 60}\n")
        run = subprocess.run(
            [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True
        )
        rows, megabytes = map(int, run.stdout.split())
        assert rows == times * 100_000
        used.append(megabytes)
    assert used[1] < 1.5 * used[0] + 50, used

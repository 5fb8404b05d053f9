"""An audit finds what was put into two exports, no more and no less, and what explains it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec
import pytest

from counterfoil.reconcile.audit import audit
from counterfoil.reconcile.findings import Audit
from counterfoil.reconcile.sample import Asked
from counterfoil.reconcile.spreadsheet import Figure, Table, workbook
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse
from tests.reconcile.exports import Row, Truth, planted, written


def audited(folder: Path, left: Path, right: Path, **told: object) -> Audit:
    spill = folder / "spill"
    spill.mkdir()
    return audit(left, right, Asked(**told), spill)  # pyright: ignore[reportArgumentType]


def of_rows(folder: Path, left: list[Row], right: list[Row], **told: object) -> Audit:
    ends = written(folder / "left.csv", left), written(folder / "right.csv", right)
    return audited(folder, *ends, **told)


def agrees(answer: Audit, truth: Truth) -> None:
    assert answer.same == truth.same
    assert (answer.only_left, answer.only_right) == (truth.only_left, truth.only_right)
    assert answer.duplicates_left == truth.duplicates_left
    assert answer.duplicates_right == truth.duplicates_right
    assert answer.different == dict(truth.different)
    for currency, sums in answer.currencies.items():
        assert sums.difference_minor == sums.left_minor - sums.right_minor
        assert sums.explained_minor == {
            cause: worth for cause, worth in truth.explained[currency].items() if worth
        }
        assert sums.unexplained_minor == truth.unexplained[currency]


@pytest.mark.parametrize("seed", range(6))
def test_what_was_put_there_is_found(tmp_path: Path, seed: int) -> None:
    left, right, truth = planted(seed, 3_000)
    agrees(of_rows(tmp_path, left, right), truth)


def test_the_format_of_a_file_changes_nothing(tmp_path: Path) -> None:
    left, right, truth = planted(7, 1_500)
    shop = written(tmp_path / "shop.csv", left, separator=";", encoding="latin-1")
    erp = written(tmp_path / "erp.csv", right)
    with duckdb.connect() as connection:
        connection.execute(f"copy (from '{erp}') to '{tmp_path}/erp.parquet'")
    agrees(audited(tmp_path, shop, tmp_path / "erp.parquet"), truth)


def test_a_balanced_pair_says_so(tmp_path: Path) -> None:
    left, right, _ = planted(1, 40)
    answer = of_rows(tmp_path, left[:1], [right for right in right if right["Order Ref"][4:]
                                          == left[0]["Name"][1:]])  # fmt: skip
    assert answer.alike
    assert answer.same == 1


# --- what a real export does ---


def test_a_further_line_of_an_order_is_no_duplicate(tmp_path: Path) -> None:
    shop = [{"Name": "#1", "Total": "5.00", "Currency": "GBP", "Line": "tee"},
            {"Name": "#1", "Total": "", "Currency": "", "Line": "mug"}]  # fmt: skip
    answer = of_rows(tmp_path, shop, [{"Order Number": "1", "Gross": "5.00"}])
    assert (answer.same, answer.duplicates_left, answer.findings) == (1, 0, ())


def test_words_of_two_languages_are_no_differences(tmp_path: Path) -> None:
    words = {"Royal Mail": "RM", "DPD": "DP", "Yodel": ""}
    names = [list(words)[number % 3] for number in range(30)]
    shop = [
        {"Name": str(number), "Total": "1", "Courier": name} for number, name in enumerate(names)
    ]
    erp = [{"Name": str(number), "Total": "1", "Courier": words[name]}
           for number, name in enumerate(names)]  # fmt: skip
    erp[0]["Courier"] = "XX"
    answer = of_rows(tmp_path, shop, erp)
    assert answer.different == {"Courier": 1}
    assert [(word.value, word.documents) for word in answer.unmapped] == [("Yodel", 10)]


def test_what_is_newer_than_the_other_file_is_a_matter_of_timing(tmp_path: Path) -> None:
    shop = [{"Name": str(day), "Total": "1.00", "Currency": "GBP", "Created at": f"2026-11-{day}"}
            for day in range(10, 20)]  # fmt: skip
    erp = [{"Order Number": row["Name"], "Gross": "1.00", "Order Date": f"{row['Name']}/11/2026"}
           for row in shop if row["Name"] not in ("12", "19")]  # fmt: skip
    (sums,) = of_rows(tmp_path, shop, erp).currencies.values()
    assert sums.explained_minor == {"missing": 100, "timing": 100}


def test_an_amount_that_cannot_be_read_is_named_and_not_explained(tmp_path: Path) -> None:
    shop = [{"Name": str(number), "Total": "1.00"} for number in range(20)]
    erp = [{**row, "Total": "oops" if row["Name"] == "3" else "1.00"} for row in shop]
    answer = of_rows(tmp_path, shop, erp)
    assert answer.right.unreadable == (4,)
    (finding,) = answer.findings
    assert (finding.field, finding.right) == ("amount", "oops")
    (sums,) = answer.currencies.values()
    assert sums.unexplained_minor == 100


def test_a_row_without_a_key_is_named(tmp_path: Path) -> None:
    shop = [{"Name": str(number or ""), "Total": "1.00"} for number in range(20)]
    answer = of_rows(tmp_path, shop, shop[1:])
    assert answer.left.keyless == (1,)
    assert not answer.alike


# --- what a person asked for wrongly ---


def refused(folder: Path, left: list[Row], right: list[Row], **told: object) -> CounterfoilError:
    with pytest.raises(CounterfoilError) as caught:
        of_rows(folder, left, right, **told)
    assert caught.value.said.endswith(".")
    assert caught.value.do
    return caught.value


def test_files_that_have_nothing_in_common(tmp_path: Path) -> None:
    error = refused(tmp_path, [{"Name": "a", "Total": "1"}], [{"Ref": "b", "Gross": "1"}])
    assert isinstance(error, Misconfigured)
    assert error.code == "no-common-key"


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    row = {"Name": "1", "Total": "1"}
    error = refused(tmp_path, [row], [row], key=("Nane", "Name"))
    assert "'Nane'" in error.said
    assert "Name" in error.do


def test_two_currencies_on_one_side_and_none_on_the_other(tmp_path: Path) -> None:
    shop = [{"Name": str(n), "Total": "1", "Currency": "GBP" if n % 2 else "EUR"} for n in range(9)]
    error = refused(tmp_path, shop, [{"Name": row["Name"], "Total": "1"} for row in shop])
    assert error.code == "no-currency"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "left.csv").write_bytes(b"PK\x03\x04 no workbook")
    right = written(tmp_path / "right.csv", [{"Name": "1", "Total": "1"}])
    with pytest.raises(Refuse, match="Excel or zip"):
        audited(tmp_path, tmp_path / "left.csv", right)


def test_a_workbook_that_reckons_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = [(f"#{number}", Figure(100 * number, 2), "GBP") for number in range(1, 9)]
    plain = Table("orders", ("Name", "Total", "Currency"), rows)
    totals = msgspec.structs.replace(plain, summed=("Total",), by="Currency")
    right = written(
        tmp_path / "right.csv",
        [{"Name": name, "Total": total.text, "Currency": code} for name, total, code in rows],
    )
    (tmp_path / "plain.xlsx").write_bytes(workbook([plain]))
    assert audited(tmp_path, tmp_path / "plain.xlsx", right).alike
    (tmp_path / "totals.xlsx").write_bytes(workbook([totals]))
    with pytest.raises(Refuse, match=r"has a formula \(B11\)") as caught:
        audit(tmp_path / "totals.xlsx", right, Asked(), tmp_path)
    assert "paste it as values" in caught.value.do


def test_dates_that_are_numbers_are_told_with_what_to_do(tmp_path: Path) -> None:
    shop = [{"Name": str(n), "Total": "1.00", "Order Date": str(45_990 + n)} for n in range(9)]
    answer = of_rows(tmp_path, shop, [{**row, "Order Date": "2026-11-02"} for row in shop])
    (note,) = answer.left.notes
    assert "Order Date has numbers in place of dates" in note
    assert answer.right.notes == ()


def test_a_column_that_says_nothing_on_one_side_is_not_compared(tmp_path: Path) -> None:
    shop = [{"Name": str(n), "Total": "1.00", "Note": "gift"} for n in range(9)]
    answer = of_rows(tmp_path, shop, [{**row, "Note": ""} for row in shop])
    assert answer.alike


def test_a_cell_of_a_megabyte_is_one_cell(tmp_path: Path) -> None:
    shop = [{"Name": str(n), "Total": "1.00", "Note": "x" * (1_000_000 if n == 2 else 1)}
            for n in range(5)]  # fmt: skip
    answer = of_rows(tmp_path, shop, [{**row, "Note": "x"} for row in shop])
    assert answer.different == {"Note": 1}

"""Finance compares two exports by one command, in a folder where nothing else is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.reconcile.exports import planted, written


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "counterfoil", "audit", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def exports(folder: Path) -> tuple[str, str]:
    left, right, _ = planted(3, 400)
    left[0]["Email"] = "<script>alert(1)</script>@example.com"
    return (
        written(folder / "shop.csv", left).name,
        written(folder / "erp.csv", right, separator=";").name,
    )


def test_what_differs_is_said_in_documents_and_money(tmp_path: Path) -> None:
    ended = run(tmp_path, *exports(tmp_path), "--json")
    assert ended.returncode == 3, ended.stderr
    answer = json.loads(ended.stdout)["data"]
    assert answer["only_left"] > 0
    assert answer["different"]["amount"] > 0
    for sums in answer["currencies"].values():
        explained = sum(sums["explained_minor"].values())
        assert explained + sums["unexplained_minor"] == sums["difference_minor"]
    plain = run(tmp_path, "shop.csv", "erp.csv")
    assert "differences" in plain.stdout
    assert "Compared by Name and Order Ref" in plain.stdout


def test_the_report_is_one_page_that_runs_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, *exports(tmp_path), "--report", "report.html")
    assert ended.returncode == 3, ended.stderr
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "&lt;script&gt;" in page
    assert not re.search(r"<script|https?://|<link|<img", page)
    again = run(tmp_path, "shop.csv", "erp.csv", "--report", "report.html")
    assert again.returncode == 2
    assert "there is such a file already" in again.stderr


def test_two_equal_files_agree(tmp_path: Path) -> None:
    shop, _ = exports(tmp_path)
    ended = run(tmp_path, shop, shop)
    assert ended.returncode == 0, ended.stdout
    assert "agree" in ended.stdout


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ended = run(tmp_path, "shop.csv", "erp.csv")
    assert ended.returncode == 2
    assert "shop.csv: There is no such file." in ended.stderr

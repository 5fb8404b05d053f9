"""Runs the tests of the innermost rooms and holds each room to the branches that they reach.

What counts are the tests of these rooms alone: that a journey happens to pass through a line
shows nothing of what the line must do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ROOT / "scripts" / "floors.toml"
REPORT = ROOT / "build" / "coverage" / "report.json"


def coverage(*words: str) -> int:
    """Run coverage.py with `words`, and give its exit code."""
    return subprocess.call([sys.executable, "-m", "coverage", *words], cwd=ROOT)


def counted(files: dict[str, Any], room: str) -> Counter[str]:
    """The figures of a room: its files' summed."""
    sums: Counter[str] = Counter()
    for name, file in files.items():
        if Path(name).parent.name == room:
            sums.update({key: file["summary"][key] for key in file["summary"] if "num_" in key})
            sums.update(
                {key: file["summary"][key] for key in ("covered_lines", "covered_branches")}
            )
            if missed := missing(file):
                print(f"  {name}: {missed}")
    return sums


def missing(file: dict[str, Any]) -> str:
    """The lines and branches of a file that no test reaches; empty where there are none."""
    ways = [f"{start}->{end if end > 0 else 'end'}" for start, end in file["missing_branches"]]
    return ", ".join([*map(str, file["missing_lines"]), *ways])


def share(reached: int, of: int) -> float:
    """Per cent, rounded down to a hundredth: only all of it is 100."""
    return 10_000 * reached // of / 100 if of else 100.0


def main() -> int:
    """Run, print the figures by room, and fail below a floor or where a test fails."""
    floors = tomllib.loads(FLOORS.read_text("utf-8"))["branches"]
    folders = [f"tests/{room}" for room in floors]
    coverage("erase")
    failed = coverage(
        "run", "-m", "pytest", "-n", "2", "--dist", "loadgroup", *sys.argv[1:], *folders
    )
    coverage("combine", "--quiet")
    coverage("json", "--quiet", "-o", str(REPORT))
    files = json.loads(REPORT.read_text("utf-8"))["files"]
    low = False
    for room, floor in floors.items():
        sums = counted(files, room)
        branches = share(sums["covered_branches"], sums["num_branches"])
        lines = share(sums["covered_lines"], sums["num_statements"])
        low |= branches < floor
        print(
            f"{room:8} {branches:6.2f} % of {sums['num_branches']} branches, "
            f"{lines:6.2f} % of {sums['num_statements']} statements, floor {floor} %"
        )
    return int(bool(failed) or low)


if __name__ == "__main__":
    sys.exit(main())

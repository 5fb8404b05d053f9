"""How the figures are shown, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.figure import Figure

_COLUMNS = ("what", "aim", "measured", "floor or peer, same run", "ratio", "verdict")


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the table, and under it what each figure counts."""
    table = Table(*_COLUMNS, title="Figures", title_justify="left")
    for figure in figures:
        table.add_row(*_row(figure), style="red" if figure.verdict == "missed" else "")
    console.print(table)
    for note in dict.fromkeys(figure.note for figure in figures if figure.note):
        console.print(f"· {note}", highlight=False)


def keep(figures: Sequence[Figure], file: Path, machine: dict[str, Any]) -> None:
    """Write everything that was measured to `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {**msgspec.to_builtins(figure), "ratio": figure.ratio, "verdict": figure.verdict}
        for figure in figures
    ]
    file.write_bytes(msgspec.json.format(msgspec.json.encode({**machine, "figures": told})))


def _row(figure: Figure) -> tuple[str, ...]:
    aim, peer, ratio = figure.aim, figure.peer, figure.ratio
    return (
        figure.what,
        "—" if aim is None else f"{'≤' if figure.most else '≥'} {_number(aim)} {figure.unit}",
        f"{_number(figure.measured)} {figure.unit}",
        "—" if peer is None else f"{_number(peer)} {figure.unit} ({figure.peer_name})",
        "—" if ratio is None else f"{ratio:.2f}",
        figure.verdict,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"

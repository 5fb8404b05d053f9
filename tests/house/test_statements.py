"""No statement is called by its name outside the store: whoever wants something asks a noun."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.store.statements import QUERIES

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "counterfoil"
RUNS = ("rows", "run", "apart", "stream")
"""How an executor is asked for a statement."""
OTHERS = [
    path
    for path in (*sorted(HOUSE.rglob("*.py")), *sorted((ROOT / "bench").glob("*.py")))
    if path.relative_to(ROOT).parts[:3] != ("src", "counterfoil", "store")
]


def statements(tree: ast.Module) -> Iterator[str]:
    """The names of statements that code runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = node.args[0] if node.args else None
            if (
                node.func.attr in RUNS
                and isinstance(named, ast.Constant)
                and named.value in QUERIES
            ):
                yield str(named.value)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_statement_is_run_by_name(path: Path) -> None:
    assert list(statements(ast.parse(path.read_text("utf-8")))) == []


def test_a_statement_is_seen_however_it_is_run() -> None:
    text = (
        'async def f(db):\n    await db.rows("routes")\n    await db.unit.run("close_holds", 1)\n'
    )
    assert list(statements(ast.parse(text))) == ["routes", "close_holds"]
    assert list(statements(ast.parse('db.run("pg_dump")\ntasks.run("routes" + x)\n'))) == []

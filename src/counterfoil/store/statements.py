"""Every statement of the house, by its name: `queries/` has one file of them for each noun.

Rules, so that a seed repeats and two workers agree: the moment is a parameter, every read that
drives behaviour is ordered by something unique, many rows travel as arrays, and no statement calls
now() or random(). A state is written by its name in `ledger/account.py`, as `{HELD}`.

A list of keys stands beside the join that it feeds (`id = any ($1) and id = u.id`): so the index is
used also while a new database has no statistics yet (tests/flows/test_plans.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from counterfoil.ledger.account import State


def _statements() -> Iterator[tuple[str, str]]:
    folder = files("counterfoil.store") / "queries"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        parts = re.split(r"^-- name: (\w+)\n", file.read_text("utf-8"), flags=re.MULTILINE)[1:]
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            yield name, _with_states(text)


def _with_states(text: str) -> str:
    """The statement with the number of each state where its name stands."""
    return re.sub(r"\{([A-Z_]+)\}", lambda place: str(int(State[place[1]])), text)


QUERIES = dict(_statements())
"""The SQL of every statement, by name; no two files share one (tests/store/test_queries.py)."""

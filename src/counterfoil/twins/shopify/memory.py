"""The shop's memory: one SQLite file, transactions, and counters that rest in it.

Bodies rest there and not in this process, so a shop of 20,000 orders is no larger than an empty
one. The file survives the death of the process, which is what rehearsals inflict; it does not
claim to survive a power cut (`synchronous = off`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files

_PACKAGE = "counterfoil.twins.shopify"

Row = Sequence[object]


class Memory:
    """One SQLite database: transactions, and counters that rest in it."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._depth = 0
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = off")
        self._database.executescript((files(_PACKAGE) / "tables.sql").read_text("utf-8"))

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing; an inner transaction is part of the outer one."""
        if self._depth == 0:
            self._database.execute("begin immediate")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("rollback")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._database.execute("commit")

    def run(self, sql: str, *values: object) -> int:
        """Change something; the answer is the number of the last row that was inserted."""
        return self._database.execute(sql, values).lastrowid or 0

    def run_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Change something once for every row."""
        self._database.executemany(sql, rows)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """What a query finds."""
        return self._database.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[object, ...] | None:
        """The first row that a query finds, or None."""
        return self._database.execute(sql, values).fetchone()

    def number(self, sql: str, *values: object) -> float:
        """The one number that a query finds; 0 where it finds none."""
        found = self.row(sql, *values)
        value = found[0] if found else None
        return value if isinstance(value, (int, float)) else 0

    def count(self, name: str, by: float = 1) -> None:
        """Add to a counter."""
        self.run(
            "insert into facts values (?, ?) on conflict do update set value = value + ?2", name, by
        )

    def counts(self, prefix: str) -> Mapping[str, int]:
        """The counters whose names begin so, without that beginning."""
        found = self.rows("select name, value from facts where name glob ?", prefix + "*")
        return {str(name).removeprefix(prefix): int(number(value)) for name, value in found}

    def fact(self, name: str, otherwise: float) -> float:
        """A single fact, remembered as `otherwise` the first time that it is asked for."""
        self.run("insert or ignore into facts values (?, ?)", name, otherwise)
        return self.number("select value from facts where name = ?", name)

    def close(self) -> None:
        """Let the file go."""
        self._database.close()


def blob(value: object) -> bytes:
    """A column that holds bytes."""
    assert isinstance(value, bytes)
    return value


def number(value: object) -> float:
    """A column that holds a number."""
    assert isinstance(value, (int, float))
    return value

"""A twin's memory: one SQLite file, nested transactions, and counters that rest in it.

Bodies rest there and not in this process, so a twin of 20,000 documents is no larger than an empty
one. The file survives the death of the process, which is what rehearsals inflict; it does not
claim to survive a power cut (`synchronous = off`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

Row = Sequence[object]


class Memory:
    """One SQLite database in a file or ":memory:"; a file that exists is carried on with."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._depth = 0
        self._columns: dict[str, list[str]] = {}
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = off")
        self.lay(__package__ or "", "tables.sql")

    def lay(self, package: str, file: str) -> None:
        """Make the tables of a vendor, where they are not there yet."""
        self._database.executescript((files(package) / file).read_text("utf-8"))

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

    def insert(self, table: str, row: Mapping[str, object]) -> int:
        """Insert a row by its columns' names, in place of one under the same key; its number."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        return self.run(f"insert or replace into {table} ({names}) values ({marks})", *row.values())  # noqa: S608

    def keep(self, table: str, row: Mapping[str, object]) -> int:
        """Insert what of a row the table has columns for, as `insert` does; its number."""
        columns = self._columns.get(table)
        if columns is None:
            names = self.rows("select name from pragma_table_info(?)", table)
            columns = self._columns[table] = [str(name) for (name,) in names]
        return self.insert(table, {name: row[name] for name in columns if name in row})

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """What a query finds."""
        return self._database.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[object, ...] | None:
        """The first row that a query finds, or None."""
        return self._database.execute(sql, values).fetchone()

    def records(self, sql: str, values: object = ()) -> Generator[dict[str, object]]:
        """What a query finds, row by row, by the columns' names; `values` by place or by name."""
        cursor = self._database.execute(sql, values)  # type: ignore[arg-type]
        names = [str(column[0]) for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def number(self, sql: str, *values: object) -> float:
        """The one number that a query finds; 0 where it finds none."""
        row = self.row(sql, *values)
        value = row[0] if row else None
        return value if isinstance(value, (int, float)) else 0

    def count(self, name: str, by: float = 1) -> None:
        """Add to a counter."""
        self.run(
            "insert into facts values (?, ?) on conflict do update set value = value + ?2", name, by
        )

    def peak(self, name: str, value: float) -> None:
        """Remember the highest value so far."""
        self.run(
            "insert into facts values (?, ?) on conflict do update set value = max(value, ?2)",
            *(name, value),
        )

    def counts(self, prefix: str) -> Mapping[str, int]:
        """The counters whose names begin so, without that beginning."""
        rows = self.rows("select name, value from facts where name glob ?", prefix + "*")
        return {str(name).removeprefix(prefix): int(number(value)) for name, value in rows}

    def fact(self, name: str, otherwise: float) -> float:
        """A single fact, remembered as `otherwise` the first time that it is asked for."""
        self.run("insert or ignore into facts values (?, ?)", name, otherwise)
        return self.number("select value from facts where name = ?", name)

    def learn(self, name: str, value: float) -> None:
        """Remember a single fact anew."""
        self.run("insert or replace into facts values (?, ?)", name, value)

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

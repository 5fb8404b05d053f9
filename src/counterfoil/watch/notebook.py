"""Notebook: the watch's own small store, one SQLite file that needs nothing of the house."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from counterfoil.store.watched import MessageRow
from counterfoil.values.clock import Instant

_SCHEMA = """
create table if not exists alarm (
    name text primary key, owner text not null, began text not null, told text, ended text,
    text text not null
) strict;
create table if not exists met (name text primary key, at text not null) strict;
create table if not exists hour (
    route text not null, hour integer not null, documents integer not null,
    primary key (route, hour)
) strict;
create table if not exists message (
    connection text primary key, at text not null, number integer not null
) strict;
create table if not exists beat (single integer primary key check (single = 1), at text not null)
strict;
create table if not exists sent (at integer not null, title text not null) strict;
"""
_HOUR_S = 3600
_WEEK_H = 7 * 24
_WEEKS = 4


class Alarm(NamedTuple):
    """A silence: since when the watch knows of it, when it was told, when it ended, and its words.

    `told` and `ended` are None while it was not told, and not over.
    """

    name: str
    owner: str
    began: str
    told: str | None
    ended: str | None
    text: str


class Notebook:
    """What the watch told, what it has met, what hours brought, and when it looked last."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the notebook at `path`, or one that lasts as long as this object."""
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;")

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    # --- alarms ---

    def alarms(self) -> dict[str, Alarm]:
        """Every silence that is not over, or of whose end nobody was told yet, by its name."""
        rows = self._db.execute(
            "select name, owner, began, told, ended, text from alarm order by began, name"
        )
        return {row[0]: Alarm(*row) for row in rows}

    def raise_(self, name: str, owner: str, moment: Instant, text: str) -> None:
        """Note a silence; one that is known, or had just ended, goes on with new words."""
        self._db.execute(
            "insert into alarm values (?, ?, ?, null, null, ?) on conflict (name) do update"
            " set text = excluded.text, owner = excluded.owner, ended = null",
            (name, owner, moment.format_iso(), text),
        )

    def end(self, name: str, moment: Instant) -> None:
        """Note that a silence is over."""
        self._db.execute("update alarm set ended = ? where name = ?", (moment.format_iso(), name))

    def told(self, names: Sequence[str], moment: Instant, title: str) -> None:
        """Note that people were told of silences; those that are over are forgotten by that."""
        marks = [(moment.format_iso(), name) for name in names]
        self._db.executemany("update alarm set told = ? where name = ?", marks)
        self._db.executemany(
            "delete from alarm where name = ? and ended is not null", [(name,) for name in names]
        )
        self._db.execute("insert into sent values (?, ?)", (int(moment.timestamp()), title))

    def told_since(self, start: Instant) -> list[int]:
        """When messages were sent from `start` on, in seconds since 1970, the oldest first."""
        rows = self._db.execute(
            "select at from sent where at >= ? order by at", (int(start.timestamp()),)
        )
        return [second for (second,) in rows]

    # --- what was met ---

    def meet(self, name: str, moment: Instant) -> bool:
        """Note that something was met; whether that is the first time."""
        added = self._db.execute(
            "insert into met values (?, ?) on conflict do nothing", (name, moment.format_iso())
        )
        return added.rowcount == 1

    # --- hours ---

    def count_hour(self, route: str, hour: Instant, documents: int) -> None:
        """Note what a whole hour brought."""
        number = int(hour.timestamp()) // _HOUR_S
        self._db.execute(
            "insert into hour values (?, ?, ?)"
            " on conflict (route, hour) do update set documents = excluded.documents",
            (route, number, documents),
        )
        self._db.execute(
            "delete from hour where route = ? and hour < ?", (route, number - _WEEKS * _WEEK_H - 1)
        )

    def same_hours(self, route: str, hour: Instant) -> list[int]:
        """What the same hour of the week brought in the weeks before."""
        number = int(hour.timestamp()) // _HOUR_S
        before = [number - _WEEK_H * week for week in range(1, _WEEKS + 1)]
        rows = self._db.execute(
            f"select documents from hour where route = ? and hour in ({', '.join('?' * _WEEKS)})",  # noqa: S608 - only question marks
            (route, *before),
        )
        return [documents for (documents,) in rows]

    # --- messages, and the watch's own beat ---

    def hear(self, connection: str, moment: Instant, number: int) -> None:
        """Note a connection's last message."""
        self._db.execute(
            "insert or replace into message values (?, ?, ?)",
            (connection, moment.format_iso(), number),
        )

    def heard(self) -> list[MessageRow]:
        """The last message of each connection."""
        rows = self._db.execute("select connection, at, number from message order by connection")
        return [
            MessageRow(connection, Instant.parse_iso(text).to_stdlib(), number)
            for connection, text, number in rows
        ]

    def beat(self, moment: Instant) -> None:
        """Note that the watch looks."""
        self._db.execute("insert or replace into beat values (1, ?)", (moment.format_iso(),))

    def beaten(self) -> Instant | None:
        """When the watch looked last."""
        row = self._db.execute("select at from beat").fetchone()
        return Instant.parse_iso(row[0]) if row is not None else None

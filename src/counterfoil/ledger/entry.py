"""Entries: one line for each record in each commit, chained so that none can be changed unseen.

The entries of one commit form a posting. A posting's digest covers its entries and the digest
of the posting before it on the same page.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from counterfoil.ledger.account import State, legal
from counterfoil.values.digest import digest
from counterfoil.values.errors import Halt
from counterfoil.values.ids import RecordId


class Entry(msgspec.Struct, frozen=True):
    """One record's move in one commit.

    `seq` counts the record's entries from 1; `before` is the account it left (0 for a new
    record); `path` the accounts it passed, the last being where it now stands; `detail` is JSON
    text that says why, what left, or what was seen. Raises `Halt` for a move that is not legal.
    """

    record: RecordId
    seq: int
    before: int
    path: tuple[State, ...]
    detail: str = ""

    def __post_init__(self) -> None:
        if not _allowed(self.before, self.path):
            steps = " → ".join(state.word for state in self.path)
            raise Halt(
                f"Record {self.record} cannot move from {self.before} to {steps}.",
                code="illegal-move",
            )

    @property
    def after(self) -> State:
        """Where the record stands after this entry."""
        return self.path[-1]


@cache
def _allowed(before: int, path: tuple[State, ...]) -> bool:
    if not before:
        return path[0] is State.CAPTURED and legal(path)
    return legal((State(before), *path))


def line(entry: Entry) -> str:
    """The entry as the one text that its posting's digest covers."""
    path = _numbers(entry.path)
    return f"{entry.record}|{entry.seq}|{entry.before}|{path}|{entry.detail}"


@cache
def _numbers(path: tuple[State, ...]) -> str:
    return ",".join(str(int(state)) for state in path)


def chain(prior: bytes, at: str, entries: Iterable[Entry]) -> bytes:
    """The digest of a posting made at `at` (ISO 8601) after the posting with digest `prior`."""
    lines = sorted((entry.record, entry.seq, line(entry)) for entry in entries)
    return digest(prior + at.encode() + "\n".join(text for _, _, text in lines).encode())

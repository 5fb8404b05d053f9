"""Runs: the entries of one commit that moved alike, chained so that none can be changed unseen.

An entry is one record's move in one commit, and one line of text. The entries of a commit form a
posting; its digest covers the line of each of them and the digest of the posting before it on the
same page. It does not depend on how the entries are gathered into runs, so it covers those that
were kept one by one as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from counterfoil.ledger.account import State, legal
from counterfoil.values.digest import digest
from counterfoil.values.errors import Halt
from counterfoil.values.ids import RecordId

Path = tuple[State, ...]


class Run(msgspec.Struct, frozen=True):
    """The moves of `records` in one commit that differ in nothing but their record and why.

    `seq` counts a record's entries from 1; `before` is the account they left (0 for new records);
    `path` the accounts they passed, the last being where they now stand; `details` are JSON texts
    that say why, what left, or what was seen: one for each record, or one for all of them. Raises
    `Halt` for a move that is not legal (code "illegal-move") and for details that fit no record.
    """

    seq: int
    before: int
    path: Path
    records: Sequence[RecordId]
    details: Sequence[str]

    def __post_init__(self) -> None:
        if not _allowed(self.before, self.path):
            steps = " → ".join(state.word for state in self.path)
            raise Halt(
                f"Record {self.records[0]} cannot move from {self.before} to {steps}.",
                code="illegal-move",
            )
        if not self.records or len(self.details) not in (1, len(self.records)):
            raise Halt(
                f"{len(self.details)} details do not fit {len(self.records)} records.",
                code="uneven-run",
            )

    @property
    def after(self) -> State:
        """Where the records stand after this."""
        return self.path[-1]


def gathered(entries: Iterable[tuple[RecordId, int, int, Path, str]]) -> list[Run]:
    """The entries (record, seq, before, path, detail) of one commit as runs."""
    alike: dict[tuple[int, int, Path], tuple[list[RecordId], list[str]]] = {}
    for record, seq, before, path, detail in entries:
        records, details = alike.setdefault((seq, before, path), ([], []))
        records.append(record)
        details.append(detail)
    return [
        Run(*move, records, details[:1] if len(set(details)) == 1 else details)
        for move, (records, details) in alike.items()
    ]


def chain(prior: bytes, at: str, runs: Iterable[Run]) -> bytes:
    """The digest of a posting made at `at` (ISO 8601) after the posting with digest `prior`."""
    lines = sorted(line for run in runs for line in _lines(run))
    return digest(prior + at.encode() + "\n".join(text for _, _, text in lines).encode())


def _lines(run: Run) -> Iterator[tuple[int, int, str]]:
    """Each entry of a run: its record, its seq, and the text that its posting's digest covers."""
    seq = run.seq
    move = f"|{seq}|{run.before}|{','.join([str(int(state)) for state in run.path])}|"
    if len(run.details) == len(run.records):
        for record, detail in zip(run.records, run.details, strict=True):
            yield record, seq, f"{record}{move}{detail}"
    else:
        text = move + run.details[0]
        for record in run.records:
            yield record, seq, f"{record}{text}"


@cache
def _allowed(before: int, path: Path) -> bool:
    if not before:
        return path[0] is State.CAPTURED and legal(path)
    return legal((State(before), *path))

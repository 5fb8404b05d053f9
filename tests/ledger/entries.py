"""One entry, as a run of itself."""

from __future__ import annotations

from counterfoil.ledger.run import Path, Run
from counterfoil.values.ids import RecordId


def entry(record: int, seq: int, before: int, path: Path, detail: str = "") -> Run:
    """The one move of one record."""
    return Run(seq, before, path, [RecordId(record)], [detail])

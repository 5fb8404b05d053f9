"""What is judged of a world at its end, and nothing else: values, read once by `look`."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from counterfoil.rehearse.cast.twin import Held, Sold
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.wiretap import Write


class Snapshot(msgspec.Struct):
    """Everything that is judged.

    `sold` are the shop's orders by key; `held` the target's by reference; `tables` the house's
    rows; `broke` what no handler foresaw. `writes` reached the target's door; `over_limit` are the
    calls that each vendor had to refuse for a limit. `secrets` opened doors; `papers` are the
    texts of every table that is not meant for people's data, and what was logged; `evidence` is
    what is kept of the exchanges, unpacked. Of a lively world also: `states` are all that an order
    of the shop was in, by key; `units` of each stock code, and the fields that the office keeps
    `altered`, by the office's number.
    """

    recipe: Recipe
    sold: dict[str, Sold]
    held: dict[str, list[Held]]
    tables: Mapping[str, list[Any]]
    drained_s: float
    broke: Sequence[str]
    calm_at: datetime | None
    ended_at: datetime
    writes: Sequence[Write]
    over_limit: Mapping[str, int]
    secrets: frozenset[str]
    papers: Mapping[str, str]
    evidence: bytes
    states: Mapping[str, list[Sold]] = {}
    units: Mapping[int, Counter[str]] = {}
    altered: Mapping[int, list[str]] = {}

    def newest(self) -> dict[str, Any]:
        """The newest version's record of each document, by its key."""
        records = {row["id"]: row for row in self.tables["record"]}
        found = (records[row["newest"]] for row in self.tables["thread"])
        return {row["key"]: row for row in found}

    def versions(self) -> dict[str, list[Any]]:
        """Every record of each document, by its key."""
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self.tables["record"]:
            found[row["key"]].append(row)
        return found

    def open_causes(self) -> dict[int, list[str]]:
        """The causes of each record's open holds."""
        found: dict[int, list[str]] = defaultdict(list)
        for row in self.tables["hold"]:
            if row["closed_at"] is None:
                found[row["record"]].append(row["cause"])
        return found


def digest(snapshot: Snapshot) -> str:
    """One number for the whole end: both twins and every table (P15)."""
    whole = hashlib.sha256()
    for key, sold in sorted(snapshot.sold.items()):
        whole.update(f"{key}|{sold.updated_s}|{sold.sale.total_minor}".encode())
    for reference in sorted(snapshot.held):
        whole.update(repr(snapshot.held[reference]).encode())
    for name, rows in snapshot.tables.items():
        whole.update(name.encode())
        for row in rows:
            whole.update(repr(tuple(row.values())).encode())
    return whole.hexdigest()

"""What is judged of a world at its end, and nothing else: values, read once by `look`."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from counterfoil.rehearse.cast.goods import Article
from counterfoil.rehearse.cast.twin import Despatched, Held, Sold
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.wiretap import Write
from counterfoil.twins.kit.book import Entry

_MERGED = 11
_ENTRY = ("record", "seq", "posting", "at", "before", "path", "detail")


Row = dict[str, Any]
"""A row of a table, by the names of its columns."""


class Snapshot(msgspec.Struct):
    """Everything that is judged.

    `sold` are the shop's orders by key; `held` the target's by reference; `tables` the house's
    rows; `broke` what no handler foresaw. `writes` reached the target's door; `over_limit` are the
    calls that each vendor had to refuse for a limit. `secrets` opened doors; `papers` are the
    texts of every table that is not meant for people's data, and what was logged; `evidence` is
    what is kept of the exchanges, unpacked. Of a lively world also: `states` are all that an order
    of the shop was in, by key; `units` of each stock code, and the fields that the office keeps
    `altered`, by the office's number. Of a world with despatches: those of the office, and those
    that the shop was `told` of. Of one that tells of goods: what each shop `shows` of a SKU, and
    the products that it has `listed`. Of one where money goes back: the shop's refunds `paid_back`,
    and what the target has `credited`. Of one with payouts: those of the shop's `provider`, with
    the payments and repayments that it has, and what moved the target's `accounts`. `beside` is the
    same world by each of its other routes.
    """

    recipe: Recipe
    sold: dict[str, Sold]
    held: dict[str, list[Held]]
    tables: Mapping[str, list[Row]]
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
    despatches: Sequence[Despatched] = ()
    told: Sequence[Despatched] = ()
    shows: Mapping[str, Mapping[str, int]] = {}
    listed: Mapping[str, Sequence[Article]] = {}
    paid_back: Sequence[Entry] = ()
    credited: Sequence[Entry] = ()
    payouts: Sequence[Entry] = ()
    provider: Sequence[Entry] = ()
    accounts: Sequence[Entry] = ()
    beside: Mapping[str, Snapshot] = {}

    def newest(self) -> dict[str, Row]:
        """The newest version's record of each document, by its key."""
        records = {row["id"]: row for row in self.tables["record"]}
        records_ = (records[row["newest"]] for row in self.tables["thread"])
        return {row["key"]: row for row in records_}

    def deciding(self) -> dict[str, Row]:
        """Of each document the record that says where it stands, by its key: the newest one; or,
        where that says nothing new, the one that was sent."""
        records = {row["id"]: row for row in self.tables["record"]}
        rows: dict[str, Row] = {}
        for thread in self.tables["thread"]:
            newest = records[thread["newest"]]
            merged = newest["state"] == _MERGED and thread["sent"] is not None
            rows[newest["key"]] = records[thread["sent"]] if merged else newest
        return rows

    def versions(self) -> dict[str, list[Row]]:
        """Every record of each document, by its key."""
        by_key: dict[str, list[Row]] = defaultdict(list)
        for row in self.tables["record"]:
            by_key[row["key"]].append(row)
        return by_key

    def entries(self) -> list[Row]:
        """Every record's entries, each record's in their order: those of a run one by one, and
        those that were kept so. Where a run says nothing of a record, its detail is None."""
        entries = list(self.tables["entry"])
        for run in self.tables["run"]:
            details = run["details"] * (len(run["records"]) if len(run["details"]) == 1 else 1)
            move = {name: run[name] for name in ("seq", "posting", "at", "before", "path")}
            for place, record in enumerate(run["records"]):
                detail = details[place] if place < len(details) else None
                entries.append({"record": record, "detail": detail, **move})
        return sorted(entries, key=lambda row: (row["record"], row["seq"]))

    def open_causes(self) -> dict[int, list[str]]:
        """The causes of each record's open holds."""
        causes: dict[int, list[str]] = defaultdict(list)
        for row in self.tables["hold"]:
            if row["closed_at"] is None:
                causes[row["record"]].append(row["cause"])
        return causes


def digest(snapshot: Snapshot) -> str:
    """One number for the whole end: both twins and every table (P15)."""
    whole = hashlib.sha256()
    for key, sold in sorted(snapshot.sold.items()):
        whole.update(f"{key}|{sold.updated_s}|{sold.sale.total_minor}".encode())
    for reference in sorted(snapshot.held):
        whole.update(repr(snapshot.held[reference]).encode())
    entries = [tuple(row[name] for name in _ENTRY) for row in snapshot.entries()]
    for name, rows in snapshot.tables.items():
        if name != "run":  # it stands among the entries: how they are gathered says nothing more
            whole.update(name.encode())
            lines = entries if name == "entry" else [tuple(row.values()) for row in rows]
            for row in lines:
                whole.update(repr(row).encode())
    for beside in snapshot.beside.values():
        whole.update(digest(beside).encode())
    return whole.hexdigest()

"""What must be true of a world at its end, asked of the twins and the tables themselves.

Written apart from the code that it checks: its own SQL, its own table of legal steps, its own
reading of the chain; none of the house's summaries. Each finding names its property (P1 to P25).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from counterfoil.model.words import Word
from counterfoil.rehearse.worlds import behaviour, fulfilment, order, refund, settlement
from counterfoil.rehearse.worlds.snapshot import Row, Snapshot
from counterfoil.rehearse.worlds.verdict import Check, Verdict

_WAITING = (6, 7, 8)  # drifted, in doubt, held: each has one open hold
_NEXT = {
    0: {1},
    1: {2, 8, 9, 10, 11, 12, 13},
    2: {3, 8, 9, 10, 11, 12, 13},
    3: {4, 7, 2, 8, 9},
    4: {5, 6, 8},
    6: {5, 10},
    7: {4, 2, 8, 10, 12},
    8: {1, 4, 10, 12},
    9: {1, 10, 12},
    13: {1, 10, 12},
}


def judge(snapshot: Snapshot, word: Word = "order") -> Verdict:
    """Every property of a route that carries this word, one after another."""
    verdict = Verdict()
    for check in CHECKS[word]:
        verdict.wrong += [
            f"{check.__name__.lstrip('_')}: {fault}" for fault in check(snapshot, verdict)
        ]
    return verdict


def _p7_newest_leads(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    newest = snapshot.newest()
    for key, rows in snapshot.versions().items():
        if key in newest and newest[key]["version"] < max(row["version"] for row in rows):
            yield f"an older version of order {key} stands over a newer one"


def _p8_p11_entries(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Each record's entries follow each other by legal steps, up to where it stands; in doubt, one
    steps aside only for a newer version."""
    entries: dict[int, list[Row]] = defaultdict(list)
    for row in snapshot.entries():
        entries[row["record"]].append(row)
    newest = {row["newest"] for row in snapshot.tables["thread"]}
    for record in snapshot.tables["record"]:
        state, mine = 0, entries.pop(record["id"], [])
        if [row["seq"] for row in mine] != list(range(1, record["seq"] + 1)):
            yield f"record {record['id']} has the entries {[row['seq'] for row in mine]}"
        for row in mine:
            for step in (row["before"], *row["path"]):
                if step != state and step not in _NEXT.get(state, ()):
                    yield f"record {record['id']} went from {state} to {step}"
                if (state, step) == (7, 12) and record["id"] in newest:
                    yield f"record {record['id']} stepped aside in doubt, and nothing newer stands"
                state = step
        if state != record["state"]:
            yield f"record {record['id']} stands at {record['state']}, its entries say {state}"
    yield from (f"entries of no record: {record}" for record in sorted(entries))


def _p9_owned(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Whatever waits for a person has one open hold: cause, owner, money and what to do."""
    waiting = {row["id"]: row for row in snapshot.tables["record"] if row["state"] in _WAITING}
    open_holds = Counter(
        row["record"] for row in snapshot.tables["hold"] if row["closed_at"] is None
    )
    for record in sorted({*waiting, *open_holds}):
        if record not in waiting or open_holds[record] != 1:
            verdict.undetected += 1
            yield f"record {record} has {open_holds[record]} open holds"
    for row in snapshot.tables["hold"]:
        of = waiting.get(row["record"])
        if row["closed_at"] is None and of is not None:
            complete = row["cause"] and row["owner"] and row["said"] and row["advice"]
            if not complete or (row["minor"], row["currency"]) != (of["minor"], of["currency"]):
                yield f"the hold of record {row['record']} is not whole"


def _p10_drained(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    if snapshot.drained_s < 0:
        busy = Counter(row["state"] for row in snapshot.tables["record"] if row["due"] is not None)
        yield f"two hours of calm did not bring rest; due by state: {dict(sorted(busy.items()))}"


def _p11_chain(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """The postings of each page are one chain, up to the page's own mark, and say what they did."""
    lines: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for row in snapshot.entries():
        path = ",".join(map(str, row["path"]))
        text = f"{row['record']}|{row['seq']}|{row['before']}|{path}|{row['detail']}"
        lines[row["posting"]].append((row["record"], row["seq"], text))
    yield from _runs_in_place(snapshot)
    by_page: dict[int, dict[bytes, Row]] = defaultdict(dict)
    for row in snapshot.tables["posting"]:
        by_page[row["page"]][row["prior"]] = row
    for page in snapshot.tables["page"]:
        links, link = by_page.pop(page["id"], {}), b""
        while link in links:
            row = links.pop(link)
            covered = "\n".join(text for _, _, text in sorted(lines[row["id"]]))
            moment = _iso(row["at"])
            link = hashlib.sha256(row["prior"] + moment.encode() + covered.encode()).digest()
            if link != row["digest"]:
                break
        if links or link != page["chain"]:
            yield f"the chain of page {page['id']} is broken"


def _runs_in_place(snapshot: Snapshot) -> Iterator[str]:
    """Each run belongs to a posting, and says as much as it has records, or one thing of all."""
    postings = {row["id"]: (row["page"], row["at"]) for row in snapshot.tables["posting"]}
    for run in snapshot.tables["run"]:
        if postings.get(run["posting"]) != (run["page"], run["at"]):
            yield f"a run of posting {run['posting']} is not in its place"
        if len(run["details"]) not in (1, len(run["records"])):
            yield f"a run of posting {run['posting']} says another number of things"


def _iso(moment: datetime) -> str:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return (
        f"{text}.{moment.microsecond:06d}".rstrip("0") + "Z" if moment.microsecond else f"{text}Z"
    )


def _p14_bounds(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """No record is tried more often than the route allows."""
    for row in snapshot.tables["record"]:
        if row["attempts"] > snapshot.recipe.attempts:
            yield f"record {row['id']} was tried {row['attempts']} times"


def _p19_foreseen(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    yield from sorted(set(snapshot.broke))


OF_ANY_WORD: tuple[Check, ...] = (
    _p7_newest_leads,
    _p8_p11_entries,
    _p9_owned,
    _p11_chain,
    _p14_bounds,
)
_GENERAL: tuple[Check, ...] = (
    _p7_newest_leads,
    _p8_p11_entries,
    _p9_owned,
    _p10_drained,
    _p11_chain,
    _p14_bounds,
    _p19_foreseen,
)
CHECKS: Mapping[Word, tuple[Check, ...]] = {
    "order": (*order.ARRIVED, *_GENERAL, *behaviour.CHECKS, *order.OWED),
    "fulfilment": (*fulfilment.TOLD, *_GENERAL, *behaviour.OF_ANY),
    "stock": (*OF_ANY_WORD, *behaviour.OF_ANY),
    "product": (*OF_ANY_WORD, *behaviour.OF_ANY),
    "settlement": (*settlement.POSTED, *_GENERAL, *behaviour.OF_ANY),
    "refund": (*refund.CREDITED, *_GENERAL, *behaviour.OF_ANY),
    "customer": (*OF_ANY_WORD, *behaviour.OF_ANY),
}
"""What must be true of the route of each word; what is asked of goods across routes, by the twins'
own books, stands in `goods`."""

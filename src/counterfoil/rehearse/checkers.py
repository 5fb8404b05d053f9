"""What must be true of a world at its end, asked of the twins and the tables themselves.

Written apart from the code that it checks: its own SQL, its own table of legal steps, its own
reading of the chain; none of the house's summaries. Each finding names its property (P1 to P25).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from counterfoil.rehearse import conduct, owed
from counterfoil.rehearse.recipe import Recipe
from counterfoil.rehearse.seen import Seen

_WAITING = (6, 7, 8)  # drifted, in doubt, held: each has one open hold
_AT_TARGET = (4, 5, 6)  # delivered, confirmed, drifted
_NEXT = {
    0: {1},
    1: {2, 8, 9, 10, 11, 12, 13},
    2: {3, 8, 9, 10, 11, 12, 13},
    3: {4, 7, 2, 8, 9},
    4: {5, 6, 8},
    6: {5, 10},
    7: {4, 2, 8, 10},
    8: {1, 4, 10, 12},
    9: {1, 10, 12},
    13: {1, 10, 12},
}


class Verdict(msgspec.Struct):
    """What was found: sentences by property, and the figures of the proof."""

    wrong: list[str] = []
    losses: int = 0
    duplicates_ab: int = 0
    extras_shown: int = 0
    undetected: int = 0


def judge(seen: Seen) -> Verdict:
    """Every property, one after another."""
    verdict = Verdict()
    for check in CHECKS:
        verdict.wrong += [f"{check.__name__.lstrip('_')}: {said}" for said in check(seen, verdict)]
    return verdict


Check = Callable[[Seen, Verdict], Iterator[str]]


def _p1_p4_nothing_lost(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """Every order of the shop is here, in its newest version, and nothing else is."""
    newest = seen.newest()
    for key, kept in seen.sold.items():
        row = newest.get(key)
        if row is None:
            verdict.losses += 1
            yield f"order {key} is nowhere"
        elif int(row["version"].timestamp()) < kept.updated_s:
            verdict.losses += 1
            yield f"the last change of order {key} is nowhere"
    for key in sorted(set(newest) - set(seen.sold)):
        yield f"order {key} exists at no shop"


def _p2_money(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """Every order stands with what it came to when it was placed, or comes to now."""
    for key, row in seen.newest().items():
        kept = seen.sold.get(key)
        sums = (kept.sale.total_minor, kept.current_total_minor) if kept else ()
        if kept and (row["minor"] not in sums or row["currency"] != kept.sale.currency):
            verdict.undetected += 1
            yield f"order {key} stands with {row['minor']} {row['currency']}"


def _p3_at_most_once(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """One order under each reference. Where the target neither refuses a second one nor shows the
    first in time, every extra one is shown."""
    causes, versions = seen.open_causes(), seen.versions()
    for reference, orders in seen.held.items():
        extra = len(orders) - 1
        if not extra:
            continue
        if _at_most_once(seen.recipe):
            verdict.duplicates_ab += extra * (seen.recipe.kind in ("A", "B"))
            yield f"order {reference} is at the target {len(orders)} times"
            continue
        shown = {cause for row in versions[reference] for cause in causes.get(row["id"], ())}
        if shown & {"found-twice", "no-answer"}:
            verdict.extras_shown += extra
        else:
            verdict.undetected += extra
            yield f"order {reference} is at the target {len(orders)} times, and nobody is told"


def _at_most_once(recipe: Recipe) -> bool:
    """Whether the target refuses what it has, or shows it before the house may write again."""
    return recipe.kind in ("A", "B") or (recipe.kind == "C" and not recipe.lag_beyond)


def _p5_no_phantom(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """What is called delivered is at the target; what is there is not called undelivered, save
    where a person is told that it is there twice, or that it was given up before it could show."""
    versions, causes = seen.versions(), seen.open_causes()
    told_by = {"found-twice", "gave-up"} if seen.recipe.lag_beyond else {"found-twice"}
    for key, rows in versions.items():
        states = {row["state"] for row in rows}
        there = bool(seen.held.get(key))
        if states & set(_AT_TARGET) and not there:
            verdict.losses += 1
            yield f"order {key} is called delivered and is not at the target"
        told = told_by & {cause for row in rows for cause in causes.get(row["id"], ())}
        if there and not states & {*_AT_TARGET, 7} and not told:
            verdict.undetected += 1
            yield f"order {key} is at the target, and stands as {sorted(states)}"
    for reference in sorted(set(seen.held) - set(versions)):
        verdict.undetected += 1
        yield f"the target has {reference}, which was never captured"


def _p6_fields(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """What is called confirmed is there to the penny. In a lively world an order can have changed
    since, so there it is asked by version (P22 to P25)."""
    if seen.recipe.lively:
        return
    for key, rows in seen.versions().items():
        if not any(row["state"] == 5 for row in rows) or key not in seen.sold:
            continue
        sale = seen.sold[key].sale
        for order in seen.held.get(key, ())[:1]:
            where = (order.gross, order.postcode, order.email)
            if where != (sale.total_minor, sale.deliver_to.postcode, sale.email):
                verdict.undetected += 1
                yield f"order {key} is called confirmed and differs: {where}"


def _p7_newest_leads(seen: Seen, verdict: Verdict) -> Iterator[str]:
    newest = seen.newest()
    for key, rows in seen.versions().items():
        if key in newest and newest[key]["version"] < max(row["version"] for row in rows):
            yield f"an older version of order {key} stands over a newer one"


def _p8_p11_entries(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """Each record's entries follow each other by legal steps, up to where it stands."""
    entries: dict[int, list[Any]] = defaultdict(list)
    for row in seen.entries():
        entries[row["record"]].append(row)
    for record in seen.tables["record"]:
        at, mine = 0, entries.pop(record["id"], [])
        if [row["seq"] for row in mine] != list(range(1, record["seq"] + 1)):
            yield f"record {record['id']} has the entries {[row['seq'] for row in mine]}"
        for row in mine:
            for step in (row["before"], *row["path"]):
                if step != at and step not in _NEXT.get(at, ()):
                    yield f"record {record['id']} went from {at} to {step}"
                at = step
        if at != record["state"]:
            yield f"record {record['id']} stands at {record['state']}, its entries say {at}"
    yield from (f"entries of no record: {one}" for one in sorted(entries))


def _p9_owned(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """Whatever waits for a person has one open hold: cause, owner, money and what to do."""
    waiting = {row["id"]: row for row in seen.tables["record"] if row["state"] in _WAITING}
    held = Counter(row["record"] for row in seen.tables["hold"] if row["closed_at"] is None)
    for record in sorted({*waiting, *held}):
        if record not in waiting or held[record] != 1:
            verdict.undetected += 1
            yield f"record {record} has {held[record]} open holds"
    for row in seen.tables["hold"]:
        of = waiting.get(row["record"])
        if row["closed_at"] is None and of is not None:
            told = row["cause"] and row["owner"] and row["said"] and row["advice"]
            if not told or (row["minor"], row["currency"]) != (of["minor"], of["currency"]):
                yield f"the hold of record {row['record']} is not whole"


def _p10_drained(seen: Seen, verdict: Verdict) -> Iterator[str]:
    if seen.drained_s < 0:
        busy = Counter(row["state"] for row in seen.tables["record"] if row["due"] is not None)
        yield f"two hours of calm did not bring rest; due by state: {dict(sorted(busy.items()))}"


def _p11_chain(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """The postings of each page are one chain, up to the page's own mark, and say what they did."""
    lines: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for row in seen.entries():
        path = ",".join(map(str, row["path"]))
        text = f"{row['record']}|{row['seq']}|{row['before']}|{path}|{row['detail']}"
        lines[row["posting"]].append((row["record"], row["seq"], text))
    yield from _runs_in_place(seen)
    by_page: dict[int, dict[bytes, Any]] = defaultdict(dict)
    for row in seen.tables["posting"]:
        by_page[row["page"]][row["prior"]] = row
    for page in seen.tables["page"]:
        links, at = by_page.pop(page["id"], {}), b""
        while at in links:
            row = links.pop(at)
            told = "\n".join(text for _, _, text in sorted(lines[row["id"]]))
            moment = _iso(row["at"])
            at = hashlib.sha256(row["prior"] + moment.encode() + told.encode()).digest()
            if at != row["digest"]:
                break
        if links or at != page["chain"]:
            yield f"the chain of page {page['id']} is broken"


def _runs_in_place(seen: Seen) -> Iterator[str]:
    """Each run belongs to a posting, and says as much as it has records, or one thing of all."""
    postings = {row["id"]: (row["page"], row["at"]) for row in seen.tables["posting"]}
    for run in seen.tables["run"]:
        if postings.get(run["posting"]) != (run["page"], run["at"]):
            yield f"a run of posting {run['posting']} is not in its place"
        if len(run["details"]) not in (1, len(run["records"])):
            yield f"a run of posting {run['posting']} says another number of things"


def _iso(moment: Any) -> str:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return (
        f"{text}.{moment.microsecond:06d}".rstrip("0") + "Z" if moment.microsecond else f"{text}Z"
    )


def _p14_bounds(seen: Seen, verdict: Verdict) -> Iterator[str]:
    """No record is tried more often than the route allows."""
    for row in seen.tables["record"]:
        if row["attempts"] > seen.recipe.attempts:
            yield f"record {row['id']} was tried {row['attempts']} times"


def _p19_foreseen(seen: Seen, verdict: Verdict) -> Iterator[str]:
    yield from sorted(set(seen.broke))


CHECKS: tuple[Check, ...] = (
    _p1_p4_nothing_lost,
    _p2_money,
    _p3_at_most_once,
    _p5_no_phantom,
    _p6_fields,
    _p7_newest_leads,
    _p8_p11_entries,
    _p9_owned,
    _p10_drained,
    _p11_chain,
    _p14_bounds,
    _p19_foreseen,
    *conduct.CHECKS,
    *owed.CHECKS,
)

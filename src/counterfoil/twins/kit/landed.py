"""What a target's twin counts of what has landed: documents, references, sums, what is too many.

A vendor's tables have a view `landed` with the columns reference, unit and amount: what the sender
calls a document, the vendor's own sign of its currency, and minor units of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.twin import Report, counted

_LISTED = 50  # duplicate references in a report


class Duplicate(msgspec.Struct, frozen=True, rename="camel"):
    """A reference under which more than one document lies, and how many too many."""

    ext_ref: str
    extra: int


def landed(
    memory: Memory,
    currency: Callable[[object], str],
    faults: Mapping[str, int],
    befell: Mapping[str, int],
) -> Report:
    """The twin's own count; `currency` is the code (ISO 4217) that a unit stands for."""
    documents = int(memory.number("select count(*) from landed"))
    references = int(memory.number("select count(distinct reference) from landed"))
    sums: Counter[str] = Counter()
    sql = "select unit, sum(amount) from landed group by 1 order by 1"
    for unit, amount in memory.rows(sql):
        sums[currency(unit)] += int(number(amount))
    report = Report(
        faults=faults,
        befell=befell,
        orders=documents,
        totals_minor=dict(sums),
        references=references,
        duplicates=documents - references,
        duplicate_references=_duplicates(memory),
    )
    return counted(report, memory)


def _duplicates(memory: Memory) -> list[Duplicate]:
    rows = memory.rows(
        "select reference, count(*) - 1 from landed"
        " group by 1 having count(*) > 1 order by 1 limit ?",
        _LISTED,
    )
    return [Duplicate(str(reference), int(number(extra))) for reference, extra in rows]

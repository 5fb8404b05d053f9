"""Audit: two exports compared beside a bare join of them, and a drawn trade explained as drawn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from bench.figure import Figure
from bench.house import Ground
from counterfoil.reconcile.settlement import names, reconcile, unnamed, wanted
from counterfoil.rehearse.traffic.takings import Truth, drawn

_NOTE = (
    "All differences of two CSV exports of {rows:,} rows, sorted otherwise, of which one in five"
    " hundred differs; columns are guessed. The peer is one full join in DuckDB, in the same run,"
    " that is told the columns and fetches the same differing rows."
)
_TRUTH_NOTE = (
    "Orders, refunds and payouts in twelve currencies: orders whose explanation, or its absence, is"
    " what was drawn. False explanations: {false}; {seconds:.1f} s."
)
_SHOP = """
copy (select '#' || (1000000 + i) as "Name", printf('%.2f', (i * 7919 % 100000 + 100) / 100.0)
as "Total", 'GBP' as "Currency", 'c' || (i % 50000) || '@example.com' as "Email",
printf('%.2f', (i % 700) / 100.0) as "Shipping" from range({rows}) t(i)) to '{path}' (header)
"""
_ERP = """
copy (select 'WEB-' || (1000000 + i) as "Order Ref", printf('%.2f', (i * 7919 % 100000 + 100
- (case when i % 1000 = 3 then i % 700 when i % 1000 = 5 then 1 else 0 end)) / 100.0) as "Gross",
'GBP' as "Currency", 'c' || (i % 50000) || '@example.com' as "Email" from range({rows}) t(i)
where i % 1000 <> 7 order by hash(i)) to '{path}' (header)
"""
_JOIN = """
select * from (select "Name"[2:] as k, "Total"::decimal(18, 2) as t, * from
read_csv('{left}', all_varchar = true)) l full join (select "Order Ref"[5:] as k,
"Gross"::decimal(18, 2) as t, * from read_csv('{right}', all_varchar = true)) r using (k)
where l.t is distinct from r.t or l."Currency" is distinct from r."Currency"
or l."Email" is distinct from r."Email"
"""
_RUN = """
import json, resource, sys, tempfile, time
from pathlib import Path
from counterfoil.reconcile.audit import audit
from counterfoil.reconcile.sample import Asked
start = time.perf_counter()
with tempfile.TemporaryDirectory() as folder:
    found = audit(Path(sys.argv[1]), Path(sys.argv[2]), Asked(), Path(folder))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - start, peak, found.same, len(found.findings)]))
"""


async def audit(ground: Ground) -> list[Figure]:
    """Speed and memory beside the join, and the share that is explained as it was drawn."""
    rows = ground.size(1_000_000, 100_000)
    left, right = ground.folder / "shop.csv", ground.folder / "erp.csv"
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(_SHOP.format(rows=rows, path=left))
        connection.execute(_ERP.format(rows=rows, path=right))
        start = time.perf_counter()
        joined = connection.execute(_JOIN.format(left=left, right=right)).fetchall()
        join_s = time.perf_counter() - start
    seconds, peak_mb, same, findings = _audited(left, right)
    assert findings == len(joined)
    note = _NOTE.format(rows=rows)
    return [
        Figure("all differences of two exports", "s", seconds, 1.5 * join_s, True,
               "a full join", join_s, note),
        Figure("exact matches", "a minute", 60 * same / seconds, 10_000_000, note=note),
        Figure("memory of an audit", "MB", peak_mb, 500, True, note=note),
        _explained(ground.size(100_000, 10_000)),
    ]  # fmt: skip


def _audited(left: Path, right: Path) -> tuple[float, float, int, int]:
    """Seconds, the most memory in MB, and what was found, of a process of its own."""
    command = [sys.executable, "-c", _RUN, str(left), str(right)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak_mb, same, findings = json.loads(ended.stdout)
    return seconds, peak_mb, same, findings


def _explained(orders: int) -> Figure:
    takings = drawn(time.time_ns() % 10**6, orders)
    start = time.perf_counter()
    named = wanted(takings.payouts)
    answer = reconcile(
        takings.payouts,
        [order for order in takings.orders if not named.isdisjoint(names(order))],
        takings.refunds,
        [unnamed(order) for order in takings.orders if named.isdisjoint(names(order))],
    )
    seconds = time.perf_counter() - start
    right = false = 0
    for row in answer.tied:
        if row.kind == "not-paid-out":
            right += row.key in takings.absent
            false += row.key not in takings.absent
            continue
        causes = tuple(sorted((cause.cause, cause.minor) for cause in row.causes))
        truth = takings.truth[row.key]
        right += Truth(causes, row.unexplained_minor) == truth
        false += bool(causes) and causes != truth.causes
    share = 100 * right / (len(takings.truth) + len(takings.absent))
    note = _TRUTH_NOTE.format(false=false, seconds=seconds)
    return Figure(f"{orders:,} orders explained as they were drawn", "%", share, 100, note=note)

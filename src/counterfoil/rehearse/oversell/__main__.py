"""`python -m counterfoil.rehearse.oversell SALES`: the trade-off curve of a real season."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

import msgspec

from counterfoil.rehearse.oversell.curve import CADENCES_S, Point, curve
from counterfoil.rehearse.oversell.demand import season

_HEAD = (
    f"{'seed':>4} {'cadence':>8} {'calls':>7} {'oversold':>9} {'lost':>9}   by expected loss:"
    f" calls, oversold, lost, kept back"
)


def main() -> None:
    """Play each seed and print a line for each point, or all of them as JSON."""
    asks = argparse.ArgumentParser(prog="counterfoil.rehearse.oversell", description=__doc__)
    asks.add_argument("sales", type=Path, help="a sales history, CSV or Parquet")
    asks.add_argument("--from", dest="start", type=date.fromisoformat, default=date(2011, 11, 1))
    asks.add_argument("--to", dest="end", type=date.fromisoformat, default=date(2011, 11, 30))
    asks.add_argument("--seeds", type=int, default=1, help="how many seasons to draw")
    asks.add_argument("--times", type=int, default=1, help="times the volume of the file")
    asks.add_argument("--cadence", type=float, action="append", help="seconds; give several")
    asks.add_argument("--json", action="store_true")
    args = asks.parse_args()
    points: list[tuple[int, Point]] = []
    if not args.json:
        sys.stdout.write(_HEAD + "\n")
    for seed in range(args.seeds):
        drawn = season(args.sales, args.start, args.end, seed, times=args.times)
        for point in curve(drawn, args.cadence or CADENCES_S):
            points.append((seed, point))
            if not args.json:
                sys.stdout.write(_line(seed, point) + "\n")
                sys.stdout.flush()
    if args.json:
        rows = [{"seed": seed, **msgspec.to_builtins(point)} for seed, point in points]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")


def _line(seed: int, point: Point) -> str:
    clock, spent = point.by_clock, point.by_loss
    share = f"{spent.oversold / clock.oversold:.3f}" if clock.oversold else "-"
    return (
        f"{seed:>4} {point.cadence_s:>6.0f} s {clock.calls:>7} {clock.oversold:>9} {clock.lost:>9}"
        f"   {spent.calls:>7} {spent.oversold:>9} {spent.lost:>9} {spent.kept_back:>9}   {share}"
    )


main()

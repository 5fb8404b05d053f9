"""`stock curve`: what is sold that is not there, against the calls that are spent on telling."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from counterfoil.rehearse.oversell import curve as trial
from counterfoil.rehearse.oversell import drawing
from counterfoil.rehearse.oversell.curve import Point
from counterfoil.rehearse.oversell.demand import season
from counterfoil.rehearse.oversell.trial import Outcome
from counterfoil.surfaces.cli.flags import Count
from counterfoil.surfaces.cli.say import Say, Spoken

_FIRST, _LAST = date(2011, 11, 1), date(2011, 11, 30)


def curve(
    sales: Path,
    /,
    *,
    start: Annotated[date, Parameter(name="--from")] = _FIRST,
    end: Annotated[date, Parameter(name="--to")] = _LAST,
    seed: int = 0,
    times: Count = 1,
    cadence: Annotated[list[float] | None, Parameter(negative=())] = None,
    svg: Path | None = None,
    say: Spoken,
) -> None:
    """Draw what is sold that is not there, against the calls that are spent on telling channels.

    Args:
        sales: A sales history, CSV or Parquet.
        start: The first day of it.
        end: The last day of it.
        seed: The same seed draws the same deliveries.
        times: So many times the volume of the file.
        cadence: A fixed cadence in seconds to compare with; once for each.
        svg: Write the picture there too.
    """
    drawn = season(sales, start, end, seed, times=times)
    points = list(trial.curve(drawn, cadence or trial.CADENCES_S))
    if svg is not None:
        svg.write_text(drawing.svg(points), "utf-8")
    say.answer("stock-curve", msgspec.to_builtins(points), lambda: _show_curve(say, points))


def _show_curve(say: Say, points: list[Point]) -> None:
    heads = (
        "cadence", "calls", "oversold", "lost", "calls", "oversold", "lost", "kept back",
        "of the clock's",
    )  # fmt: skip
    rows = [
        (f"{point.cadence_s:,.0f} s", *_figures(point.by_clock), *_figures(point.by_loss),
         f"{point.by_loss.kept_back:,}",
         f"{100 * point.by_loss.oversold / max(1, point.by_clock.oversold):.1f} %")
        for point in points
    ]  # fmt: skip
    say.line(f"{'':>10}by the clock{'':>15}by expected loss")
    say.table(heads, rows, right=tuple(range(9)))
    say.line()
    say.lines(drawing.terminal(points))


def _figures(outcome: Outcome) -> tuple[str, str, str]:
    return f"{outcome.calls:,}", f"{outcome.oversold:,}", f"{outcome.lost:,}"

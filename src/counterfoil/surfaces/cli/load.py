"""`load`: initial loads: `plan` counts and estimates, `run` loads, `status` tells how it stands."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import loads as asking
from counterfoil.surfaces.desk.loads import LoadStatus, PlannedLoad

load = App(name="load", help="Initial loads and the cut-over: plan, run, status.")


@load.command
async def plan(*names: str, say: Spoken) -> None:
    """Count what there is to load at each source, and say in which sequence and about how long.

    Args:
        names: Routes; all of them where none is named.
    """
    async with staffed(say) as opened:
        answer = await asking.plan(opened, names)
    say.answer("load-plan", answer, lambda: say.table(
        ("route", "document", "documents", "about"), [_planned(row) for row in answer], right=(2, 3)
    ))  # fmt: skip


@load.command
async def run(*names: str, say: Spoken) -> None:
    """Load all that each route answers for, in sequence, or go on where it was interrupted.

    Args:
        names: Routes; all of them where none is named.
    """
    async with staffed(say) as opened:
        with say.progress() as advance:
            answer = await asking.run(opened, names, advance)
    say.answer("load-run", answer, lambda: _show(say, answer))


@load.command
async def status(*names: str, say: Spoken) -> None:
    """Say how far each load has come, and whether counts, sums and samples agree.

    Args:
        names: Routes; all of them where none is named.
    """
    async with staffed(say) as opened:
        answer = await asking.status(opened, names)
    say.answer("load-status", answer, lambda: _show(say, answer))


def _planned(row: PlannedLoad) -> tuple[str, ...]:
    about = "not known" if row.seconds is None else f"{row.seconds / 60:,.0f} min"
    return row.route, row.document, f"{row.documents:,}", about


def _show(say: Say, rows: list[LoadStatus]) -> None:
    heads = ("route", "", "listed", "of", "arrived", "open", "on one side", "sample differs")
    say.table(heads, [_line(row) for row in rows], right=(2, 3, 4, 5, 6, 7))


def _line(row: LoadStatus) -> tuple[str, ...]:
    counts = (row.listed, row.expected, row.arrived, row.open, row.unaccounted, row.different)
    return (row.route, row.state, *("" if n is None else f"{n:,}" for n in counts))

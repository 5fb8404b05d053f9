"""`load`: initial loads: `plan` counts and estimates, `run` loads, `sign` signs what they came to,
`status` tells how it stands."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import loads as asking
from counterfoil.surfaces.desk.loads import LoadStatus, PlannedLoad

load = App(name="load", help="Initial loads and the cut-over: plan, run, sign, status.")

Signer = Annotated[str, Parameter(name="--as")]


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
async def run(*names: str, signer: Signer = "", say: Spoken) -> None:
    """Load all that each route answers for, in sequence, or go on where it was interrupted.

    Where counts, sums and the sample agree, that is signed in your name, and listings go on.

    Args:
        names: Routes; all of them where none is named.
        signer: Sign in this name, one of duties.toml or of the desk's people.
    """
    async with staffed(say) as opened:
        with say.progress() as advance:
            answer = await asking.run(opened, names, advance, signer)
    say.answer("load-run", answer, lambda: _show(say, answer))


@load.command
async def sign(*names: str, why: str = "", signer: Signer = "", say: Spoken) -> None:
    """Sign what a load came to: its listings go on from then on.

    Args:
        names: Routes; all of them where none is named.
        why: Where counts, sums or the sample differ: why that is borne.
        signer: Sign in this name, one of duties.toml or of the desk's people.
    """
    async with staffed(say) as opened:
        answer = await asking.sign(opened, names, why, signer)
    say.answer("load-sign", answer, lambda: _show(say, answer))


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
    say.table((*heads, "signed by"), [_line(row) for row in rows], right=(2, 3, 4, 5, 6, 7))
    for row in rows:
        if row.unaccounted is not None and row.signed_at is None:
            say.line(f"Nobody has signed {row.route}: its listings wait for `load sign`.")
        if row.signed_why:
            say.line(f"{row.route} was signed although it differs: {row.signed_why}")


def _line(row: LoadStatus) -> tuple[str, ...]:
    counts = (row.listed, row.expected, row.arrived, row.open, row.unaccounted, row.different)
    figures = ("" if n is None else f"{n:,}" for n in counts)
    return (row.route, row.state, *figures, row.signed_by)

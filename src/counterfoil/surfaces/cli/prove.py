"""`prove`: nothing lost, nothing twice, nothing unseen, as a number that anyone can recompute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.say import Say, Spoken

if TYPE_CHECKING:
    from counterfoil.rehearse.prove import Proof

Named = Literal["worlds", "crash", "restore", "chaos", "bytes", "sabotage"]


def prove(
    *,
    seed: int | None = None,
    minutes: float = 5.0,
    layer: Annotated[list[Named] | None, Parameter(negative=())] = None,
    say: Spoken,
) -> int:
    """Simulate, kill, corrupt and sabotage the house, and count what was lost, twice or unseen.

    Args:
        seed: Where the layers begin; the same seed gives the same faults. Without one it is drawn.
        minutes: The wall time that the layers share, on two cores.
        layer: Run this layer only; once for each.
    """
    from counterfoil.rehearse.prove import Options
    from counterfoil.rehearse.prove import prove as proved
    from counterfoil.rehearse.prove import seed as fresh

    begins = fresh() if seed is None else seed
    options = Options(begins, seed is None, minutes, tuple(layer or ()))
    say.note(f"Seed {begins}, {'drawn anew' if options.drawn else 'as it was told'}.")
    with say.progress() as advance:
        told = proved(options, advance)
    return tell(say, told)


def tell(say: Say, told: Proof) -> int:
    """Tell what was proved. A failure ends with the command that shows it again."""

    def show() -> None:
        rows = [(row.what, row.found, row.bound) for row in told.rows]
        say.table(("what", "found", "a zero means (95 %)"), rows)
        say.line()
        for note in (note for one in told.layers for note in one.notes):
            say.line(note)
        for name in told.absent:
            say.line(f"The layer {name} could not be played here: it proves nothing.")
        say.line(told.fault_model)
        for failure in (failure for one in told.layers for failure in one.failures):
            say.line(f"FAILED: {failure}")
        say.line(_again(told))

    say.answer("proof", told, show)
    return Exit.DONE if told.sound else Exit.DIFFERENCES


def _again(told: Proof) -> str:
    names = "".join(f" --layer {one.name}" for one in told.layers) if len(told.layers) == 1 else ""
    return (
        f"{told.seconds:,.0f} s on {told.cores} cores, version {told.version} "
        f"{told.commit or '(no checkout)'}. "
        f"Again: counterfoil prove --seed {told.seed} --minutes {told.minutes:g}{names}"
    )

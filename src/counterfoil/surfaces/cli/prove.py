"""`prove`: nothing lost, nothing twice, nothing unseen, as a number that anyone can recompute."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from counterfoil.rehearse.prove import Options, Proof
from counterfoil.rehearse.prove import prove as proved
from counterfoil.rehearse.prove import seed as fresh
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk.exits import Exit

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
    begins = fresh() if seed is None else seed
    options = Options(begins, seed is None, minutes, tuple(layer or ()))
    say.note(f"Seed {begins}, {'drawn anew' if options.drawn else 'as it was told'}.")
    with say.progress() as advance:
        proof = proved(options, advance)
    return tell(say, proof)


def tell(say: Say, proof: Proof) -> int:
    """Tell what was proved. A failure ends with the command that shows it again."""

    def show() -> None:
        rows = [(row.what, row.found, row.bound) for row in proof.rows]
        say.table(("what", "found", "a zero means (95 %)"), rows)
        say.line()
        for note in (note for layer in proof.layers for note in layer.notes):
            say.line(note)
        for name in proof.absent:
            say.line(f"The layer {name} could not be played here: it proves nothing.")
        say.line(proof.fault_model)
        for failure in (failure for layer in proof.layers for failure in layer.failures):
            say.line(f"FAILED: {failure}")
        say.line(_again(proof))

    say.answer("proof", proof, show)
    return Exit.DONE if proof.sound else Exit.DIFFERENCES


def _again(proof: Proof) -> str:
    (*layers,) = (f" --layer {layer.name}" for layer in proof.layers)
    names = layers[0] if len(layers) == 1 else ""
    return (
        f"{proof.seconds:,.0f} s on {proof.cores} cores, version {proof.version} "
        f"{proof.commit or '(no checkout)'}. "
        f"Again: counterfoil prove --seed {proof.seed} --minutes {proof.minutes:g}{names}"
    )

"""`init`: a project folder to begin with; what is there already is never touched."""

from __future__ import annotations

from pathlib import Path

from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk.project import begin


def init(folder: Path = Path(), /, *, name: str = "", say: Spoken) -> None:
    """Write a project folder to begin with; nothing that is there is overwritten.

    Args:
        folder: Where; this folder if it is not said.
        name: The estate's name; the folder's own if it is not said.
    """
    folder = (say.flags.project / folder).resolve()
    answer = begin(folder, name, say.clock)

    def show() -> None:
        for path in answer.written:
            say.line(f"wrote {folder / path}")
        for path in answer.present:
            say.line(f"kept  {folder / path}")
        say.note("Next: write your connections into counterfoil.toml, then `counterfoil doctor`.")

    say.answer("init", answer, show)

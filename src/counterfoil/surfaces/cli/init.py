"""`init`: a project folder to begin with; what is there already is never touched."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk.project import Whole, begin

_SAMPLES = "write your connections into counterfoil.toml"
_WHOLE = "your addresses and numbers into counterfoil.toml, and each secret into secrets/"


def init(folder: Path = Path(), /, *, name: str = "", estate: str = "", say: Spoken) -> None:
    """Write a project folder to begin with; nothing that is there is overwritten.

    Args:
        folder: Where; this folder if it is not said.
        name: The estate's name; the folder's own if it is not said.
        estate: With all connections and routes of this estate, such as E1; `demo` plays it.
    """
    folder = (say.flags.project / folder).resolve()
    answer = begin(folder, name, say.clock, _whole(estate) if estate else None)

    def show() -> None:
        for path in answer.written:
            say.line(f"wrote {folder / path}")
        for path in answer.present:
            say.line(f"kept  {folder / path}")
        say.note(f"Next: {_WHOLE if estate else _SAMPLES}, then `counterfoil doctor`.")

    say.answer("init", answer, show)


def _whole(name: str) -> Whole:
    # Who begins with samples never reads the rehearsals, which know whole estates.
    from counterfoil.rehearse.cast import estates, folder  # noqa: PLC0415

    return partial(folder.real, estates.named(name))

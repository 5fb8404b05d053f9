"""`explain`: every code that a message can carry, and every word that this house uses."""

from __future__ import annotations

from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk.words import explained


def explain(term: str, /, *, say: Spoken) -> None:
    """Explain a code that a message carried, or a word of this house.

    Args:
        term: The code or the word.
    """
    answer = explained(term)

    def show() -> None:
        say.line(answer.said)
        if answer.do:
            say.line(answer.do)

    say.answer("explain", answer, show)

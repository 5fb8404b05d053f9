"""`verify`: a close pack, to the byte; it needs no project."""

from __future__ import annotations

from pathlib import Path

from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import close_pack
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.values.errors import Misconfigured


def verify(pack: Path, /, *, head: str = "", say: Spoken) -> int:
    """Verify a close pack: ends with 7 where a byte of it is not as it was sealed.

    Args:
        pack: The file.
        head: What was told when it was made; another pack has another one.
    """
    try:
        answer = close_pack.verify(pack, head)
    except Misconfigured as error:
        if error.code != "tampered":
            raise
        say.error(error)
        return Exit.TAMPERED

    def show() -> None:
        say.line(f"{answer.file} is as it was sealed: the close of {answer.close}.")
        say.line(f"Its head is {answer.head}.")
        if not head:
            say.note("Compare the head with the one that was told when it was made (--head).")

    say.answer("verify", answer, show)
    return Exit.DONE

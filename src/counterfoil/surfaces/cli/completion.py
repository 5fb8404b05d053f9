"""`completion`: the script that makes a shell complete our words."""

from __future__ import annotations

import sys
from typing import Literal

from counterfoil.surfaces.cli.main import front
from counterfoil.surfaces.cli.say import Spoken


def completion(shell: Literal["bash", "zsh", "fish", "powershell"], /, *, say: Spoken) -> None:
    """Print a completion script; the shell's own manual says where to put it.

    Args:
        shell: Which shell.
    """
    script = front().generate_completion(prog_name="counterfoil", shell=shell)
    say.answer("completion", script, lambda: _print(script))


def _print(script: str) -> None:
    sys.stdout.write(script)

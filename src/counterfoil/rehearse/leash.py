"""The leash: a process that ends in order when the one that started it is gone, whatever ended it.

`python -m counterfoil.rehearse.leash PARENT MODULE WORDS` becomes `python -m MODULE WORDS`.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


def words(module: str, *given: str) -> list[str]:
    """The command that runs `python -m MODULE GIVEN` on a leash of this process."""
    return [sys.executable, "-m", __name__, str(os.getpid()), module, *given]


def put_on(parent: int | None = None) -> None:
    """Have SIGTERM sent to this process when its parent is gone; where it is gone already
    (`parent` is another one now), at once. SIGTERM lets it clean up, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    put_on(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

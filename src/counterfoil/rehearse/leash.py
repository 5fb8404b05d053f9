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


def put_on(order: signal.Signals) -> None:
    """Have `order` sent to this process when its parent is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, order)


if __name__ == "__main__":
    # Either signal lets the module clean up.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    put_on(signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):  # it was gone before
        sys.exit()
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

"""Which process really serves a data directory: a pid file alone proves nothing.

After a crash `postmaster.pid` still names a process, and the system may have given that number
to somebody else. A process is ours only if it runs PostgreSQL and lives in our data directory.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from counterfoil.values.clock import SystemClock

_PROCESSES = Path("/proc")
_PATIENCE_S = 5.0


def serving(data: Path) -> int | None:
    """The process that serves `data`; None where no living process does."""
    named = _named(data)
    return named if named and _lives_in(data, named) else None


def program(pid: int) -> Path:
    """The file that a process runs."""
    # An upgrade of the package leaves a running server with a file that is gone.
    return Path(os.readlink(_PROCESSES / str(pid) / "exe").removesuffix(" (deleted)"))


def workers(data: Path) -> list[int]:
    """Every process of PostgreSQL that works in `data`, the server's orphans among them."""
    pids = (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if _lives_in(data, pid)]


async def clear(data: Path) -> None:
    """Make room for a new server where `serving` says None.

    Orphans of a killed server may still write: they are waited for, then told to end. Only with
    the last of them gone is the pid file proven stale, and removed.
    """
    endings = iter((signal.SIGQUIT, signal.SIGKILL))
    while not await until(lambda: not workers(data), _PATIENCE_S):
        if (ending := next(endings, None)) is None:
            return
        _tell(workers(data), ending)
    (data / "postmaster.pid").unlink(missing_ok=True)


async def stop(data: Path, patience_s: float) -> None:
    """End the server of `data`: in peace within `patience_s` seconds, else at once."""
    for ending in (signal.SIGINT, signal.SIGQUIT):
        if (pid := serving(data)) is None:
            return
        _tell([pid], ending)
        await until(lambda: serving(data) is None, patience_s)


async def until(condition: Callable[[], bool], limit_s: float) -> bool:
    """Wait for `condition`, at most `limit_s` seconds; whether it came true."""
    clock = SystemClock()
    end = clock.monotonic() + limit_s
    while not condition():
        if clock.monotonic() > end:
            return False
        await clock.sleep(0.02)
    return True


def _tell(pids: list[int], ending: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it ended by itself
            os.kill(pid, ending)


def _named(data: Path) -> int | None:
    """The process that the pid file names; None where it names none."""
    try:
        first = (data / "postmaster.pid").read_text("ascii", "replace").partition("\n")[0]
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() else None


def _lives_in(data: Path, pid: int) -> bool:
    try:
        place = os.readlink(_PROCESSES / str(pid) / "cwd")
        return place == str(data) and program(pid).name == "postgres"
    except OSError:  # it ended, or is another account's: ours can always be read
        return False

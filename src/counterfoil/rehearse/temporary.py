"""Temporary: a folder that goes when this process does, with the database in it.

However the process ends, be it by SIGKILL: a keeper, a process that does nothing else, holds the
other end of a pipe, and tidies when that breaks.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from counterfoil.store.server import Server

_USERS_S = 20.0  # until whoever still uses the database has ended
_FILES_S = 5.0  # until nobody writes into the folder any more
_LOOK_S = 0.05
_PATIENCE_S = 60.0


@contextmanager
def temporary(prefix: str, state: str, place: Path | None = None) -> Generator[Path]:
    """A folder while the block runs. `state` is where in it a database is, if there is one."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    keeper = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), state],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(_PATIENCE_S)


def keep(folder: Path, state: str) -> None:
    """Wait until the process at the other end of standard input is gone, then tidy."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    try:
        if (folder / state).is_dir():  # else it never came so far
            server = Server.private(folder / state)
            _until(server.idle, _USERS_S)
            asyncio.run(server.erase())
    finally:
        _until(lambda: _removed(folder), _FILES_S)


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _until(condition: Callable[[], bool], limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(_LOOK_S)


def main(words: Sequence[str]) -> None:
    """Be the keeper of a folder."""
    os.chdir("/")
    keep(Path(words[0]), words[1])


if __name__ == "__main__":
    main(sys.argv[1:])

"""The nursery: processes of the house that start at once, for those who kill them by the hundred.

A worker's start is mostly the reading of its modules (0.7 s of one core). The nursery reads them
once, in a process that does nothing else, and every process of the house is forked from it: a
process of its own, with the same command line, that dies by the same signals.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess

from counterfoil.config import Config
from counterfoil.rehearse import leash

_READ_ONCE = [
    "counterfoil.app",
    "counterfoil.rehearse.chaos.prefork",
    "counterfoil.surfaces.cli.main",
    "counterfoil.surfaces.cli.up",
    "counterfoil.surfaces.cli.worker",
    "counterfoil.surfaces.cli.logs",
    "counterfoil.surfaces.serve",
    "counterfoil.rehearse.demo.demo",
    "uvloop",
]
_FORK = multiprocessing.get_context("forkserver")
_PATIENCE_S = 15.0
_NETWORK = 0x40000000  # CLONE_NEWNET of Linux


class Child:
    """One process of the house, by its command line; `stopped` while it is paused.

    `surroundings` are variables that only this process has; `network` is the network namespace
    that it lives in, where that is another one.
    """

    def __init__(
        self,
        config: Config,
        name: str,
        *words: str,
        surroundings: Mapping[str, str] | None = None,
        network: str = "",
    ) -> None:
        self.name = name
        self.stopped = False
        self._surroundings = dict(surroundings or {})
        self._network = network
        self._words = ("counterfoil", *words, "--project", str(config.folder), "--quiet")
        self._log = config.state / f"{name}.log"
        self._process: ForkServerProcess | None = None

    @property
    def pid(self) -> int:
        """The number of the process as it runs now."""
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start the process, with nothing of what the one before it knew."""
        _FORK.set_forkserver_preload(_READ_ONCE)
        house = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
        surroundings = {**house, "NO_COLOR": "1", **self._surroundings}
        arguments = (self._words, str(self._log), surroundings, self._network)
        self._process = _FORK.Process(target=_enter, args=arguments, name=self.name, daemon=True)
        self._process.start()
        self.stopped = False

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        self._tell(signal.SIGKILL)
        if self._process is not None:
            self._process.join(_PATIENCE_S)

    def pause(self) -> None:
        """Stop it where it stands: SIGSTOP."""
        self.stopped = True
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on as if no time had passed: SIGCONT."""
        self._tell(signal.SIGCONT)
        self.stopped = False

    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text("utf-8", "replace")[-1000:] if self._log.exists() else ""

    def _tell(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it ended by itself
            os.kill(self.pid, number)


def start_process(work: Callable[..., None], *given: object) -> ForkServerProcess:
    """Start a process of the nursery that does other work."""
    _FORK.set_forkserver_preload(_READ_ONCE)
    process = _FORK.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def move_to(network: str) -> None:
    """Let this process live in the network namespace of that name. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(f"/run/netns/{network}", os.O_RDONLY)
    try:
        if libc.setns(handle, _NETWORK):
            raise OSError(ctypes.get_errno(), f"cannot enter the network {network}")
    finally:
        os.close(handle)


def _leave_the_nursery() -> None:
    """Die with whoever runs the nursery, even while paused.

    The nursery ends when nobody holds this handle any more, and would wait for its own children.
    """
    nursery = forkserver._forkserver  # type: ignore[attr-defined] # pyright: ignore
    os.close(nursery._forkserver_alive_fd)  # pyright: ignore
    leash.put_on(signal.SIGKILL)


def _enter(words: Sequence[str], log: str, environment: Mapping[str, str], network: str) -> None:
    """Become the command: what `python -m counterfoil` is, without reading it all again."""
    _leave_the_nursery()
    if network:
        move_to(network)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(handle, stream.fileno())
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(words)
    runpy.run_module("counterfoil", run_name="__main__", alter_sys=True)

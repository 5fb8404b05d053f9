"""Surroundings: what a process finds when it starts, and what may come to it from there.

Streams that are closed, words that are no text, signals: each is settled here, once, so that no
command has to think of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, TextIO

from counterfoil.values.errors import Misconfigured

_ENDS = (signal.SIGTERM, signal.SIGHUP)


def settle() -> None:
    """Make the streams and signals of this process such that every command can rely on them."""
    for stream in range(3):
        _open(stream)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    # A loop ends its command in order on SIGINT, and only where it is this handler's.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in heeded():
        signal.signal(number, _interrupted)


def readable(words: Sequence[str]) -> Sequence[str]:
    """The words of the command line. Raises `Misconfigured` where one is not UTF-8."""
    for place, word in enumerate(words, 1):
        if not word.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in word):
            raise Misconfigured(
                f"Word {place} of the command is not UTF-8.", do="Type it as UTF-8.", code="usage"
            )
    return words


async def heeding(command: Coroutine[Any, Any, Any]) -> Any:
    """Run a command that a signal interrupts in order, so that it lets go what it has opened."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in heeded():
        loop.add_signal_handler(number, task.cancel)
    return await command


def heeded() -> list[signal.Signals]:
    """The signals that end a process, where whoever started it does not want them ignored."""
    return [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]


def say_the_last(*streams: TextIO) -> None:
    """Write what is still to be said; where nobody hears it any more, that is no error."""
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open(stream: int) -> None:
    """A stream that was closed leads nowhere; its number must not go to a file or a socket."""
    try:
        os.fstat(stream)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)


def _interrupted(number: int, frame: object) -> None:
    """Interrupt a command as Ctrl-C does; once, so that it can clean up."""
    for end in _ENDS:
        signal.signal(end, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)

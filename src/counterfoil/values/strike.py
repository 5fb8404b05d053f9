"""Crash points: the named moments at which a rehearsal may end a worker. Otherwise nothing.

C1 bytes read          C5 mapped                    C9 request sent       C13 confirmed
C2 inbox stored        C6 journalled with its job   C10 answer received   C14 hold opened
C3 acknowledged        C7 gate passed               C11 identity stored   C15 token refreshed
C4 page taken          C8 intent marked             C12 read back         C16 window closed
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = tuple(f"C{number}" for number in range(1, 17))
"""Every crash point, in the order in which a record passes them."""

_strikers: list[Callable[[str], None]] = []


def strike(point: str) -> None:
    """Pass the crash point; a striker that is installed may raise what no handler catches."""
    for striker in _strikers:
        striker(point)


def install(striker: Callable[[str], None] | None) -> None:
    """Have `striker` told of every crash point from now on; None: nobody."""
    _strikers[:] = [] if striker is None else [striker]

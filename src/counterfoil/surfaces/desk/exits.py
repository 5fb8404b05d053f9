"""Exit codes: what a script may rely on. Stable within a major version."""

from __future__ import annotations

from enum import IntEnum

from counterfoil.values.errors import (
    CounterfoilError,
    Halt,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    BROKE = 1
    WRONG = 2
    DIFFERENCES = 3
    SIGN_IN = 4
    AWAY = 5
    REFUSED = 6
    TAMPERED = 7
    INTERRUPTED = 130


_CODES: tuple[tuple[type[CounterfoilError], Exit], ...] = (
    (SignIn, Exit.SIGN_IN),
    (Misconfigured, Exit.WRONG),
    (Retry, Exit.AWAY),
    (Settle, Exit.AWAY),
    (Refuse, Exit.REFUSED),
    (Hold, Exit.REFUSED),
    (Halt, Exit.BROKE),
)


def code(error: CounterfoilError) -> Exit:
    """The exit code that an error's kind has."""
    return next((exit_ for kind, exit_ in _CODES if isinstance(error, kind)), Exit.BROKE)

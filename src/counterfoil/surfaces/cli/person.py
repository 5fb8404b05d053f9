"""Person: who sits at this terminal, for the journal."""

from __future__ import annotations

import getpass


def who() -> str:
    """The account that acts, as it stands in the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody without an account"

"""Which fields of a document a route may write: those that its source masters, blank ones too."""

from __future__ import annotations

Mask = frozenset[str] | None
"""The fields that are the route's own; None: nobody has said who masters what."""


def may(mask: Mask, field: str, said: object) -> bool:
    """Whether a field is sent: it is the route's own, blank or not; where no master is named for
    any, what says something."""
    return field in mask if mask is not None else said not in ("", None, ())

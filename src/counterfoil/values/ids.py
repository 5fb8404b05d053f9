"""Names and numbers by which things are known, and the reference words that people read out."""

from __future__ import annotations

import random
import re
from typing import NewType

from counterfoil.values.errors import Misconfigured

RecordId = NewType("RecordId", int)
"""Our number of one version of one document on one route."""
PageId = NewType("PageId", int)
"""Our number of one page of work."""
Subject = NewType("Subject", int)
"""Our own identity of a document, whatever each system calls it."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread aloud


def name(text: str, *, where: str = "") -> str:
    """`text`, where it may name a connection or a route.

    Raises `Misconfigured` unless it is 1 to 40 characters of a-z, 0-9 and "-", a letter first.
    """
    if not _NAME.fullmatch(text):
        raise Misconfigured(
            f"{text[:60]!r} cannot be a name.",
            do="Use 1 to 40 characters of a-z, 0-9 and '-', starting with a letter.",
            where=where,
        )
    return text


def reference(chance: random.Random) -> str:
    """Four characters that a person can read out over the telephone, such as 7K2P."""
    return "".join(chance.choice(_ALPHABET) for _ in range(4))

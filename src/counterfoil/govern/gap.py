"""Gap: what nobody has, or two have: a sentence, what to do, and where it stands."""

from __future__ import annotations

from typing import NamedTuple


class Gap(NamedTuple):
    """What is wrong with who masters what, or with who does what. `place` are the keys that lead to
    it in the project's files; empty where it stands nowhere. `harmless`: it may be meant so."""

    sentence: str
    do: str
    place: tuple[str, ...] = ()
    harmless: bool = False

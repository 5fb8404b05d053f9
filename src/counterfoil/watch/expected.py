"""Expected: something that is to happen, and the moment by which its silence is told."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.values.clock import Instant
from counterfoil.values.money import Money

Kind = Literal[
    "books", "worker", "run", "message", "backlog", "unread", "answer", "volume", "cause"
]
"""What kind of thing is expected; `words.toml` has the words of each."""


class Touched(msgspec.Struct, frozen=True):
    """What a silence touches: how many documents, and their money by currency."""

    documents: int = 0
    money: tuple[Money, ...] = ()


class Expected(msgspec.Struct, frozen=True):
    """Something that is to happen by `by`, such as a listing of a route.

    `subject` names it among its kind and is the same at every look. `last` is when it was seen
    last, where that is known, and `facts` are what its words quote.
    """

    kind: Kind
    subject: str
    by: Instant
    owner: str
    last: Instant | None = None
    touched: Touched = Touched()
    facts: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The expectation's own name, by which the notebook knows it."""
        return f"{self.kind} {self.subject}"

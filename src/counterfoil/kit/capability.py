"""What a connector can do with a document: six verbs, declared, never discovered by failing."""

from __future__ import annotations

from typing import Literal, get_args

Verb = Literal["read", "since", "write", "amend", "cancel", "census"]
InDoubt = Literal["A", "B", "C", "D"]
"""What a repeated write does: A the key is honoured, B the reference is unique, C it can be
found, D neither."""
Rung = Literal["sketched", "rehearsed", "recorded", "proven"]

UNCALLED: frozenset[Verb] = frozenset({"amend", "cancel"})
"""The verbs that no flow calls yet, so that no manifest may declare them: a change of what was sent
would be written as a second document."""

VERBS: tuple[Verb, ...] = get_args(Verb)

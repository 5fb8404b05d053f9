"""What a connector can do with a document: six verbs, declared, never discovered by failing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Verb = Literal["read", "since", "write", "amend", "cancel", "census"]
InDoubt = Literal["A", "B", "C", "D"]
"""What a repeated write does: A the key is honoured, B the reference is unique, C it can be
found, D neither."""
Rung = Literal["sketched", "rehearsed", "recorded", "proven"]

Act = Literal["write", "amend", "cancel"]
"""The verbs that change something at a target."""
ACTS: tuple[Act, ...] = get_args(Act)
"""In the numbers that the database keeps: an act's place here."""
Manner = Literal["create", "upsert", "level", "append"]
"""What a second write of a document is to a target: create another document, upsert the same one,
level a newer state that alone counts, append one more event."""

VERBS: tuple[Verb, ...] = get_args(Verb)

Port = Literal["estate", "publisher"]
"""What a system offers beside documents (`kit/ports.py`)."""
PORTS: Mapping[Port, tuple[str, ...]] = {
    "estate": ("flows", "runs", "lines", "payloads", "retry"),
    "publisher": ("refresh", "history", "query"),
}
"""The verbs of each port."""
PORT_ACTS = frozenset({"retry", "refresh"})
"""Those of them that change something there."""

"""Changes under an idempotency key: the first answer is the only one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from counterfoil.twins.kit.memory import Memory, blob


class Mismatch(Exception):
    """The key was used before, for something else."""


def once(memory: Memory, key: str, request: object, make: Callable[[], object]) -> object:
    """What `make` gave when the key was new: now, or as JSON keeps it from then on. Raises
    `Mismatch` where it was new for another request."""
    asked = msgspec.json.encode(request, order="sorted")
    with memory.transaction():
        row = memory.row("select asked, answer from replays where key = ?", key)
        if row is None:
            value = make()
            answer = msgspec.json.encode(value)
            memory.run("insert into replays values (?, ?, ?)", key, asked, answer)
            return value
    if row[0] != asked:
        raise Mismatch(key)
    return msgspec.json.decode(blob(row[1]))

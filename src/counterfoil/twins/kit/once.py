"""Changes under an idempotency key: the first answer is the only one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.values.clock import Clock


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


class Answers:
    """Whole answers under an idempotency key, refusals too, given again for `life_s` seconds."""

    def __init__(self, memory: Memory, clock: Clock, life_s: float) -> None:
        self._memory = memory
        self._clock = clock
        self._life_s = life_s

    def given(self, key: str, request: bytes) -> tuple[int, bytes] | None:
        """The status and the body that this request had; None where the key is new, or forgotten.
        Raises `Mismatch` where it was another request's."""
        since_s = unix_s(self._clock.now()) - self._life_s
        sql = "select asked, status, answer from answered where key = ? and at_s > ?"
        row = self._memory.row(sql, key, since_s) if key else None
        if row is None:
            return None
        if row[0] != request:
            raise Mismatch(key)
        return int(number(row[1])), blob(row[2])

    def keep(self, key: str, request: bytes, status: int, body: bytes) -> None:
        """Remember an answer, where there is a key."""
        if key:
            values = (key, unix_s(self._clock.now()), request, status, body)
            self._memory.run("insert or replace into answered values (?, ?, ?, ?, ?)", *values)

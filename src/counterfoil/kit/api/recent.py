"""What was read whole and has not changed since, so that nobody is asked for its parts again."""

from __future__ import annotations

from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """At most `most` values by a mark of theirs; the one that was kept first goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[bytes, V] = {}

    def get(self, mark: bytes) -> V | None:
        """The value of a mark, None where it is not known any more."""
        return self._values.get(mark)

    def drop(self, mark: bytes) -> None:
        """Forget a value."""
        self._values.pop(mark, None)

    def keep(self, mark: bytes, value: V) -> None:
        """Remember a value."""
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[mark] = value

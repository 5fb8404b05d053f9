"""What a target calls a thing, found by the name that we have for it, and remembered.

A search may mind neither the case nor the end of a name: what it finds under another one is not
what was meant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from counterfoil.kit.api.recent import Recent

Search = Callable[[Sequence[str]], Awaitable[Iterable[tuple[str, str]]]]
"""Finds things by some of their names: the name and the identity of each, and perhaps others."""


class Lookup:
    """Searches for at most so many names at once, and remembers those that it found."""

    def __init__(self, search: Search, most: int, remembered: int) -> None:
        self._search = search
        self._most = most
        self._ids: Recent[tuple[str, ...]] = Recent(remembered)

    async def find(self, names: Iterable[str]) -> None:
        """Find those of the names that are not known yet."""
        unknown = [name for name in names if self._ids.get(name.encode()) is None]
        for start in range(0, len(unknown), self._most):
            batch = unknown[start : start + self._most]
            ids: dict[str, tuple[str, ...]] = {}
            for name, identity in await self._search(batch):
                ids[name] = (*ids.get(name, ()), identity)
            for name in dict.fromkeys(batch):
                if name in ids:
                    self._ids.keep(name.encode(), ids[name])

    def of(self, name: str) -> tuple[str, ...]:
        """The identities of what has exactly this name, as far as they are known."""
        return self._ids.get(name.encode()) or ()

    def drop(self, name: str) -> None:
        """Forget a name: what had it is gone, or called otherwise."""
        self._ids.drop(name.encode())

"""One call as a connector makes it: what is asked of whom, and whether it changes anything."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from counterfoil.values.clock import Instant


class Call(msgspec.Struct, frozen=True):
    """One call. `where` is the connection's name, `title` the system's, `url` the whole address
    without its query, `now` when it leaves."""

    where: str
    title: str
    method: str
    path: str
    url: str
    writes: bool
    now: Instant
    query: Mapping[str, str] = {}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

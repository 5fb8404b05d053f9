"""One call as a connector makes it: what is asked of whom, and whether it changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

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

    @property
    def target(self) -> str:
        """The path with its query, as the call's first line names it."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

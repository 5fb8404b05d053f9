"""Ports: what a system offers beside documents, for questions and not for routes.

A connector declares them in its manifest (`ports`) and gives them in its session. Whoever asks
knows these shapes alone, and no vendor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from counterfoil.values.clock import Instant

RunState = Literal["waiting", "running", "done", "partly", "failed", "unknown"]
"""How a run stands, by its system's word; "partly": it ended, and says itself that some of it did
not; "unknown": a word that nobody knows, or that means two things."""


class Flow(msgspec.Struct, frozen=True):
    """One flow of another integration service: what moves something from one system to another."""

    key: str
    title: str
    active: bool


class Run(msgspec.Struct, frozen=True):
    """One run of a flow, or one refresh of a dataset. `ended` is None while it runs; `text` is what
    its system says of it."""

    key: str
    flow: str
    started: Instant
    state: RunState
    ended: Instant | None = None
    text: str = ""


class RunPage(msgspec.Struct, frozen=True):
    """One page of runs. `cursor` None is the end."""

    runs: tuple[Run, ...]
    cursor: str | None


class LogLine(msgspec.Struct, frozen=True):
    """One line that a run logged; `level` is its system's own word."""

    moment: Instant
    level: str
    text: str


class LogPage(msgspec.Struct, frozen=True):
    """One page of a run's lines. `cursor` None is the end."""

    lines: tuple[LogLine, ...]
    cursor: str | None


class Payload(msgspec.Struct, frozen=True):
    """What a run had in its hands at one of its steps. `body` is None where its system has thrown
    it away by now."""

    key: str
    step: str
    moment: Instant
    body: bytes | None


class ForeignEstate(Protocol):
    """The flows that another integration service runs for this retailer. Every verb raises the
    kinds of values/errors."""

    async def flows(self) -> Sequence[Flow]:
        """Every flow, those that are switched off too."""
        ...

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        """One page of the runs that were started in [start, end), the oldest first."""
        ...

    async def lines(self, run: str, cursor: str | None) -> LogPage:
        """One page of what a run logged, in its own sequence."""
        ...

    async def payloads(self, run: str) -> Sequence[Payload]:
        """What a run had in its hands, step by step."""
        ...

    async def retry(self, run: str) -> Run:
        """Start a run again, with what it had: the new run. Raises `Settle` where it is not known
        whether one was started: it is then looked for among `runs`, as `in_doubt` says."""
        ...


class Publisher(Protocol):
    """Where figures of ours are shown: datasets that are refreshed and can be asked. Every verb
    raises the kinds of values/errors."""

    async def refresh(self, dataset: str) -> Run:
        """Have a dataset read its sources anew: the refresh. Raises `Settle` as `retry` does."""
        ...

    async def history(self, dataset: str) -> Sequence[Run]:
        """The refreshes that the service remembers, the newest first."""
        ...

    async def query(self, dataset: str, text: str) -> Sequence[Mapping[str, object]]:
        """The rows that a query in the service's own language gives. Raises `Hold` where the answer
        was cut off: a part of it is not the answer."""
        ...

"""Document: the shape that all seven words have, as far as moving them needs to know."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from counterfoil.model.words import Word
from counterfoil.values.clock import Instant

Counts = Literal["events", "state", "batches"]
"""By what a source's documents are counted: events by windows of their creation; a state whole, as
it stands at one moment; batches by windows too, of which each document is complete in itself."""


class Ref(msgspec.Struct, frozen=True):
    """Another document, by the key that the source of the one that names it has for it."""

    word: Word
    key: str


class Measure(msgspec.Struct, frozen=True):
    """What is at stake in a document: whole minor units of `currency` (ISO 4217), and pieces.

    A document without money has no currency ("").
    """

    minor: int = 0
    currency: str = ""
    pieces: int = 0


class Document(Protocol):
    """One document as its source states it, exact and frozen."""

    @property
    def key(self) -> str:
        """The source's own identity of it; never empty."""
        ...

    @property
    def number(self) -> str:
        """What people read."""
        ...

    @property
    def version(self) -> Instant:
        """The source's last change: of two versions the later one holds."""
        ...

    @property
    def born(self) -> Instant:
        """When it came to be at its source."""
        ...

    @property
    def measure(self) -> Measure:
        """What is at stake in it."""
        ...

    @property
    def gone(self) -> bool:
        """Whether its source does not want it any more."""
        ...

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The other documents that it names."""
        ...

    @property
    def turn(self) -> Ref | None:
        """What it must not overtake; None: itself only."""
        ...


class Batch(Document, Protocol):
    """A document that is the sum of its entries, such as a payout."""

    @property
    def entries(self) -> tuple[Measure, ...]:
        """What is at stake in each of its entries."""
        ...

    @property
    def complete(self) -> bool:
        """Whether its source has all of its entries."""
        ...


def adds_up(batch: Batch) -> bool:
    """Whether the entries of a batch come to what is at stake in it, in one currency and in
    pieces."""
    whole, entries = batch.measure, batch.entries
    return (
        {entry.currency for entry in entries if entry.currency or entry.minor} <= {whole.currency}
        and sum(entry.minor for entry in entries) == whole.minor
        and sum(entry.pieces for entry in entries) == whole.pieces
    )

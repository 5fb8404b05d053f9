"""What a connector's test file gives: a vendor to play against, for the time of one rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from counterfoil.kit.contract.clock import StoppedClock
from counterfoil.kit.transport import Wire
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.document import Document, Ref
from counterfoil.model.words import Word


class Sender(Protocol):
    """The vendor's side of a document that is read: something happens there."""

    def add(self) -> str:
        """A new document comes to be; its key. Every third or so should be an awkward one."""
        ...

    def change(self, key: str) -> None:
        """Somebody changes the document."""
        ...

    def pushed(self, key: str) -> bytes:
        """The message that the vendor pushes about the document as it is now."""
        ...


class Receiver(Protocol):
    """The vendor's side of a document that is written: what it takes, and what it holds."""

    def document(self, number: int) -> Document:
        """A document that the vendor takes as it is; another one for each number, and awkward."""
        ...

    def unmapped(self) -> Document | None:
        """A document with a word that no value map has; None where nothing is looked up."""
        ...

    def held(self, reference: str) -> int:
        """How many documents the vendor itself counts under the reference."""
        ...


class Runner(Protocol):
    """The vendor's side of flows that run."""

    def run(self) -> str:
        """A flow runs, now; the run's key."""
        ...


class Changing(Receiver, Protocol):
    """The vendor's side of a document of which only the newest counts (upsert, level)."""

    def changed(self, number: int) -> Document:
        """The document of this number as somebody changed it: what is seen of it is another."""
        ...


@dataclass
class Stage:
    """A vendor in this process: where it is, the way to it, and what a connection to it is given.

    `secrets` are the right ones, long enough to be told from other text. `settings` go over the
    manifest's defaults; choose pages of at most five documents, so that paging is seen. `unknown`
    is a key or a reference that nothing lies under. `twin` says that the vendor remembers what it
    is told, instead of giving canned answers. `names` are those that the vendor has for documents
    which the receivers' own ones name: by the `Ref`, as their source calls it.
    `runner` is there where flows run, `dataset` names one where figures are shown.
    """

    url: str
    wire: Wire
    secrets: Mapping[str, str]
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    maps: Mapping[str, ValueMap] = field(default_factory=dict[str, ValueMap])
    senders: Mapping[Word, Sender] = field(default_factory=dict[Word, Sender])
    receivers: Mapping[Word, Receiver] = field(default_factory=dict[Word, Receiver])
    runner: Runner | None = None
    dataset: str = ""
    unknown: str = "999999999"
    twin: bool = True
    names: Mapping[Ref, str] = field(default_factory=dict[Ref, str])


StageMaker = Callable[[StoppedClock], AbstractContextManager[Stage]]
"""Makes a new, empty stage whose vendor lives by the clock that it is given."""

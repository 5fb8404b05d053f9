"""What a connector is: a manifest, and for each document the verbs that it declares.

`flows` knows only these shapes. A connector exposes one `Connector` value named CONNECTOR.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec

from counterfoil.kit.api.rotation import TokenStore
from counterfoil.kit.capability import Port
from counterfoil.kit.field import Field, Kind
from counterfoil.kit.manifest import Manifest
from counterfoil.kit.nowhere import NoTokens
from counterfoil.kit.ports import ForeignEstate, Publisher
from counterfoil.kit.queue import MessageQueue
from counterfoil.kit.transport import Transport
from counterfoil.mapping.field import Entry
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.recorder import AnyTable, rules
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.document import Measure, Ref
from counterfoil.model.words import Word
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import CounterfoilError, Hold

D = TypeVar("D")  # the document's model
D_contra = TypeVar("D_contra", contravariant=True)
T = TypeVar("T")


class Reading(msgspec.Struct, Generic[D], frozen=True):
    """One document as its source gave it: either read, or the reason why it could not be.

    `key` is the source's own identity and is never empty; `version` the source's last change.
    `minor` and `currency` are the money at stake (none: 0 and ""), `pieces` how many it is of where
    that is counted, and `created` the moment of creation, as well as they are known. `document` is
    None exactly where `problem` says why.
    `test` and `cancelled` say so also of what cannot be read. `source` is the source's own object,
    as bytes that `reread` takes (empty: it is the pushed message itself). `partial`: the message
    tells less than the source knows, so it is read by its key before it is captured.
    """

    key: str
    number: str
    version: Instant
    minor: int = 0
    currency: str = ""
    document: D | None = None
    problem: CounterfoilError | None = None
    losses: tuple[Loss, ...] = ()
    created: Instant | None = None
    test: bool = False
    cancelled: bool = False
    source: bytes = b""
    partial: bool = False
    pieces: int = 0

    @property
    def measure(self) -> Measure:
        """What is at stake, as well as it is known."""
        return Measure(self.minor, self.currency, self.pieces)


class Hint(msgspec.Struct, frozen=True):
    """News without content: these documents changed at their source, which is asked for them."""

    keys: tuple[str, ...]


Said = Reading[D] | Sequence[Reading[D] | Hint]
"""What one pushed message says: of one document, or of each that it names."""


def each(said: Said[D]) -> tuple[Reading[D] | Hint, ...]:
    """Everything that a message says, in its own sequence."""
    return (said,) if isinstance(said, Reading) else tuple(said)


class Listing(msgspec.Struct, Generic[D], frozen=True):
    """One page of a listing. `cursor` None is the end. `mark` says where the next listing goes on
    once this page is captured; None: where this one began."""

    readings: tuple[Reading[D], ...]
    cursor: str | None
    mark: str | None = None


class Listed(msgspec.Struct, frozen=True):
    """One document in the source's own census: its identity, version and total. `total_minor` is
    minor units of `currency`; a document without money has neither (0 and ""), and `pieces` where
    those are counted."""

    key: str
    number: str
    version: Instant
    created: Instant
    total_minor: int = 0
    currency: str = ""
    pieces: int = 0

    @property
    def measure(self) -> Measure:
        """What is at stake, as the source itself counts it."""
        return Measure(self.total_minor, self.currency, self.pieces)


class CensusPage(msgspec.Struct, frozen=True):
    """One page of a census; `count` is the source's own count of all that is asked for, and `sums`
    its own sums: minor units by currency, and "pieces"; with the first page, where it has them."""

    listed: tuple[Listed, ...]
    cursor: str | None
    count: int | None = None
    sums: Mapping[str, int] | None = None


class Written(msgspec.Struct, frozen=True):
    """The target's answer to a write that it accepted: its own identity of the document."""

    identity: str
    number: str = ""


class Partly(msgspec.Struct, frozen=True):
    """The target's answer to a write of which it took a part only: what it made, and what is
    missing."""

    identity: str
    problem: CounterfoilError
    number: str = ""


class Pending(msgspec.Struct, frozen=True):
    """The target's answer to a write that it does later: the `ticket` by which it is asked what
    came of it, the first time after `after_s` seconds."""

    ticket: str
    after_s: float


Answer = Written | Partly | Pending | CounterfoilError
"""What becomes of one document of a call; an error says what to do next."""


class Step(msgspec.Struct, frozen=True):
    """One call of a write that is made of several.

    `reference` is what the target is searched by for what this step made, `payload` the exact bytes
    of the call but for what `Intent.earlier` adds, `key` its idempotency key.
    """

    name: str
    reference: str
    payload: bytes
    key: str = ""


class Intent(msgspec.Struct, frozen=True):
    """What is to be written for one document, ready to send, and what must be seen afterwards.

    `reference` is what the target will be searched by; `payload` the exact bytes of the write;
    `expect` the fields that the read-back must show; `kinds` what each of them is, by its name
    without what stands in brackets ("lines.gross" for "lines[TEE].gross"); `losses` what the
    target has no room for; `not_compared` what is sent and cannot be read back, whose reasons the
    manifest tells. A write of several calls has `steps` in place of a payload: they leave one after
    the other, each once the one before it is proven, and the first has the intent's own reference.
    What a target is given then is the intent of one `step`, with what the `earlier` ones made.
    """

    reference: str
    payload: bytes
    expect: Mapping[str, Field]
    losses: tuple[Loss, ...] = ()
    kinds: Mapping[str, Kind] = {}
    not_compared: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    step: str = ""
    key: str = ""
    earlier: Mapping[str, Written] = {}

    @property
    def whole(self) -> bytes:
        """All that it sends, as it was composed; empty where it can only be looked for."""
        return b"\0".join(step.payload for step in self.steps) if self.steps else self.payload

    def call(self, done: Sequence[Written]) -> Intent:
        """The intent of the step that follows what is `done`; itself where it has no steps."""
        if not self.steps:
            return self
        step = self.steps[len(done)]
        earlier = {before.name: made for before, made in zip(self.steps, done, strict=False)}
        return Intent(
            step.reference, step.payload, {}, step=step.name, key=step.key, earlier=earlier
        )


class Inputs(msgspec.Struct, frozen=True):
    """What a document is composed of beside itself, at this target and at this moment.

    `names` are those that the documents it needs have at the target, by how its source calls them.
    `there` is what the target holds now, as `LooksFirst.there` told it: it is kept with the record,
    so that the same is composed of it again. `mask` names the fields that this route may write;
    None: all of them.
    """

    names: Mapping[Ref, str] = {}
    there: bytes = b""
    mask: frozenset[str] | None = None

    def name(self, ref: Ref) -> str:
        """What the target calls the document `ref`. Raises `Hold` where it was not asked for."""
        if ref not in self.names:
            raise Hold(
                f"Nobody asked what the target calls {ref.word} {ref.key}.",
                do="Report it: the rules of the document are to say that it is needed.",
                code="not-asked-for",
            )
        return self.names[ref]

    def held(self, shape: type[T]) -> T:
        """What the target holds now, in the shape that its look has. Raises `Hold` where nobody
        looked."""
        if not self.there:
            raise Hold(
                "Nobody asked what the target holds, and what it is sent depends on that.",
                do="Report it: the manifest is to say that it is read first.",
                code="not-looked-at",
            )
        return msgspec.json.decode(self.there, type=shape)


ALONE = Inputs()
"""Of a document that is composed of itself alone."""


class Seen(msgspec.Struct, frozen=True):
    """A document as the target holds it: its identity and the fields that can be compared.

    `unseen` names, without what stands in brackets, the fields that this site's answer does not
    show at all: what was sent in them is not compared, and is named so.
    """

    identity: str
    number: str
    fields: Mapping[str, Field]
    unseen: frozenset[str] = frozenset()


class Source(Protocol[D]):
    """A document that can be read from a system. Every verb raises the kinds of values/errors."""

    def parse(self, body: bytes, at: Instant) -> Said[D]:
        """Read one pushed message that came at `at` (pure: no call leaves, no clock is asked).

        Of several documents each reading has its own `source`, by which it is read again alone.
        """
        ...

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read an object that was kept of a listing (`Reading.source`) once more, as pure."""
        ...

    def read_any(self, body: bytes, at: Instant) -> Reading[D]:
        """Read a body whose shape nobody tells: a message, or an answer of the source (pure)."""
        ...

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these identities; one that is not there is left out."""
        ...

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """One page of the documents changed since `mark`, which an earlier listing of this source
        gave (None: of all), the oldest change first where `Carries.ordered` does not deny it.

        A mark is this source's own text. Where it is a moment (`kit/mark.py`), what changed at that
        very moment is listed too, and the house itself begins before the last one; where it is not
        (`Carries.overlap`), it comes back just as it was given.
        """
        ...

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what the source itself says was created in [start, end).

        Where it is counted as a state (`Carries.counts`), everything that stands at the source now;
        `start` and `end` are this moment then. Must not share the query, the sorting or the index
        that `since` uses.
        """
        ...


class Bulk(Protocol[D]):
    """A source that can also give everything at once, for the initial load."""

    def load(self, start: Instant | None) -> AsyncIterator[Listing[D]]:
        """Every document created at or after `start`, in pages of at most 250."""
        ...


class Target(Protocol[D_contra]):
    """A document that can be written to a system, found again and compared."""

    def compose(self, document: D_contra) -> Intent:
        """The write for `document` (pure). Raises `Hold` or `Refuse` where it cannot be made."""
        ...

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Write at most `Carries.batch` documents with one call; one answer for each, in order.

        A whole-call failure is raised: `Retry` (certain that nothing landed), `Settle` (unknown).
        """
        ...

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Everything the target holds under each reference: none, one, or more than one.

        At most `Carries.reads` references a call; a reference that holds nothing is left out.
        """
        ...


class Informed(Target[D_contra], Protocol[D_contra]):
    """A target that composes of more than the document: of the names of others that it needs
    (`Rules.needs`), or of what is there already (`LooksFirst`).

    So do its `amendment` and its `cancellation`, where it has them.
    """

    def compose(self, document: D_contra, inputs: Inputs = ALONE) -> Intent:
        """The write for `document`, by what `inputs` tell of it (pure)."""
        ...


class LooksFirst(Informed[D_contra], Protocol[D_contra]):
    """A target of which it must be known what it holds before anything is composed for it
    (`Carries.reads_first`): what is left to be sent, or what a value is compared with."""

    async def there(
        self, documents: Sequence[D_contra], inputs: Sequence[Inputs]
    ) -> Sequence[bytes]:
        """What it holds now of each document, in order: JSON that `Inputs.held` reads again.

        At most `Carries.reads` documents a call, each with its own inputs. What is not there is
        said in that shape too; empty is no answer. Raises as `read` does; a `Hold` or `Refuse` of
        several documents is asked again for fewer.
        """
        ...


class Amends(Target[D_contra], Protocol[D_contra]):
    """A target that can give a document it holds a newer version's content ("amend")."""

    def amendment(self, document: D_contra, identity: str) -> Intent:
        """The change of what the target calls `identity` into `document` (pure)."""
        ...

    async def amend(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make the changes, as `write` writes; repeated, one changes nothing."""
        ...


class Cancels(Target[D_contra], Protocol[D_contra]):
    """A target that can end a document it holds ("cancel")."""

    def cancellation(self, document: D_contra, identity: str) -> Intent:
        """The end of what the target calls `identity` (pure); `expect` shows how it is seen then,
        and is empty where nothing is to be seen any more."""
        ...

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """End them, as `write` writes; what cannot be ended any more is a `Hold` or `Refuse`."""
        ...


class Works(Target[D_contra], Protocol[D_contra]):
    """A target that does a write later, and says what came of it (`Carries.jobs`)."""

    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        """What came of these; `Pending` while it is not done. A ticket that the target does not
        know any more is left out: then its document is looked for."""
        ...


class Session(msgspec.Struct, frozen=True):
    """A connector opened on one connection: the documents it speaks, the queues of those whose
    messages are pulled, and a live proof of sign-in.

    `probe` makes the cheapest authenticated read and returns one sentence about what answered.
    `ports` is what there is beside documents, `tables` the field tables by which it reads and
    writes (`kit.setup` notes them).
    """

    sources: Mapping[Word, object]
    targets: Mapping[Word, object]
    probe: Callable[[], Awaitable[str]]
    ports: Mapping[Port, object] = {}
    tables: tuple[AnyTable, ...] = ()
    queues: Mapping[Word, MessageQueue] = {}

    def source(self, word: Word) -> Source[Any]:
        """The source of this word; a KeyError here means the manifest was not asked first."""
        return cast("Source[Any]", self.sources[word])

    def target(self, word: Word) -> Target[Any]:
        """The target of this word; a KeyError here means the manifest was not asked first."""
        return cast("Target[Any]", self.targets[word])

    @property
    def rules(self) -> Mapping[str, Entry]:
        """Every row of its field tables, by its id (`mapping.recorder.rules`)."""
        return {name: entry for table in self.tables for name, entry in rules(table)}

    def estate(self) -> ForeignEstate:
        """The flows that another service runs; a KeyError as of a source."""
        return cast("ForeignEstate", self.ports["estate"])

    def publisher(self) -> Publisher:
        """Where figures are shown; a KeyError as of a source."""
        return cast("Publisher", self.ports["publisher"])


class Opening(msgspec.Struct, frozen=True):
    """What a connector is handed when it is opened on a connection.

    `name` is the connection as sentences call it, with its scope; `connection` its bare name, under
    which what is kept for it is found again.
    `settings` holds every setting of the manifest with the connection's own values over the
    defaults; `secret` gives a credential by the name that the manifest declares, never logged.
    `tokens` is where a sign-in that rotates is kept for all workers, of which this is `holder`.
    """

    name: str
    settings: Mapping[str, Any]
    secret: Callable[[str], str]
    transport: Transport
    clock: Clock
    maps: Mapping[str, ValueMap]
    tokens: TokenStore = NoTokens()
    holder: str = ""
    connection: str = ""


class Connector(msgspec.Struct, frozen=True):
    """A system that the house can speak to."""

    manifest: Manifest
    open: Callable[[Opening], Session]

"""A connector's manifest: who, which version, what it can do, within which limits, and how known.

The file is `manifest.toml` in the connector's folder. Every claim carries its source.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

import msgspec

from counterfoil.kit.capability import Act, InDoubt, Manner, Port, Rung, Verb
from counterfoil.kit.queue import Queued
from counterfoil.model.document import Counts
from counterfoil.model.words import Word
from counterfoil.values.errors import Misconfigured


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A budget that all workers share, as the vendor publishes it.

    `shape` "cost" and "rate": a bucket of `size` that refills by `per_s` a second (points, calls).
    "slots": at most `size` calls at once. "window": `size` calls in each window of `window_s`
    seconds, of which the vendor's answers tell what is left and when it ends. "quota": the same for
    hours or a day, of which nothing need be told: who finds it spent does not wait, but rests until
    it is there again. `begins` "clock": each begins on a multiple of `window_s` since midnight UTC;
    "call": with the first call after the last one. `per_s` is of cost and rate alone, `window_s` of
    window and quota.
    """

    shape: Literal["cost", "rate", "slots", "window", "quota"]
    size: int
    source: str
    per_s: float = 0.0
    window_s: float = 0.0
    begins: Literal["call", "clock"] = "call"

    @property
    def refill_s(self) -> float:
        """How long an empty bucket takes to be full: 0 for slots, which a call gives back, and for
        a quota, for which nobody waits."""
        if self.shape == "window":
            return self.window_s
        return self.size / self.per_s if self.per_s else 0.0


class StepClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The class of one step of a write that was not answered, and how long its key is honoured."""

    in_doubt: InDoubt
    source: str
    key_life_s: float | None = None


class Carries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the connector does with one document.

    `in_doubt` is the class of an unanswered write; `batch` how many records one write call takes;
    `reads` how many one read call takes. `not_compared` names what is sent and cannot be read back,
    each with its reason. `key_life_s` is how long the target of class A honours the key of a write,
    from its first sending on; None: for ever. `manner` is what a second write is to the target.
    `partial` "all": where one document of a call is refused the call is, and nothing of it lands.
    `amend_in_doubt` and `cancel_in_doubt` are the classes of those acts: by contract neither
    changes anything when it is repeated. `steps` are the calls of which one write is made, where
    there are several, each with a class of its own. `jobs`: the target may take a write to do it
    later, and give a ticket for it. `versions` "digest": its source has no moment of change, and a
    version is new where its content is another than that of the one before. `overlap`: a listing's
    mark is a moment, before which the next one begins; false: a text of the source's own, where it
    goes on exactly. `ordered`: a listing has the oldest change first; false: in any sequence, so
    that it counts as read when it has come to its end. `counts` says by what its source counts it.
    `vanishes_s`: for so long after it was created a document may be made void there of which
    nothing tells: what is neither counted nor there under its key is void (kit/vanishing); 0: all
    is told. `lag_s` is the longest after which the target shows what was written: a look before
    proves that it is there, and never that it is not. `speaks_to_people`: a write is a message to
    somebody, which nothing takes back; or the setting by which a connection makes it one.
    `masks`: a write can be of some fields only (`Inputs.mask`), and leaves the others as they are.
    `reads_first`: what is composed depends on what the target holds, which is asked before, for at
    most `reads` documents a call.
    """

    verbs: tuple[Verb, ...]
    source: str
    in_doubt: InDoubt | None = None
    in_doubt_source: str = ""
    key_life_s: float | None = None
    key_life_source: str = ""
    batch: int = 1
    reads: int = 1
    not_compared: dict[str, str] = {}
    manner: Manner = "create"
    partial: Literal["each", "all"] = "each"
    amend_in_doubt: InDoubt = "B"
    cancel_in_doubt: InDoubt = "B"
    steps: dict[str, StepClass] = {}
    jobs: bool = False
    versions: Literal["moment", "digest"] = "moment"
    overlap: bool = True
    ordered: bool = True
    counts: Counts = "events"
    vanishes_s: float = 0.0
    lag_s: float = 0.0
    speaks_to_people: bool | str = False
    reads_first: bool = False
    masks: bool = False

    def under(self, settings: Mapping[str, object]) -> Carries:
        """The same on a connection with these settings."""
        if isinstance(self.speaks_to_people, bool):
            return self
        speaks = bool(settings[self.speaks_to_people])
        return msgspec.structs.replace(self, speaks_to_people=speaks)

    def doubt(self, act: Act, step: str = "") -> InDoubt | None:
        """The class of an act that was not answered, or of a step of it.

        Whatever its target would make of a repetition, what speaks to people is never repeated by
        itself, and a level never as it was: what it said may be past, so it is looked at.
        """
        if self.speaks_to_people:
            return "D"
        if act == "write":
            kind = self.steps[step].in_doubt if step in self.steps else self.in_doubt
            return "C" if self.manner == "level" and kind in ("A", "B") else kind
        return self.amend_in_doubt if act == "amend" else self.cancel_in_doubt

    def life_s(self, step: str = "") -> float | None:
        """How long the key of a write, or of a step of it, is honoured; None: for ever."""
        return self.steps[step].key_life_s if step in self.steps else self.key_life_s


class Offers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the connector offers at one port; `in_doubt` is the class of what changes something
    there, where the verbs have that."""

    verbs: tuple[str, ...]
    source: str
    in_doubt: InDoubt | None = None
    in_doubt_source: str = ""


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the vendor signs what it sends us (`kit/webhook.py` has the schemes).

    `topics` maps the vendor's topic to our document, which stands in a header or, at `topic_at`, in
    the body; so does the number of the delivery. `memory_s` is how long the vendor keeps trying, so
    that listings sweep at a shorter interval. `secrets` are those of the manifest that may have
    signed, each compared. `carries` says whether a message has the document's content, or only
    names it: then the same bytes may be news again; `signs` whether the delivery's own id is signed
    with the body. `key` "text": the secret's own bytes are the key, whatever the scheme makes of
    it. `signed`, `prefix` and the headers of time and id are the scheme's own unless they are told;
    a message more than `skew_s` away from our clock is refused (0: any age). `bodiless`: the sender
    takes an answer with anything in it for a refusal.
    """

    scheme: Literal["hmac-sha256-base64", "hmac-sha256-hex", "standard-webhooks", "shared-header"]
    header: str
    topics: dict[str, Word]
    memory_s: int
    source: str
    secrets: tuple[str, ...] = ()
    topic_header: str = ""
    topic_at: tuple[str | int, ...] = ()
    delivery_header: str = ""
    delivery_at: tuple[str | int, ...] = ()
    carries: Literal["content", "identity"] = "content"
    signs: Literal["body", "delivery"] = "body"
    key: Literal["", "text"] = ""
    signed: str = ""
    prefix: str = ""
    timestamp_header: str = "webhook-timestamp"
    id_header: str = "webhook-id"
    skew_s: float = 0.0
    bodiless: bool = False


Bearing = Literal["reading", "content", "standing", "expectation", "address", "pace", "sign-in"]
"""What a setting bears on: what a document is read to be; what is sent (and so must be seen);
whether a record goes, waits or is held; what must be seen where the same is sent; where calls go;
how many, and when; as whom."""


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One setting of a connection; `known` says how sure we are of the default.

    "vendor": published; "observed": seen in working public code; "unpublished": the vendor has
    not published it, so each site must confirm it. A whole number lies from `least` to `most`; a
    word is one of `one_of`; a text has the form of the regular expression `pattern`. `maps`: it
    names a value map (none, where it is empty) to any words, to the ids of what `maps_to` says, or
    to texts that are that; `maps_do` says what to do where one is not. `bears` says on what another
    value of it bears: what a comparison of old and new can judge, and what only a trial can.
    """

    text: str
    known: Literal["vendor", "observed", "unpublished", "ours"]
    default: object = None
    required: bool = False
    least: int | None = None
    most: int | None = None
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    maps: Literal["", "words", "ids", "texts"] = ""
    maps_to: str = ""
    maps_do: str = ""
    bears: tuple[Bearing, ...] = ()

    def misfit(self, value: object) -> str:
        """What a value should be instead, as advice; empty where it fits."""
        if self.least is not None or self.most is not None:
            return _whole_number(value, self.least, self.most)
        if self.one_of and value not in self.one_of:
            return f"Use {' or '.join(map(repr, self.one_of))}."
        if self.pattern and not (isinstance(value, str) and re.fullmatch(self.pattern, value)):
            return f"It has the form {self.pattern}."
        return ""


def _whole_number(value: object, least: int | None, most: int | None) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        below = least is not None and value < least
        if not below and (most is None or value <= most):
            return ""
    bounds = [
        f"from {least}" if least is not None else "",
        f"to {most}" if most is not None else "",
    ]
    return f"Use a whole number {' '.join(filter(None, bounds))}."


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code means that a message can carry, and what to do where something is to be done."""

    said: str
    do: str = ""


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the contract suite that does not apply, and why: to one `document`, or to any."""

    rule: str
    why: str
    document: Word | None = None


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the house needs to know of a connector before it calls it.

    `hosts` are patterns of its own hosts, `elsewhere` hosts that its answers may send us to.
    `codes` are those that only this connector's messages carry; `keeps` the headers of its answers
    that are evidence beside the usual ones, in lower case; `sample` is how a connection to it
    begins in counterfoil.toml. `queues` are those from which messages are pulled. `keys` says
    whether the identities of its documents are unique over all accounts of the vendor, or within
    each account only. `scope` names the settings that say of which part of the system a connection
    is, where one address and sign-in open several (a tenant, a company, a store), each with what
    people call that part. `ports` is what the system offers beside documents.
    """

    name: str
    title: str
    api: str
    rung: Rung
    rung_source: str
    hosts: tuple[str, ...]
    secrets: dict[str, str]
    documents: dict[Word, Carries]
    limits: dict[str, Limit]
    settings: dict[str, Setting]
    elsewhere: tuple[str, ...] = ()
    timeout_s: float = 30.0
    webhook: Webhook | None = None
    queues: dict[Word, Queued] = {}
    waivers: tuple[Waiver, ...] = ()
    codes: dict[str, Meaning] = {}
    keeps: tuple[str, ...] = ()
    sample: str = ""
    keys: Literal["vendor", "account"] = "account"
    scope: dict[str, str] = {}
    ports: dict[Port, Offers] = {}

    def carries(self, document: Word, verb: Verb) -> bool:
        """Whether the connector declares `verb` for `document`."""
        claim = self.documents.get(document)
        return claim is not None and verb in claim.verbs


def load(package: str) -> Manifest:
    """The manifest in `package`'s folder. Raises `Misconfigured` where it is not in order."""
    file = files(package) / "manifest.toml"
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Manifest)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(
            f"The manifest is not in order: {error}.",
            do="Correct the file; docs/how-to/connector.md lists its members.",
            where=str(file),
        ) from None

"""A route: one document from one connection to another, and everything that was promised of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.flows.rules import Rules, nothing
from counterfoil.govern.ownership import OnEdit
from counterfoil.kit.connector import Source
from counterfoil.kit.manifest import Carries
from counterfoil.kit.queue import MessageQueue, Queued
from counterfoil.model.words import TITLES, Title, Word
from counterfoil.values.clock import Instant, TimeOfDay
from counterfoil.values.errors import Misconfigured

HOUSE: Final = "house"
"""By this name a route begins or ends in the house itself; no connection of a project has it."""

OnLoss = Literal["let-go", "hold", "note"]
Switch = Literal["off", "shadow", "on"]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Prefix = Annotated[str, msgspec.Meta(pattern=r"^(?:[A-Za-z0-9]{1,16}-)?$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a document of a route waits, in seconds, for another one that it needs."""

    wait_s: Positive = 86_400.0


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A route as it is declared in `routes/NAME.toml`.

    `mode`: "near-real-time" (messages and sweeps), "schedule" (sweeps only), "batch" (sweeps only,
    between `batch_from` and `batch_until`, HH:MM in UTC). `cadence_s` is the sweep interval,
    `latency_s` what was promised from source to target. `confirm`: "every" record is read back,
    "sampled" (`sample` of them, and every one of `sample_from_minor` minor units or more), or
    "off": then a record stays `delivered` and says so. `switch` is where a new route starts.
    `overlap_s` is listed again at each sweep, `settle_s` waited before an unanswered write is
    looked up, at least three times the target's longest read lag. After `attempts` a record is
    held. `census_s` is how often the source is asked for its own count of each window of
    `window_s`. `begins` is the moment (ISO 8601) from which the route answers for what is created;
    what is older is left out by that rule, so that a site that another interface has fed until
    then receives nothing twice. Empty: from the first document on. `reference_prefix` stands before
    the source's key in the target's reference. Its only dash is at its end, so that no two prefixes
    make the same reference, whatever the keys are. `needs` says by word how long a document waits
    until another one, which it needs, is at the target: then it is held. `owner` is asked about
    what waits, and by the code of a cause one of `owners` instead; where duties.toml says who,
    neither need stand here. `on_edit` says by the name of a field, as `route edits` shows it, or as
    "default", what becomes of what somebody edits at the target in a field that is the source's.
    `speaks_to_people` lets the route write what its target tells somebody, such as a text message.
    """

    document: Word
    source: str
    target: str
    owner: str = ""
    mode: Literal["near-real-time", "schedule", "batch"] = "near-real-time"
    cadence_s: Positive = 300.0
    latency_s: Positive = 60.0
    batch_from: TimeOfDay = "00:00"
    batch_until: TimeOfDay = "24:00"
    confirm: Literal["every", "sampled", "off"] = "every"
    sample: Share = 0.05
    sample_from_minor: Whole = 50_000
    switch: Switch = "shadow"
    begins: str = ""
    reference_prefix: Prefix = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)] = 80
    overlap_s: Positive = 600.0
    settle_s: Positive = 90.0
    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 25
    census_s: Positive = 600.0
    window_s: Positive = 3600.0
    gates: Any = {}
    on_loss: dict[str, OnLoss] = {}
    on_edit: dict[str, OnEdit] = {}
    needs: dict[Word, Need] = {}
    owners: dict[str, str] = {}
    speaks_to_people: bool = False

    def __post_init__(self) -> None:
        """Read the gates in the shape that the document's rules give them."""
        written: object = self.gates
        if isinstance(written, dict) and self.document in RULEBOOK:
            gates = msgspec.convert(written, self.rules.settings)
            msgspec.structs.force_setattr(self, "gates", gates)

    @property
    def rules(self) -> Rules[Any, Any]:
        """The rules of its document."""
        return RULEBOOK[self.document]

    @property
    def title(self) -> Title:
        """What people call its document."""
        return TITLES[self.document]

    def owner_of(self, cause: str) -> str:
        """Who is asked about a document that waits for a cause with this code."""
        return self.owners.get(cause, self.owner)

    def wait_s(self, word: Word) -> float:
        """How long a document waits for another one of this word, in seconds."""
        return self.needs.get(word, Need()).wait_s

    @classmethod
    def shapes(cls, written: Mapping[str, object]) -> Mapping[str, type]:
        """The shapes of the members that depend on what else is `written` in the file."""
        word = written.get("document")
        settings = [rules.settings for kind, rules in RULEBOOK.items() if kind == word]
        return dict.fromkeys(("gates",), *settings) if settings else {}


Mask = frozenset[str] | None
"""The fields that a route may write; None: all of them."""


class Route(msgspec.Struct, frozen=True):
    """A plan that has been introduced to its two connectors and has its number in the store.

    `target` is a `kit.connector.Target`, and `Amends` and `Cancels` where `carries` declares it.
    `target_called` is the target's connection as sentences name it, with its scope.
    `refill_s` is how long the slowest of the source's budgets takes to refill, `probe` the target's
    live proof, `carries` what the target declares of the document and `source_carries` what the
    source does. `mask` names the fields of the document that this route may write; None: all of
    them. `queue` is where its source lays down what happened, to be pulled as `queued` says.
    `claims`: what its documents take is in the pipe until the target's levels, which come into the
    house, show it.
    """

    id: int
    name: str
    plan: Plan
    source: Source[Any]
    target: Any
    carries: Carries
    source_connection: int
    target_connection: int
    begins: Instant | None = None
    refill_s: float = 0.0
    probe: Callable[[], Awaitable[object]] | None = None
    mask: Mask = None
    source_carries: Carries = Carries(("since", "read", "census"), "")
    queue: MessageQueue | None = None
    queued: Queued = Queued("")
    target_called: str = ""
    claims: bool = False

    def __post_init__(self) -> None:
        """A connection that has no scope is called by its name."""
        if not self.target_called:
            msgspec.structs.force_setattr(self, "target_called", self.plan.target)


LAGS: Final = 3
"""So many of a target's longest lags are waited before a look that finds nothing is believed."""


def suit(name: str, plan: Plan, carries: Carries, title: str) -> None:
    """Raise `Misconfigured` where a route asks of its target, called `title`, what is not safe
    there: to look too soon, or to speak to people unasked."""
    if plan.settle_s < LAGS * carries.lag_s:
        raise Misconfigured(
            f"{title} may show what was written only after {carries.lag_s:g} s: to look after"
            f" {plan.settle_s:g} s and find nothing proves nothing.",
            do=f"Set settle_s to {LAGS * carries.lag_s:g} or more.",
            where=f"routes/{name}.toml, settle_s",
        )
    if carries.speaks_to_people and not plan.speaks_to_people:
        raise Misconfigured(
            f"What {title} is sent goes on to people, and nothing takes it back.",
            do="Set speaks_to_people = true in the route's file where that is wanted.",
            where=f"routes/{name}.toml, speaks_to_people",
        )


def maskable(name: str, plan: Plan, may: Mask, carries: Carries, title: str) -> None:
    """Raise `Misconfigured` where only some fields may be written, and the target, called `title`,
    takes all."""
    if may is not None and not carries.masks:
        raise Misconfigured(
            f"{title} takes a {plan.title.one} as a whole, and {plan.source} masters only some of"
            " its fields.",
            do=f"Say in ownership.toml that {plan.source} masters all of it, or take the route"
            " away.",
            where=f"routes/{name}.toml",
        )


def needy(route: Route) -> bool:
    """Whether its documents need the names of others at the target."""
    return route.plan.rules.needs is not nothing


def informed(route: Route) -> bool:
    """Whether its target composes of more than the document, and is told what."""
    return needy(route) or route.carries.reads_first or route.mask is not None


def amends(route: Route) -> bool:
    """Whether the target can give what it holds a newer version's content."""
    return "amend" in route.carries.verbs


def cancels(route: Route) -> bool:
    """Whether the target can end what it holds."""
    return "cancel" in route.carries.verbs

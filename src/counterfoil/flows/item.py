"""One record in the hands of a worker: what the store knows of it, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from counterfoil.flows.intent import intended, reference, referenced
from counterfoil.flows.route import Route, informed
from counterfoil.flows.rules import Stop, stopped
from counterfoil.kit.capability import ACTS, Act
from counterfoil.kit.connector import ALONE, Inputs, Intent, Written
from counterfoil.kit.transport import Exchange
from counterfoil.ledger.account import MOVES, State
from counterfoil.mapping.valuemap import Met, meeting
from counterfoil.model.words import Title
from counterfoil.store.evidence import Kept
from counterfoil.store.holds import Cause
from counterfoil.store.journal import Move
from counterfoil.store.records import DueRecord
from counterfoil.store.turns import Claim
from counterfoil.values.clock import Instant
from counterfoil.values.digest import digest
from counterfoil.values.errors import Hold
from counterfoil.values.ids import RecordId, Subject


class Item(msgspec.Struct):
    """A record of the page that is due. `newest`, `flight`, `sent` and `identity` are its
    thread's: the newest version, the one in flight, and what the target holds.

    `stuck`: the one in flight is in doubt, and only a person ends that. `doubted_at`: when a
    sending of this document was last given up as not there; it may show at the target still.
    `unanswered_at`: when the first of its sendings left of which nobody knows what became.
    `sent_at` is None where nothing that left is unanswered. `stop` is the rule of the route that
    stops this version, `gone` that its source does not want it any more, `act` what is done for it
    at the target. `sent_document` is what the target was sent of another version, `ended` that this
    was its cancellation. `composed_digest` is the digest of `intent` as today's rules make it,
    where `intent_digest` is that of what was sent. `inputs` are what the intent is made of beside
    the document, `met` the words that were looked up for it. Of a write of several steps `done` is
    what the target has of it, `step` the one that is about to leave, or has left. `turn` is the one
    that it takes with others, where it does. `edited` is what somebody changed at the
    target since, and it writes over.
    """

    id: RecordId
    subject: Subject
    place: int
    key: str
    number: str
    title: Title
    minor: int
    currency: str
    state: State
    seq: int
    attempts: int
    looks: int
    sent_at: Instant | None
    intent_digest: bytes | None
    newest: int
    flight: int | None
    sent: int | None
    identity: str | None
    doubted_at: Instant | None = None
    unanswered_at: Instant | None = None
    stuck: bool = False
    due: Instant | None = None
    body: bytes = b""
    document: Any = None
    sent_document: Any = None
    ended: bool = False
    stop: Stop | None = None
    gone: bool = False
    act: Act = "write"
    intent: Intent | None = None
    composed_digest: bytes = b""
    inputs: Inputs = ALONE
    met: Sequence[Met] = ()
    done: tuple[Written, ...] = ()
    step: str = ""
    turn: Claim | None = None
    edited: Mapping[str, object] = {}

    @property
    def fresh(self) -> bool:
        """Whether it was laid down to go, or to wait, and is not mapped yet."""
        return self.state in (State.CAPTURED, State.WAITING)

    @property
    def named(self) -> str:
        """What a sentence calls it in its middle, by its title and number."""
        return f"{self.title.one} {self.number}"

    @property
    def first(self) -> str:
        """What a sentence calls it at its beginning, by its title and number."""
        return f"{self.title.first} {self.number}"

    @property
    def reference(self) -> str:
        """What the target can find the document by; it must have been composed."""
        assert self.intent is not None
        if self.step and self.state in (State.SENDING, State.IN_DOUBT):
            return self.intent.call(self.done).reference
        return self.intent.reference

    @property
    def call(self) -> Intent:
        """What the target is given now: the intent, or the step of it that comes next."""
        assert self.intent is not None
        return self.intent.call(self.done)

    @property
    def last(self) -> bool:
        """Whether nothing of it is left to be sent after the call in hand."""
        return self.intent is None or len(self.done) + 1 >= len(self.intent.steps)

    @property
    def unwanted(self) -> bool:
        """Whether nobody wants this version at the target: it is cancelled, or a rule stops it."""
        return self.stop is not None and self.act == "write"

    def read(self, route: Route, now: Instant) -> None:
        """Read the document of this version, and what the route's rules say of it `now`."""
        rules, plan = route.plan.rules, route.plan
        self.document = rules.decode(self.body)
        self.gone = self.document.gone
        self.stop = stopped(rules, self.document, plan.gates, route.begins, now)

    def compose(self, route: Route) -> bytes:
        """Make the intent and return its digest. Raises `Hold` or `Refuse` where none can be.

        What nobody wants, and what was stopped while an earlier version was in doubt, need not have
        a place at the target: it is only looked for there.
        """
        sought = self.state is State.IN_DOUBT and (self.sent_at is None or self.unwanted)
        sought = (sought or (self.unwanted and self.sent is None)) and not self.done
        try:
            with meeting() as self.met:
                self.intent = made(route, self.act, self.document, self.identity or "", self.inputs)
        except Hold:
            if not sought:
                raise
            self.seek(route)
        assert self.intent is not None
        self.composed_digest = digest(self.intent.whole)
        return self.composed_digest

    def seek(self, route: Route) -> None:
        """Make an intent that can only be looked for: it is never sent."""
        self.intent = Intent(reference(route.plan, self.key), b"", {})

    @property
    def only_sought(self) -> bool:
        """Whether there is nothing of this version that could be sent, or compared."""
        return self.unwanted or (self.intent is not None and not self.intent.whole)

    @property
    def leaves_nothing(self) -> bool:
        """Whether nothing is to be seen at the target when its act is done."""
        return self.act == "cancel" and self.intent is not None and not self.intent.expect

    def move(
        self,
        *path: State,
        detail: str = "",
        due: Instant | None = None,
        cause: Cause | None = None,
        looks: int = 0,
    ) -> Move:
        """This record's move along `path`; the item stands there afterwards.

        What waited goes on from where it was captured.
        """
        if self.state is State.WAITING and path[0] not in MOVES[State.WAITING]:
            path = (State.CAPTURED, *path)
        move = Move(
            id=self.id,
            subject=self.subject,
            seq=self.seq,
            before=self.state,
            path=path,
            minor=self.minor,
            currency=self.currency,
            detail=detail,
            due=due,
            attempts=self.attempts,
            looks=looks,
            sent_at=self.sent_at,
            intent=self.intent_digest,
            act=ACTS.index(self.act),
            cause=cause,
        )
        self.state, self.seq, self.looks, self.due = path[-1], self.seq + 1, looks, due
        return move


def made(route: Route, act: Act, document: Any, identity: str, inputs: Inputs = ALONE) -> Intent:
    """The intent of an act: of what is written or amended by the rules of the route; what is ended
    need not add up, nor have a place for each of its fields."""
    masked = Inputs(inputs.names, inputs.there, route.mask)
    keywords = {"inputs": masked} if informed(route) else {}
    if act == "cancel":
        return route.target.cancellation(referenced(route.plan, document), identity, **keywords)
    if act == "write":
        compose = partial(route.target.compose, **keywords) if keywords else route.target.compose
        return intended(route.plan, compose, document)
    amendment = partial(route.target.amendment, identity=identity, **keywords)
    return intended(route.plan, amendment, document)


def item_of(row: DueRecord, bodies: Sequence[bytes], title: Title) -> Item:
    """The record of one row."""
    return Item(
        id=row.id,
        subject=row.subject,
        place=row.place,
        key=row.key,
        number=row.number,
        title=title,
        minor=row.minor,
        currency=row.currency,
        state=State(row.state),
        seq=row.seq,
        attempts=row.attempts,
        looks=row.looks,
        sent_at=Instant(row.sent_at) if row.sent_at is not None else None,
        intent_digest=row.intent,
        newest=row.newest,
        flight=row.flight,
        sent=row.sent,
        identity=row.identity,
        doubted_at=Instant(row.doubted_at) if row.doubted_at is not None else None,
        unanswered_at=Instant(row.unanswered_at) if row.unanswered_at is not None else None,
        stuck=row.stuck,
        act=ACTS[row.act],
        due=Instant(row.due),
        body=bodies[row.place],
    )


def kept(exchange: Exchange, records: tuple[RecordId, ...]) -> Kept:
    """An exchange as evidence for these records."""
    return Kept(
        records=records,
        at=exchange.at.format_iso(),
        method=exchange.method,
        url=exchange.url,
        sent=exchange.sent,
        status=exchange.status,
        headers=dict(exchange.headers),
        answered=exchange.answered,
        seconds=f"{exchange.seconds:.3f}",
        failed=exchange.failed,
    )

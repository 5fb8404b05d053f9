"""Trial: what bodies from files would become on a route; nothing is written.

Nobody is called either, but the source where a document is named by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from counterfoil import app
from counterfoil.app import Ends
from counterfoil.flows.trial import Outcome, Trial, stopped_by, tried, tried_after
from counterfoil.kit.connector import Reading
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Asker
from counterfoil.values.errors import CounterfoilError, Misconfigured


class Body(msgspec.Struct, frozen=True):
    """A message or an answer of the source, and what it is called when it is spoken of."""

    name: str
    content: bytes


class TrialAsked(msgspec.Struct, frozen=True):
    """What is tried on which route: bodies, or documents that the source is asked for by key.

    `after`: two bodies, and what the second would do once the first was sent.
    """

    route: str
    bodies: tuple[Body, ...] = ()
    keys: tuple[str, ...] = ()
    after: bool = False


class Goods(msgspec.Struct, frozen=True):
    """One line of the document, amounts in minor units of its currency."""

    sku: str
    quantity: int
    total_minor: int
    tax_minor: int
    kind: str
    title: str


class Cost(msgspec.Struct, frozen=True):
    """Postage or an extra, in minor units."""

    title: str
    amount_minor: int


class Paid(msgspec.Struct, frozen=True):
    """What was paid by one method, or by several together, in minor units."""

    method: str
    amount_minor: int
    state: str


class Document(msgspec.Struct, frozen=True):
    """The document as the route would send it; what it has none of is empty, and `pieces` is how
    many it is of where that is counted."""

    number: str
    currency: str
    total_minor: int
    tax_minor: int
    lines: tuple[Goods, ...]
    charges: tuple[Cost, ...]
    payments: tuple[Paid, ...]
    pieces: int = 0


class Lost(msgspec.Struct, frozen=True):
    """What the target has no place for."""

    field: str
    value: str
    code: str
    why: str
    minor: int


class Changed(msgspec.Struct, frozen=True):
    """What a newer version says otherwise."""

    field: str
    before: str
    now: str


class Tried(msgspec.Struct, frozen=True):
    """What one file, or one document of the source, would become."""

    file: str
    outcome: Outcome
    code: str
    rule: str
    said: str
    do: str
    document: Document | None
    losses: tuple[Lost, ...]
    payload: Any
    not_compared: tuple[str, ...]
    changes: tuple[Changed, ...] = ()


class Trials(msgspec.Struct, frozen=True):
    """What each would become, and the connection that it would be sent to."""

    target: str
    documents: tuple[Tried, ...]


@asks("route try", money="shown")
async def trial(asker: Asker, asked: TrialAsked) -> Trials:
    """Say what documents would become on a route; nothing is written.

    Raises `Misconfigured` where there is no such route, or the source has no such key, and
    `SignIn` or `Retry` where it has to be asked and does not answer.
    """
    online = bool(asked.keys)
    async with app.ends(asker.config, asked.route, clock=asker.clock, online=online) as ends:
        if online:
            documents = await _by_keys(asker, ends, asked.keys)
        else:
            readings = [_reading(asker, ends, body.content) for body in asked.bodies]
            names = [body.name for body in asked.bodies]
            trials = (_two if asked.after else _each)(asker, ends, readings)
            documents = [_tried(name, trial_) for name, trial_ in zip(names, trials, strict=True)]
    return Trials(ends.plan.target, tuple(documents))


Read = Reading[Any] | CounterfoilError
"""What a body says, or why it cannot be read."""


def _each(asker: Asker, ends: Ends, readings: Sequence[Read]) -> list[Trial]:
    return [_first(asker, ends, reading) for reading in readings]


def _two(asker: Asker, ends: Ends, readings: Sequence[Read]) -> list[Trial]:
    """Of two versions of one document: the first, and the second once the first was sent."""
    first, second = readings
    before, newer = _each(asker, ends, readings)
    if not isinstance(first, CounterfoilError) and not isinstance(second, CounterfoilError):
        _same(first, second)
        if before.outcome == "sent":
            newer = tried_after(ends.plan, ends.target, first, second)
    return [before, newer]


def _same(first: Reading[Any], second: Reading[Any]) -> None:
    """Raise `Misconfigured` where two files are of two documents."""
    if first.key != second.key:
        raise Misconfigured(
            f"The first file is of {first.number or first.key}, the second of"
            f" {second.number or second.key}.",
            do="Name two versions of one document.",
            where="--after",
        )


async def _by_keys(asker: Asker, ends: Ends, keys: Sequence[str]) -> list[Tried]:
    readings = {reading.key: reading for reading in await ends.source.read(keys)}
    missing = [key for key in keys if key not in readings]
    if missing:
        raise Misconfigured(
            f"{ends.plan.source} has no {ends.plan.document} {missing[0][:60]!r}.",
            do="Name it as the source itself does: by its own identity, not by its number.",
            where="--key",
        )
    return [_tried(key, _first(asker, ends, readings[key])) for key in keys]


def _reading(asker: Asker, ends: Ends, body: bytes) -> Read:
    try:
        return ends.source.read_any(body, asker.clock.now())
    except CounterfoilError as error:
        return error


def _first(asker: Asker, ends: Ends, reading: Read) -> Trial:
    if isinstance(reading, CounterfoilError):
        return stopped_by(reading)
    return tried(ends.plan, ends.begins, ends.target, reading, asker.clock.now())


def _tried(name: str, trial_: Trial) -> Tried:
    intent = trial_.intent
    return Tried(
        file=name,
        outcome=trial_.outcome,
        code=trial_.code,
        rule=trial_.rule,
        said=trial_.said,
        do=trial_.do,
        document=_document(trial_.document),
        losses=tuple(
            Lost(loss.field, loss.value, loss.code, loss.why, loss.minor) for loss in trial_.losses
        ),
        payload=_payload(intent.payload) if intent else None,
        not_compared=intent.not_compared if intent else (),
        changes=tuple(
            Changed(
                change.field,
                "" if change.personal else change.before,
                "" if change.personal else change.now,
            )
            for change in trial_.changes
        ),
    )


def _document(whole: Any) -> Document | None:
    if whole is None:
        return None
    measure = whole.measure
    return Document(
        number=whole.number,
        currency=measure.currency,
        total_minor=measure.minor,
        tax_minor=getattr(whole, "tax_minor", 0),
        lines=tuple(
            Goods(line.sku, line.quantity, line.total_minor, line.tax_minor, line.kind, line.title)
            for line in getattr(whole, "lines", ())
        ),
        charges=tuple(
            Cost(cost.title or getattr(cost, "kind", ""), cost.amount_minor)
            for name in ("shipping", "extras", "adjustments")
            for cost in getattr(whole, name, ())
        ),
        payments=tuple(
            Paid(payment.gateway, payment.amount_minor, payment.state)
            for payment in getattr(whole, "payments", ())
        ),
        pieces=measure.pieces,
    )


def _payload(body: bytes) -> Any:
    """The payload as JSON where it is some, else as text."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")

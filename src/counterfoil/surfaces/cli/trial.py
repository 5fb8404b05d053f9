"""`route try`: what bodies from files would become on a route; nobody is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from counterfoil.flows.trial import Outcome, Trial, stopped_by, tried, tried_after
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.say import Say
from counterfoil.values.errors import CounterfoilError, Misconfigured
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.app import Ends
    from counterfoil.kit.connector import Reading

_LARGEST = 64 * 1024 * 1024  # bytes of one file
_LONGEST_NAME = 60  # letters, as a table cuts a cell


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
    """The document as the route would send it."""

    number: str
    currency: str
    total_minor: int
    tax_minor: int
    lines: tuple[Goods, ...]
    charges: tuple[Cost, ...]
    payments: tuple[Paid, ...]


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


async def trial(
    say: Say, name: str, files: Sequence[Path], keys: Sequence[str], *, after: bool
) -> None:
    """Try each file and each key on the route `name`, and say what would become of it."""
    if bool(files) == bool(keys):
        raise Misconfigured("Say what is to be tried.", do="Name files, or use --key KEY.")
    if after and len(files) != 2:
        raise Misconfigured(
            "--after takes two files: the one that was sent, and the newer one.",
            do="Write --after FIRST SECOND.",
        )
    from counterfoil import app

    config = project(say)
    async with app.ends(config, name, clock=say.clock, online=bool(keys)) as ends:
        if keys:
            found = await _asked(ends, keys)
        else:
            found = _tried_files(say, ends, files, after=after)
    say.answer("route-try", found, lambda: _show(say, ends, found, whole=after))


def _tried_files(say: Say, ends: Ends, files: Sequence[Path], *, after: bool) -> list[Tried]:
    bodies = [_body(file) for file in files]
    if after:
        first, second = (_reading(say, ends, body) for body in bodies)
        before, newer = _first(ends, first), _first(ends, second)
        if not isinstance(first, CounterfoilError) and not isinstance(second, CounterfoilError):
            _same(first, second)
            if before.outcome == "sent":
                newer = tried_after(ends.plan, ends.target, first, second)
        return [_told(str(files[0]), before), _told(str(files[1]), newer)]
    return [
        _told(str(file), _first(ends, _reading(say, ends, body)))
        for file, body in zip(files, bodies, strict=True)
    ]


def _same(first: Reading[Any], second: Reading[Any]) -> None:
    """Raise `Misconfigured` where two files are of two documents."""
    if first.key != second.key:
        raise Misconfigured(
            f"The first file is of {first.number or first.key}, the second of"
            f" {second.number or second.key}.",
            do="Name two versions of one document.",
            where="--after",
        )


async def _asked(ends: Ends, keys: Sequence[str]) -> list[Tried]:
    readings = {one.key: one for one in await ends.source.read(keys)}
    missing = [key for key in keys if key not in readings]
    if missing:
        raise Misconfigured(
            f"{ends.plan.source} has no {ends.plan.document} {missing[0][:60]!r}.",
            do="Name it as the source itself does: by its own identity, not by its number.",
            where="--key",
        )
    return [_told(key, _first(ends, readings[key])) for key in keys]


def _body(file: Path) -> bytes:
    try:
        if file.exists() and not file.is_file():  # a pipe or a device may never end
            raise Misconfigured(f"{file} is no file.", do="Name a file that is there.")
        if file.stat().st_size > _LARGEST:
            raise Misconfigured(f"{file} is larger than any message.", do="Name another file.")
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"{file} cannot be read: {error.strerror or error}.", do="Name a file that is there."
        ) from None


def _reading(say: Say, ends: Ends, body: bytes) -> Reading[Any] | CounterfoilError:
    try:
        return ends.source.read_any(body, say.clock.now())
    except CounterfoilError as error:
        return error


def _first(ends: Ends, reading: Reading[Any] | CounterfoilError) -> Trial:
    if isinstance(reading, CounterfoilError):
        return stopped_by(reading)
    return tried(ends.plan, ends.begins, ends.target, reading)


def _told(name: str, trial_: Trial) -> Tried:
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
            Changed(one.field, "" if one.personal else one.before, "" if one.personal else one.now)
            for one in trial_.changes
        ),
    )


def _document(whole: Any) -> Document | None:
    if whole is None:
        return None
    return Document(
        number=whole.number,
        currency=whole.currency,
        total_minor=whole.total_minor,
        tax_minor=whole.tax_minor,
        lines=tuple(
            Goods(one.sku, one.quantity, one.total_minor, one.tax_minor, one.kind, one.title)
            for one in whole.lines
        ),
        charges=tuple(
            Cost(one.title, one.amount_minor) for one in (*whole.shipping, *whole.extras)
        ),
        payments=tuple(Paid(one.gateway, one.amount_minor, one.state) for one in whole.payments),
    )


def _payload(body: bytes) -> Any:
    """The payload as JSON where it is some, else as text."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")


def _show(say: Say, ends: Ends, found: Sequence[Tried], *, whole: bool) -> None:
    """One file, or both of two versions, in full; of several a row each."""
    if whole or len(found) == 1:
        for one in found:
            _show_one(say, ends, one)
        return
    rows = [
        (
            _end(one.file),
            _WORDS[one.outcome].format(target=ends.plan.target),
            str(Money(one.document.total_minor, one.document.currency)) if one.document else "",
            _why(one),
        )
        for one in found
    ]
    say.table(("file", "outcome", "total", "why"), rows, right=(2,))
    say.note("Try one alone to see its lines, its losses and what to do.")


def _end(file: str) -> str:
    """The end of a long path, which tells one file from another."""
    return file if len(file) <= _LONGEST_NAME else f"…{file[1 - _LONGEST_NAME :]}"


def _why(one: Tried) -> str:
    """The code, and the rule or the sentence."""
    sentence = " ".join(text for text in (one.rule, one.said) if text)
    return ": ".join(text for text in (one.code, sentence) if text)


def _show_one(say: Say, ends: Ends, one: Tried) -> None:
    document = one.document
    money = Money(document.total_minor, document.currency) if document else "no document"
    say.heading(f"{one.file}: {_WORDS[one.outcome].format(target=ends.plan.target)}, {money}")
    for text in (one.rule, one.said, one.do):
        if text:
            say.line(f"  {text}")
    if document is not None:
        rows = [
            (f"{line.quantity}", line.sku or line.title,
             str(Money(line.total_minor, document.currency)), line.kind)
            for line in document.lines
        ]  # fmt: skip
        rows += [
            ("", charge.title, str(Money(charge.amount_minor, document.currency)), "charge")
            for charge in document.charges
        ]
        if rows:
            say.table(("pieces", "what", "money", "kind"), rows, right=(0, 2))
    for loss in one.losses:
        say.line(f"  lost: {loss.field}: {loss.value or loss.why}")
    if one.not_compared:
        say.line(f"  sent and not read back: {', '.join(one.not_compared)}")


_WORDS: dict[str, str] = {
    "sent": "would be sent to {target}",
    "left_out": "left out",
    "held": "held for a person",
    "waiting": "waits",
    "refused": "refused",
    "merged": "merged: nothing is to be done at {target}",
    "superseded": "older than what was sent",
}

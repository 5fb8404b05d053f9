"""`route try`: what bodies from files would become on a route; nobody is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.trial import Body, Document, TrialAsked, Trials, Tried, trial
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money

_LARGEST = 64 * 1024 * 1024  # bytes of one file
_LONGEST_NAME = 60  # letters, as a table cuts a cell


async def tried(
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
    operator = asker(say)
    bodies = tuple(_body(file) for file in files)
    trials = await trial(operator, TrialAsked(name, bodies, tuple(keys), after))
    say.answer("route-try", trials.documents, lambda: _show(say, trials, whole=after))


def _body(file: Path) -> Body:
    try:
        if file.exists() and not file.is_file():  # a pipe or a device may never end
            raise Misconfigured(f"{file} is no file.", do="Name a file that is there.")
        if file.stat().st_size > _LARGEST:
            raise Misconfigured(f"{file} is larger than any message.", do="Name another file.")
        return Body(str(file), file.read_bytes())
    except OSError as error:
        raise Misconfigured(
            f"{file} cannot be read: {error.strerror or error}.", do="Name a file that is there."
        ) from None


def _show(say: Say, trials: Trials, *, whole: bool) -> None:
    """One file, or both of two versions, in full; of several a row each."""
    if whole or len(trials.documents) == 1:
        for document in trials.documents:
            _show_one(say, trials.target, document)
        return
    rows = [
        (
            _end(tried.file),
            _WORDS[tried.outcome].format(target=trials.target),
            str(_total(tried.document) or ""),
            _why(tried),
        )
        for tried in trials.documents
    ]
    say.table(("file", "outcome", "total", "why"), rows, right=(2,))
    say.note("Try one alone to see its lines, its losses and what to do.")


def _end(file: str) -> str:
    """The end of a long path, which tells one file from another."""
    return file if len(file) <= _LONGEST_NAME else f"…{file[1 - _LONGEST_NAME :]}"


def _why(tried: Tried) -> str:
    """The code, and the rule or the sentence."""
    sentence = " ".join(text for text in (tried.rule, tried.said) if text)
    return ": ".join(text for text in (tried.code, sentence) if text)


def _total(document: Document | None) -> Money | None:
    if document is None or not document.currency:
        return None
    return Money(document.total_minor, document.currency)


def _show_one(say: Say, target: str, tried: Tried) -> None:
    document = tried.document
    worth = "no document"
    if document is not None:
        worth = str(_total(document) or counted(document.pieces, "piece"))
    say.heading(f"{tried.file}: {_WORDS[tried.outcome].format(target=target)}, {worth}")
    for text in (tried.rule, tried.said, tried.do):
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
    for loss in tried.losses:
        say.line(f"  lost: {loss.field}: {loss.value or loss.why}")
    if tried.not_compared:
        say.line(f"  sent and not read back: {', '.join(tried.not_compared)}")


_WORDS: dict[str, str] = {
    "sent": "would be sent to {target}",
    "left_out": "left out",
    "held": "held for a person",
    "waiting": "waits",
    "refused": "refused",
    "merged": "merged: nothing is to be done at {target}",
    "superseded": "older than what was sent",
}

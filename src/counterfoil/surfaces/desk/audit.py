"""Audit: two systems, read only, or exports of them: missing, twice, different and unmapped, in
money."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import cast, get_args

import msgspec

from counterfoil.model.words import WORDS, Word
from counterfoil.reconcile import book
from counterfoil.reconcile.audit import audit as compared
from counterfoil.reconcile.findings import Audit, Export
from counterfoil.reconcile.sample import Asked, Two
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.books import Copied, copied
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.surfaces.desk.period import period
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

_CODE = re.compile(r"[A-Z]{3}")


class AuditAsked(msgspec.Struct, frozen=True):
    """Two files, and what is told of their columns, each as "LEFT=RIGHT" or one name for both.

    `left` and `right` may be connections: then `document` is the word that they are asked for, of
    what was created from the day `start` to the day `end`.
    """

    left: Path
    right: Path
    key: str = ""
    amount: str = ""
    date: str = ""
    fields: tuple[str, ...] = ()
    currency: str = ""
    document: str = ""
    start: str | None = None
    end: str | None = None

    @property
    def connections(self) -> tuple[Path, ...]:
        """Which of both are no files, but connections of the project."""
        return tuple(
            path for path in (self.left, self.right)
            if path.name == str(path) and not path.suffix and not path.exists()
        )  # fmt: skip


@asks("audit connections", money="shown")
async def between(desk: StaffedDesk, asked: AuditAsked) -> Audit:
    """Compare two connections, or one and a file, document by document; they are only read.

    Raises `Misconfigured` as `audit` does, and where a connection has no such documents.
    """
    if asked.document not in get_args(Word):
        raise Misconfigured(
            f"{asked.document!r} is no document." if asked.document else "Which documents?",
            do=f"{near(asked.document, WORDS)} Say it with --document.",
            where="--document",
        )
    word, when = cast("Word", asked.document), period(asked.start, asked.end)
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        books: dict[Path, Copied] = {}
        for path in dict.fromkeys(asked.connections):
            books[path] = await copied(desk, str(path), word, when, Path(folder) / path)
        left, right = (
            books[path].path if path in books else path for path in (asked.left, asked.right)
        )
        answer = audit(
            msgspec.structs.replace(asked, left=left, right=right), apart=book.COMPARED_NOT
        )
    return msgspec.structs.replace(
        answer,
        left=_named(answer.left, asked.left, books.get(asked.left)),
        right=_named(answer.right, asked.right, books.get(asked.right)),
    )


def _named(export: Export, path: Path, copy: Copied | None) -> Export:
    """A side as a person named it, with what of a connection could not be read."""
    unread = copy.unread if copy is not None else ()
    said = (f"{len(unread):,} documents could not be read: {', '.join(unread[:20])}.",)
    return msgspec.structs.replace(
        export, file=str(path), notes=(*export.notes, *(said if unread else ()))
    )


@asks("audit", money="shown")
def audit(asked: AuditAsked, apart: frozenset[str] = frozenset()) -> Audit:
    """Compare two exports document by document; nothing is written but a report, where asked for.

    Raises `Misconfigured` where a column is not there or nobody can tell which is meant, `Refuse`
    where a file is none.
    """
    if asked.currency and not _CODE.fullmatch(asked.currency):
        raise Misconfigured(
            f"{asked.currency!r} is no currency code.", do="Write GBP, say.", where="--currency"
        )
    columns = Asked(
        _two(asked.key, "--key"),
        _two(asked.amount, "--amount"),
        _two(asked.date, "--date"),
        tuple(_two(field, "--field") for field in asked.fields),
        asked.currency,
        apart,
    )
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        return compared(asked.left, asked.right, columns, Path(folder))


def _two(name: str, option: str) -> Two:
    left, sign, right = name.partition("=")
    if sign and not (left and right):
        raise Misconfigured(
            f"{name!r} names one column.",
            do="Write LEFT=RIGHT, or one name for both.",
            where=option,
        )
    return left, right if sign else left

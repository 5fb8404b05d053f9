"""Bindings: by what each system knows a document of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query


class Namespace(NamedTuple):
    """Where a name is unique: a connection, and a kind of document there."""

    connection: int
    document: str


class _Binding(NamedTuple):
    foreign_id: str
    subject: int


class _Now(NamedTuple):
    erased: bool
    foreign_id: str | None
    subject: int | None


_NOW = Query("bound_now", _Now)
_BIND = Query("bind", _Binding)
_BOUND = Query("bound", _Binding)


async def bind(
    db: Executor, namespace: Namespace, keys: Sequence[str], subjects: Sequence[int]
) -> dict[str, int]:
    """Bind each key to the number beside it: those that were free, with their numbers."""
    return dict(await _BIND.rows(db, *namespace, keys, subjects))


async def bound(db: Executor, namespace: Namespace, keys: Sequence[str]) -> dict[str, int]:
    """The numbers of the documents that are known by these keys."""
    return dict(await _BOUND.rows(db, *namespace, keys))


async def bound_now(
    db: Executor, namespace: Namespace, keys: Sequence[str]
) -> tuple[dict[str, int], bool]:
    """What `bound` gives, and whether anybody was ever erased: asked of every page, so at once."""
    rows = await _NOW.rows(db, *namespace, keys)
    bindings = {
        row.foreign_id: row.subject
        for row in rows
        if row.foreign_id is not None and row.subject is not None
    }
    return bindings, rows[0].erased


async def bind_targets(
    db: Executor, namespace: Namespace, identities: Sequence[str], subjects: Sequence[int]
) -> None:
    """Bind what a target calls documents to their numbers; a name that is bound stays so."""
    await db.run("bind_targets", *namespace, identities, subjects)


async def keep_same(
    db: Executor,
    namespace: Namespace,
    identities: Sequence[str],
    subjects: Sequence[int],
    out: Sequence[int],
) -> None:
    """Say of documents that a target listed under these names, before it was known that it has them
    from us, that they are the ones that were sent.

    `out` are the routes out of the target. One that any other route knows was sent itself, and is
    another document.
    """
    await db.run("keep_same", *namespace, identities, subjects, out)

"""Tokens of people: what a program of theirs asks and acts with. Only its digest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class NewToken(NamedTuple):
    """A token that begins to be good: its digest, whose it is, what for, and for which scopes."""

    digest: bytes
    name: str
    title: str
    scopes: Sequence[str]


class TokenRow(NamedTuple):
    """One token that nobody has ended; `seen_at` is to the minute, None where it never came."""

    id: int
    name: str
    title: str
    scopes: list[str]
    made_at: datetime
    until: datetime
    seen_at: datetime | None


class Holder(NamedTuple):
    """In whose name a token asks, as what, and for which scopes."""

    name: str
    role: str
    scopes: list[str]


_EVERY = Query("person_tokens", TokenRow)
_ADDED = Query("add_person_token", int)
_ENDED = Query("end_person_token", int)
_HOLDER = Query("token_holder", Holder)


async def every(db: Executor, name: str | None) -> list[TokenRow]:
    """The tokens of a person, or of everybody."""
    return await _EVERY.rows(db, name)


async def add(db: Executor, token: NewToken, at: Instant, until: Instant) -> int:
    """Let a token be good from `at` to `until`; its number."""
    return await _ADDED.only(db, *token, at.to_stdlib(), until.to_stdlib())


async def end(db: Executor, number: int, name: str | None, at: Instant) -> bool:
    """Let a token be good no more, of this person where one is named; False where there is none."""
    return await _ENDED.first(db, number, name, at.to_stdlib()) is not None


async def holder(db: Executor, digest: bytes, at: Instant) -> Holder | None:
    """In whose name this token asks; None where it is none, or is good no more."""
    return await _HOLDER.first(db, digest, at.to_stdlib())

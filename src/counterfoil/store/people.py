"""People: who may ask and act at the desk, their links to come in, and who is signed in.

Of a link and of a session only the digest of what the person holds is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.clock import Instant


class PersonRow(NamedTuple):
    """One person. `ready`: they have chosen a secret, and can sign in."""

    name: str
    role: str
    ready: bool
    added_at: datetime
    added_by: str


class Invited(NamedTuple):
    """For whom a link is, and what they may do."""

    name: str
    role: str


class SessionRow(NamedTuple):
    """Who is signed in; `form` is the word that each of their forms must bring."""

    name: str
    role: str
    form: str


class Knock(NamedTuple):
    """How often in a row nobody came in under a name or from an address (its digest), and when that
    happened last."""

    digest: bytes
    failures: int
    last_at: datetime


_EVERY = Query("people", PersonRow)
_COUNT = Query("count_people", int)
_SECRET = Query("person_secret", str)
_ROLE = Query("person_role", str)
_INVITATION = Query("invitation", Invited)
_USED = Query("use_invitation", Invited)
_ADDED = Query("add_person", str)
_ROLE_SET = Query("set_role", str)
_ENDED = Query("end_person", str)
_SESSION = Query("session", SessionRow)
_KNOCKS = Query("knocks", Knock)


async def every(db: Executor) -> list[PersonRow]:
    """Everybody who may come in, or may choose a secret to."""
    return await _EVERY.rows(db)


async def count(db: Executor) -> int:
    """How many people can sign in."""
    return await _COUNT.only(db)


async def secret(db: Executor, name: str) -> str | None:
    """The hash of a person's secret; None where there is none to check."""
    return await _SECRET.first(db, name)


async def role(db: Executor, name: str) -> str | None:
    """What a person may do; None where there is no such person."""
    return await _ROLE.first(db, name)


async def add(db: Executor, name: str, role: str, at: Instant, by: str) -> bool:
    """Let there be a person; False where there is one of this name."""
    return await _ADDED.first(db, name, role, at.to_stdlib(), by) is not None


async def set_secret(db: Executor, name: str, secret: str) -> None:
    """Keep the hash of a person's secret."""
    await db.run("set_secret", name, secret)


async def set_role(db: Executor, name: str, role: str) -> bool:
    """Let a person be of another role; False where there is no such person."""
    return await _ROLE_SET.first(db, name, role) is not None


async def end(db: Executor, name: str, at: Instant) -> bool:
    """Let a person come in no more, be signed in nowhere, have no token; False: there is none."""
    ended = await _ENDED.first(db, name, at.to_stdlib()) is not None
    await db.run("end_sessions", name)
    await db.run("drop_invitations", name, at.to_stdlib())
    return ended


async def invite(db: Executor, digest: bytes, invited: Invited, until: Instant) -> None:
    """Keep a link that is good until then."""
    await db.run("invite", digest, invited.name, invited.role, until.to_stdlib())


async def drop_invitations(db: Executor, name: str, at: Instant) -> None:
    """Let no link of this name be good any more."""
    await db.run("drop_invitations", name, at.to_stdlib())


async def invitation(db: Executor, digest: bytes, at: Instant) -> Invited | None:
    """Whose link this is; None where it is none, was used, or is too old."""
    return await _INVITATION.first(db, digest, at.to_stdlib())


async def use_invitation(db: Executor, digest: bytes, at: Instant) -> Invited | None:
    """Use a link up; None where somebody has, or it is none."""
    return await _USED.first(db, digest, at.to_stdlib())


async def begin_session(db: Executor, digest: bytes, name: str, form: str, at: Instant) -> None:
    """Let a person be signed in."""
    await db.run("begin_session", digest, name, form, at.to_stdlib())


async def session(
    db: Executor, digest: bytes, at: Instant, seen_since: Instant, begun_since: Instant
) -> SessionRow | None:
    """Who is signed in with this, and is seen at `at`; None where nobody is any more."""
    return await _SESSION.first(
        db, digest, at.to_stdlib(), seen_since.to_stdlib(), begun_since.to_stdlib()
    )


async def end_session(db: Executor, digest: bytes) -> None:
    """Let a session end."""
    await db.run("end_session", digest)


async def end_sessions(db: Executor, name: str) -> None:
    """Let every session of a person end."""
    await db.run("end_sessions", name)


async def forget_sessions(db: Executor, seen_since: Instant, begun_since: Instant) -> None:
    """Let go what is over."""
    await db.run("forget_sessions", seen_since.to_stdlib(), begun_since.to_stdlib())


async def knocks(db: Executor, digests: Sequence[bytes]) -> list[Knock]:
    """How often nobody came in under these."""
    return await _KNOCKS.rows(db, digests)


async def note_knock(db: Executor, digests: Sequence[bytes], at: Instant) -> None:
    """Note that nobody came in under these."""
    await db.run("note_knock", digests, at.to_stdlib())


async def forget_knocks(db: Executor, digests: Sequence[bytes], before: Instant) -> None:
    """Somebody came in under these; and what is older is let go."""
    await db.run("forget_knocks", digests, before.to_stdlib())

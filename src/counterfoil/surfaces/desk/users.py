"""Users: who may sign in to the desk, by which link they come in, and how that is checked.

A link is good once and for a day; what is kept of it, of a password and of a session gives none of
them away. Whoever guesses is slowed down by name and by address, and told the same whatever was
wrong.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import argon2
import msgspec

from counterfoil.govern import gate
from counterfoil.govern.gate import Role
from counterfoil.store import people as store
from counterfoil.store.people import Invited
from counterfoil.store.postgres import Database
from counterfoil.surfaces.desk.acts import ACTS, asks, changes
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Clock, Instant, from_stdlib, later, seconds_between
from counterfoil.values.digest import digest
from counterfoil.values.errors import Misconfigured, Refuse, Retry

Result = TypeVar("Result")

LINK_S = 86_400.0
"""How long a link to come in is good."""

_IDLE_S, _LONGEST_S = 12 * 3600.0, 7 * 86_400.0
_FREE = 5  # failures in a row, before anybody has to wait
_SLOWEST_S = 900.0
_FORGOTTEN_S = 86_400.0
_SHORTEST, _LONGEST = 12, 256
_NAME = re.compile(r"[\w][\w .@'-]{0,59}")
_AT_ONCE = asyncio.Semaphore(2)  # a check takes 64 MiB for a moment


class User(msgspec.Struct, frozen=True):
    """One person at the desk. `ready`: they have come in and chosen a password."""

    name: str
    role: Role
    ready: bool
    added: Instant
    added_by: str


class Link(msgspec.Struct, frozen=True):
    """The way in for somebody, once: the word of the link, and until when it is good."""

    name: str
    role: Role
    word: str
    until: Instant


class Session(msgspec.Struct, frozen=True):
    """Who is signed in; `form` is the word that each of their forms must bring."""

    name: str
    role: Role
    form: str


def may(role: Role, act: str) -> bool:
    """Whether somebody of this role may do an act of the desk, by its name."""
    return gate.may(role, act, reads=ACTS[act].kind == "reads")


@asks("user list")
async def users(desk: Desk) -> list[User]:
    """List who may come in, and as what."""
    return [
        User(row.name, gate.named(row.role), row.ready, from_stdlib(row.added_at), row.added_by)
        for row in await store.every(desk.database)
    ]


@changes("user add", reversible=True, undo="`user remove`.")
async def add(desk: Desk, name: str, role: str) -> Link:
    """Let somebody come in, by a link that is good once and for a day.

    For somebody who is here already it is a way to choose a new password; their role stays.
    Raises `Misconfigured` where the name is none, and `Refuse` where there is no such role.
    """
    name = checked(name)
    if await store.add(desk.database, name, gate.named(role), desk.clock.now(), desk.person):
        current: str | None = role
    else:
        current = await store.role(desk.database, name)
    await store.drop_invitations(desk.database, name, desk.clock.now())
    return await _link(desk.database, desk.clock, name, gate.named(current or role))


@changes("user role", reversible=True, undo="`user role` with the one before.")
async def set_role(desk: Desk, name: str, role: str) -> None:
    """Let somebody be of another role, from their next click on.

    Raises `Misconfigured` where there is nobody of this name, and `Refuse` where there is no such
    role or nobody would be left to be the admin.
    """
    if gate.named(role) != "admin":
        await _not_the_last(desk, name)
    if not await store.set_role(desk.database, name, role):
        raise _nobody(name)


@changes("user remove", reversible=True, undo="`user add`; they choose a new password.")
async def remove(desk: Desk, name: str) -> None:
    """Let somebody come in no more; wherever they are signed in, that ends at once.

    Raises `Misconfigured` where there is nobody of this name, and `Refuse` where nobody would be
    left to be the admin.
    """
    await _not_the_last(desk, name)
    if not await store.end(desk.database, name, desk.clock.now()):
        raise _nobody(name)


async def first_link(database: Database, clock: Clock) -> Link | None:
    """The link of the first admin, who chooses the name too; None where somebody can sign in."""
    if await store.count(database):
        return None
    await store.drop_invitations(database, "", clock.now())
    return await _link(database, clock, "", "admin")


async def link(database: Database, clock: Clock, word: str) -> Invited | None:
    """Whose link this is, and as what they come in; an empty name is theirs to choose."""
    return await store.invitation(database, digest(word.encode()), clock.now())


async def come_in(
    database: Database, clock: Clock, word: str, name: str, password: str
) -> Session | None:
    """Use a link up: the password is kept, and whoever holds the link is signed in from now on.

    The word of the new session is its `form`'s owner; None where the link is good no more. Raises
    `Misconfigured` where the name or the password will not do.
    """
    invited = await link(database, clock, word)
    if invited is None:
        return None
    name = invited.name or checked(name)
    checked_password(password, name)
    hashed = await _in_turn(_hasher().hash, password)
    moment = clock.now()
    async with database.transaction() as unit:
        if await store.use_invitation(unit, digest(word.encode()), moment) is None:
            return None
        if not invited.name:
            await store.add(unit, name, invited.role, moment, "the first link")
        await store.set_secret(unit, name, hashed)
        await store.end_sessions(unit, name)
    return Session(name, gate.named(invited.role), "")


async def sign_in(
    database: Database, clock: Clock, name: str, password: str, address: str
) -> Session:
    """Check a name and a password.

    Raises `Refuse` (code "not-signed-in"), always in the same words and after the same work,
    whoever there is; and `Retry` (code "slow-down") where it was tried too often.
    """
    marks = [digest(f"name {name.casefold()}".encode()), digest(f"from {address}".encode())]
    await _slow(database, clock, marks)
    await store.note_knock(database, marks, clock.now())  # before: many at once are many
    kept_hash = await store.secret(database, name)
    fits = await _in_turn(_fits, kept_hash or _nobodys(), password[: _LONGEST + 1])
    if not (fits and kept_hash):
        raise Refuse(
            "This name and this password do not belong together.",
            do="Try again; an admin can give you a new link with `counterfoil user add`.",
            code="not-signed-in",
        )
    role = await store.role(database, name)
    await store.forget_knocks(database, marks, later(clock.now(), -_FORGOTTEN_S))
    return Session(name, gate.named(role or ""), "")


async def begin(database: Database, clock: Clock, name: str) -> str:
    """Let somebody be signed in; the word that their browser keeps. It is always a new one."""
    word, moment = secrets.token_urlsafe(32), clock.now()
    await store.forget_sessions(database, later(moment, -_IDLE_S), later(moment, -_LONGEST_S))
    await store.begin_session(
        database, digest(word.encode()), name, secrets.token_urlsafe(24), moment
    )
    return word


async def session(database: Database, clock: Clock, word: str) -> Session | None:
    """Who is signed in with this word; None where nobody is any more."""
    moment = clock.now()
    row = await store.session(
        database, digest(word.encode()), moment, later(moment, -_IDLE_S), later(moment, -_LONGEST_S)
    )
    return Session(row.name, gate.named(row.role), row.form) if row else None


async def end(database: Database, word: str) -> None:
    """Sign out."""
    await store.end_session(database, digest(word.encode()))


def checked(name: str) -> str:
    """The name, where it may be a person's. Raises `Misconfigured` where it may not."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise Misconfigured(
            f"{name[:40]!r} cannot be a person's name.",
            do="Use up to 60 letters, figures, spaces and . @ ' -, a letter first.",
            where="name",
        )
    return name


def checked_password(password: str, name: str) -> None:
    """Raise `Misconfigured` where a password will not do: too short, too long, or the name."""
    if not _SHORTEST <= len(password) <= _LONGEST or len(set(password)) < 4:
        raise Misconfigured(
            f"A password has {_SHORTEST} to {_LONGEST} characters, and not all alike.",
            do="Four words that you can remember are a good one.",
            where="password",
        )
    if password.casefold() in (name.casefold(), f"{name}{name}".casefold()):
        raise Misconfigured("The password is the name.", do="Choose another one.", where="password")


async def _link(database: Database, clock: Clock, name: str, role: Role) -> Link:
    word, until = secrets.token_urlsafe(32), later(clock.now(), LINK_S)
    await store.invite(database, digest(word.encode()), Invited(name, role), until)
    return Link(name, role, word, until)


async def _not_the_last(desk: Desk, name: str) -> None:
    admins = [row.name for row in await store.every(desk.database) if row.role == "admin"]
    if admins == [name]:
        raise Refuse(
            f"{name} is the only admin.", do="Make somebody else an admin first.", code="last-admin"
        )


def _nobody(name: str) -> Misconfigured:
    return Misconfigured(
        f"There is nobody named {name[:60]!r}.", do="`counterfoil user list` shows who there is."
    )


async def _slow(database: Database, clock: Clock, marks: list[bytes]) -> None:
    """Raise `Retry` where it was tried too often in a row, by name or from an address."""
    for knock in await store.knocks(database, marks):
        beyond = knock.failures - _FREE
        if beyond >= 0:
            wait = min(_SLOWEST_S, 2.0**beyond * 2)
            gone = seconds_between(from_stdlib(knock.last_at), clock.now())
            if gone < wait:
                raise Retry(
                    "Too many sign-ins failed, so this one was not looked at.",
                    after_s=wait - gone,
                    do=f"Wait {round(wait - gone) or 1} s, then try again.",
                    code="slow-down",
                )


async def _in_turn(work: Callable[..., Result], *words: str) -> Result:
    """Do what is heavy beside the loop, and not everything at once."""
    async with _AT_ONCE:
        return await asyncio.to_thread(work, *words)


@cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2)


@cache
def _nobodys() -> str:
    """A hash that no password fits: for a name that nobody has, the same work is done."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except argon2.exceptions.VerificationError:
        return False

"""Tokens: what a program asks and acts with in a person's name, for some scopes and some time.

A token is shown once, when it is made; what is kept of it does not give it away.
"""

from __future__ import annotations

import secrets

import msgspec

from counterfoil.govern import gate
from counterfoil.govern.gate import Role, Scope
from counterfoil.store import people
from counterfoil.store import person_tokens as store
from counterfoil.store.person_tokens import NewToken
from counterfoil.store.postgres import Database
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.figures import instant_of
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Clock, Instant, from_stdlib, later
from counterfoil.values.digest import digest
from counterfoil.values.errors import Misconfigured, Refuse

_DAY_S = 86_400.0
_MOST_DAYS = 366
_SIGN = "cfl_"
_LONGEST = 60


class Token(msgspec.Struct, frozen=True):
    """One token that is good: in whose name, what for, for which scopes, and until when. `seen_at`
    is when it came last, to the minute; null where it never did."""

    number: int
    name: str
    title: str
    scopes: tuple[Scope, ...]
    made_at: Instant
    until: Instant
    seen_at: Instant | None = None


class Made(msgspec.Struct, frozen=True):
    """A token that was just made; its `word` is shown this once."""

    token: Token
    word: str


class TokenAsked(msgspec.Struct, frozen=True):
    """A token to be made: in whose name, what for, for which scopes, and for how many days."""

    name: str
    title: str
    scopes: tuple[str, ...]
    days: int


@asks("user token list")
async def tokens(desk: Desk, *, all: bool = False) -> list[Token]:
    """List one's own tokens; `all`: everybody's, for an admin."""
    if all:
        gate.check(desk.role, "user list", reads=True, scopes=desk.scopes)
    rows = await store.every(desk.database, None if all else desk.person)
    return [
        Token(
            row.id, row.name, row.title, gate.scopes_named(row.scopes), from_stdlib(row.made_at),
            from_stdlib(row.until), instant_of(row.seen_at),
        )
        for row in rows
    ]  # fmt: skip


@changes("user token add", reversible=True, undo="`user token end`.")
async def make(desk: Desk, asked: TokenAsked) -> Made:
    """Make a token; only an admin makes one in another's name.

    Raises `Misconfigured` where there is nobody of this name, or the time or the title will not do,
    and `Refuse` where there is no such scope.
    """
    _own(desk, asked.name)
    scopes = gate.scopes_named(asked.scopes)
    title = " ".join(asked.title.split())
    if not title or len(title) > _LONGEST or not title.isprintable():
        raise Misconfigured(
            "A token says what it is for.",
            do=f"Say it in up to {_LONGEST} characters, such as “till reports”.",
            where="--for",
        )
    if not 1 <= asked.days <= _MOST_DAYS:
        raise Misconfigured(
            f"A token is good for 1 to {_MOST_DAYS} days.", do="Say how many.", where="--days"
        )
    if await people.role(desk.database, asked.name) is None:
        raise Misconfigured(
            f"There is nobody named {asked.name[:60]!r}.",
            do="`counterfoil user list` shows who there is.",
        )
    word, moment = _SIGN + secrets.token_urlsafe(32), desk.clock.now()
    until = later(moment, asked.days * _DAY_S)
    new = NewToken(digest(word.encode()), asked.name, title, scopes)
    number = await store.add(desk.database, new, moment, until)
    return Made(Token(number, asked.name, title, scopes, moment, until), word)


@changes("user token end", reversible=False, undo="`user token add` makes another one.")
async def end(desk: Desk, number: int) -> None:
    """Let a token be good no more; only an admin ends another's.

    Raises `Misconfigured` where there is none of this number.
    """
    whose = None if gate.may(desk.role, "user remove", reads=False) else desk.person
    if not await store.end(desk.database, number, whose, desk.clock.now()):
        raise Misconfigured(
            f"There is no token {number} that is good.",
            do="`counterfoil user token list` shows which there are.",
        )


class Bearer(msgspec.Struct, frozen=True):
    """In whose name a token asks, as what, and for which scopes."""

    name: str
    role: Role
    scopes: tuple[Scope, ...]


async def bearer(database: Database, clock: Clock, word: str) -> Bearer:
    """Whose token this is. Raises `Refuse` (code "no-token"), always in the same words."""
    holder = None
    if word.startswith(_SIGN):
        holder = await store.holder(database, digest(word.encode()), clock.now())
    if holder is None:
        raise Refuse(
            "This needs a token that is good.",
            do="Send it as “Authorization: Bearer TOKEN”; `counterfoil user token add` makes one.",
            code="no-token",
        )
    return Bearer(holder.name, gate.named(holder.role), gate.scopes_named(holder.scopes))


def _own(desk: Desk, name: str) -> None:
    if name != desk.person:
        gate.check(desk.role, "user add", reads=False, scopes=desk.scopes)

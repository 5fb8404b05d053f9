"""People and programs: who asks, who may come in, and one's own tokens."""

from __future__ import annotations

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, Nothing, endpoint
from counterfoil.surfaces.api.v1.paging import Number
from counterfoil.surfaces.desk import tokens, users
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.tokens import Scope, Token
from counterfoil.surfaces.desk.users import Role, User


class Caller(msgspec.Struct, frozen=True):
    """Who asks, as what, and for which scopes their token is."""

    name: str
    role: Role
    scopes: tuple[Scope, ...]


class OneToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token by its number."""

    number: Number


class Ended(msgspec.Struct, frozen=True):
    """The number of a token that is good no more."""

    ended: int


@endpoint("GET", "/me", "user token list", "me")
async def me(desk: Desk, words: Nothing) -> Found[Caller]:
    """Say who asks, as what, and for which scopes."""
    return Found(Caller(desk.person, desk.role, desk.scopes or ()))


@endpoint("GET", "/users", "user list", "user-list")
async def people(desk: Desk, words: Nothing) -> Found[list[User]]:
    """List who may come in, and as what."""
    return Found(await users.users(desk))


@endpoint("GET", "/tokens", "user token list", "user-token-list")
async def own(desk: Desk, words: Nothing) -> Found[list[Token]]:
    """List one's own tokens."""
    return Found(await tokens.tokens(desk))


@endpoint("DELETE", "/tokens/{number}", "user token end", "user-token-end")
async def ended(desk: Desk, words: OneToken) -> Found[Ended]:
    """Let a token be good no more; only an admin ends another's."""
    await tokens.end(desk, words.number)
    return Found(Ended(words.number))

"""OAuth 2: how a token is asked for, by each grant that needs no person (RFC 6749).

A signed assertion (RFC 7523) is not here: it needs a library for JSON Web Tokens, which is no
dependency of the house yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

import msgspec

from counterfoil.kit.api.auth import basic_value
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Faults
from counterfoil.kit.api.grant import Grant
from counterfoil.kit.api.rotation import Chain, Rotating
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats import strict_json
from counterfoil.values.errors import SignIn

_FORM: Final = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
_REFUSED: Final = (400, 401, 403)
_LONGEST_LIFE_S = 10 * 366 * 86_400
_HEADER: Final = r"^[!-~]+\Z"  # what a header can carry


class Endpoint(msgspec.Struct, frozen=True):
    """Where tokens are asked for, and how the client shows who it is: in the form, or by HTTP's
    Basic scheme. `do` is what a person does where it is refused; `life_s` how long a token lives
    whose answer does not say."""

    path: str
    client: Literal["form", "basic"] = "form"
    do: str = "Check client_id and client_secret of this connection."
    life_s: float = 3600.0
    headers: Mapping[str, str] = {}


class _Answer(msgspec.Struct, frozen=True):
    access_token: Annotated[str, msgspec.Meta(pattern=_HEADER)]
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_LIFE_S)] | None = None
    refresh_token: Annotated[str, msgspec.Meta(pattern=_HEADER)] = ""


async def client_credentials(
    opening: Opening, endpoint: Endpoint, faults: Faults, *, scope: str = ""
) -> Grant:
    """A token for the client itself, by the secrets client_id and client_secret."""
    form = {"grant_type": "client_credentials"}
    return await _ask(opening, endpoint, faults, form, "the client id and secret", scope)


async def password(
    opening: Opening, endpoint: Endpoint, faults: Faults, *, scope: str = ""
) -> Grant:
    """A token by the secrets user and password, beside the client's own."""
    form = {
        "grant_type": "password",
        "username": opening.secret("user"),
        "password": opening.secret("password"),
    }
    return await _ask(opening, endpoint, faults, form, "the user name and password", scope)


async def refresh_token(
    opening: Opening, endpoint: Endpoint, faults: Faults, refresh: str
) -> Grant:
    """A token by the refresh token of the last grant; the answer may have a new one."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    return await _ask(opening, endpoint, faults, form, "the refresh token")


def rotating(opening: Opening, endpoint: Endpoint, faults: Faults) -> Rotating:
    """The sign-in by a refresh token that works once: the secret refresh_token is the first, what
    follows is kept where every worker finds it."""

    async def ask(refresh: str) -> Grant:
        return await refresh_token(opening, endpoint, faults, refresh)

    def seed() -> str:
        return opening.secret("refresh_token")

    chain = Chain(opening.tokens, opening.connection, opening.holder, seed)
    return Rotating(ask, chain, clock=opening.clock)


async def _ask(
    opening: Opening,
    endpoint: Endpoint,
    faults: Faults,
    form: dict[str, str],
    shown: str,
    scope: str = "",
) -> Grant:
    """Raises `SignIn` where it is refused, and the kinds of `faults`."""
    secret, headers = opening.secret, {**_FORM, **endpoint.headers}
    if scope:
        form["scope"] = scope
    if endpoint.client == "basic":
        headers["Authorization"] = basic_value(secret("client_id"), secret("client_secret"))
    else:
        form |= {"client_id": secret("client_id"), "client_secret": secret("client_secret")}
    call = Call(
        opening.name, opening.name, "POST", endpoint.path, endpoint.path, False, opening.clock.now()
    )
    answer = await opening.transport.call(
        "POST", endpoint.path, writes=False, headers=headers, body=urlencode(form).encode()
    )
    if answer.status in _REFUSED:
        raise SignIn(
            f"{opening.name} does not accept {shown}.",
            do=endpoint.do,
            where=opening.name,
        )
    if answer.status != 200:
        raise faults.judge(answer, call)
    what = f"{opening.name}'s grant"
    granted = strict_json.convert(strict_json.parse(answer.body, what=what), _Answer, what=what)
    life_s = endpoint.life_s if granted.expires_in is None else granted.expires_in
    return Grant(granted.access_token, life_s, granted.refresh_token)

"""A sign-in with user and password that is answered with a token, which every call then carries."""

from __future__ import annotations

from typing import cast

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.auth import Auth
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.connector import Opening
from counterfoil.values.errors import Misconfigured


def token_login(opening: Opening, login: Api, path: str, life_s: float, title: str) -> Auth:
    """The sign-in by a token that `login`, which has the password, is given at `path`.

    It is used for `life_s` seconds, and asked for again where a call says that it is dead.
    """

    async def ask() -> Grant:
        call = login.call("GET", path, writes=False)
        return Grant(_token(await login.ask(call, object), title, opening.name), life_s)

    return Granted(ask, opening.clock)


def _token(answered: object, title: str, where: str) -> str:
    """The token: the bare text, or in an object around it."""
    if isinstance(answered, dict) and "token" in answered:
        answered = cast("dict[str, object]", answered)["token"]
    if not isinstance(answered, str) or not answered.isascii() or not answered.isprintable():
        answered = ""
    if not answered:
        raise Misconfigured(
            f"{title} answered the sign-in with something that is no token.",
            do="Check the setting token_path against the instance's own API pages.",
            where=where,
        )
    return answered

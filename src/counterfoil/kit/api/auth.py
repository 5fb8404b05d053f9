"""Signing in: what a call carries so that it is answered, and what is done where that has died."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Protocol

from counterfoil.kit.api.call import Call


class Auth(Protocol):
    """The credential of one connection. None of it is ever logged or kept as evidence."""

    async def headers(self, call: Call) -> Mapping[str, str]:
        """What the call must carry. Raises `SignIn` where it cannot be had."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """The call that carried these was answered 401: whether others can be had."""
        ...


class Fixed:
    """A credential that stays as it is: a key in a header, or a name and a password.

    `headers` is asked for each call, so that no secret is kept here.
    """

    def __init__(self, headers: Callable[[], Mapping[str, str]]) -> None:
        self._headers = headers

    async def headers(self, call: Call) -> Mapping[str, str]:
        return self._headers()

    def refused(self, headers: Mapping[str, str]) -> bool:
        return False


def header(secret: Callable[[str], str], name: str, key: str, form: str = "{}") -> Fixed:
    """The secret `key` in the header `name`, written as `form` says ("Bearer {}")."""
    return Fixed(lambda: {name: form.format(secret(key))})


def basic(secret: Callable[[str], str], user: str, password: str) -> Fixed:
    """HTTP's own name and password, from two secrets."""
    return Fixed(lambda: {"Authorization": basic_value(secret(user), secret(password))})


def basic_value(user: str, password: str) -> str:
    """The value of an Authorization header of HTTP's Basic scheme."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

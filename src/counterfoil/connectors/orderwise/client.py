"""How OrderWise is spoken to: signing in, posting a document, running a stored query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from counterfoil.connectors.orderwise.answers import FAULTS
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import Auth, basic
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.connector import Opening
from counterfoil.values.errors import Misconfigured

T = TypeVar("T")
Row = Mapping[str, Any]

_TITLE = "OrderWise"
_COST = {"calls": 1.0}


class _Entry(msgspec.Struct, frozen=True):
    id: int
    name: str | None = None


class Client:
    """The calls of one connection; every answer has been judged by the table."""

    def __init__(self, opening: Opening, profile: Profile) -> None:
        self._profile = profile
        self._api = Api(opening, _TITLE, _auth(opening, profile), FAULTS, Usage(_COST))

    async def post(self, path: str, body: bytes, shape: type[T]) -> T:
        """Post a document and return the answer in `shape`.

        Raises `Settle` where the document may have landed, and the kinds of the table.
        """
        return await self._api.ask(self._api.call("POST", path, writes=True), shape, body)

    async def run(self, definition: int, parameters: Mapping[str, str]) -> list[Row]:
        """The rows of an export definition, which reads and changes nothing."""
        path = self._profile.definition_path.replace("{id}", str(definition))
        named = [{"name": name, "value": text} for name, text in parameters.items()]
        call = self._api.call("POST", path, writes=False)
        rows = await self._api.ask(call, list[dict[str, Any]], msgspec.json.encode(named), empty=[])
        return [*rows]

    async def value_list(self, number: int) -> dict[int, str]:
        """The entries of a value list: id to name."""
        path = self._profile.value_list_path.replace("{id}", str(number))
        entries = await self._api.ask(self._api.call("GET", path, writes=False), list[_Entry])
        return {entry.id: entry.name or "" for entry in entries}


def _auth(opening: Opening, profile: Profile) -> Auth:
    password = basic(opening.secret, "user", "password")
    if profile.auth == "basic":
        return password
    login = Api(opening, _TITLE, password, FAULTS, Usage(_COST))

    async def ask() -> Grant:
        call = login.call("GET", profile.token_path, writes=False)
        token = _token(await login.ask(call, object), opening.name)
        return Grant(token, 60.0 * profile.token_ttl_minutes)

    return Granted(ask, opening.clock)


def _token(answered: object, where: str) -> str:
    """The token: instances answer the bare text, some clients also know an object around it."""
    if isinstance(answered, dict) and "token" in answered:
        answered = cast("dict[str, object]", answered)["token"]
    if not isinstance(answered, str) or not answered.isascii() or not answered.isprintable():
        answered = ""
    if not answered:
        raise Misconfigured(
            "OrderWise answered the sign-in with something that is no token.",
            do="Check the setting token_path against the instance's own API pages.",
            where=where,
        )
    return answered

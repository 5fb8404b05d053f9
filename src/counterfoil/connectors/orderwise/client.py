"""How OrderWise is spoken to: signing in, posting a document, running a stored query."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from counterfoil.connectors.orderwise.answers import Call, content
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import Opening
from counterfoil.kit.transport import Answer, recording
from counterfoil.values.errors import Misconfigured
from counterfoil.values.strike import strike

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}

T = TypeVar("T")


class _Entry(msgspec.Struct, frozen=True):
    id: int
    name: str | None = None


class Client:
    """The calls of one connection; every answer has been judged by the table in `answers.py`."""

    def __init__(self, opening: Opening, profile: Profile) -> None:
        self._opening = opening
        self._profile = profile
        self._token = ""
        self._dies_s = 0.0
        self._door = asyncio.Lock()

    async def post(self, path: str, body: bytes, shape: type[T]) -> T:
        """Post a document and return the answer in `shape`.

        Raises `Settle` where the document may have landed, and the kinds of the table.
        """
        call = self._call("POST", path, writes=True)
        return content(await self._signed(call, body), shape, call)

    async def run(self, definition: int, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows of an export definition, which reads and changes nothing."""
        path = self._profile.definition_path.replace("{id}", str(definition))
        body = msgspec.json.encode(
            [{"name": name, "value": text} for name, text in parameters.items()]
        )
        call = self._call("POST", path, writes=False)
        answer = await self._signed(call, body)
        return [] if answer.status == 204 else content(answer, list[dict[str, Any]], call)

    async def value_list(self, number: int) -> dict[int, str]:
        """The entries of a value list: id to name."""
        path = self._profile.value_list_path.replace("{id}", str(number))
        call = self._call("GET", path, writes=False)
        entries = content(await self._signed(call), list[_Entry], call)
        return {entry.id: entry.name or "" for entry in entries}

    def _call(self, method: str, path: str, *, writes: bool) -> Call:
        return Call(self._opening.name, method, path, writes, self._opening.clock.now())

    async def _signed(self, call: Call, body: bytes = b"") -> Answer:
        signature = await self._signature()
        answer = await self._send(call, signature, body)
        if answer.status == 401 and self._profile.auth == "token":
            # Not signed in, so nothing was done: the same call may be made with a new token.
            answer = await self._send(call, await self._signature(signature), body)
        return answer

    async def _send(self, call: Call, signature: str, body: bytes = b"") -> Answer:
        return await self._opening.transport.call(
            call.method,
            call.path,
            writes=call.writes,
            cost={"calls": 1.0},
            headers={**_JSON, "Authorization": signature},
            body=body,
        )

    async def _signature(self, dead: str = "") -> str:
        """The Authorization of a call; of many that find it `dead`, one signs in again."""
        if self._profile.auth == "basic":
            return self._basic()
        async with self._door:
            now_s = self._opening.clock.monotonic()
            if self._token in ("", dead) or now_s >= self._dies_s:
                self._token = f"Bearer {await self._sign_in()}"
                self._dies_s = now_s + 60.0 * self._profile.token_ttl_minutes
            return self._token

    async def _sign_in(self) -> str:
        call = self._call("GET", self._profile.token_path, writes=False)
        with recording():  # a tape of its own, let go at once: a token is never evidence
            answer = await self._send(call, self._basic())
        strike("C15")
        return _token(content(answer, object, call), call)

    def _basic(self) -> str:
        pair = f"{self._opening.secret('user')}:{self._opening.secret('password')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def _token(answered: Any, call: Call) -> str:
    """The token: instances answer the bare text, some clients also know an object around it."""
    found: object = answered["token"] if _wrapped(answered) else answered
    if not isinstance(found, str) or not found.isascii() or not found.isprintable() or not found:
        raise Misconfigured(
            "OrderWise answered the sign-in with something that is no token.",
            do="Check the setting token_path against the instance's own API pages.",
            where=call.where,
        )
    return found


def _wrapped(answered: Any) -> bool:
    return type(answered) is dict and "token" in answered

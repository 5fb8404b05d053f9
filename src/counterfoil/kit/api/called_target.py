"""A target that takes a document by one call, and shows it by stored queries, often by two.

What is called is composed whole: a site may say itself where its calls go, and how.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from counterfoil.kit.api.readback import text
from counterfoil.kit.connector import Field, Intent, Kind, Seen, Written
from counterfoil.mapping.losses import Loss
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle

Make = Callable[[str, str, bytes], Awaitable[Mapping[str, object]]]
"""Makes a call (method, path, body): the members of its answer."""


class Call(msgspec.Struct, frozen=True):
    """A payload: by what method it goes where; `identity` is that of what it changes."""

    method: str
    path: str
    body: dict[str, object]
    identity: str = ""

    def intent(
        self, reference: str, expect: Mapping[str, Field], kinds: Mapping[str, Kind],
        losses: Sequence[Loss] = (),
    ) -> Intent:  # fmt: skip
        """The intent that makes this call."""
        return Intent(reference, msgspec.json.encode(self), expect, tuple(losses), kinds)


class Shown(Protocol):
    """How documents are seen (`kit/api/heads.py`)."""

    async def read(self, references: Sequence[str], /) -> Mapping[str, Sequence[Seen]]:
        """Every document under each reference."""
        ...


class CalledTarget:
    """Writes by `call` (method, path, body), and reads back as it `shows`; the members `id` and
    `number` of an answer say what the system `title` calls the document."""

    def __init__(
        self,
        call: Make,
        shows: Shown,
        names: tuple[str, str],
        title: str,
        where: str,
    ) -> None:
        self._make = call
        self._shows = shows
        self._id, self._number = names
        self._title = title
        self._where = where

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Make one call. Raises `Settle` where it may have landed without saying so."""
        (intent,) = intents
        call = msgspec.json.decode(intent.payload, type=Call)
        try:
            answer = await self._make(call.method, call.path, msgspec.json.encode(call.body))
        except (Hold, Refuse) as error:
            return [error]
        identity = call.identity or text(answer.get(self._id))
        if identity:
            return [Written(identity, text(answer.get(self._number)) or identity)]
        raise Settle(
            f"{self._title} took {intent.reference} and did not say what it calls it.",
            do="It is looked up before anything is sent again.",
            where=self._where,
        )

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every document under each reference."""
        return await self._shows.read(references)

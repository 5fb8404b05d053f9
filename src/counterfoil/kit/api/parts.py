"""A write of a head and its rows by calls of their own: what is certain when one of them fails.

Before the first call has landed nothing is there; after it a part is, and perhaps all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from counterfoil.kit.connector import Answer, Partly, Written
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle

Look = Callable[[], Awaitable[bool]]
Write = Callable[[], Awaitable[None]]


class Saved(msgspec.Struct, frozen=True):
    """What became of rows that were sent: those that were refused, how many nobody told of, and
    what was said beside them."""

    refused: Sequence[str]
    untold: int
    detail: str


class Parts(msgspec.Struct, frozen=True):
    """The writes of one connection (`where`) to the system `title`, each repeated as a whole; a row
    that is refused is a hold with `code`."""

    title: str
    code: str
    where: str

    async def landed(self, key: str, table: str, saved: Saved, look: Look | None = None) -> None:
        """Raise `Hold` where a row was refused, `Settle` where nothing was told of one: unless
        `look` finds that all of them are there."""
        if saved.refused:
            raise Hold(
                f"{self.title} refused {', '.join(saved.refused)} of {table!r}:"
                f" {saved.detail or 'it gives no reason'}.",
                do="Correct the cause there or at the source, then send the held record again.",
                where=self.where,
                code=self.code,
            )
        if saved.untold and not (look is not None and await _proven(look)):
            raise self._unsure(key, f"{self.title} did not say what became of {saved.untold} rows.")

    async def written(self, key: str, first: Write, *further: Write, there: Look) -> Answer:
        """The answer to a document whose reference is its identity, when `first` and then the
        `further` calls are made; `there` looks whether anything is under the reference. Raises
        `Settle` where one of the `further` calls did not say no."""
        try:
            await first()
        except (Hold, Refuse) as error:
            return await self._refused(key, error, there)
        try:
            for call in further:
                await call()
        except (Hold, Refuse) as error:
            return Partly(key, error, key)
        except CounterfoilError as error:  # the head is there: nobody may think that nothing is
            raise self._unsure(key, error.said) from error
        return Written(key, key)

    async def _refused(self, key: str, error: Hold | Refuse, there: Look) -> Answer:
        """A refusal tells nothing of what an earlier try without an answer has left there."""
        try:
            landed = await there()
        except CounterfoilError as unknown:
            raise self._unsure(key, error.said) from unknown
        return Partly(key, error, key) if landed else error

    async def alone(self, key: str, call: Write) -> Answer:
        """The answer to one call about what is there."""
        try:
            await call()
        except (Hold, Refuse) as error:
            return error
        return Written(key, key)

    def _unsure(self, key: str, why: str) -> Settle:
        sentence = f"Of document {key} a part is in {self.title}, and perhaps all of it: {why}"
        return Settle(sentence, do="It is sent again under its number by itself.", where=self.where)


async def _proven(look: Look) -> bool:
    try:
        return await look()
    except CounterfoilError:
        return False  # who cannot look does not know, and says so

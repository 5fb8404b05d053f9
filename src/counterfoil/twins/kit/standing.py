"""What every twin does in the same way: its faults, what it does by itself, its books, its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.courier import Courier
from counterfoil.twins.kit.faults import Fault, Faults, Weather
from counterfoil.twins.kit.trade import Agenda, Background, Work
from counterfoil.twins.kit.twin import Ground

Book = Callable[[int], Iterator[Entry]]
"""Every document beyond a key, the oldest first."""


class Standing:
    """A vendor's class has its `app`, fills in what it has of the rest, and tells its `report`.

    `_fates` are what befalls documents beside the faults of calls, `_works` what the twin does by
    itself, `_courier` who carries its messages, `_books` what it holds by word.
    """

    def __init__(self, ground: Ground, weather: Weather, catalogue: Mapping[str, Fault]) -> None:
        memory, faults = ground.memory, weather.catalogue
        self._memory, self._clock = memory, ground.clock
        self.faults = Faults(
            catalogue if faults is None else faults, weather.day, ground.chance, memory
        )
        self._fates: Sequence[Faults] = ()
        self._works: Sequence[Work] = ()
        self._courier: Courier | None = None
        self._books: Mapping[str, Book] = {}

    @property
    def _pending(self) -> int:
        """How many turns are to come, of what befalls documents one after the other."""
        return sum(work.pending for work in self._works if isinstance(work, Agenda))

    @cached_property
    def _background(self) -> Background:
        return Background(self._clock, self._works, self._courier)

    async def run(self) -> None:
        """Do what is due, and tell of it, until cancelled; or nothing at all."""
        if self._works or self._courier is not None:
            await self._background.run()
        await asyncio.Event().wait()

    def catch_up(self) -> bool:
        """Do a batch of what is due inside; False where there was nothing."""
        return self._background.catch_up()

    def wake(self) -> None:
        """Look again now: something was added from outside."""
        self._background.wake()

    def calm(self) -> None:
        """No fault strikes from now on, and nothing befalls documents."""
        for faults in (self.faults, *self._fates):
            faults.stop()

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        """Every document of that word that it holds beyond the key `after`, the oldest first."""
        return self._books[word](after) if word in self._books else iter(())

    def close(self) -> None:
        """Let the file go."""
        self._memory.close()

"""A twin that is written to: what goes wrong there, what befalls its documents, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.courier import Courier, Send
from counterfoil.twins.kit.faults import Fault, Faults, Weather
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.trade import Agenda, Background
from counterfoil.twins.kit.twin import Ground, Report, own
from counterfoil.twins.kit.webhooks import Dialect, Webhooks


class Post(NamedTuple):
    """How messages leave: who carries them, how they look, and how long things take."""

    send: Send
    dialect: Dialect
    pace: Pace


class Receiving:
    """What such twins have in common; a vendor's class has its `app` and says what it does by
    itself. What `weather` has `besides` is what befalls documents."""

    def __init__(
        self, ground: Ground, weather: Weather, catalogue: Mapping[str, Fault], post: Post
    ) -> None:
        memory, chance = ground.memory, ground.chance
        faults = catalogue if weather.catalogue is None else weather.catalogue
        self.faults = Faults(faults, weather.day, chance, memory)
        self._ground = ground
        self._memory = memory
        self._fate = Faults(weather.besides, weather.day, own(chance), memory, "life:")
        self._webhooks = Webhooks(memory, self.faults, post.pace, post.dialect, own(chance))
        self._courier = Courier(self._webhooks, self.faults, post.pace, ground.clock, post.send)
        self._works: Sequence[Agenda] = ()

    async def run(self) -> None:
        """Do what is due, and tell of it, until cancelled."""
        await Background(self._ground.clock, self._works, self._courier).run()

    def count(self, currency: Callable[[object], str]) -> Report:
        """The twin's own count of what landed, and of what will still befall documents."""
        count = landed(self._memory, currency, self.faults.reached(), self._fate.reached())
        pending = sum(work.pending for work in self._works)
        return msgspec.structs.replace(count, pending=pending)

    def calm(self) -> None:
        """No fault strikes from now on, and nothing befalls documents."""
        self.faults.stop()
        self._fate.stop()

    def close(self) -> None:
        """Let the file go."""
        self._memory.close()

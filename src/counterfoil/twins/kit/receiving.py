"""A twin that is written to: what goes wrong there, what befalls its documents, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.courier import Courier, Send
from counterfoil.twins.kit.faults import Fault, Faults, Weather
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.standing import Standing
from counterfoil.twins.kit.twin import Ground, Report, own
from counterfoil.twins.kit.webhooks import Dialect, Webhooks


class Post(NamedTuple):
    """How messages leave: who carries them, how they look, and how long things take."""

    send: Send
    dialect: Dialect
    pace: Pace


class Receiving(Standing):
    """What such twins have in common; a vendor's class has its `app` and says what it does by
    itself. What `weather` has `besides` is what befalls documents."""

    def __init__(
        self, ground: Ground, weather: Weather, catalogue: Mapping[str, Fault], post: Post
    ) -> None:
        super().__init__(ground, weather, catalogue)
        memory, chance = ground.memory, ground.chance
        self._fate = Faults(weather.besides, weather.day, own(chance), memory, "life:")
        self._webhooks = Webhooks(memory, self.faults, post.pace, post.dialect, own(chance))
        self._courier = Courier(self._webhooks, self.faults, post.pace, ground.clock, post.send)
        self._fates = (self._fate,)

    def count(self, currency: Callable[[object], str]) -> Report:
        """The twin's own count of what landed, and of what will still befall documents."""
        count = landed(self._memory, currency, self.faults.reached(), self._fate.reached())
        return msgspec.structs.replace(count, pending=self._pending)

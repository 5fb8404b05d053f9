"""Faults on command, drawn by a seed, each counted where it really happened.

A fault that was configured is not a fault that happened: `reached` tells which did. The faults
that vendors share are named here once; a vendor adds its own.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec

from counterfoil.twins.kit.memory import Memory

Between = tuple[float, float]
"""The shortest and the longest of a duration in seconds."""


class Fault(msgspec.Struct, frozen=True):
    """One way in which a vendor misbehaves: how often, in each profile, and in plain words.

    `normal` and `hostile` are probabilities at each opportunity (0 to 1).
    """

    text: str
    normal: float
    hostile: float


NEVER: Final = Fault("It never happens here.", 0.0, 0.0)
NONE: Final[Mapping[str, Fault]] = {}
"""Nothing beyond the vendor's own catalogue."""


class Weather(msgspec.Struct, frozen=True):
    """What a twin's day is like: by `day` ("none", "normal" or "hostile") which of a fault's rates
    holds. `catalogue`: the vendor's faults at other rates; None for its own. `besides`: what else
    befalls documents, and how often; nothing by itself."""

    day: str = "none"
    catalogue: Mapping[str, Fault] | None = None
    besides: Mapping[str, Fault] = NONE


class Faults:
    """The faults of one twin in one run; which of them happened is remembered beyond a restart.

    Under a profile other than "none" each fault strikes for the first time within its first
    `soon` opportunities, so that a short run reaches it too; afterwards at its own rate. `counter`
    is what their counters in `memory` begin with.
    """

    def __init__(
        self,
        catalogue: Mapping[str, Fault],
        day: str,
        chance: random.Random,
        memory: Memory,
        counter: str = "fault:",
        soon: int = 25,
    ) -> None:
        self.catalogue = catalogue
        self.rates = {
            name: 0.0 if day == "none" else getattr(fault, day) for name, fault in catalogue.items()
        }
        self._memory = memory
        self._counter = counter
        self._chance = chance
        self._opportunities: Counter[str] = Counter()
        self._first = {name: chance.randrange(soon) for name in catalogue}
        self.calm = bool(self._memory.fact("calm", 0))

    def strikes(self, name: str) -> bool:
        """Whether the fault happens now; a True is counted as reached, so it must happen."""
        drawn = self.drawn(name)
        if drawn:
            self.happened(name)
        return drawn

    def drawn(self, name: str) -> bool:
        """Whether the fault lies in wait from now on; `happened` counts it if anyone meets it."""
        rate = self.rates[name]
        turn = self._opportunities[name]
        self._opportunities[name] = turn + 1
        if self.calm or not rate:
            return False
        return turn == self._first[name] or self._chance.random() < rate

    def happened(self, name: str) -> None:
        """Count a fault as reached."""
        self._memory.count(self._counter + name)

    def draw(self, between: Between) -> float:
        """A duration in seconds, drawn by the seed."""
        return self._chance.uniform(*between)

    def pick(self, *numbers: int) -> int:
        """One of several numbers, such as HTTP statuses."""
        return numbers[int(self.draw((0, len(numbers)))) % len(numbers)]

    def stop(self) -> None:
        """No more faults from now on, also after a restart."""
        self.calm = True
        self._memory.learn("calm", 1)

    def reached(self) -> dict[str, int]:
        """How often each fault has happened."""
        happened = self._memory.counts(self._counter)
        return {name: happened.get(name, 0) for name in self.catalogue}


_COMMON: Final = {
    # Calls.
    "server_error": Fault("A read was answered 500, 502 or 503.", 0.002, 0.015),
    "read_timeout": Fault("A read was held open until the caller gave up.", 0.001, 0.008),
    "reset": Fault("The connection was closed in the middle of an answer.", 0.001, 0.01),
    "html_error_page": Fault(
        "A read was answered 200 with a page for people instead of data.", 0.001, 0.01
    ),
    "empty_page": Fault("A read was answered 200 with no body at all.", 0.001, 0.01),
    "cursor_expired": Fault(
        "A cursor in the middle of a listing was no longer accepted.", 0.002, 0.02
    ),
    "search_lag": Fault(
        "A change reached the search index only seconds after it was made.", 0.005, 0.03
    ),
    "html_page": Fault("A sign-in page came in place of an answer.", 0.001, 0.01),
    "server_error_before": Fault("{vendor} failed before it took an order.", 0.001, 0.01),
    "timeout_before": Fault("{vendor} never answered, and nothing had landed.", 0.001, 0.01),
    "timeout_after": Fault("An order landed at {vendor}, and no answer came.", 0.001, 0.01),
    "reset_after": Fault("An order landed, and its answer was cut short.", 0.001, 0.01),
    "server_error_after": Fault(
        "An order landed, and {vendor} said that it had failed.", 0.001, 0.01
    ),
    "too_many": Fault("A stranger used up the calls of the same account.", 0.002, 0.01),
    "token_expired": Fault("{vendor} forgot a token before its time.", 0.001, 0.01),
    "read_lag": Fault("A landed order could not be read back for a while.", 0.002, 0.01),
    "record_locked": Fault("Somebody had the record open.", 0.001, 0.01),
    "slow": Fault("{vendor} took its time.", 0.002, 0.01),
    # Messages.
    "webhook_duplicate": Fault("A webhook came twice.", 0.005, 0.03),
    "webhook_lost": Fault("A webhook was never sent.", 0.002, 0.02),
    "webhook_late": Fault("A webhook came late.", 0.005, 0.03),
    "webhook_reordered": Fault(
        "The news of a change came before the news of the order.", 0.005, 0.02
    ),
    "webhook_forged": Fault(
        "A stranger posted an order with a signature that is not right.", 0.001, 0.02
    ),
    "webhook_replayed": Fault(
        "A stranger posted an old, rightly signed message again under a new delivery number.",
        0.001,
        0.02,
    ),
    "edited_later": Fault("The shop edited an order seconds after it was placed.", 0.01, 0.03),
}


def common(vendor: str, *names: str) -> dict[str, Fault]:
    """Faults that vendors share, by name, told of this one."""
    faults = {name: _COMMON[name] for name in names}
    return {
        name: Fault(fault.text.replace("{vendor}", vendor), fault.normal, fault.hostile)
        for name, fault in faults.items()
    }


def life_of(package: str) -> dict[str, Fault]:
    """What befalls documents by itself, as the `life.toml` of a package tells it: by name its text,
    and how often it happens on a `hostile` day (on a normal one never)."""
    tables = tomllib.loads((files(package) / "life.toml").read_text("utf-8"))
    return {name: Fault(told["text"], 0.0, told["hostile"]) for name, told in tables.items()}


MESSAGES: Final = (
    "webhook_duplicate",
    "webhook_lost",
    "webhook_late",
    "webhook_reordered",
    "webhook_forged",
    "webhook_replayed",
)
"""The faults of messages, which `webhooks.py` and `courier.py` know by these names."""

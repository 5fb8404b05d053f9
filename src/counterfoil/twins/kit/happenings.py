"""What becomes of documents that a sale begins: they are placed, finished, changed, and told of.

A vendor says only what a document is at first, what each event makes of it, and what the news is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.shelf import Shelf
from counterfoil.twins.kit.trade import Agenda, Plan, Sales, Turn
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.webhooks import Webhooks
from counterfoil.twins.world import Sale


class Changing(Protocol):
    """A state of a document: its number, and when it was changed (seconds since 1970)."""

    @property
    def id(self) -> int: ...

    @property
    def modified_s(self) -> int: ...


K = TypeVar("K", bound=Changing)


class News(NamedTuple):
    """One message: its topic, and what its body is at a moment (seconds since 1970)."""

    topic: str
    body: Callable[[int], bytes]


class Script(Protocol[K]):
    """What a vendor says of its documents."""

    @property
    def events(self) -> Mapping[str, Callable[[K, int], K]]:
        """By its name what each event makes of a document at a moment (seconds since 1970)."""
        ...

    def begun(self, sale: Sale, now_s: int) -> K:
        """The document that a sale begins, saved."""
        ...

    def finishes(self, state: K, /) -> str:
        """The event by which a document that was just begun goes on by itself; "" for none."""
        ...

    def created(self, state: K, /) -> News:
        """The news that there is a document."""
        ...

    def changed(self, before: K, state: K, /) -> Iterable[News]:
        """The news of a change, the last of them that of any change."""
        ...

    def entry(self, state: K, /) -> Entry:
        """A document as whoever checks reads it."""
        ...


class Days(NamedTuple):
    """What goes wrong, and what befalls documents by itself."""

    faults: Faults
    fate: Faults


class Happenings(Generic[K]):
    """What becomes of documents; `days.fate` draws what befalls them after they were placed."""

    def __init__(
        self,
        ground: Ground,
        pace: Pace,
        script: Script[K],
        shelf: Shelf[K],
        webhooks: Webhooks,
        days: Days,
    ) -> None:
        self._memory = ground.memory
        self._clock = ground.clock
        self._pace = pace
        self._script = script
        self._shelf = shelf
        self._webhooks = webhooks
        self._faults, self._fate = days
        self.lag = Lag(days.faults, "search_lag", ground.clock, pace.lag_s)
        self.plan = Plan(ground.memory)
        self.sales = Sales(self.plan, ground.memory, ground.clock, self.place)
        self.turns = Agenda("life", ground.memory, ground.clock, self._befall)

    def place(self, sale: Sale) -> int:
        """A sale begins: its document exists, and its news is promised. Its number."""
        now_s, pace, script = unix_s(self._clock.now()), self._pace, self._script
        with self._memory.transaction():
            state = script.begun(sale, int(now_s))
            self.lag.landed(state.id)
            late_s = 0.0
            if self._faults.strikes("webhook_reordered"):
                *_, last = script.changed(state, state)
                self._tell(last)
                late_s = self._faults.draw(pace.attack_s)
            self._tell(script.created(state), late_s)
            if finish := script.finishes(state):
                self.turns.add(state.id, finish, now_s + self._faults.draw(pace.edit_s))
            if self._faults.strikes("edited_later"):
                edited_s = now_s + pace.edit_s[1] + self._faults.draw(pace.edit_s)
                self.turns.add(state.id, "edited", edited_s)
            for name in self._fate.catalogue:
                if self._fate.drawn(name):
                    due_s = now_s + pace.edit_s[1] + self._fate.draw(pace.life_s)
                    self.turns.add(state.id, name, due_s)
        return state.id

    def change(self, key: int, change: Callable[[K, int], K]) -> K | None:
        """Let something befall a document, and promise its news; None where nothing is new."""
        now_s = int(unix_s(self._clock.now()))
        with self._memory.transaction():
            before = self._shelf.get(key)
            changed = change(before, now_s) if before is not None else None
            if before is None or changed is None or changed == before:
                return None
            moment_s = max(now_s, before.modified_s)
            state = self._shelf.save(msgspec.structs.replace(changed, modified_s=moment_s))  # type: ignore[type-var]
            self.lag.landed(state.id)
            for news in self._script.changed(before, state):
                self._tell(news)
        return state

    def _befall(self, turn: Turn) -> None:
        changed = self.change(turn.document, self._script.events[turn.name])
        if changed is not None and turn.name in self._fate.catalogue:
            self._fate.happened(turn.name)

    def _tell(self, news: News, late_s: float = 0.0) -> None:
        now = self._clock.now()
        body = news.body(now.timestamp())
        self._webhooks.promise(news.topic, lambda: body, now, late_s)

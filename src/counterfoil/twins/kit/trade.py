"""What happens at a vendor by itself: the sales to come, what befalls documents, and the loop that
does each when its moment has come, and delivers the messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import msgspec

from counterfoil.twins.kit.courier import Courier
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.world import Sale
from counterfoil.values.clock import Clock

_LONGEST_REST_S: Final = 1.0  # then it looks again, whoever forgot to wake it
_BATCH: Final = 200


class Work(Protocol):
    """Something that happens by itself."""

    def advance(self) -> bool:
        """Do a batch of what is due; False where there was nothing."""
        ...

    def next_s(self) -> float | None:
        """When the next of it is due (seconds since 1970), or None."""
        ...


class Plan:
    """The trade to come; each sale happens exactly once. Trade begins when the twin first runs,
    and goes on after a restart as if it had never stopped."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._read = msgspec.msgpack.Decoder(Sale)
        self._write = msgspec.msgpack.Encoder()

    def load(self, sales: Iterable[Sale]) -> int:
        """Remember the trade to come; the answer is how many sales are planned in all.

        A plan that is there already is kept: the twin was killed and has come back.
        """
        if not self._memory.number("select exists (select 1 from plan)"):
            with self._memory.transaction():
                self._memory.run_many(
                    "insert into plan (at_s, sale) values (?, ?)",
                    ((sale.at_s, self._write.encode(sale)) for sale in sales),
                )
        return self.planned

    def add(self, sales: Iterable[tuple[Sale, float]], now_s: float) -> None:
        """Plan further sales of a twin that may be open already, each at its moment (seconds since
        1970)."""
        with self._memory.transaction():
            opened_s = self.opened_s(now_s)
            self._memory.run_many(
                "insert into plan (at_s, sale) values (?, ?)",
                [(moment - opened_s, self._write.encode(sale)) for sale, moment in sales],
            )

    @property
    def planned(self) -> int:
        """How many sales the plan has, placed or not."""
        return int(self._memory.number("select count(*) from plan"))

    def due(self, elapsed_s: float, most: int = _BATCH) -> list[Sale]:
        """The next sales whose moment has come, marked as placed.

        Call it in the transaction that places them, so that none is placed twice or not at all.
        """
        with self._memory.transaction():
            rows = self._memory.rows(
                "select seq, sale from plan where placed = 0 and at_s <= ? "
                "order by at_s, seq limit ?",
                elapsed_s,
                most,
            )
            self._memory.run_many(
                "update plan set placed = 1 where seq = ?", ((seq,) for seq, _ in rows)
            )
        return [self._read.decode(blob(sale)) for _, sale in rows]

    def next_at_s(self) -> float | None:
        """When the next sale comes, in seconds of trade; None when all are placed."""
        row = self._memory.row("select at_s from plan where placed = 0 order by at_s, seq limit 1")
        return number(row[0]) if row else None

    def opened_s(self, now_s: float) -> float:
        """When trade began (seconds since 1970): now, where it had not."""
        return self._memory.fact("opened", now_s)


class Sales:
    """The plan at work: each sale is placed when its moment has come."""

    def __init__(
        self, plan: Plan, memory: Memory, clock: Clock, place: Callable[[Sale], object]
    ) -> None:
        self._plan = plan
        self._memory = memory
        self._clock = clock
        self._place = place

    def advance(self) -> bool:
        """Place a batch of the sales whose moment has come."""
        now_s = unix_s(self._clock.now())
        return self.place_due(now_s - self._plan.opened_s(now_s))

    def place_due(self, elapsed_s: float) -> bool:
        """Place a batch of the sales of the first seconds of trade; False where there was none."""
        with self._memory.transaction():
            sales = self._plan.due(elapsed_s)
            for sale in sales:
                self._place(sale)
        return bool(sales)

    def next_s(self) -> float | None:
        """When the next sale comes (seconds since 1970)."""
        at_s = self._plan.next_at_s()
        return None if at_s is None else self._plan.opened_s(unix_s(self._clock.now())) + at_s


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """Something that will befall a document: the event of that name is at `stage`, and about so
    many `units` of the line `at`."""

    id: int
    document: int
    name: str
    stage: int
    at: int
    units: int


class Agenda:
    """What will befall documents; `take` lets a turn happen and says when its next stage comes
    (seconds since 1970), None where it has none. A twin may have several, each with its `name`."""

    def __init__(
        self, name: str, memory: Memory, clock: Clock, take: Callable[[Turn], float | None]
    ) -> None:
        self._name = name
        self._memory = memory
        self._clock = clock
        self._take = take

    def add(self, document: int, name: str, due_s: float, *, at: int = 0, units: int = 0) -> None:
        """Something will befall the document then."""
        self._memory.run(
            "insert into turns (agenda, document, name, stage, at, units, due_s) "
            "values (?, ?, ?, 0, ?, ?, ?)",
            *(self._name, document, name, at, units, due_s),
        )

    def advance(self) -> bool:
        """Let what is due befall its documents; False where there was nothing."""
        with self._memory.transaction():
            rows = self._memory.rows(
                "select id, document, name, stage, at, units from turns "
                "where agenda = ? and due_s <= ? order by due_s, id",
                self._name,
                unix_s(self._clock.now()),
            )
            for turn in msgspec.convert(rows, list[Turn]):
                self._move(turn, self._take(turn))
        return bool(rows)

    def next_s(self) -> float | None:
        """When something befalls a document next (seconds since 1970), or None."""
        row = self._memory.row(
            "select due_s from turns where agenda = ? order by due_s limit 1", self._name
        )
        return number(row[0]) if row else None

    @property
    def pending(self) -> int:
        """How many turns are to come."""
        return int(self._memory.number("select count(*) from turns where agenda = ?", self._name))

    def _move(self, turn: Turn, again_s: float | None) -> None:
        if again_s is None:
            self._memory.run("delete from turns where id = ?", turn.id)
        else:
            self._memory.run(
                "update turns set stage = stage + 1, due_s = ? where id = ?", again_s, turn.id
            )


class Background:
    """The loop of a twin: its works in turn, and its messages where it sends any."""

    def __init__(self, clock: Clock, works: Sequence[Work], courier: Courier | None = None) -> None:
        self._clock = clock
        self._works = works
        self._courier = courier
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                busy = self.catch_up()
                if self._courier is not None:
                    self._courier.deliver(tasks, self.wake)
                await self._rest(0.0 if busy else self._idle_s())

    def catch_up(self) -> bool:
        """Do a batch of what is due inside; False where there was nothing."""
        busy = [work.advance() for work in self._works]
        return any(busy)

    def wake(self) -> None:
        """Look again now: something was added from outside."""
        self._wake.set()

    def _idle_s(self) -> float:
        moments = [work.next_s() for work in self._works]
        if self._courier is not None:
            moments.append(self._courier.next_s())
        soonest_s = min((moment for moment in moments if moment is not None), default=None)
        if soonest_s is None:
            return _LONGEST_REST_S
        # Milliseconds are all that the clock is asked for, so less than one is not waited for.
        return min(max(soonest_s - unix_s(self._clock.now()), 0.001), _LONGEST_REST_S)

    async def _rest(self, seconds: float) -> None:
        """Wait for a moment, or for something that cannot wait."""
        if not seconds:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.create_task(self._clock.sleep(seconds))
        waker = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait((sleeper, waker), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waker.cancel()

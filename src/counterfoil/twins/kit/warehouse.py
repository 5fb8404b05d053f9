"""What becomes of orders in a warehouse, neutral and remembered: picked, short, sent in parts.

Stock moves with it: what is promised is allocated, what leaves is on hand no more. Where goods that
were sent turn out not to have left, their despatch is void and they are sent again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.faults import Fault, Faults
from counterfoil.twins.kit.memory import number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.trade import Agenda, Turn
from counterfoil.twins.kit.twin import Ground

PIECE: Final = 1000
"""One piece, in the thousandths in which amounts are kept."""

DAY: Final[Mapping[str, Fault]] = {
    "short_picked": Fault("A piece was not where it should lie, and was not sent.", 0.02, 0.1),
    "sent_in_parts": Fault("An order left in two despatches.", 0.05, 0.2),
    "several_packages": Fault("A despatch left in two packages.", 0.05, 0.2),
    "tracked_late": Fault("A package left before it could be followed.", 0.1, 0.3),
    "despatch_void": Fault("A despatch had not left after all, and was made void.", 0.005, 0.03),
}
"""What befalls orders, as often as it does."""


class Picked(NamedTuple):
    """One line to be picked: pieces of an item."""

    line: str
    sku: str
    pieces: int


class Place(NamedTuple):
    """Where a warehouse is, and how its goods leave."""

    name: str = "Main"
    carrier: str = "Royal Mail"
    service: str = "RM-T48"


class Warehouse:
    """One warehouse; `tell` hears of each despatch that left, was made void or can be followed, and
    of each item that moved."""

    def __init__(
        self,
        ground: Ground,
        fate: Faults,
        pace: Pace,
        place: Place,
        tell: Callable[[str, str], None] = lambda topic, name: None,
    ) -> None:
        self._memory, self._clock = ground.memory, ground.clock
        self._fate = fate
        self._pace = pace
        self._place = place
        self._tell = tell
        ground.memory.lay(__package__ or "", "warehouse.sql")
        self.turns = Agenda("warehouse", ground.memory, ground.clock, self._take)

    # --- what is asked of it ---

    def promise(self, reference: str, picks: Iterable[Picked]) -> None:
        """Goods are to be picked for an order; told again, of lines that are not yet sent."""
        memory = self._memory
        with memory.transaction():
            memory.run(
                "insert or ignore into tasks (reference, status) values (?, 'New')", reference
            )
            task = self._task(reference)
            lines = self._memory.number("select count(*) from wanted where task = ?", task)
            for pick in picks:
                was = self._wanted(task, pick.line) or pick._replace(pieces=0)
                memory.run(
                    "insert into wanted (task, line, sku, wanted) values (?, ?, ?, ?)"
                    " on conflict do update set sku = excluded.sku, wanted = excluded.wanted",
                    *(task, pick.line, pick.sku, pick.pieces),
                )
                if was.sku != pick.sku:
                    self._allocate(was.sku, -was.pieces * PIECE, reference)
                    was = pick._replace(pieces=0)
                self._allocate(pick.sku, (pick.pieces - was.pieces) * PIECE, reference)
            if not lines:
                self.turns.add(task, "pick", self._later(self._pace.life_s))

    def takes(self, reference: str, pick: Picked) -> bool:
        """Whether an order's line may be as `pick` has it: once any of it was picked, or the order
        is done, it stays as it is."""
        task = self._task(reference)
        before = self._wanted(task, pick.line)
        sql = "select sent + short from wanted where task = ? and line = ?"
        picked = self._memory.number(sql, task, pick.line) or self._status(task) == "Despatched"
        return not picked or before == pick

    def cancel(self, reference: str) -> bool:
        """Pick nothing for an order; False where some of it has left."""
        task = self._task(reference)
        if self._memory.number("select sum(sent) from wanted where task = ?", task):
            return False
        self._end(task, "Cancelled")
        return True

    def despatch(self, reference: str, picks: Iterable[Picked], *, tracked: bool) -> int:
        """Goods leave for an order at once, as if a person saw to it; the number of the
        despatch."""
        picks = list(picks)
        with self._memory.transaction():
            self.promise(reference, picks)
            task = self._task(reference)
            self._memory.run("delete from turns where document = ? and name = 'pick'", task)
            key = self._pack(task, [picks])
            if tracked:
                self.track(key)
            self._end(task, "Despatched")
        return key

    def track(self, despatch: int) -> None:
        """The packages of a despatch can be followed from now on, unless it is void by then."""
        if self._memory.number("select void from despatches where id = ?", despatch):
            return
        now_s = int(unix_s(self._clock.now()))
        self._memory.run(
            "update packages set tracking = 'TT' || printf('%09d', id) || 'GB', tracked_s = ?"
            " where despatch = ?",
            *(now_s, despatch),
        )
        self._memory.run("update despatches set changed_s = ? where id = ?", now_s, despatch)
        self._tell("tracked", str(despatch))

    def void(self, despatch: int) -> None:
        """A despatch had not left after all: its goods are sent again."""
        task = int(self._memory.number("select task from despatches where id = ?", despatch))
        rows = self._memory.rows(
            "select line, sku, sum(pieces) from contents join packages on id = package"
            " where despatch = ? group by line, sku",
            despatch,
        )
        now_s = int(unix_s(self._clock.now()))
        self._memory.run(
            "update despatches set void = 1, changed_s = ? where id = ?", now_s, despatch
        )
        reference = self._reference(task)
        for line, sku, count in rows:
            pieces = int(number(count))
            self._memory.run(
                "update wanted set sent = sent - ? where task = ? and line = ?", pieces, task, line
            )
            amount = pieces * PIECE
            self._move(str(sku), amount, "Despatch void", reference, allocated=amount)
        self._memory.run("update tasks set status = 'New' where id = ?", task)
        self._tell("void", str(despatch))
        self.turns.add(task, "rest", self._later(self._pace.life_s))

    def receive(self, sku: str, amount: int, kind: str = "Pick") -> None:
        """An amount (thousandths; below nothing it is counted away) comes to lie in a bin of a
        kind."""
        self._memory.run(
            "insert into bins values (?, ?, ?, ?, ?)"
            " on conflict do update set quantity = quantity + excluded.quantity",
            *(sku, self._place.name, f"{kind}-{sku}", kind, amount),
        )
        aside = amount if kind != "Pick" else 0
        self._move(sku, amount, "Added through adjustment module", "", aside=aside)

    # --- what happens by itself ---

    def _take(self, turn: Turn) -> float | None:
        if turn.name in ("pick", "rest"):
            self._pick(turn.document, rest=turn.name == "rest")
        elif turn.name == "track":
            self.track(turn.document)
        else:
            self.void(turn.document)
        return None

    def _pick(self, task: int, *, rest: bool) -> None:
        rows = self._memory.rows(
            "select line, sku, wanted - sent - short from wanted where task = ? order by line", task
        )
        lines = [Picked(str(line), str(sku), int(number(count))) for line, sku, count in rows]
        lines = [line for line in lines if line.pieces > 0]
        if not lines or self._status(task) == "Cancelled":
            return
        if not rest and sum(line.pieces for line in lines) > 1:
            lines = self._short(task, lines)
        now, later = lines, list[Picked]()
        if not rest and sum(line.pieces for line in lines) > 1 and self._strikes("sent_in_parts"):
            now, later = _halves(lines)
        self._send(task, now)
        if later:
            self.turns.add(task, "rest", self._later(self._pace.life_s))
        else:
            self._end(task, "Despatched")

    def _short(self, task: int, lines: list[Picked]) -> list[Picked]:
        if not self._strikes("short_picked"):
            return lines
        first, *others = lines
        self._memory.run(
            "update wanted set short = short + 1 where task = ? and line = ?", task, first.line
        )
        picked = first._replace(pieces=first.pieces - 1)
        return [picked, *others] if picked.pieces else others

    def _send(self, task: int, lines: list[Picked]) -> None:
        parted = sum(line.pieces for line in lines) > 1 and self._strikes("several_packages")
        despatch = self._pack(task, [*_halves(lines)] if parted else [lines])
        if self._strikes("tracked_late"):
            self.turns.add(despatch, "track", self._later(self._pace.late_s))
        else:
            self.track(despatch)
        if self._strikes("despatch_void"):
            self.turns.add(despatch, "void", self._later(self._pace.late_s))

    def _pack(self, task: int, packages: list[list[Picked]]) -> int:
        now_s, place = int(unix_s(self._clock.now())), self._place
        despatch = self._memory.run(
            "insert into despatches (task, moved_s, changed_s, place) values (?, ?, ?, ?)",
            *(task, now_s, now_s, place.name),
        )
        for inside in packages:
            package = self._memory.run(
                "insert into packages (despatch, carrier, service) values (?, ?, ?)",
                *(despatch, place.carrier, place.service),
            )
            self._memory.run_many(
                "insert into contents values (?, ?, ?, ?)",
                [(package, line.line, line.sku, line.pieces) for line in inside],
            )
        reference = self._reference(task)
        for line in itertools.chain(*packages):
            self._memory.run(
                "update wanted set sent = sent + ? where task = ? and line = ?",
                *(line.pieces, task, line.line),
            )
            amount = -line.pieces * PIECE
            self._move(line.sku, amount, "Despatched", reference, allocated=amount)
        self._tell("despatched", str(despatch))
        return despatch

    def _end(self, task: int, status: str) -> None:
        """Nothing more is sent of an order: what was promised and not sent is free again."""
        rows = self._memory.rows(
            "select sku, wanted - sent from wanted where task = ? and wanted > sent", task
        )
        self._memory.run("update tasks set status = ? where id = ?", status, task)
        for sku, pieces in rows:
            self._allocate(str(sku), -int(number(pieces)) * PIECE, self._reference(task))

    # --- its stock ---

    def _allocate(self, sku: str, amount: int, reference: str) -> None:
        if amount:
            self._move(sku, 0, "Sales order allocation", reference, allocated=amount)

    def _move(
        self, sku: str, amount: int, reason: str, reference: str, *, allocated: int = 0,
        aside: int = 0,
    ) -> None:  # fmt: skip
        place, now_s = self._place.name, int(unix_s(self._clock.now()))
        self._memory.run(
            "insert into levels values (?, ?, ?, ?, ?) on conflict do update set"
            " on_hand = on_hand + excluded.on_hand, allocated = allocated + excluded.allocated,"
            " aside = aside + excluded.aside",
            *(sku, place, amount, allocated, aside),
        )
        self._memory.run(
            "insert into movements (sku, place, quantity, reason, reference, at_s)"
            " values (?, ?, ?, ?, ?, ?)",
            *(sku, place, amount, reason, reference, now_s),
        )
        if reason in ("Despatched", "Despatch void"):
            self._memory.run(
                "update bins set quantity = quantity + ? where rowid ="
                " (select rowid from bins where sku = ? and place = ? and kind = 'Pick' limit 1)",
                *(amount, sku, place),
            )
        self._tell("moved", sku)

    # --- what it holds, for whoever checks ---

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        """Every despatch beyond the number `after`, also those that are void, the oldest first; or
        every level, whose keys are in the sequence in which items first came."""
        if word == "fulfilment":
            yield from self._despatches(after)
        elif word == "stock":
            yield from self._levels(after)

    def _despatches(self, after: int) -> Iterator[Entry]:
        rows = self._memory.records(
            "select despatches.id as id, reference, moved_s, changed_s, void from despatches"
            " join tasks on tasks.id = task where despatches.id > ? order by despatches.id",
            (after,),
        )
        for row in rows:
            inside = self._memory.rows(
                "select sku, sum(pieces) from contents join packages on id = package"
                " where despatch = ? group by sku order by sku",
                row["id"],
            )
            numbers = self._memory.rows(
                "select tracking from packages where despatch = ? and tracking <> '' order by id",
                row["id"],
            )
            units = {str(sku): int(number(pieces)) for sku, pieces in inside}
            moved_s, changed_s = (int(number(row[name])) for name in ("moved_s", "changed_s"))
            yield Entry(
                *(str(row["id"]), str(row["reference"]), moved_s, changed_s),
                Measure(sum(units.values()), ""),
                {
                    "units": units,
                    "tracking": tuple(str(text) for (text,) in numbers),
                    "void": bool(row["void"]),
                },
            )

    def _levels(self, after: int) -> Iterator[Entry]:
        rows = self._memory.records(
            "select rowid as id, * from levels where rowid > ? order by rowid", (after,)
        )
        for row in rows:
            amounts = {name: int(number(row[name])) for name in ("on_hand", "allocated", "aside")}
            free = amounts["on_hand"] - amounts["allocated"] - amounts["aside"]
            name = f"{row['sku']}@{row['place']}"
            yield Entry(str(row["id"]), name, 0, 0, Measure(max(0, free // PIECE), ""), amounts)

    def _wanted(self, task: int, line: str) -> Picked | None:
        row = self._memory.row(
            "select line, sku, wanted from wanted where task = ? and line = ?", task, line
        )
        return Picked(str(row[0]), str(row[1]), int(number(row[2]))) if row else None

    def _task(self, reference: str) -> int:
        return int(self._memory.number("select id from tasks where reference = ?", reference))

    def _reference(self, task: int) -> str:
        row = self._memory.row("select reference from tasks where id = ?", task)
        return str(row[0]) if row else ""

    def _status(self, task: int) -> str:
        row = self._memory.row("select status from tasks where id = ?", task)
        return str(row[0]) if row else ""

    def _strikes(self, name: str) -> bool:
        return name in self._fate.catalogue and self._fate.strikes(name)

    def _later(self, between: tuple[float, float]) -> float:
        return unix_s(self._clock.now()) + self._fate.draw(between)


def _halves(lines: list[Picked]) -> tuple[list[Picked], list[Picked]]:
    """The lines in two parts, each with at least one piece."""
    if len(lines) > 1:
        middle = len(lines) // 2
        return lines[:middle], lines[middle:]
    (line,) = lines
    half = line.pieces // 2
    return [line._replace(pieces=half)], [line._replace(pieces=line.pieces - half)]

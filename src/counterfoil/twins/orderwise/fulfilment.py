"""The warehouse behind an OrderWise: it despatches what has landed, by itself, and not as planned.

Its chance is its own, so that what befalls goods moves nothing else at the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.faults import Fault, Faults
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.memory import number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.trade import Agenda, Turn
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.orderwise.site import Site, local_time

MISHAPS: Final[Mapping[str, Fault]] = {
    "part_shipped": Fault("The warehouse sent an order in two despatches.", 0.0, 0.2),
    "short_pick": Fault("A piece was not on its shelf, and came with a later despatch.", 0.0, 0.1),
    "several_parcels": Fault("A despatch left in two parcels.", 0.0, 0.1),
    "late_tracking": Fault("A despatch left before it had a tracking number.", 0.0, 0.2),
    "corrected": Fault("A tracking number was corrected after the despatch.", 0.0, 0.05),
    "voided": Fault("A despatch was made void, and its goods left later.", 0.0, 0.05),
    "lines_late": Fault("A despatch showed a while before what it holds.", 0.0, 0.1),
}
"""What befalls goods on their way out, by name; nothing of it is a fault of ours."""

_LEFT, _VOID = 3, 9
_PART, _SHORT = "part_shipped", "short_pick"


class Warehouse:
    """Despatches of one site."""

    def __init__(self, ground: Ground, site: Site, faults: Faults) -> None:
        memory, clock, chance = ground
        self._memory, self._clock, self._chance, self._site = memory, clock, chance, site
        self.faults = faults
        self.agenda = Agenda("despatches", memory, clock, self._turn)
        self.lag = Lag(faults, "lines_late", clock, site.read_lag_s)

    def expect(self, order_id: int) -> None:
        """An order has landed: somebody will pick it."""
        if self._site.despatches:
            self._later(order_id, "pick")

    def hidden(self, row: Mapping[str, object]) -> bool:
        """Whether a row of an export is what a despatch holds, and cannot be read as yet."""
        return (
            "lineId" in row and "despatchId" in row and self.lag.hides(int(str(row["despatchId"])))
        )

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every despatch beyond `after`, the first one first."""
        sql = "select * from delivery_header where dh_id > ? order by dh_id"
        for row in list(self._memory.records(sql, (after,))):
            yield self._entry(row)

    def despatch(self, order_id: int, *, parcels: int = 1) -> int:
        """All that waits of an order leaves, in so many parcels; 0 where nothing waits."""
        despatch = self.leave(order_id, self.waiting(order_id))
        if despatch:
            self._number(despatch, parcels)
        return despatch

    def track(self, despatch: int) -> None:
        """A tracking number comes, or another one in its place."""
        if self._status(despatch) != _VOID:
            self._number(despatch, 1 + self.faults.strikes("several_parcels"))
            self.amended(despatch)

    # --- what happens by itself ---

    def _turn(self, turn: Turn) -> None:
        match turn.name:
            case "pick":
                self._pick(turn.document)
            case "track":
                self.track(turn.document)
            case _:
                if order := self.void(turn.document):
                    self._later(order, "pick")

    def _pick(self, order_id: int) -> None:
        """What is still to be sent of an order leaves, all of it or a part."""
        lines = self.waiting(order_id)
        picked = self._picked(lines)
        despatch = self.leave(order_id, picked)
        if not despatch:
            return
        late = self.faults.strikes("late_tracking")
        if not late:
            self._number(despatch, 1 + self.faults.strikes("several_parcels"))
        if late or self.faults.strikes("corrected"):
            self._later(despatch, "track")
        if self.faults.strikes("voided"):
            self._later(despatch, "void")
        if picked != lines:
            self._later(order_id, "pick")

    def waiting(self, order_id: int, code: str = "") -> list[tuple[int, int]]:
        """The lines of which something is still to be sent, and how much; of one code, or all."""
        rows = self._memory.rows(
            "select oli_id, oli_qty_tbsent from order_line_item"
            " join variant_detail on vad_id = oli_vad_id where oli_oh_id = ?1"
            " and oli_qty_tbsent > 0 and ?2 in ('', vad_variant_code) order by oli_id",
            *(order_id, code),
        )
        return [(int(number(line)), int(number(pieces))) for line, pieces in rows]

    def leave(self, order_id: int, picked: list[tuple[int, int]]) -> int:
        """So much leaves; the despatch's id, 0 where that is nothing."""
        if not picked:
            return 0
        despatch = self._memory.keep("delivery_header", self._head(order_id))
        self._memory.run(
            "update delivery_header set dh_number = ? where dh_id = ?",
            *(f"DN{500_000 + despatch}", despatch),
        )
        for line, pieces in picked:
            row = {"dl_dh_id": despatch, "dl_oli_id": line, "dl_qty": pieces}
            self._memory.insert("delivery_line_item", row)
            self._memory.run(
                "update order_line_item set oli_qty_tbsent = oli_qty_tbsent - ? where oli_id = ?",
                *(pieces, line),
            )
        self.lag.landed(despatch)
        return despatch

    def _picked(self, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """What leaves now of what waits; never nothing where anything waits."""
        if len(lines) > 1 and self.faults.strikes(_PART):
            return lines[: self._chance.randrange(1, len(lines))]
        several = [place for place, (_, pieces) in enumerate(lines) if pieces > 1]
        if several and self.faults.strikes(_SHORT):
            place = self._chance.choice(several)
            line, pieces = lines[place]
            return [*lines[:place], (line, self._chance.randrange(1, pieces)), *lines[place + 1 :]]
        return lines

    def _head(self, order_id: int) -> dict[str, object]:
        moment = local_time(self._clock, self._site.zone)
        method = self._memory.number(
            "select ohd_dm_id from order_header_detail where ohd_oh_id = ?", order_id
        )
        return {
            "dh_number": "",
            "dh_oh_id": order_id,
            "dh_ds_id": _LEFT,
            "dh_dm_id": int(method),
            "dh_datetime": moment,
            "dh_last_amended_datetime": moment,
        }

    def void(self, despatch: int) -> int:
        """It did not leave after all, once: its goods wait again; the id of its order."""
        header = "select dh_oh_id from delivery_header where dh_id = ? and dh_ds_id <> ?"
        order = int(self._memory.number(header, despatch, _VOID))
        self._memory.run("update delivery_header set dh_ds_id = ? where dh_id = ?", _VOID, despatch)
        sql = "select dl_qty, dl_oli_id from delivery_line_item where dl_dh_id = ?"
        self._memory.run_many(
            "update order_line_item set oli_qty_tbsent = oli_qty_tbsent + ? where oli_id = ?",
            self._memory.rows(sql, despatch) if order else (),
        )
        self.amended(despatch)
        return order

    def _number(self, despatch: int, parcels: int) -> None:
        numbers = [f"{self._chance.randrange(10**13, 10**14)}" for _ in range(parcels)]
        self.consign(despatch, numbers)

    def consign(self, despatch: int, numbers: Iterable[str]) -> None:
        """These are the numbers by which its parcels are followed from now on."""
        self._memory.run("delete from delivery_parcel where dp_dh_id = ?", despatch)
        for consignment in numbers:
            row = {"dp_dh_id": despatch, "dp_consignment_number": consignment}
            self._memory.insert("delivery_parcel", row)

    # --- inside ---

    def _later(self, document: int, name: str) -> None:
        due_s = unix_s(self._clock.now()) + self._chance.uniform(*self._site.pick_s)
        self.agenda.add(document, name, due_s)

    def _status(self, despatch: int) -> int:
        return int(
            self._memory.number("select dh_ds_id from delivery_header where dh_id = ?", despatch)
        )

    def amended(self, despatch: int) -> None:
        self._memory.run(
            "update delivery_header set dh_last_amended_datetime = ? where dh_id = ?",
            *(local_time(self._clock, self._site.zone), despatch),
        )

    def _entry(self, row: Mapping[str, object]) -> Entry:
        key = row["dh_id"]
        lines = self._memory.rows(
            "select vad_variant_code, sum(dl_qty) from delivery_line_item"
            " join order_line_item on oli_id = dl_oli_id join variant_detail on vad_id = oli_vad_id"
            " where dl_dh_id = ? group by 1 order by 1",
            key,
        )
        parcels = self._memory.rows(
            "select dp_consignment_number from delivery_parcel where dp_dh_id = ? order by dp_id",
            key,
        )
        reference = self._memory.row(
            "select oh_ecommerce_order_number from order_header where oh_id = ?", row["dh_oh_id"]
        )
        units = {str(code): int(number(pieces)) for code, pieces in lines}
        return Entry(
            key=str(key),
            reference=str(reference[0]) if reference else "",
            born_s=_unix_s(row["dh_datetime"], self._site.zone),
            changed_s=_unix_s(row["dh_last_amended_datetime"], self._site.zone),
            measure=Measure(sum(units.values()), "pieces"),
            facts={
                "units": units,
                "tracking": tuple(str(consignment) for (consignment,) in parcels),
                "void": row["dh_ds_id"] == _VOID,
                "told": str(row["dh_external_reference"]),
            },
        )


def _unix_s(local: object, zone: str) -> int:
    """Seconds since 1970 of a time on the server's own clock."""
    moment = datetime.fromisoformat(str(local)).replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp())

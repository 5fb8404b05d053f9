"""What stands where in this OrderWise: it moves with orders, receipts and counts of its own.

Quantities are whole thousandths of a unit, so that a part of one is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, number

UNIT = 1000


class Level(NamedTuple):
    """A variant at a location, in thousandths of its unit."""

    code: str
    unit: str
    location: int
    free: int
    overall: int


class Shelves:
    """The stock of one instance. `variant` gives the id of a code, `now` the server's time."""

    def __init__(
        self, memory: Memory, variant: Callable[[str], int | None], now: Callable[[], datetime]
    ) -> None:
        self._memory = memory
        self._variant = variant
        self._now = now

    def put(self, code: str, location: int, thousandths: int, unit: str = "") -> None:
        """Let so much of a variant stand at a location, all of it free, counted in `unit`."""
        key = self._variant(code)
        self._memory.run("update variant_detail set vad_uom = ? where vad_id = ?", unit, key)
        self._memory.run(
            "insert or replace into variant_stock_location values (?, ?, ?, ?, ?)",
            *(key, location, thousandths, thousandths, self._now().isoformat()),
        )

    def move(self, code: str, location: int, by: int) -> None:
        """Goods come in, or are found missing: so many thousandths more, or fewer."""
        self._memory.run(
            "update variant_stock_location set vsl_free_stock_quantity = vsl_free_stock_quantity"
            " + ?1, vsl_overall_stock_quantity = vsl_overall_stock_quantity + ?1,"
            " vsl_last_calculated_datetime = ?2 where vsl_sl_id = ?3 and vsl_vad_id ="
            " (select vad_id from variant_detail where vad_variant_code = ?4)",
            *(by, self._now().isoformat(), location, code),
        )

    def levels(self) -> list[Level]:
        """Every level."""
        rows = self._memory.rows(
            "select vad_variant_code, vad_uom, vsl_sl_id, vsl_free_stock_quantity,"
            " vsl_overall_stock_quantity from variant_stock_location"
            " join variant_detail on vad_id = vsl_vad_id order by vsl_vad_id, vsl_sl_id"
        )
        return [
            Level(str(code), str(unit), *(int(number(value)) for value in amounts))
            for code, unit, *amounts in rows
        ]

    def book(self, after: int) -> Iterator[Entry]:
        """Every level beyond the place `after`."""
        for place, level in enumerate(self.levels()[after:], after + 1):
            yield Entry(
                key=str(place),
                reference=f"{level.code}@{level.location}",
                born_s=0,
                changed_s=0,
                measure=Measure(level.free, "thousandth"),
                facts={"overall": level.overall},
            )

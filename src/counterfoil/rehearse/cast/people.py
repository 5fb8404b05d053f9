"""The office's people: what they entered before the day began, and what they do while it goes on.

Each thing happens once, also where the stage was killed meanwhile. None of it is a fault of a
system's: goods come in and are found missing, a code is changed, and words come up that nobody has
mapped.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.twin import Goods
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.trade import Agenda, Background, Turn
from counterfoil.twins.orderwise.site import Named, local_time
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.values.clock import Clock

CAGE: Final = 9
"""A location of which nobody said where it belongs."""

QUERY: Final = Named(12, "Query")
"""Where a despatch can stand at this site, and no value map says what it means."""

_ZONE: Final = "Europe/London"
_RANGE: Final = 12  # variants of one product
_UNIT: Final = 1000
_GRAMS: Final = 0.2
_DAY: Final = (
    ("receive", 8.0),
    ("miss", 12.0),
    ("rename", 15.0),
    ("query", 16.0),
    ("receive", 18.0),
    ("misplace", 14.0),
)
"""What they do, and how many seconds after the day began: to what sells most, then to the next."""


class People:
    """The people of one office, whose `twin` remembers in `memory`."""

    def __init__(self, memory: Memory, clock: Clock, twin: OrderWiseTwin) -> None:
        self._memory = memory
        self._clock = clock
        self._twin = twin
        self._agenda = Agenda("people", memory, clock, self._do)
        self._background = Background(clock, (self._agenda,))

    async def run(self) -> None:
        """Do what the day brings, until cancelled."""
        self.begin()
        await self._background.run()

    def begin(self) -> None:
        """The day begins when they are first there, and goes on after that."""
        if self._memory.fact("odd day", 0) and not self._memory.fact("day planned", 0):
            self._plan()

    def catch_up(self) -> bool:
        """Do what is due; False where there was nothing."""
        return self._background.catch_up()

    def enter(self, goods: Sequence[Goods], *, oddly: bool) -> None:
        """Enter products, a range of variants each, and count what stands there; `oddly`: some of
        it lies where nobody looks, and the day brings what nobody has mapped."""
        if not goods or self._memory.number("select exists (select 1 from product_detail)"):
            return
        chance = random.Random("people")
        with self._memory.transaction():
            self._enter(goods)
            for place, row in enumerate(goods):
                pieces = row.pieces * chance.choice((1, 2, 2, 3)) + chance.randrange(-3, 30)
                spot = CAGE if oddly and place == len(goods) - 1 else PLACE
                self._twin.shelves.put(row.sku, spot, pieces * _UNIT)
            if oddly:
                self._memory.learn("odd day", 1)

    def _enter(self, goods: Sequence[Goods]) -> None:
        products = self._twin.products
        for start in range(0, len(goods), _RANGE):
            number = start // _RANGE + 1
            product = products.product(f"RANGE-{number:04d}", f"Range {number}")
            for row in goods[start : start + _RANGE]:
                price = {"vad_rsp_inc_vat": row.unit_minor, "vad_weight": _GRAMS}
                products.variant(product, row.sku, row.title, **price)

    def _plan(self) -> None:
        """Each thing befalls a variant of its own, of those that sell most."""
        now_s = unix_s(self._clock.now())
        rows = self._memory.rows(
            "select vad_id from variant_detail where vad_pd_id is not null order by vad_id limit ?",
            len(_DAY),
        )
        with self._memory.transaction():
            for (name, after_s), (key,) in zip(_DAY, rows, strict=False):
                self._agenda.add(int(number(key)), name, now_s + after_s)
            self._memory.learn("day planned", 1)

    def _do(self, turn: Turn) -> float | None:
        match turn.name:
            case "rename":
                self._twin.products.rename(f"v{turn.document}", f"{self._code(turn)}-B")
            case "receive":
                self._twin.shelves.move(self._code(turn), PLACE, 24 * _UNIT)
            case "miss":
                self._twin.shelves.move(self._code(turn), PLACE, -2 * _UNIT)
            case "misplace":
                self._twin.shelves.put(self._code(turn), CAGE, 3 * _UNIT)
            case _:
                return self._query()
        return None

    def _code(self, turn: Turn) -> str:
        row = self._memory.row(
            "select vad_variant_code from variant_detail where vad_id = ?", turn.document
        )
        assert row is not None
        return str(row[0])

    def _query(self) -> float | None:
        """Somebody has a question about the despatch that left last; later, while none has left."""
        newest = self._memory.number("select max(dh_id) from delivery_header")
        if not newest:
            return unix_s(self._clock.now()) + 1.0
        self._memory.run(
            "update delivery_header set dh_ds_id = ?, dh_last_amended_datetime = ? where dh_id = ?",
            *(QUERY.id, local_time(self._clock, _ZONE), int(newest)),
        )
        return None

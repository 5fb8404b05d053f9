"""What the office's people enter and do: each thing once, and nothing on a good day."""

from __future__ import annotations

import random
from pathlib import Path

from counterfoil.kit.contract import StoppedClock
from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.people import CAGE, People
from counterfoil.rehearse.cast.twin import Goods
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.orderwise import OrderWiseTwin, Site

GOODS = [Goods(f"SKU-{number}", f"Thing {number}", 100 + number, 20) for number in range(30)]


class Office:
    """An office whose memory outlives it."""

    def __init__(self, path: Path, clock: StoppedClock) -> None:
        self.memory = Memory(path)
        self.twin = OrderWiseTwin(
            self.memory, clock, random.Random(1), Weather(), Site(products=())
        )
        self.people = People(self.memory, clock, self.twin)

    def levels(self) -> dict[tuple[str, int], int]:
        return {(row.code, row.location): row.free for row in self.twin.shelves.levels()}

    def codes(self) -> set[str]:
        return {
            str(row.facts["variant_code"])
            for row in self.twin.book("product")
            if row.reference[0] == "v"
        }


def test_a_good_day_has_every_product_where_it_is_sold_from_and_brings_nothing(
    tmp_path: Path,
) -> None:
    clock = StoppedClock()
    office = Office(tmp_path / "office.db", clock)
    office.people.enter(GOODS, oddly=False)
    assert office.codes() == {row.sku for row in GOODS}
    assert {place for _, place in office.levels()} == {PLACE}
    office.people.begin()
    clock.move(1000.0)
    assert not office.people.catch_up()


def test_an_odd_day_brings_each_thing_once_whoever_was_killed(tmp_path: Path) -> None:
    clock = StoppedClock()
    office = Office(tmp_path / "office.db", clock)
    office.people.enter(GOODS, oddly=True)
    before = office.levels()
    assert [sku for sku, place in before if place == CAGE] == [GOODS[-1].sku]
    for _ in range(3):  # killed, and back
        office.twin.close()
        office = Office(tmp_path / "office.db", clock)
        office.people.enter(GOODS, oddly=True)
        office.people.begin()
        clock.move(20.0)
        office.people.catch_up()
    after = office.levels()
    assert before.pop(("SKU-2", PLACE)) == after.pop(("SKU-2-B", PLACE))
    assert before["SKU-5", PLACE] == after["SKU-5", PLACE]
    moved = {key: free - before.get(key, 0) for key, free in after.items()}
    assert {key: by for key, by in moved.items() if by} == {
        ("SKU-0", PLACE): 24_000, ("SKU-1", PLACE): -2_000, ("SKU-4", PLACE): 24_000,
        ("SKU-5", CAGE): 3_000,
    }  # fmt: skip
    assert office.codes() == {row.sku for row in GOODS} - {"SKU-2"} | {"SKU-2-B"}

"""A warehouse's day: whatever befalls its orders, its books agree with each other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import cast

import pytest

from counterfoil.kit.contract import StoppedClock
from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.kit.warehouse import DAY, PIECE, Picked, Place, Warehouse

ORDERS, SKUS, STOCK = 300, 5, 5_000


class Day:
    """A warehouse on one day, with what it told of."""

    def __init__(self, day: str, seed: int = 1) -> None:
        self.clock = StoppedClock()
        self.memory = Memory()
        self.told = Counter[str]()
        ground = Ground(self.memory, self.clock, random.Random(seed))
        self.fate = Faults(DAY, day, random.Random(seed), self.memory, "life:")
        self.house = Warehouse(ground, self.fate, Pace(), Place(), self.tell)
        self.wanted: dict[str, Counter[str]] = {}

    def tell(self, news: str, name: str) -> None:
        self.told[news] += 1
        if news == "tracked":  # what is void is followed by nobody
            assert not self.memory.number("select void from despatches where id = ?", int(name))

    def sell(self, number: int, chance: random.Random) -> None:
        """An order of some lines, of which two may be of one item."""
        lines = [
            Picked(str(line), f"SKU-{chance.randrange(SKUS)}", chance.randint(1, 4))
            for line in range(chance.randint(1, 4))
        ]
        self.wanted[f"CF-{number}"] = Counter()
        for line in lines:
            self.wanted[f"CF-{number}"][line.sku] += line.pieces
        self.house.promise(f"CF-{number}", lines)

    def pass_(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.house.turns.advance()

    def sent(self) -> dict[str, Counter[str]]:
        """What left of each order, less what was void."""
        sent: dict[str, Counter[str]] = {}
        for entry in self.house.book("fulfilment"):
            if not entry.facts["void"]:
                units = cast("Mapping[str, int]", entry.facts["units"])
                sent.setdefault(entry.reference, Counter()).update(units)
        return sent

    def levels(self) -> dict[str, Mapping[str, int]]:
        return {
            entry.reference: cast("Mapping[str, int]", entry.facts)
            for entry in self.house.book("stock")
        }


def played(day: str, seed: int = 1) -> Day:
    """A whole day, until nothing is to come."""
    at, chance = Day(day, seed), random.Random(seed)
    for sku in range(SKUS):
        at.house.receive(f"SKU-{sku}", STOCK * PIECE)
        at.house.receive(f"SKU-{sku}", 3 * PIECE, "Quarantine")
    for number in range(ORDERS):
        at.sell(number, chance)
        at.pass_(0.5)
    while at.house.turns.pending:
        at.pass_(5.0)
    return at


@pytest.mark.parametrize("seed", range(3))
def test_whatever_befalls_orders_the_books_agree(seed: int) -> None:
    at = played("hostile", seed)
    assert all(at.fate.reached().values()), at.fate.reached()
    sent, short = at.sent(), 0
    for reference, units in at.wanted.items():
        assert sent.get(reference, Counter()) <= units
        short += (units - sent.get(reference, Counter())).total()
    assert short == at.fate.reached()["short_picked"]
    total = sum(sent.values(), Counter[str]())
    for sku in range(SKUS):
        level = at.levels()[f"SKU-{sku}@Main"]
        assert level["on_hand"] == (STOCK + 3 - total[f"SKU-{sku}"]) * PIECE
        assert (level["allocated"], level["aside"]) == (0, 3 * PIECE)
    bins = at.memory.rows("select sku, sum(quantity) from bins group by sku order by sku")
    assert {str(sku): amount for sku, amount in bins} == {
        f"SKU-{n}": at.levels()[f"SKU-{n}@Main"]["on_hand"] for n in range(SKUS)
    }


def test_on_a_quiet_day_every_order_leaves_once_and_whole() -> None:
    at = played("none")
    assert at.sent() == at.wanted
    assert len([*at.house.book("fulfilment")]) == ORDERS
    assert at.told["despatched"] == at.told["tracked"] == ORDERS
    assert at.told["void"] == 0


def test_an_order_that_is_cancelled_in_time_is_never_picked_and_its_goods_are_free() -> None:
    at = Day("none")
    at.house.receive("SKU-1", 10 * PIECE)
    at.house.promise("CF-1", [Picked("1", "SKU-1", 4)])
    assert at.levels()["SKU-1@Main"]["allocated"] == 4 * PIECE
    assert at.house.cancel("CF-1")
    at.pass_(600.0)
    assert at.sent() == {}
    assert at.levels()["SKU-1@Main"]["allocated"] == 0


def test_what_has_left_is_cancelled_no_more() -> None:
    at = Day("none")
    at.house.despatch("CF-1", [Picked("1", "SKU-1", 1)], tracked=True)
    assert not at.house.cancel("CF-1")


def test_an_order_that_is_told_again_is_promised_once() -> None:
    at = Day("none")
    for _ in range(3):
        at.house.promise("CF-1", [Picked("1", "SKU-1", 2)])
    assert at.levels()["SKU-1@Main"]["allocated"] == 2 * PIECE
    at.pass_(600.0)
    assert at.sent() == {"CF-1": Counter({"SKU-1": 2})}


def test_a_line_that_nobody_has_picked_yet_may_be_of_another_item() -> None:
    at = Day("none")
    at.house.promise("CF-1", [Picked("1", "SKU-1", 2)])
    other = Picked("1", "SKU-2", 3)
    assert at.house.takes("CF-1", other)
    at.house.promise("CF-1", [other])
    allocated = {name: level["allocated"] for name, level in at.levels().items()}
    assert allocated == {"SKU-1@Main": 0, "SKU-2@Main": 3 * PIECE}
    at.pass_(600.0)
    assert at.sent() == {"CF-1": Counter({"SKU-2": 3})}


def test_what_was_picked_stays_as_it_is_and_so_does_an_order_that_is_done() -> None:
    at = Day("none")
    line = Picked("1", "SKU-1", 2)
    at.house.promise("CF-1", [line])
    at.pass_(600.0)
    assert at.house.takes("CF-1", line), "it says nothing new"
    changes = [line._replace(sku="SKU-2"), line._replace(pieces=1), Picked("2", "SKU-1", 1)]
    assert not any(at.house.takes("CF-1", change) for change in changes)


def test_it_goes_on_where_it_was_after_its_end() -> None:
    at = Day("none")
    at.house.promise("CF-1", [Picked("1", "SKU-1", 2)])
    ground = Ground(at.memory, at.clock, random.Random(2))
    again = Warehouse(ground, at.fate, Pace(), Place(), at.tell)
    at.clock.move(600.0)
    assert again.turns.advance()
    assert at.sent() == {"CF-1": Counter({"SKU-1": 2})}

"""What a despatch is told of: lots by SKU and pieces, from one place where one has all of it; and
what the shop was told already is not told again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from counterfoil.mapping.lots import Lot, by_place, picked, pieces_of
from counterfoil.mapping.sendings import Follow, Sending, There, check_untold, same_goods
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.values.errors import Hold

NORTH, SOUTH = "north", "south"


def despatch(*numbers: str, **goods: int) -> Fulfilment:
    return Fulfilment(
        *("d-1", "D1", "55", "#1001", "shipped", "2026-11-02T09:00:00Z", "2026-11-02T09:00:00Z"),
        tuple(Sent(sku, count) for sku, count in goods.items()),
        parcels=tuple(Parcel("DPD", tracking=number) for number in numbers),
    )


def lots(place: str, *, on_hold: bool = False, **goods: int) -> list[Lot]:
    return [
        Lot(f"{place}-parcel", f"{place}-{sku}", place, sku, left, on_hold)
        for sku, left in goods.items()
    ]


def told(goods: Mapping[str, int], *rows: Lot) -> list[tuple[str, str, int]]:
    chosen = picked(despatch(**goods), goods, rows, "#1001")
    return [(lot.place, lot.sku, lot.left) for lot in chosen]


def test_one_place_that_has_all_of_it_is_told_of_all() -> None:
    rows = [*lots(NORTH, tee=1), *lots(SOUTH, tee=2, cap=1)]
    assert told({"tee": 1, "cap": 1}, *rows) == [(SOUTH, "tee", 1), (SOUTH, "cap", 1)]


def test_else_each_place_is_told_of_what_it_has() -> None:
    rows = [*lots(NORTH, tee=1), *lots(SOUTH, tee=1, cap=1)]
    document = despatch(tee=2, cap=1)
    chosen = picked(document, {"tee": 2, "cap": 1}, rows, "#1001")
    assert pieces_of(chosen) == {"tee": 2, "cap": 1}
    assert [place for place, _ in by_place(document, chosen, 2)] == [NORTH, SOUTH]
    with pytest.raises(Hold, match="goods at 2 locations"):
        by_place(document, chosen, 1)


def test_no_more_is_told_than_is_left() -> None:
    with pytest.raises(Hold, match="D1 has 3 of tee, and 2 are left") as error:
        told({"tee": 3}, *lots(NORTH, tee=2))
    assert error.value.code == "more-than-left"


def test_what_is_on_hold_is_not_told() -> None:
    with pytest.raises(Hold, match="the shop has it on hold") as error:
        told({"tee": 1}, *lots(NORTH, on_hold=True, tee=1))
    assert error.value.code == "on-hold-there"


def sending(key: str, place: str, status: str = "done", /, *numbers: str, **goods: int) -> Sending:
    return Sending(key, f"F{key}", status, place, goods, tuple(map(Follow, numbers)))


def test_the_same_parcels_are_not_told_twice() -> None:
    document, there = despatch("Z1", tee=1), sending("7", NORTH, "done", "Z1", tee=1)
    with pytest.raises(Hold, match="at the shop already, as F7"):
        check_untold(document, ["Z1"], There("#1001", told=(there,)), "ended")
    ended = sending("7", NORTH, "ended", "Z1", tee=1)
    other = sending("8", NORTH, "done", "Z2", tee=1)
    check_untold(document, ["Z1"], There("#1001", told=(ended, other)), "ended")
    check_untold(despatch(tee=1), [], There("#1001", told=(sending("9", NORTH, tee=1),)), "ended")


def test_what_was_told_in_parts_is_changed_in_all_of_them() -> None:
    parts = sending("7", NORTH, "done", "Z1", tee=1), sending("8", SOUTH, "done", "Z1", cap=1)
    other = sending("9", SOUTH, "done", "Z2", cap=1)
    present = There("#1001", told=(*parts, other))
    assert same_goods(despatch("Z1", tee=1, cap=1), "7", present, 5) == [*parts]
    assert same_goods(despatch("Z1", tee=1), "7", present, 5) == [parts[0]]


@pytest.mark.parametrize(("identity", "said"), [("7", "is of other goods than"), ("6", "is not")])
def test_what_somebody_changed_there_is_not_changed_by_us(identity: str, said: str) -> None:
    present = There("#1001", told=(sending("7", NORTH, tee=1),))
    with pytest.raises(Hold, match=said) as error:
        same_goods(despatch(tee=2), identity, present, 5)
    assert error.value.code == "changed-after-sent"

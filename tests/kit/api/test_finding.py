"""What is found by a name or by a moment: just what was meant, or a person hears of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from counterfoil.kit.api.lookup import Lookup
from counterfoil.kit.api.readback import weight
from counterfoil.kit.api.searched import Searched
from counterfoil.values.clock import instant
from counterfoil.values.errors import Halt

THERE = (("Tee", "1"), ("TEE", "2"), ("Cap", "3"), ("Cap", "4"))
CHANGED = Searched("updatedAt", "updated:>='{}'", "updated:<'{}'", "Acme")
NINE, TEN = instant("2026-11-02T09:00:00Z"), instant("2026-11-02T10:00:00.4Z")


class Shop:
    """It searches whatever the case of a name, and counts how often."""

    def __init__(self) -> None:
        self.searches: list[Sequence[str]] = []

    async def search(self, names: Sequence[str]) -> list[tuple[str, str]]:
        self.searches.append([*names])
        sought = {name.casefold() for name in names}
        return [(name, key) for name, key in THERE if name.casefold() in sought]


async def test_a_name_in_another_case_is_another_name() -> None:
    shop = Shop()
    lookup = Lookup(shop.search, 50, 100)
    await lookup.find(["Tee", "cap"])
    assert (lookup.of("Tee"), lookup.of("TEE"), lookup.of("cap")) == (("1",), (), ())


async def test_two_of_one_name_are_both_told() -> None:
    lookup = Lookup(Shop().search, 50, 100)
    await lookup.find(["Cap"])
    assert lookup.of("Cap") == ("3", "4")


async def test_what_was_found_is_not_sought_again_until_it_is_dropped() -> None:
    shop = Shop()
    lookup = Lookup(shop.search, 1, 100)
    await lookup.find(["Tee", "Cap"])
    await lookup.find(["Tee", "Hat"])
    lookup.drop("Tee")
    await lookup.find(["Tee"])
    assert shop.searches == [["Tee"], ["Cap"], ["Hat"], ["Tee"]]


def test_a_search_names_whole_seconds() -> None:
    assert CHANGED.text(None) is None
    assert CHANGED.text(NINE) == "updated:>='2026-11-02T09:00:00Z'"
    both = "updated:>='2026-11-02T09:00:00Z' updated:<'2026-11-02T10:00:00Z'"
    assert CHANGED.text(NINE, TEN) == both


def test_a_search_that_was_not_understood_stops_the_listing() -> None:
    inside, before, after = (
        {"updatedAt": f"2026-11-02T{time}Z"} for time in ("09:30:00", "07:30:00", "10:00:00")
    )
    CHANGED.check([inside, before, after], None)
    CHANGED.check([inside, after], NINE)
    for row, end in ((before, None), (after, TEN)):
        with pytest.raises(Halt, match="outside the window"):
            CHANGED.check([inside, row], NINE, end)


@pytest.mark.parametrize(
    ("value", "unit", "seen"),
    [
        ("1.25", "KILOGRAMS", 1250),
        ("250.0", "GRAMS", 250),
        ("0.0005", "KILOGRAMS", "0.0005 KILOGRAMS"),
        ("2", "POUNDS", "2 POUNDS"),
        ("-1", "GRAMS", "-1 GRAMS"),
        ("heavy", "GRAMS", "heavy GRAMS"),
        ("0", None, "0"),
    ],
)
def test_a_weight_is_whole_grams_or_stays_as_it_came(
    value: str, unit: str | None, seen: str | int
) -> None:
    assert weight(value, unit, {"GRAMS": 1, "KILOGRAMS": 1000}) == seen

"""What must not come in at the doors of stock: each through both twins, over HTTP as it is.

One clear sentence, nothing lost, nothing else kept waiting.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

import pytest
from catalogue import OFFICE, SHOP
from stores import BACK, MAIN, UNITS, Stores, stores

from counterfoil.flows.load import listing_now
from counterfoil.kit.transport import Answer
from counterfoil.values.clock import instant, seconds_between
from counterfoil.values.errors import CounterfoilError


@pytest.fixture
async def house(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Stores]:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    async with stores(migrated_database, tmp_path, units=UNITS) as made:
        yield made


async def test_what_is_below_nothing_or_a_part_stays_exact_until_it_is_sold(house: Stores) -> None:
    amounts = {"MINUS": "-3", "PART": "7.5", "TINY": "0.25"}
    for sku, amount in amounts.items():
        house.offer(sku)
        house.count(sku, amount)
    house.count("TINY", "0.75", BACK)
    await house.round()
    assert await house.kept("MINUS", "PART", "TINY") == {
        "MINUS": Decimal(-3), "PART": Decimal("7.5"), "TINY": Decimal(1),
    }  # fmt: skip
    assert house.shows() == {"MINUS": 0, "PART": 7, "TINY": 1}
    assert set((await house.states()).values()) == {"confirmed"}


async def test_of_250_levels_one_that_cannot_be_set_holds_itself_alone(house: Stores) -> None:
    for number in range(250):
        house.offer(f"SKU-{number}", bundle=number == 133)
        house.count(f"SKU-{number}", "5")
    await house.round()
    shown = house.shows()
    assert sum(count == 5 for count in shown.values()) == 249
    ((number, (cause, said)),) = (await house.holds()).items()
    assert (number, cause, shown["SKU-133"]) == ("SKU-133 at Online", "level-refused", 0)
    assert "does not let SKU-133@Online be set" in said


async def test_a_pack_that_changes_between_two_counts_is_exact(house: Stores) -> None:
    """24 pieces were counted one by one, and are told as 2 cases of 12 before that has gone out."""
    house.offer("TEE")
    house.count("TEE", "24")
    house.clock.move(60.0)
    engine = house.house.engine
    await listing_now(engine, engine.route("levels"))
    case_of(house, "TEE", "case", 2)
    await house.work()
    await house.round(2)
    assert await house.kept("TEE") == {"TEE": Decimal(24)}
    assert house.shows() == {"TEE": 24}
    case_of(house, "TEE", "case", 2, part="0.5")
    await house.round(2)
    assert house.shows() == {"TEE": 30}


async def test_a_pack_that_nobody_named_is_held_and_the_last_exact_level_stands(
    house: Stores,
) -> None:
    house.offer("TEE")
    house.count("TEE", "24")
    await house.round()
    case_of(house, "TEE", "pallet", 2)
    await house.round(2)
    assert {number: cause for number, (cause, _) in (await house.holds()).items()} == {
        f"TEE at {MAIN}": "unknown-unit"
    }
    assert house.shows() == {"TEE": 24}


def case_of(house: Stores, sku: str, unit: str, count: int, part: str = "0") -> None:
    """The office counts a SKU by another unit from now on."""
    thousandths = int((count + Decimal(part)) * 1000)
    house.office._memory.run("update variant_detail set vad_uom = ? where vad_variant_code = ?",
                             unit, sku)  # fmt: skip
    free = next(level.free for level in house.office.shelves.levels() if level.code == sku)
    house.office.shelves.move(sku, MAIN, thousandths - free)


@pytest.mark.parametrize("amount", ["1,000", "1e3", "12,5", "NaN", ""])
async def test_an_amount_that_is_none_holds_its_level_and_no_other(
    house: Stores, amount: str
) -> None:
    for sku in ("TEE", "CAP"):
        house.offer(sku)
        house.count(sku, "7")

    def spoil(asked: bytes, answer: Answer) -> Answer:
        rows = json.loads(answer.body) if b"@skus" in asked else None
        if rows is None:
            return answer
        told = [row | ({"freeStock": amount} if row["sku"] == "TEE" else {}) for row in rows]
        return Answer(200, answer.headers, json.dumps(told).encode())

    house.wires.instead = {OFFICE: spoil}
    await house.round()
    (cause, said) = (await house.holds())[f"TEE@{MAIN}"]
    assert cause == "bad-quantity"
    assert repr(amount) in said
    assert house.shows() == {"TEE": 0, "CAP": 7}
    house.wires.instead = {}
    house.office.shelves.move("TEE", MAIN, 1000)
    await house.round(2)
    assert house.shows() == {"TEE": 8, "CAP": 7}


PAGE = b"<!DOCTYPE html><html><body>Back soon</body></html>"
BOMB = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'


@pytest.mark.parametrize("body", [PAGE, BOMB, b"", b"\xff\xfe", b'[{"sku":1,"sku":2}]'])
@pytest.mark.parametrize("status", [200, 503])
async def test_an_office_that_answers_something_else_is_told_and_nothing_is_lost(
    house: Stores, status: int, body: bytes
) -> None:
    house.offer("TEE")
    house.count("TEE", "7")
    await house.round()
    house.office.shelves.move("TEE", MAIN, 1000)
    house.wires.instead = {OFFICE: lambda asked, answer: Answer(status, {}, body)}
    for _ in range(5):
        with pytest.raises(CounterfoilError) as told:
            await house.round()
        assert told.value.said.endswith(".")
        assert "\n" not in told.value.said
    house.wires.instead = {}
    await house.round(2)
    assert house.shows() == {"TEE": 8}


async def test_a_shop_that_answers_a_page_is_asked_again_and_nothing_is_lost(
    house: Stores,
) -> None:
    house.offer("TEE")
    house.count("TEE", "7")
    house.wires.instead = {SHOP: lambda asked, answer: Answer(200, {}, PAGE)}
    await house.round()
    assert house.shows() == {"TEE": 0}
    house.wires.instead = {}
    await house.round(5)
    assert house.shows() == {"TEE": 7}
    assert await house.holds() == {}


async def test_what_is_counted_in_the_hour_that_exists_twice_is_told(house: Stores) -> None:
    """The clocks go back at 01:00 UTC, so that 01:30 comes twice there; each count arrives."""
    house.offer("TEE")
    house.count("TEE", "1")
    change = instant("2027-10-31T00:30:00Z")
    house.clock.move(seconds_between(house.clock.now(), change))
    for count in range(2, 12):
        house.office.shelves.move("TEE", MAIN, 1000)
        await house.round()
        assert house.shows() == {"TEE": count}
        house.clock.move(600.0)

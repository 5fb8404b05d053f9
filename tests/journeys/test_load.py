"""The initial load: planned and counted, killed and gone on with, and cut over without a gap."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from catalogue import PLAN, Catalogue, catalogue
from loading import furnish, judged

from counterfoil.flows import load
from counterfoil.flows.load import ordered
from counterfoil.flows.route import Route
from counterfoil.kit.manifest import Carries
from counterfoil.store import loads
from counterfoil.surfaces.desk import loads as desk
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.errors import Misconfigured

PRODUCTS = 60


@pytest.fixture
async def house(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Catalogue]:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    async with catalogue(migrated_database, tmp_path) as made:
        yield made


def staffed(house: Catalogue) -> StaffedDesk:
    inside = house.house
    return StaffedDesk(inside.config, house.clock, "ada", inside.engine.database, inside)


async def test_what_there_is_to_load_is_counted_by_the_source_itself(house: Catalogue) -> None:
    count = furnish(house, 5)
    house.clock.move(1.0)
    (planned,) = await desk.plan(staffed(house))
    assert (planned.route, planned.documents, planned.money) == ("products", count, {})
    assert await house.states() == {}


async def test_a_load_brings_everything_and_is_signed_off(house: Catalogue) -> None:
    count = furnish(house, 12)
    house.clock.move(1.0)
    (listing,) = await desk.run(staffed(house))
    assert (listing.state, listing.listed, listing.standing) == ("arriving", count, count)
    await house.work(40)
    (done,) = await desk.status(staffed(house))
    assert (done.state, done.arrived, done.open) == ("done", count, 0)
    assert (done.unaccounted, done.sampled, done.different) == (0, 20, 0)


async def test_a_load_that_is_over_is_not_begun_again(house: Catalogue) -> None:
    furnish(house, 2)
    house.clock.move(1.0)
    await desk.run(staffed(house))
    asked = len(house.wires.sent)
    await desk.run(staffed(house))
    assert len(house.wires.sent) == asked


async def test_listings_go_on_exactly_where_the_load_ended(house: Catalogue) -> None:
    furnish(house, 3)
    house.clock.move(1.0)
    await desk.run(staffed(house))
    await house.work(20)
    # What changed while it was loading, and after it, comes once.
    late = house.office.products.product("LATE", "Late")
    assert await house.moved() == 1
    assert (await house.states())[late] == "confirmed"
    assert await house.list() == 0


async def test_a_document_that_was_lost_on_the_way_is_told(house: Catalogue) -> None:
    furnish(house, 12)
    house.clock.move(60.0)
    house.office.products.product("LAST", "What the listing goes on from")
    house.clock.move(1.0)
    row = await load.run(house.house.engine, house.route, lambda count, new: None, "ada")
    assert row.unaccounted == 0
    sample = await loads.drawn(house.house.engine.database, house.route.id, 20)
    drawn = [document for document in sample if document.key != "p5061"]
    table, column = (
        ("product_detail", "pd") if drawn[0].key[0] == "p" else ("variant_detail", "vad")
    )
    # Something changes at the source without a trace of when: only the sample can find it.
    name = {"pd": "pd_description", "vad": "vad_description"}[column]
    house.office._memory.run(  # the test's own hand
        f"update {table} set {name} = 'another' where {column}_id = ?",
        int(drawn[0].key[1:]),
    )
    await house.house.engine.database._pool.execute("update load set ended = null")
    again = await load.run(house.house.engine, house.route, lambda count, new: None, "ada")
    assert again.different == 1
    (status,) = await desk.status(staffed(house))
    assert status.state == "differs"


def test_products_are_loaded_before_stock_and_orders_before_what_became_of_them() -> None:
    routes = [
        msgspec.structs.replace(_route(name), plan=msgspec.structs.replace(PLAN, document=name))
        for name in ("stock", "refund", "order", "product")
    ]
    assert [route.plan.document for route in ordered(routes)] == [
        "product", "order", "stock", "refund",
    ]  # fmt: skip


async def test_a_route_that_there_is_not_is_named(house: Catalogue) -> None:
    with pytest.raises(Misconfigured) as wrong:
        await desk.plan(staffed(house), ["product"])
    assert wrong.value.do == "Did you mean 'products'?"


@pytest.mark.timeout(300)  # five processes and their kills, in real time
async def test_a_load_that_is_killed_five_times_has_no_gap_and_no_double(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    async with catalogue(migrated_database, tmp_path, lasting=True) as house:
        count = furnish(house, PRODUCTS)
    command = [
        sys.executable, str(Path(__file__).with_name("loading.py")), migrated_database,
        str(tmp_path), "5",
    ]  # fmt: skip
    chance, reached = random.Random(5), list[int]()
    for _ in range(5):
        process = subprocess.Popen(command)
        before = await _here(migrated_database)
        deadline = time.monotonic() + 30.0
        while await _here(migrated_database) < before + 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(chance.random() * 0.1)
        assert process.poll() is None, "it was over before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        reached.append(await _here(migrated_database))
    assert reached == sorted(reached)
    assert reached[2] < count, "the listing itself was not interrupted often enough"
    # What is made before the load ends, and after it, comes once: live listings cut over there.
    for words in ("late:3", "", "late:4", "again"):
        ended = subprocess.run([*command, words], timeout=120, check=False)
        assert ended.returncode == 0
    async with catalogue(migrated_database, tmp_path, lasting=True) as house:
        found = await judged(house)
        (status,) = await desk.status(staffed(house))
    assert found["states"] == {"confirmed": count + 7}
    assert (found["office"], found["shop"], found["twice"]) == (count + 7, count + 7, 0)
    assert found["early"] == []
    assert (status.state, status.unaccounted, status.different) == ("done", 0, 0)


async def _here(database: str) -> int:
    """How many documents are in the journal."""
    import asyncpg

    connection = await asyncpg.connect(database)
    try:
        return await connection.fetchval("select count(*) from thread")
    finally:
        await connection.close()


def _route(name: str) -> Route:
    return Route(1, name, PLAN, None, None, Carries((), ""), 1, 2)  # type: ignore[arg-type]

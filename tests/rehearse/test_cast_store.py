"""The second source of the cast: a store speaks as a shop does, whatever vendor is behind it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import msgspec

from counterfoil.kit.contract import StoppedClock
from counterfoil.rehearse.cast import shop, store
from counterfoil.rehearse.cast.twin import Conditions, SourceTwin, Staging
from counterfoil.twins.world import Sale, SaleLine

SALE = Sale(
    at_s=0.0,
    number="4711",
    placed="2026-11-02T09:14:06Z",
    currency="GBP",
    lines=(SaleLine("TEE", "Tee", 2, 600, 200),),
)


async def deaf(address: str, headers: Mapping[str, str], body: bytes) -> int:
    return 200


def conditions(*, lively: bool = True) -> Conditions:
    return Conditions(
        faults=store.FAULTS,
        faulty=False,
        lively=lively,
        page=5,
        slots=4,
        lag_s=(0.0, 0.0),
        unique=True,
        unique_for_s=60.0,
        oddities=frozenset(),
    )


async def test_a_store_keeps_the_states_of_an_order_for_whoever_checks() -> None:
    twin: SourceTwin = store.in_world(conditions(), StoppedClock(), random.Random(1), deaf, 4.0)
    assert twin.load_plan([SALE]) == 1
    running = asyncio.create_task(twin.run())
    while not twin.sold():  # noqa: ASYNC110
        await asyncio.sleep(0)
    (key,) = twin.sold()
    twin.touch(key)
    twin.cancel(key)
    running.cancel()
    states = twin.states(key)
    assert [state.cancelled for state in states][-2:] == [False, True]
    assert twin.sold()[key] == states[-1]
    assert twin.sold()[key].owed == (("TEE", 2),)
    assert twin.versions() == {key: states[-1].updated_s}
    twin.close()


def test_a_demos_store_is_handed_its_trade_before_it_opens(tmp_path: Path) -> None:
    part = store.Store()
    part.write_plan(tmp_path, [SALE])
    secrets = dict.fromkeys(part.secret_files, "a secret")
    twin = part.served(Staging(tmp_path, secrets, "none", 4.0), random.Random(1), deaf)
    key = twin.twin.trade.place(SALE)
    assert store.keys_by_number(tmp_path) == {"4711": str(key)}
    assert store.last_key(tmp_path) == str(key)
    twin.close()


def test_what_it_would_send_names_the_order_only() -> None:
    clock = StoppedClock()
    twin = store.well_behaved(clock, random.Random(1), deaf)
    (key,) = twin.place([SALE], clock.now())
    (body,) = twin.webhooks([key])
    assert msgspec.json.decode(body)["data"] == {"type": "order", "id": int(key)}
    twin.close()


def test_its_surface_is_that_of_the_other_source() -> None:
    made_there = {name for name, one in vars(shop).items() if _is_of(shop, one)}
    used = {name for name in made_there if not name.startswith("_") and name.islower()}
    assert len(used) > 5
    # Of the other vendor's own API; and that shop is a target too.
    beyond = {"bulk_file", "landing", "maps"}
    assert used - beyond <= {*vars(store)}


def _is_of(module: ModuleType, one: object) -> bool:
    return getattr(one, "__module__", "") == module.__name__

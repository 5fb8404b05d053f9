"""A target may list a document while it is in doubt whether it has it: it stays one document.

Orders go from the shop to the office, and on from there to the depot; parcels come back from the
office to the shop, and each needs its order there.
"""

from __future__ import annotations

import msgspec
import pytest
from ends import Office, Shop, order
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from steps import swept, unanswered, waited

from counterfoil.flows.route import Plan, Route
from counterfoil.flows.sweep import sweep_source
from counterfoil.kit.capability import InDoubt
from counterfoil.kit.connector import Intent, Written
from counterfoil.model.document import Ref
from counterfoil.store import links
from counterfoil.values.errors import CounterfoilError, Settle

SHOP, OFFICE, DEPOT = 1, 2, 3


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    return await laid(stage, monkeypatch)


async def picking(stage: Stage, *names: str) -> Route:
    """A route from the office to the depot; the office lists these orders by its own names."""
    await stage.database.run("name_connection", "depot")
    await stage.database.run("name_route", "picks", "on", stage.clock.now().to_stdlib())
    source = Shop()
    source.put(*(order(90 + place, key=name) for place, name in enumerate(names)))
    plan = Plan("order", "office", "depot", "warehouse", switch="on", settle_s=30.0)
    route = Route(3, "picks", plan, source, Depot(), stage.route.carries, OFFICE, DEPOT)
    stage.engine.routes = {**stage.engine.routes, route.id: route}
    await sweep_source(stage.engine, route, None)
    return route


class Depot(Office):
    """Names of its own."""

    def _write(self, intent: Intent) -> Written | CounterfoilError:
        answer = super()._write(intent)
        return Written(f"D-{answer.identity}") if isinstance(answer, Written) else answer


class Knowing(Office):
    """An office that knows a reference again, as classes A and B do."""

    def _write(self, intent: Intent) -> Written | CounterfoilError:
        before = self.held.pop(intent.reference, [])
        answer = super()._write(intent)
        if before:
            self.held[intent.reference] = before
        name = self.held[intent.reference][0][0]
        return Written(name, name) if isinstance(answer, Written) else answer


def doubting(stage: Stage, kind: InDoubt, *answers: Settle) -> None:
    """The office of this class, with answers that do not come."""
    office = stage.office if kind == "C" else Knowing()
    carries = msgspec.structs.replace(stage.route.carries, in_doubt=kind)
    stage.route = msgspec.structs.replace(stage.route, carries=carries, target=office)
    stage.engine.routes = {**stage.engine.routes, stage.route.id: stage.route}
    office.answers = [*answers]


async def names(stage: Stage, at: int, key: str, to: int) -> tuple[str, ...]:
    """What the order that one connection calls so is called at another."""
    ref = Ref("order", key)
    return (await links.names(stage.database, at, to, [ref]))[ref].names


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_what_is_of_it_finds_it_when_the_doubt_settles(
    stage: Stage, parcels: Parcels, kind: InDoubt
) -> None:
    doubting(stage, kind, *(unanswered(landed=True) for _ in range(3)))
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    await picking(stage, "OR1")
    parcels.depot.put(Parcel("P1", of=("OR1",)))
    await parcels.swept()
    await stage.work(rounds=1)
    assert await parcels.state("P1") == "waiting"
    await waited(stage)
    # It was woken, not polled: a day had not passed.
    assert await parcels.state("P1") == "confirmed"
    assert parcels.counter.held["P1"]["of"] == order(1).key


async def test_each_end_finds_it_under_every_name_that_it_has(
    stage: Stage, parcels: Parcels
) -> None:
    doubting(stage, "C", unanswered(landed=True))
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    await picking(stage, "OR1")
    await waited(stage)
    assert await names(stage, SHOP, order(1).key, OFFICE) == ("OR1",)
    assert await names(stage, SHOP, order(1).key, DEPOT) == ("D-OR1",)
    assert await names(stage, DEPOT, "D-OR1", SHOP) == (order(1).key,)


async def test_two_orders_that_the_office_gives_one_name_stay_two(
    stage: Stage, parcels: Parcels
) -> None:
    doubting(stage, "C", unanswered(landed=True))
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    await picking(stage, "OR1")
    await waited(stage)
    stage.office.calls.clear()  # the next is called OR1 once more
    stage.shop.put(order(2))
    await swept(stage)
    await waited(stage)
    assert await names(stage, OFFICE, "OR1", SHOP) == (order(1).key,)
    assert await names(stage, SHOP, order(2).key, OFFICE) == ()


async def test_one_that_the_office_has_from_elsewhere_is_nobodys_order(
    stage: Stage, parcels: Parcels
) -> None:
    await picking(stage, "OR77")
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await names(stage, OFFICE, "OR77", SHOP) == ()
    assert await names(stage, OFFICE, "OR1", SHOP) == (order(1).key,)

"""A target that is away for hours: its pages rest, one probe asks, and everything lands later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from ends import Office, Shop, order
from flow_stage import Stage
from steps import causes, colleague, of_class, swept

from counterfoil.flows.engine import Engine
from counterfoil.flows.sweep import sweep_source
from counterfoil.flows.work import work
from counterfoil.kit.capability import InDoubt
from counterfoil.kit.connector import Intent, Seen, Written
from counterfoil.values.errors import QUOTA_SPENT, CounterfoilError, Retry, Settle, SignIn
from counterfoil.values.ids import PageId

HOURS = 6


def unreachable() -> CounterfoilError:
    return Retry("The office could not be reached.", after_s=1.0, code="unreachable")


def silent() -> CounterfoilError:
    return Settle("The office was sent a POST and did not answer.")


def refused() -> CounterfoilError:
    return SignIn("The office does not accept the credentials.")


@dataclass
class Away(Office):
    """An office that can be away; then every call meets `meets`."""

    away: bool = False
    meets: CounterfoilError = field(default_factory=unreachable)
    met: int = 0
    probes: int = 0

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        self._meet()
        return await super().write(intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        if self.away and isinstance(self.meets, Settle):
            self.met += 1
            raise Retry("The office did not answer.", code="no-answer")
        self._meet()
        return await super().read(references)

    async def probe(self) -> str:
        self.probes += 1
        if self.away:
            raise self.meets if not isinstance(self.meets, Settle) else unreachable()
        return "The office answers."

    def _meet(self) -> None:
        if self.away:
            self.met += 1
            raise self.meets


@pytest.fixture
def office(stage: Stage) -> Away:
    stage.office = away = Away()
    stage.route = msgspec.structs.replace(stage.route, target=away, probe=away.probe)
    stage.engine.routes = {1: stage.route}
    stage.clock.alone = True
    return away


async def lived(stage: Stage, seconds: float, *engines: Engine, step_s: float = 2.0) -> None:
    """So long the workers do what comes due."""
    for _ in range(round(seconds / step_s)):
        rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 1000)
        for row in rows:
            for engine in engines or (stage.engine,):
                await work(engine, PageId(row["id"]))
        stage.clock.pass_(step_s)


async def opened(stage: Stage, office: Away) -> None:
    """Ten orders meet a target that is away, until the breaker is open."""
    office.away = True
    stage.shop.put(*(order(number) for number in range(10)))
    await swept(stage)
    await lived(stage, 120.0)
    assert len(await stage.database.rows("breakers")) == 1


async def attempts(stage: Stage) -> list[int]:
    rows = await stage.database._pool.fetch("select attempts from record order by id")
    return [row["attempts"] for row in rows]


@pytest.mark.parametrize("kind", ["A", "B", "C"])
@pytest.mark.parametrize("meets", [unreachable(), silent(), refused()])
async def test_a_target_that_is_away_for_hours_gets_everything_when_it_is_back(
    stage: Stage, office: Away, kind: InDoubt, meets: CounterfoilError
) -> None:
    of_class(stage, kind)
    office.meets = meets
    await opened(stage, office)
    met = office.met
    await lived(stage, HOURS * 3600, step_s=30.0)
    assert office.met == met, "while it is away nothing but the probe calls there"
    assert HOURS * 50 <= office.probes <= HOURS * 61 + 10
    assert await causes(stage) in ([], ["no-answer"] * 10)
    office.away = False
    await lived(stage, 400.0)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert sorted(office.calls) == [f"600000{number}" for number in range(10)]
    assert await causes(stage) == []
    assert await stage.database.rows("breakers") == []


async def test_a_quota_that_is_spent_is_asked_no_more_until_it_is_there_again(
    stage: Stage, office: Away
) -> None:
    stage.again(attempts=3)
    office.meets = Retry("The calls are spent.", after_s=7200.0, code=QUOTA_SPENT)
    office.away = True
    stage.shop.put(*(order(number) for number in range(10)))
    await swept(stage)
    await lived(stage, 4.0)
    met = office.met
    assert len(await stage.database.rows("breakers")) == 1, "at once"
    await lived(stage, 7100.0, step_s=30.0)
    assert (office.met, office.probes) == (met, 0), "nobody asks before"
    office.away = False
    await lived(stage, 400.0)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert await causes(stage) == []


async def test_an_outage_spends_no_attempts(stage: Stage, office: Away) -> None:
    stage.again(attempts=3)
    await opened(stage, office)
    before = await attempts(stage)
    await lived(stage, 3600.0, step_s=30.0)
    assert await attempts(stage) == before
    assert "held" not in (await stage.states()).values()
    office.away = False
    office.answers = [Retry("busy", after_s=1.0), Retry("busy", after_s=1.0)]
    await lived(stage, 300.0)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert max(await attempts(stage)) <= 3, "they were counted anew"


async def test_refusals_of_a_record_count_as_before(stage: Stage, office: Away) -> None:
    stage.again(attempts=3)
    office.answers = [Retry("busy") for _ in range(50)]
    stage.shop.put(order(1))
    await swept(stage)
    await lived(stage, 300.0)
    assert await causes(stage) == ["gave-up"]
    assert await stage.database.rows("breakers") == []


async def test_a_record_that_alone_is_never_answered_comes_to_its_end(
    stage: Stage, office: Away
) -> None:
    """The probe is answered each time: that is no outage."""
    of_class(stage, "B")
    stage.again(attempts=12)
    office.answers = [silent() for _ in range(100)]
    for one in office.answers:
        one.landed = False  # type: ignore[union-attr]
    stage.shop.put(order(1))
    await swept(stage)
    await lived(stage, 7200.0, step_s=15.0)
    assert await causes(stage) == ["gave-up"]
    assert stage.engine.fired["breaker-opened"] > 0
    assert len(office.calls) == 12


async def test_one_probe_asks_for_all_workers_and_pages(stage: Stage, office: Away) -> None:
    await opened(stage, office)
    for number in range(20, 25):
        stage.shop.put(order(number))
        await swept(stage)
    others = [colleague(stage, f"w{number}") for number in (2, 3)]
    office.probes = 0
    (row,) = await stage.database.rows("breakers")
    await lived(stage, 600.0, stage.engine, *others, step_s=1.0)
    assert 8 <= office.probes <= 12
    assert len(await stage.database.rows("breakers")) == 1
    (later_row,) = await stage.database.rows("breakers")
    assert later_row["since"] == row["since"], "since when it is away"


async def test_what_arrives_meanwhile_is_captured(stage: Stage, office: Away) -> None:
    await opened(stage, office)
    stage.shop.put(order(30))
    await swept(stage)
    await lived(stage, 60.0)
    assert (await stage.states())["#30"] == "captured"


async def test_a_route_to_another_target_goes_on(stage: Stage, office: Away) -> None:
    await opened(stage, office)
    shop, depot = Shop(), Office()
    await stage.database.run("name_connection", "depot")
    await stage.database.run("name_route", "to-depot", "on", stage.clock.now().to_stdlib())
    other = msgspec.structs.replace(
        stage.route, id=2, name="to-depot", source=shop, target=depot, target_connection=3
    )
    stage.engine.routes = {1: stage.route, 2: other}
    shop.put(order(40))
    await sweep_source(stage.engine, other, None)
    await stage.work()
    assert (await stage.states())["#40"] == "confirmed"


async def test_a_route_in_shadow_does_not_wait_for_a_target_that_it_does_not_ask(
    stage: Stage, office: Away
) -> None:
    await opened(stage, office)
    at = stage.clock.now().to_stdlib()
    await stage.database.run("switch_route", "orders", "shadow", at, "kim", "a test")
    stage.shop.put(order(50))
    await swept(stage)
    await stage.work()
    assert (await stage.states())["#50"] == "mapped"


async def test_a_blip_opens_nothing(stage: Stage, office: Away) -> None:
    stage.clock.alone = False  # a lease that is renewed takes no time
    office.away = True
    stage.shop.put(*(order(number) for number in range(10)))
    await swept(stage)
    await lived(stage, 2.0, step_s=1.0)
    assert office.met >= 10
    office.away = False
    await lived(stage, 60.0)
    assert set((await stage.states()).values()) == {"confirmed"}
    assert not stage.engine.fired["breaker-opened"]

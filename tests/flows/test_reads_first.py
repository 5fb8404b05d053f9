"""A target that is read first: what it is sent is composed of what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest
from dying import Dying, Killed
from ends import order
from flow_stage import Stage
from parcels import Counter, Parcel, Parcels, laid
from steps import causes, colleague, held, path, swept, unanswered, waited
from test_restored import restored

from counterfoil.flows.balance import recounted
from counterfoil.flows.hold import resend
from counterfoil.flows.recheck import recheck
from counterfoil.flows.switch import turn
from counterfoil.kit.connector import ALONE, Inputs, Intent
from counterfoil.values.errors import CounterfoilError, Hold, Retry


class Left(msgspec.Struct, frozen=True):
    """What this target's look tells of a parcel: how much of it is left to be told."""

    pieces: int


@dataclass
class Window(Counter):
    """A counter that is told of no more than is left; `looks` are the parcels of each look, and
    `problems` are met before any is answered."""

    left: dict[str, int] = field(default_factory=dict)
    looks: list[list[str]] = field(default_factory=list)
    problems: list[CounterfoilError] = field(default_factory=list)
    bad: str = ""
    names: list[str] = field(default_factory=list)

    async def there(self, documents: Sequence[Parcel], inputs: Sequence[Inputs]) -> list[bytes]:
        keys = [document.key for document in documents]
        self.looks.append(keys)
        self.names += [name for each in inputs for name in each.names.values()]
        if self.problems:
            raise self.problems.pop(0)
        if self.bad in keys:
            raise Hold(f"{self.bad} has no place here.", code="no-place")
        return [msgspec.json.encode(Left(self.left.get(key, 1))) for key in keys]

    def compose(self, document: Parcel, inputs: Inputs = ALONE) -> Intent:
        fields = {"pieces": min(document.pieces, inputs.held(Left).pieces)}
        if inputs.mask is None or "tracking" in inputs.mask:
            fields["tracking"] = document.tracking  # type: ignore[assignment]
        return Intent(document.key, msgspec.json.encode(fields), fields)


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    by_office = await laid(stage, monkeypatch)
    by_office.counter = Window()
    by_office.put(msgspec.structs.replace(by_office.route, target=by_office.counter))
    by_office.carrying(reads_first=True)
    return by_office


def window(parcels: Parcels) -> Window:
    assert isinstance(parcels.counter, Window)
    return parcels.counter


async def told(parcels: Parcels, *some: Parcel) -> None:
    parcels.depot.put(*some)
    await parcels.swept()
    await parcels.stage.work()


async def test_it_is_composed_of_what_is_there(parcels: Parcels) -> None:
    window(parcels).left["P1"] = 3
    await told(parcels, Parcel("P1", pieces=5), Parcel("P2", pieces=5))
    assert window(parcels).held == {
        "P1": {"pieces": 3, "tracking": ""},
        "P2": {"pieces": 1, "tracking": ""},
    }
    assert await parcels.state("P1") == "confirmed"


async def test_a_page_is_looked_at_with_as_few_calls_as_the_target_takes(parcels: Parcels) -> None:
    parcels.carrying(reads=3)
    await told(parcels, *(Parcel(f"P{number}") for number in range(1, 8)))
    assert [len(look) for look in window(parcels).looks] == [3, 3, 1]


async def test_the_look_is_told_what_others_are_called_there(
    stage: Stage, parcels: Parcels
) -> None:
    await told(parcels, Parcel("P1", of=("OR1",)))
    assert window(parcels).looks == []  # nothing is asked of what waits
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert (window(parcels).looks, window(parcels).names) == ([["P1"]], [order(1).key])


async def test_what_is_not_sent_is_not_asked_for(parcels: Parcels) -> None:
    await told(parcels, Parcel("P1", void=True))
    assert (await parcels.state("P1"), window(parcels).looks) == ("excluded", [])


async def test_what_was_sent_is_made_again_of_what_was_there_then(parcels: Parcels) -> None:
    """The read-back is another run, and by then nothing is left: the same is expected all the
    same."""
    window(parcels).left["P1"] = 3
    parcels.depot.put(Parcel("P1", pieces=5))
    await parcels.swept()
    window(parcels).answers = [unanswered(landed=True)]
    await parcels.stage.work(rounds=1)
    window(parcels).left["P1"] = 0
    await waited(parcels.stage)
    assert await parcels.state("P1") == "confirmed"
    assert len(window(parcels).looks) == 1


async def test_a_recheck_compares_with_what_was_sent(parcels: Parcels) -> None:
    window(parcels).left["P1"] = 3
    parcels.depot.put(Parcel("P1", pieces=5))
    await parcels.swept()
    window(parcels).answers = [unanswered(landed=True)]
    await parcels.stage.work(rounds=1)
    window(parcels).held["P1"]["pieces"] = 2
    await waited(parcels.stage)
    assert await parcels.state("P1") == "drifted"
    window(parcels).left["P1"] = 0
    window(parcels).held["P1"]["pieces"] = 3
    (record,) = await held(parcels.stage)
    (checked,) = await recheck(parcels.stage.engine, [record], "ann")
    assert checked.state == "confirmed"


async def test_a_repeated_write_says_what_it_said(parcels: Parcels) -> None:
    """By its key the target takes it for the same write: another content would be refused."""
    parcels.carrying(in_doubt="A")
    window(parcels).left["P1"] = 3
    window(parcels).answers = [unanswered(landed=False)]
    parcels.depot.put(Parcel("P1", pieces=5))
    await parcels.swept()
    await parcels.stage.work(rounds=1)
    window(parcels).left["P1"] = 1
    await waited(parcels.stage)
    assert window(parcels).held["P1"]["pieces"] == 3
    assert len(window(parcels).looks) == 1


async def test_what_proved_absent_is_composed_of_what_is_there_by_then(parcels: Parcels) -> None:
    window(parcels).left["P1"] = 3
    window(parcels).answers = [unanswered(landed=False)]
    parcels.depot.put(Parcel("P1", pieces=5))
    await parcels.swept()
    await parcels.stage.work(rounds=1)
    window(parcels).left["P1"] = 1
    await waited(parcels.stage)
    assert window(parcels).held["P1"]["pieces"] == 1
    assert await parcels.state("P1") == "confirmed"


async def test_a_look_that_fails_is_made_again_and_nothing_is_sent_meanwhile(
    parcels: Parcels,
) -> None:
    window(parcels).problems = [Retry("busy", after_s=5), Retry("busy", after_s=5)]
    parcels.depot.put(Parcel("P1"))
    await parcels.swept()
    await parcels.stage.work(rounds=1)
    assert (await parcels.state("P1"), window(parcels).calls) == ("mapped", [])
    await waited(parcels.stage)
    assert await parcels.state("P1") == "confirmed"
    assert window(parcels).calls == ["P1"]
    assert await path(parcels.stage, "P1") == [
        "captured", "mapped", "sending", "delivered", "confirmed",
    ]  # fmt: skip


async def test_looks_that_meet_nobody_count_for_the_breaker(parcels: Parcels) -> None:
    window(parcels).problems = [Retry("no line", code="unreachable")]
    parcels.depot.put(Parcel("P1"))
    await parcels.swept()
    await parcels.stage.work(rounds=1)
    stage = parcels.stage
    assert stage.engine.breakers[1].misses == 1
    await turn(stage.database, "parcels", "shadow", stage.clock.now(), "kim", "to see")
    await waited(stage)  # nothing is written: it is the look that was answered
    assert (stage.engine.breakers[1].misses, window(parcels).calls) == (0, [])


async def test_one_that_is_refused_stops_no_other(parcels: Parcels) -> None:
    window(parcels).bad = "P2"
    await told(parcels, *(Parcel(f"P{number}") for number in range(1, 5)))
    assert await causes(parcels.stage) == ["no-place"]
    assert sorted(window(parcels).calls) == ["P1", "P3", "P4"]
    window(parcels).bad = ""
    (record,) = await held(parcels.stage)
    await resend(parcels.stage.engine, [record], "ann")
    await parcels.stage.work()
    assert await parcels.state("P2") == "confirmed"


async def test_a_look_that_leaves_one_out_stops_the_page_and_sends_nothing(
    parcels: Parcels, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def short(documents: Sequence[Parcel], inputs: Sequence[Inputs]) -> list[bytes]:
        return [b""]

    monkeypatch.setattr(window(parcels), "there", short)
    await told(parcels, Parcel("P1"))
    assert (await parcels.state("P1"), window(parcels).calls) == ("captured", [])


@pytest.mark.parametrize("after", range(4))
async def test_what_a_worker_left_behind_is_told_once(parcels: Parcels, after: int) -> None:
    """Whatever commit it died after: what left is found by what it was made of."""
    stage = parcels.stage
    window(parcels).left["P1"] = 3
    parcels.depot.put(Parcel("P1", pieces=5))
    await parcels.swept()
    stage.engine.database = Dying(stage.database, after)  # type: ignore[assignment]
    with suppress(Killed):
        await stage.work(rounds=1)
    if window(parcels).calls:
        window(parcels).left["P1"] = 0
    stage.engine = colleague(stage, "w2")
    stage.clock.pass_(10)
    await waited(stage)
    assert (await parcels.state("P1"), window(parcels).calls) == ("confirmed", ["P1"])
    assert window(parcels).held["P1"]["pieces"] == 3


@pytest.mark.parametrize("landed", [True, False])
async def test_what_is_looked_for_before_it_is_sent_is_looked_for_as_it_was_made(
    parcels: Parcels, landed: bool
) -> None:
    """After a restore nobody knows whether it left: it is found, or sent, by what was there."""
    stage = parcels.stage
    parcels.depot.put(Parcel("P1"))
    await parcels.swept()
    if landed:
        window(parcels).held["P1"] = {"pieces": 1, "tracking": ""}
    stage.clock.pass_(60)
    await restored(stage)
    await recounted(stage.engine, parcels.route)
    await turn(stage.database, "parcels", "on", stage.clock.now(), "kim", "counted")
    await waited(stage)
    assert await parcels.state("P1") == "confirmed"
    assert window(parcels).calls == ([] if landed else ["P1"])


async def test_in_shadow_it_is_looked_at_and_again_when_it_is_sent(parcels: Parcels) -> None:
    stage = parcels.stage
    await turn(stage.database, "parcels", "shadow", stage.clock.now(), "kim", "to see")
    window(parcels).left["P1"] = 3
    await told(parcels, Parcel("P1", pieces=5))
    assert (await parcels.state("P1"), window(parcels).calls) == ("mapped", [])
    window(parcels).left["P1"] = 2
    await turn(stage.database, "parcels", "on", stage.clock.now(), "kim", "seen")
    await stage.work()
    assert window(parcels).held["P1"]["pieces"] == 2


async def test_the_fields_that_a_route_may_not_write_are_not_in_what_it_sends(
    parcels: Parcels,
) -> None:
    parcels.put(msgspec.structs.replace(parcels.route, mask=frozenset({"pieces"})))
    await told(parcels, Parcel("P1", tracking="T1"))
    assert window(parcels).held["P1"] == {"pieces": 1}
    assert await parcels.state("P1") == "confirmed"

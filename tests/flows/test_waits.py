"""A document that needs another one waits until that is at its target, and is woken by it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
import pytest
from dying import Dying, Killed
from ends import order, reading
from flow_stage import Stage
from parcels import Parcel, Parcels, laid
from steps import causes, colleague, held, path, swept, unanswered, waited

from counterfoil.flows import deliver
from counterfoil.flows import work as work_
from counterfoil.flows.capture import listed
from counterfoil.flows.census import Window, census
from counterfoil.flows.hold import aside, resend
from counterfoil.flows.recheck import recheck
from counterfoil.flows.route import Need, Route
from counterfoil.flows.trace import story
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Reading, Written
from counterfoil.store import waits as waits_
from counterfoil.values.clock import instant, later
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.ids import PageId, RecordId

DAY = 86_400


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    return await laid(stage, monkeypatch)


async def due(stage: Stage) -> int:
    """How many pages are to be looked at now."""
    return len(await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100))


async def waits(stage: Stage) -> list[tuple[str, ...]]:
    rows = await stage.database._pool.fetch("select document, foreign_id from wait order by 1, 2")
    return [tuple(row) for row in rows]


async def ordered(stage: Stage, number: int = 1, **changes: object) -> None:
    """An order comes from the shop, and goes to the office."""
    stage.shop.put(order(number, **changes))  # type: ignore[arg-type]
    await swept(stage)
    await stage.work()


async def sent(parcels: Parcels, *some: Parcel) -> None:
    """The office says that parcels were sent, and everything due is done."""
    parcels.depot.put(*some)
    await parcels.swept()
    await parcels.stage.work()


async def test_the_payload_says_what_the_other_document_is_called_there(
    stage: Stage, parcels: Parcels
) -> None:
    await ordered(stage)
    await sent(parcels, Parcel("P1", of=("OR1",)))
    assert parcels.counter.held["P1"]["of"] == order(1).key
    assert await parcels.state("P1") == "confirmed"


async def test_it_waits_for_the_other_document_and_is_woken_by_its_landing(
    stage: Stage, parcels: Parcels
) -> None:
    await sent(parcels, Parcel("P1", of=("OR1",)))
    assert (await parcels.state("P1"), parcels.counter.calls) == ("waiting", [])
    assert (await waits(stage), await due(stage)) == ([("order", "OR1")], 0)
    await ordered(stage)
    assert await parcels.state("P1") == "confirmed"
    assert parcels.counter.held["P1"]["of"] == order(1).key
    assert await waits(stage) == []
    assert stage.engine.fired["woken"] == 1
    assert await path(stage, "P1") == [
        "captured", "waiting", "captured", "mapped", "sending", "delivered", "confirmed",
    ]  # fmt: skip


async def test_it_is_due_in_the_commit_of_what_it_waits_for_and_is_not_polled(
    stage: Stage, parcels: Parcels
) -> None:
    await sent(parcels, Parcel("P1", of=("OR1",)))
    stage.clock.pass_(DAY / 2)
    assert await due(stage) == 0
    stage.shop.put(order(1))
    await swept(stage)
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100)
    await work(stage.engine, PageId(row["id"]))
    assert await due(stage) == 1


async def test_it_waits_for_each_document_that_it_names(stage: Stage, parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", of=("OR1", "OR2")))
    await ordered(stage)
    assert await parcels.state("P1") == "waiting"
    assert await waits(stage) == [("order", "OR2")]
    await ordered(stage, 2)
    assert parcels.counter.held["P1"]["of"] == f"{order(1).key},{order(2).key}"
    assert await parcels.state("P1") == "confirmed"


async def test_one_that_did_not_come_in_time_is_a_persons(stage: Stage, parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", of=("OR1",)))
    stage.clock.pass_(DAY - 1)
    await stage.work()
    assert await parcels.state("P1") == "waiting"
    stage.clock.pass_(2)
    await stage.work()
    assert (await parcels.state("P1"), await causes(stage)) == ("held", ["no-order"])
    (row,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "order OR1, of which it is, did not come to shop in time" in row["said"]
    assert await waits(stage) == []
    # When it is there, a person sends this one again.
    await ordered(stage)
    await resend(stage.engine, await held(stage), "jo")
    await stage.work()
    assert await parcels.state("P1") == "confirmed"


async def test_how_long_it_waits_is_the_routes_to_say(stage: Stage, parcels: Parcels) -> None:
    parcels.again(needs={"order": Need(60)})
    await sent(parcels, Parcel("P1", of=("OR1",)))
    stage.clock.pass_(61)
    await stage.work()
    assert await causes(stage) == ["no-order"]


async def test_where_it_was_left_out_what_depends_on_it_is_left_out(
    stage: Stage, parcels: Parcels
) -> None:
    """From the shop to the office and on: what the shop names, the office was never given."""
    parcels.put(backwards(parcels))
    await ordered(stage, test=True)
    await sent(parcels, Parcel("P1", of=(order(1).key,)))
    assert await parcels.state("P1") == "excluded"
    record = (await stage.database._pool.fetch("select id from record where number = 'P1'"))[0]
    told = await story(stage.engine, RecordId(record["id"]))
    assert "its order was left out: a test order of the shop" in told


async def test_it_is_left_out_by_the_commit_that_leaves_the_other_out(
    stage: Stage, parcels: Parcels
) -> None:
    parcels.put(backwards(parcels))
    await ordered(stage, paid="pending")
    await sent(parcels, Parcel("P1", of=(order(1).key,)))
    assert await parcels.state("P1") == "waiting"
    await ordered(stage, version=1, cancelled=True)
    assert (await stage.states())["#1"] == "excluded"
    assert await parcels.state("P1") == "excluded"


async def test_what_a_person_set_aside_leaves_nothing_out(stage: Stage, parcels: Parcels) -> None:
    parcels.put(backwards(parcels))
    await ordered(stage, note="unmapped")
    await aside(stage.engine, await held(stage), "jo", "entered by hand")
    await sent(parcels, Parcel("P1", of=(order(1).key,)))
    assert await parcels.state("P1") == "waiting"
    stage.clock.pass_(DAY + 1)
    await stage.work()
    assert await causes(stage) == ["no-order"]


async def test_what_began_before_the_route_leaves_nothing_out(
    stage: Stage, parcels: Parcels
) -> None:
    begins = later(stage.clock.now(), 3600)
    stage.route = msgspec.structs.replace(stage.route, begins=begins)
    stage.engine.routes = {**stage.engine.routes, 1: stage.route}
    parcels.put(backwards(parcels))
    await listed(stage.engine, stage.route, [reading(order(1))], 80)
    await stage.work()
    assert (await stage.states())["#1"] == "excluded"
    await sent(parcels, Parcel("P1", of=(order(1).key,)))
    assert await parcels.state("P1") == "waiting"


async def test_two_names_at_one_connection_are_a_persons(stage: Stage, parcels: Parcels) -> None:
    parcels.put(backwards(parcels))
    await ordered(stage)
    await stage.database._pool.execute(
        "insert into binding select connection, document, 'OR9', subject from binding"
        " where foreign_id = 'OR1'"
    )
    await sent(parcels, Parcel("P1", of=(order(1).key,)))
    assert (await parcels.state("P1"), await causes(stage)) == ("held", ["named-twice"])
    (row,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert "OR1 and OR9" in row["said"]


async def test_an_order_that_is_found_after_a_doubt_wakes_too(
    stage: Stage, parcels: Parcels
) -> None:
    stage.office.answers = [unanswered(landed=True)]
    await sent(parcels, Parcel("P1", of=("OR1",)))
    await ordered(stage)
    await waited(stage)
    assert await parcels.state("P1") == "confirmed"


async def test_a_newer_version_takes_the_place_of_one_that_waits(
    stage: Stage, parcels: Parcels
) -> None:
    await sent(parcels, Parcel("P1", of=("OR1",)))
    newer = Parcel("P1", "2026-11-02T11:30:00Z", of=("OR2",))
    await sent(parcels, newer)
    assert await waits(stage) == [("order", "OR2")]
    await ordered(stage)
    assert parcels.counter.calls == []
    await ordered(stage, 2)
    assert await parcels.state("P1") == "confirmed"


async def test_one_that_is_void_needs_nothing(stage: Stage, parcels: Parcels) -> None:
    await sent(parcels, Parcel("P1", of=("OR1",)))
    await sent(parcels, Parcel("P1", "2026-11-02T11:30:00Z", of=("OR1",), void=True))
    assert (await parcels.state("P1"), await waits(stage)) == ("excluded", [])


async def test_in_shadow_nothing_comes_to_the_target_and_nobody_is_called(
    stage: Stage, parcels: Parcels
) -> None:
    await stage.database.run(
        "switch_route", "parcels", "shadow", stage.clock.now().to_stdlib(), "jo", "a trial"
    )
    await sent(parcels, Parcel("P1", of=("OR1",)))
    stage.clock.pass_(DAY + 1)
    await stage.work()
    assert (await parcels.state("P1"), await causes(stage)) == ("waiting", [])
    await ordered(stage)
    await stage.work()
    assert await parcels.state("P1") == "mapped"


async def test_who_has_the_page_in_hand_when_it_is_woken_looks_again(
    stage: Stage, parcels: Parcels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other document lands between the laying down of a record and the leaving of its page."""
    real = work_.leave

    async def late(engine: object, page: object) -> None:
        monkeypatch.setattr(work_, "leave", real)
        await ordered(stage)
        await real(engine, page)  # type: ignore[arg-type]

    monkeypatch.setattr(work_, "leave", late)
    await sent(parcels, Parcel("P1", of=("OR1",)))
    await stage.work()
    assert await parcels.state("P1") == "confirmed"


async def test_no_name_comes_between_the_look_and_the_laying_down(
    stage: Stage, parcels: Parcels, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = deliver.park

    async def late(*args: object) -> None:
        monkeypatch.setattr(deliver, "park", real)
        await ordered(stage)
        await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(deliver, "park", late)
    await sent(parcels, Parcel("P1", of=("OR1",)))
    await stage.work()
    assert await parcels.state("P1") == "confirmed"
    assert "waiting" not in await path(stage, "P1")


async def test_the_names_are_alone_while_a_record_is_laid_down(
    stage: Stage, parcels: Parcels
) -> None:
    """Whoever adds a name waits for it, so that it finds who waits."""
    stage.shop.put(order(1))
    await swept(stage)
    async with stage.database.transaction() as unit:
        await waits_.alone(unit, (1, 2))
        await unit.connection.execute("set local lock_timeout = '50ms'")
        async with stage.database.transaction() as other:
            await other.connection.execute("set local lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                await waits_.sharing(other, 2)


async def test_a_page_with_one_that_waits_delivers_the_rest(stage: Stage, parcels: Parcels) -> None:
    await ordered(stage)
    some = [Parcel(f"P{at}", of=("OR1" if at % 2 else "OR2",)) for at in range(6)]
    await sent(parcels, *some)
    states = await stage.states()
    assert [states[f"P{at}"] for at in range(6)] == ["waiting", "confirmed"] * 3


async def test_two_workers_wake_and_lay_down_at_once(stage: Stage, parcels: Parcels) -> None:
    """Whatever comes first, nothing is left waiting for what is there."""
    other = colleague(stage, "w2")
    for number in range(1, 13):
        stage.shop.put(order(number))
        parcels.depot.put(Parcel(f"P{number}", of=(f"OR{number}",)))
        await swept(stage)
        await parcels.swept()
        rows = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 100)
        hands = (stage.engine, other)
        await asyncio.gather(
            *(work(hands[at % 2], PageId(row["id"])) for at, row in enumerate(rows))
        )
    await stage.work()
    await waited(stage)
    states = await stage.states()
    assert {states[f"P{number}"] for number in range(1, 13)} == {"confirmed"}
    assert await waits(stage) == []


async def test_it_is_made_again_of_the_names_by_which_it_was_sent(
    stage: Stage, parcels: Parcels
) -> None:
    """A second name that came since would make another payload of what is in doubt."""
    await ordered(stage)
    parcels.counter.answers = [unanswered(landed=True)]
    await sent(parcels, Parcel("P1", of=("OR1",)))
    assert await parcels.state("P1") == "in_doubt"
    await stage.database._pool.execute("update binding set foreign_id = 'x' where connection = 1")
    await waited(stage)
    assert (await parcels.state("P1"), parcels.counter.calls) == ("confirmed", ["P1"])


async def test_what_differs_is_read_back_again_by_the_names_by_which_it_was_sent(
    stage: Stage, parcels: Parcels
) -> None:
    await ordered(stage)
    real = parcels.counter._write

    def otherwise(intent: Intent) -> Written | CounterfoilError:
        answer = real(intent)
        parcels.counter.held["P1"]["tracking"] = "lost"
        return answer

    parcels.counter._write = otherwise  # type: ignore[method-assign]
    await sent(parcels, Parcel("P1", of=("OR1",)))
    assert await parcels.state("P1") == "drifted"
    parcels.counter.held["P1"]["tracking"] = ""
    await recheck(stage.engine, await held(stage), "jo")
    assert await parcels.state("P1") == "confirmed"


async def test_documents_without_money_are_counted(stage: Stage, parcels: Parcels) -> None:
    await ordered(stage)
    await sent(parcels, Parcel("P1", of=("OR1",)), Parcel("P2", of=("OR9",)))
    window = Window(instant("2026-11-02T11:00:00Z"), instant("2026-11-02T12:00:00Z"))
    found = await census(stage.engine, parcels.route, window)
    assert (found.listed, found.accounts) == (2, {"confirmed": 1, "waiting": 1})
    assert found.balances


async def test_a_source_without_versions_makes_a_record_of_what_it_says_anew_only(
    stage: Stage, parcels: Parcels
) -> None:
    await ordered(stage)
    parcels.reading(versions="digest")

    async def listing(*moments: str, tracking: str = "") -> int:
        some = [Parcel("P1", moment, of=("OR1",), tracking=tracking) for moment in moments]
        return await listed(stage.engine, parcels.route, [_read_at(one) for one in some], 80)

    assert await listing("2026-11-02T11:00:00Z") == 1
    assert await listing("2026-11-02T11:01:00Z", "2026-11-02T11:02:00Z") == 0
    assert await listing("2026-11-02T11:03:00Z", tracking="T1") == 1
    # What it said once before is news where it said something else since.
    assert await listing("2026-11-02T11:04:00Z") == 1
    assert stage.engine.fired["same-content"] == 2


def _read_at(parcel: Parcel) -> Reading[Parcel]:
    """A parcel as a source without versions gives it: the moment is that of the reading."""
    stands = msgspec.structs.replace(parcel, updated="2026-11-02T11:00:00Z")
    return Reading("P1", "P1", parcel.version, document=stands, source=parcel.tracking.encode())


@pytest.mark.parametrize("after", range(9))
@pytest.mark.parametrize("first", ["parcel", "order"])
async def test_a_kill_after_any_commit_leaves_nothing_waiting_for_what_is_there(
    stage: Stage, parcels: Parcels, first: str, after: int
) -> None:
    stage.engine.database = Dying(stage.database, after)  # type: ignore[assignment]
    parcels.depot.put(Parcel("P1", of=("OR1",)))
    stage.shop.put(order(1))
    with suppress(Killed):
        if first == "parcel":
            await parcels.swept()
            await stage.work()
        await swept(stage)
        await stage.work()
        await parcels.swept()
        await stage.work()
    stage.engine = colleague(stage, "w2")
    stage.clock.pass_(10)
    await swept(stage)
    await parcels.swept()
    await waited(stage)
    assert await stage.states() == {"#1": "confirmed", "P1": "confirmed"}
    assert (len(stage.office.calls), parcels.counter.calls) == (1, ["P1"])
    assert await waits(stage) == []


def backwards(parcels: Parcels) -> Route:
    """The same route from the shop to the office: parcels name orders as the shop does."""
    plan = msgspec.structs.replace(parcels.route.plan, source="shop", target="office")
    return msgspec.structs.replace(
        parcels.route, plan=plan, source_connection=1, target_connection=2
    )

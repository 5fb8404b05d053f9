"""Written, amended, cancelled: the acts at a target that declares them, and what stops them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from ends import Office, order
from flow_stage import Stage
from steps import causes, colleague, path, swept, unanswered, waited

from counterfoil.flows.engine import Engine
from counterfoil.flows.hold import resend
from counterfoil.flows.route import Route
from counterfoil.flows.trace import story
from counterfoil.flows.work import work
from counterfoil.kit.connector import Intent, Seen, Written
from counterfoil.kit.manifest import Carries
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold
from counterfoil.values.ids import PageId, RecordId

DEARER = {"pence": 1500}


@dataclass
class Ledgered(Office):
    """An office that can be told of a change, and of an end. `done` are its acts in turn; `locked`
    are references that it ends no more."""

    done: list[str] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)

    def amendment(self, document: Order, identity: str) -> Intent:
        intent = self.compose(document)
        payload = msgspec.json.encode({"of": identity, **intent.expect})
        return msgspec.structs.replace(intent, payload=payload)

    def cancellation(self, document: Order, identity: str) -> Intent:
        return Intent(document.key, identity.encode(), {"state": "cancelled"})

    async def amend(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        return [self._changed("amend", intent) for intent in intents]

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        return [self._changed("cancel", intent) for intent in intents]

    def _changed(self, act: str, intent: Intent) -> Written | CounterfoilError:
        if intent.reference in self.locked:
            return Hold("It has left the warehouse.", do="Take it back.", code="already-sent")
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, CounterfoilError) and not getattr(answer, "landed", False):
            return answer
        self.done.append(act)
        ((name, _),) = self.held[intent.reference]
        self.held[intent.reference] = [(name, dict(intent.expect))]
        return answer if isinstance(answer, CounterfoilError) else Written(name, name)

    @property
    def there(self) -> Mapping[str, object]:
        """The one document that it holds."""
        ((_, fields),) = self.held[order(1).key]
        return fields


@pytest.fixture
def office(stage: Stage) -> Ledgered:
    office = stage.office = Ledgered()
    carries = Carries(("write", "read", "amend", "cancel"), "a test", in_doubt="C", reads=250)
    given(stage, office, carries)
    return office


def given(stage: Stage, office: Office, carries: Carries) -> Route:
    stage.route = msgspec.structs.replace(stage.route, target=office, carries=carries)
    stage.engine.routes = {stage.route.id: stage.route}
    return stage.route


async def says(stage: Stage, version: int, **changes: object) -> None:
    """The shop says another version of the order, and everything due is done."""
    stage.shop.put(order(1, version=version, **changes))  # type: ignore[arg-type]
    await swept(stage)
    await stage.work()


async def test_written_amended_and_cancelled(stage: Stage, office: Ledgered) -> None:
    await says(stage, 0)
    await says(stage, 1, **DEARER)
    assert (office.there["total"], await stage.states()) == (1500, {"#1": "confirmed"})
    await says(stage, 2, **DEARER, cancelled=True)
    assert (office.there, await stage.states()) == ({"state": "cancelled"}, {"#1": "confirmed"})
    assert (office.calls, office.done) == ([order(1).key], ["amend", "cancel"])
    assert await causes(stage) == []


async def test_the_story_tells_them_apart(stage: Stage, office: Ledgered) -> None:
    await says(stage, 0)
    await says(stage, 1, **DEARER)
    await says(stage, 2, **DEARER, cancelled=True)
    rows = await stage.database._pool.fetch("select newest from thread")
    told = await story(stage.engine, RecordId(rows[0]["newest"]))
    assert "What changed was mapped and sent to office." in told
    assert "office was told that it is cancelled." in told


async def test_what_says_nothing_new_is_merged_and_nothing_is_called(
    stage: Stage, office: Ledgered
) -> None:
    await says(stage, 0)
    await says(stage, 1, tags=("gift",))
    assert (office.done, await stage.states()) == ([], {"#1": "merged"})


async def test_a_cancelled_one_is_not_cancelled_again(stage: Stage, office: Ledgered) -> None:
    await says(stage, 0)
    await says(stage, 1, cancelled=True)
    await says(stage, 2, cancelled=True, note="sorry")
    assert (office.done, await stage.states()) == (["cancel"], {"#1": "merged"})


async def test_one_that_comes_back_to_life_is_a_persons(stage: Stage, office: Ledgered) -> None:
    await says(stage, 0)
    await says(stage, 1, cancelled=True)
    await says(stage, 2)
    assert (office.done, await causes(stage)) == (["cancel"], ["changed-after-sent"])


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize(
    ("changes", "act"), [(DEARER, "amend"), ({"cancelled": True}, "cancel")], ids=["amend", "end"]
)
async def test_an_unanswered_act_is_repeated_and_read_back(
    stage: Stage, office: Ledgered, changes: dict[str, object], act: str, landed: bool
) -> None:
    await says(stage, 0)
    office.answers = [unanswered(landed=landed)]
    await says(stage, 1, **changes)
    await waited(stage)
    assert await stage.states() == {"#1": "confirmed"}
    assert office.done == [act] * (2 if landed else 1)
    assert len(office.calls) == 1


class Killed(BaseException):
    """The worker is no more."""


@pytest.mark.parametrize(
    ("changes", "act"), [(DEARER, "amend"), ({"cancelled": True}, "cancel")], ids=["amend", "end"]
)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_that_dies_over_an_act_leaves_it_to_another(
    stage: Stage, office: Ledgered, changes: dict[str, object], act: str, when: str
) -> None:
    await says(stage, 0)
    whole, dead = getattr(office, act), 0

    async def dying(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        nonlocal dead
        dead += 1
        if dead == 1:
            if when == "after":
                await whole(intents)
            raise Killed
        return await whole(intents)

    setattr(office, act, dying)
    stage.shop.put(order(1, version=1, **changes))  # type: ignore[arg-type]
    await swept(stage)
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10)
    with pytest.raises(Killed):
        await work(stage.engine, PageId(row["id"]))
    stage.clock.pass_(10)
    await _by(colleague(stage, "w2"), stage, PageId(row["id"]))
    assert await stage.states() == {"#1": "confirmed"}
    assert office.done == [act] * (2 if when == "after" else 1)
    assert len(office.calls) == 1
    assert "in_doubt" in await path(stage, "#1")


async def _by(engine: Engine, stage: Stage, page: PageId) -> None:
    for _ in range(6):
        await work(engine, page)
        stage.clock.pass_(1)


async def test_what_cannot_be_ended_any_more_is_held_with_its_reason(
    stage: Stage, office: Ledgered
) -> None:
    await says(stage, 0)
    office.locked.add(order(1).key)
    await says(stage, 1, cancelled=True)
    assert (await causes(stage), office.done) == (["already-sent"], [])
    office.locked.clear()
    (row,) = await stage.database.rows("list_holds", None, None, 10, 0)
    await resend(stage.engine, [RecordId(row["record"])], "jo")
    await stage.work()
    assert (office.done, await stage.states()) == (["cancel"], {"#1": "confirmed"})


async def test_a_first_sending_that_landed_unanswered_is_ended_when_it_is_found(
    stage: Stage, office: Ledgered
) -> None:
    office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    stage.shop.put(order(1, version=1, cancelled=True))
    await swept(stage)
    await waited(stage)
    assert (office.done, await stage.states()) == (["cancel"], {"#1": "confirmed"})


async def test_a_change_given_up_for_a_newer_one_is_never_taken_for_none(
    stage: Stage, office: Ledgered
) -> None:
    """A to B to A: B may have landed without an answer, so that the office may hold B."""
    await says(stage, 0)
    office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1, version=1, **DEARER))  # type: ignore[arg-type]
    await swept(stage)
    await stage.work(rounds=1)
    await says(stage, 2)
    await waited(stage)
    assert (office.there["total"], await stage.states()) == (1250, {"#1": "confirmed"})


async def test_what_shows_late_is_looked_at_again_and_not_called_different(
    stage: Stage, office: Ledgered
) -> None:
    await says(stage, 0)
    before = {key: list(rows) for key, rows in office.held.items()}
    read, looks = office.read, 0

    async def late(references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        nonlocal looks
        looks += 1
        if looks > 2:
            return await read(references)
        now, office.held = office.held, before
        try:
            return await read(references)
        finally:
            office.held = now

    office.read = late  # type: ignore[method-assign]
    await says(stage, 1, **DEARER)
    assert await stage.states() == {"#1": "delivered"}
    for _ in range(6):
        stage.clock.pass_(2)
        await stage.work()
    assert await stage.states() == {"#1": "confirmed"}


async def test_an_end_that_leaves_nothing_is_seen_by_its_absence(
    stage: Stage, office: Ledgered
) -> None:
    office.cancellation = lambda document, identity: Intent(document.key, b"x", {})  # type: ignore[method-assign]
    await says(stage, 0)
    whole = office.cancel

    async def ending(intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        answers = await whole(intents)
        del office.held[intents[0].reference]
        return answers

    office.cancel = ending  # type: ignore[method-assign]
    await says(stage, 1, cancelled=True)
    assert await stage.states() == {"#1": "confirmed"}


async def test_an_end_that_did_not_take_is_a_difference(stage: Stage, office: Ledgered) -> None:
    office.cancellation = lambda document, identity: Intent(document.key, b"x", {})  # type: ignore[method-assign]
    await says(stage, 0)
    await says(stage, 1, cancelled=True)
    await waited(stage)
    assert (await stage.states(), await causes(stage)) == ({"#1": "drifted"}, ["field-differs"])


async def test_an_upsert_is_written_again_under_the_same_reference(stage: Stage) -> None:
    class Shelf(Office):
        """A second write replaces the first."""

        def _write(self, intent: Intent) -> Written | CounterfoilError:
            answer = super()._write(intent)
            self.held[intent.reference] = self.held[intent.reference][-1:]
            ((_, fields),) = self.held[intent.reference]
            self.held[intent.reference] = [("OR1", fields)]
            return Written("OR1") if isinstance(answer, Written) else answer

    office = stage.office = Shelf()
    given(stage, office, Carries(("write", "read"), "a test", in_doubt="B", manner="upsert"))
    await says(stage, 0)
    await says(stage, 1, **DEARER)
    assert (len(office.calls), await stage.states()) == (2, {"#1": "confirmed"})
    lines = (Line("1", "MUG", "Mug", 1, 1500, tax_minor=250, tax_rate="0.2"),)
    await says(stage, 2, **DEARER, lines=lines)
    assert office.held[order(1).key][0][1]["sku"] == "MUG"
